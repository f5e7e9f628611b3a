"""Exercise checks: each says what is right, and what is wrong with what came."""

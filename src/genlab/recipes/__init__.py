"""How each checkpoint is made."""

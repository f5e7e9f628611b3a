"""The zero-shot classifier."""

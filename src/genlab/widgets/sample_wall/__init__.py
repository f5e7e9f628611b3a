"""The sample wall."""

"""The patch explorer."""

"""The next token explorer."""

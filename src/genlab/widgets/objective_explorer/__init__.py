"""The objective explorer."""

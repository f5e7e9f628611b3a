"""The denoise player."""

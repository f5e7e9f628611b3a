"""The comparison of architectures."""

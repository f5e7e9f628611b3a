"""The bottleneck slider."""

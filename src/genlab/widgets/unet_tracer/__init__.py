"""The UNet tracer."""

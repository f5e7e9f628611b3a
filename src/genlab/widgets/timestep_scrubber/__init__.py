"""The timestep scrubber."""

"""Diffusion: schedules, the forward process, objectives, samplers, the loss."""

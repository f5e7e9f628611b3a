"""Diffusion: noise schedules, the forward process, objectives, samplers, the loss."""

"""Checks for the exercises of the page *Adding noise*."""

from genlab.checks.noise.best_guess import ideal_guess
from genlab.checks.noise.jump import add_noise
from genlab.checks.noise.schedules import cosine_betas, timestep_of_snr

__all__ = ["add_noise", "cosine_betas", "ideal_guess", "timestep_of_snr"]

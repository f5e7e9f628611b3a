"""Checks for the exercises of the page *The variational autoencoder*."""

from genlab.checks.vae.divergence import kl_between
from genlab.checks.vae.posteriors import active_dimensions, sample_many
from genlab.checks.vae.spherical import slerp

__all__ = ["active_dimensions", "kl_between", "sample_many", "slerp"]

"""Checks for the exercises of the page *The latent space*."""

from genlab.checks.latent_space.box import sample_box
from genlab.checks.latent_space.neighbours import neighbour_agreement
from genlab.checks.latent_space.probe import frozen_head

__all__ = ["frozen_head", "neighbour_agreement", "sample_box"]

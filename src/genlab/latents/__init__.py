"""Latent spaces: moving about in them, and what the networks that make them are trained to."""

from genlab.latents.losses import photo_loss, reconstruction_loss, vae_loss
from genlab.latents.walks import (
    VAE_CHECKPOINTS,
    check_ends,
    lerp,
    load_vae,
    normal_grid,
    slerp,
)

__all__ = [
    "VAE_CHECKPOINTS",
    "check_ends",
    "lerp",
    "load_vae",
    "normal_grid",
    "photo_loss",
    "reconstruction_loss",
    "slerp",
    "vae_loss",
]

"""Latent spaces: moving about in them, and what makes them."""

from genlab.latents.losses import reconstruction_loss, rounded_loss, vae_loss
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
    "reconstruction_loss",
    "rounded_loss",
    "slerp",
    "vae_loss",
]

"""What autoencoders and VAEs are trained to make small."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.models.patches import PatchAutoEncoder
from genlab.models.vae import VAE, kl_divergence
from genlab.training import Batch, LossFn


def reconstruction_loss(
    model: nn.Module, batch: Batch, rng: torch.Generator
) -> Tensor:
    """Mean squared error a pixel of reconstructed images (N, 1, 28, 28)."""
    x = batch[0]
    return F.mse_loss(model(x), x)


def vae_loss(beta: float = 1.0) -> LossFn:
    """Return the loss of a VAE: squared error + beta * KL, in the mean.

    The error is summed over pixels, and the mean is over images. With beta = 1
    it is the negative ELBO of a Gaussian decoder of variance 1/2, up to a
    constant (Kingma & Welling, 2014); other betas give the beta-VAE (Higgins et
    al., 2017).

    Raises:
        ValueError: if `beta` is negative.
    """
    if not beta >= 0:
        raise ValueError(f"beta is {beta}; expected 0 or more")

    def loss(model: VAE, batch: Batch, rng: torch.Generator) -> Tensor:
        x = batch[0]
        mu, logvar = model.encode(x)
        eps = torch.randn(mu.shape, generator=rng, device=rng.device)
        x_hat, mu, logvar = model(x, eps)
        squared_error = ((x_hat - x) ** 2).flatten(1).sum(dim=1)
        return (squared_error + beta * kl_divergence(mu, logvar)).mean()

    return loss


def rounded_loss(
    model: PatchAutoEncoder, batch: Batch, rng: torch.Generator
) -> Tensor:
    """Mean squared error of pictures (N, 3, H, W) from rounded codes."""
    x = batch[0]
    return F.mse_loss(model.decode(model.encode(x).round()), x)

"""What autoencoders and VAEs are trained to make small."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.models.patches import PatchAutoEncoder
from genlab.models.vae import VAE, kl_divergence
from genlab.training import Batch, LossFn


def reconstruction_loss(model: nn.Module, batch: Batch, rng: torch.Generator) -> Tensor:
    """Mean squared error a pixel between images (N, 1, 28, 28) and their reconstructions."""
    x = batch[0]
    return F.mse_loss(model(x), x)


def vae_loss(beta: float = 1.0) -> LossFn:
    """Return the loss of a VAE: squared error summed over pixels + beta * KL, a mean over images.

    With beta = 1 it is the negative ELBO of a Gaussian decoder of variance 1/2, up to a constant
    (Kingma & Welling, 2014); other betas give the beta-VAE (Higgins et al., 2017).

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


def photo_loss(weight: float) -> LossFn:
    """Return the loss of an autoencoder whose codes are rounded: bits a pixel + weight * MSE.

    Rounding has no gradient. In training, noise that is spread evenly over one unit stands in for
    it (Ballé et al., 2017).

    Raises:
        ValueError: if `weight` is not above 0.
    """
    if not weight > 0:
        raise ValueError(f"weight is {weight}; expected more than 0")

    def loss(model: PatchAutoEncoder, batch: Batch, rng: torch.Generator) -> Tensor:
        x = batch[0]
        z = model.encode(x)
        z = z + torch.rand(z.shape, generator=rng, device=rng.device) - 0.5
        pixels = x.numel() / x.shape[1]
        return model.bits(z).sum() / pixels + weight * F.mse_loss(model.decode(z), x)

    return loss

"""A variational autoencoder: its encoder answers with a distribution."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from genlab.models.autoencoder import (
    Decoder,
    Encoder,
    check_latent_size,
    check_latents,
)


def check_posterior(mu: Tensor, logvar: Tensor) -> None:
    """Refuse means and log-variances that no normal distribution has.

    Raises:
        ValueError: if their shapes differ, a value is not finite, or a variance
            overflows.
    """
    if mu.shape != logvar.shape:
        raise ValueError(
            f"mu has shape {tuple(mu.shape)}, logvar {tuple(logvar.shape)}; "
            "expected the same"
        )
    for name, values in {"mu": mu, "logvar": logvar}.items():
        if not torch.isfinite(values).all():
            raise ValueError(
                f"{name} holds values that are not finite; was training stable?"
            )
    limit = math.log(torch.finfo(logvar.dtype).max)
    if logvar.numel() and logvar.max() > limit:
        raise ValueError(
            f"logvar reaches {logvar.max():.4g}: its exponential, "
            f"the variance, overflows {logvar.dtype}; "
            f"expected at most {limit:.1f}. "
            "Is it the logarithm, not the variance?"
        )


def reparameterize(mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """Sample z ~ N(mu, exp(logvar)) so that gradients reach mu and logvar.

    This is section 2.4 of Kingma & Welling (2014).

    Args:
        mu: means, shape (N, latent_size).
        logvar: natural logarithms of the variances, same shape.
        eps: standard normal noise, same shape.

    Raises:
        ValueError: if the shapes differ or a variance is not a finite number.
    """
    check_posterior(mu, logvar)
    if eps.shape != mu.shape:
        raise ValueError(
            f"eps has shape {tuple(eps.shape)}; "
            f"expected that of mu, {tuple(mu.shape)}"
        )
    return mu + torch.exp(0.5 * logvar) * eps


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, I)) in nats, a number an image, (N,).

    Closed form of Kingma & Welling (2014), appendix B; both arguments have
    shape (N, latent_size).

    Raises:
        ValueError: if the shapes differ or a variance is not a finite number.
    """
    check_posterior(mu, logvar)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=1)


class VAE(nn.Module):
    """An autoencoder whose encoder gives a mean and a log-variance.

    Kingma & Welling (2014).
    """

    def __init__(self, latent_size: int = 2) -> None:
        super().__init__()
        self.latent_size = check_latent_size(latent_size)
        self.encoder = Encoder(2 * latent_size)  # means and log-variances
        self.decoder = Decoder(latent_size)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map images (N, 1, 28, 28) to mu and logvar, (N, latent_size) each."""
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        """Map latent vectors (N, latent_size) to images (N, 1, 28, 28)."""
        return self.decoder(check_latents(z, self.latent_size))

    def forward(
        self, x: Tensor, eps: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruct from one sample a latent; also return mu and logvar.

        Args:
            x: images, (N, 1, 28, 28).
            eps: the sample's noise, (N, latent_size); drawn anew by default.
        """
        mu, logvar = self.encode(x)
        eps = torch.randn_like(mu) if eps is None else eps
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar

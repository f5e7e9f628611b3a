"""A two-dimensional VAE's true posterior, on a grid; what its encoder misses.

The decoder's story: z is drawn from N(0, I), and each pixel of x is the decoded
one plus normal noise of variance beta / 2. This is the story of which
`vae_loss(beta)` bounds the likelihood.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributions import Normal

from genlab.models.vae import VAE, kl_divergence


def plane(side: int = 240, reach: float = 4.8) -> tuple[Tensor, float]:
    """Points (side * side, 2) evenly over a square around zero; area of each.

    Row by row from the bottom left; beyond the default reach lies less than a
    millionth of N(0, I) on each side.
    """
    step = 2 * reach / side
    axis = -reach + step * (torch.arange(side) + 0.5)
    z1, z0 = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([z0, z1], dim=-1).reshape(-1, 2), step**2


@torch.no_grad()
def log_joint(vae: VAE, x: Tensor, z: Tensor, beta: float) -> Tensor:
    """Log p(x, z) of each image (N, 1, 28, 28) and each z (M, 2), (N, M).

    Up to the constant of the normal noise's density, which beta alone decides.
    """
    flat = x.flatten(1)
    parts = []
    for some in z.split(4000):
        error = torch.cdist(flat, vae.decode(some).flatten(1)) ** 2
        parts.append(Normal(0.0, 1.0).log_prob(some).sum(dim=1) - error / beta)
    return torch.cat(parts, dim=1)


def log_evidence(joint: Tensor, cell: float) -> Tensor:
    """Log p(x), (N,): the joint (N, M), summed over points of `cell` each."""
    return torch.logsumexp(joint, dim=1) + torch.tensor(cell).log()


@torch.no_grad()
def elbo(
    vae: VAE, x: Tensor, beta: float, draws: int = 32, seed: int = 0
) -> Tensor:
    """ELBO of each image (N, 1, 28, 28), up to the same constant, (N,).

    The mean over the cloud is taken over `draws` points of it; they come in
    opposite pairs.
    """
    mu, logvar = vae.encode(x)
    rng = torch.Generator().manual_seed(seed)
    half = torch.randn(draws // 2, *mu.shape, generator=rng)
    z = mu + torch.exp(0.5 * logvar) * torch.cat([half, -half])
    errors = ((vae.decode(some) - x) ** 2 for some in z)
    error = torch.stack([each.flatten(1).sum(dim=1) for each in errors])
    return -error.mean(dim=0) / beta - kl_divergence(mu, logvar)


@torch.no_grad()
def gap(
    vae: VAE,
    x: Tensor,
    beta: float,
    grid: tuple[Tensor, float] | None = None,
    draws: int = 32,
) -> Tensor:
    """By how many nats each image's ELBO is below its log-likelihood, (N,).

    It is the KL from the encoder's cloud to the true posterior.
    """
    z, cell = grid or plane()
    evidence = log_evidence(log_joint(vae, x, z, beta), cell)
    return evidence - elbo(vae, x, beta, draws)

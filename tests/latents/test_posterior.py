"""A VAE with a linear decoder has a normal posterior: its evidence and its gap are known."""

import math

import pytest
import torch
from torch import Tensor

from genlab.latents.posterior import elbo, gap, log_evidence, log_joint, plane

BETA = 1.5
# Two pictures that do not overlap, so that the posterior's dimensions are independent.
PICTURES = torch.zeros(2, 784)
PICTURES[0, :100], PICTURES[1, 300:350] = 0.2, 0.3


class Linear:
    """Decodes z to z @ PICTURES and encodes to the exact posterior, moved by `shift`."""

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift

    def decode(self, z: Tensor) -> Tensor:
        return (z @ PICTURES).reshape(-1, 1, 28, 28)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        precision = 1 + 2 / BETA * (PICTURES**2).sum(dim=1)
        mu = 2 / BETA * (x.flatten(1) @ PICTURES.T) / precision
        return mu + self.shift, -precision.log().expand_as(mu)


@pytest.fixture
def x() -> Tensor:
    return torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_the_grid_covers_the_prior():
    z, cell = plane(120)
    density = torch.exp(-0.5 * (z**2).sum(dim=1)) / (2 * math.pi)
    assert (density.sum() * cell).item() == pytest.approx(1, abs=1e-4)


def test_the_evidence_is_that_of_the_marginal_normal(x):
    z, cell = plane(160)
    got = log_evidence(log_joint(Linear(), x, z, BETA), cell)
    noise = BETA / 2
    marginal = torch.distributions.LowRankMultivariateNormal(
        torch.zeros(784, dtype=torch.float64),
        PICTURES.T.double(),
        torch.full((784,), noise, dtype=torch.float64),
    )
    constant = 784 / 2 * math.log(2 * math.pi * noise)  # which the functions leave out
    expected = marginal.log_prob(x.flatten(1).double()) + constant
    torch.testing.assert_close(got.double(), expected, atol=2e-3, rtol=0)


def test_the_exact_posterior_leaves_no_gap(x):
    assert gap(Linear(), x, BETA, plane(160), draws=2000).abs().max() < 0.2


def test_a_cloud_beside_the_posterior_leaves_their_kl(x):
    precision = 1 + 2 / BETA * (PICTURES**2).sum(dim=1)
    expected = (0.5 * precision * 0.7**2).sum().item()
    found = gap(Linear(shift=0.7), x, BETA, plane(160), draws=4000)
    assert found.mean().item() == pytest.approx(expected, abs=0.15)


def test_the_elbo_is_below_the_evidence(x):
    z, cell = plane(160)
    evidence = log_evidence(log_joint(Linear(), x, z, BETA), cell)
    assert (elbo(Linear(shift=0.5), x, BETA, draws=2000) < evidence).all()

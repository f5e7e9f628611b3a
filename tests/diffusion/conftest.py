"""Noise, digits and a network that is quick: what the diffusion tests share."""

import pytest
import torch

from genlab.data import load_digits
from genlab.diffusion.forward import to_diffusion_range

SCHEDULES = ("linear", "scaled_linear", "squaredcos_cap_v2")
PREDICTION_TYPES = ("epsilon", "sample", "v_prediction")


@pytest.fixture
def x0():
    """Eight clean digits in [-1, 1]."""
    return to_diffusion_range(load_digits("test").images[:8])


@pytest.fixture
def eps(x0, rng):
    return torch.randn(x0.shape, generator=rng)


@pytest.fixture(scope="session")
def network():
    """A fixed random function of xt and t, smooth and of about unit size."""
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(1, 1, 5, padding=2).requires_grad_(False)
    return lambda xt, t: torch.tanh(conv(xt) + (t / 500 - 1).view(-1, 1, 1, 1))

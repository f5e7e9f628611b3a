"""How wrong a denoiser is at each timestep, measured in x0, in eps and in v."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.diffusion.objectives import Prediction, velocity

BINS = 20
SILU_MINIMUM = -0.27846  # the lowest value of x * sigmoid(x), at x = -1.278


@dataclass(frozen=True)
class ErrorCurve:
    """Mean squared errors a pixel against the timestep, one number a bin each.

    Attributes:
        t: the middle of each bin of timesteps.
        x0: error of the clean image.
        eps: error of the noise.
        v: error of v; x0 + eps for whatever denoiser.
    """

    t: tuple[float, ...]
    x0: tuple[float, ...]
    eps: tuple[float, ...]
    v: tuple[float, ...]


@torch.no_grad()
def errors_against_t(
    denoiser: Denoiser, images: Tensor, bins: int = BINS, seed: int = 0
) -> ErrorCurve:
    """Measure a denoiser on images, each noised once in every bin of timesteps.

    Args:
        denoiser: the network, its schedule and objective.
        images: clean digits in [0, 1], (N, 1, 28, 28).
        bins: into how many equal parts the schedule is cut.
        seed: of the noise and of the timesteps within a bin; the same for all
            denoisers.

    Raises:
        ValueError: if `bins` is not from 1 to the number of timesteps, or the
            images do not fit.
    """
    steps = denoiser.schedule.num_train_timesteps
    if not 1 <= bins <= steps:
        raise ValueError(
            f"bins is {bins}; expected 1 to {steps}, "
            "the timesteps of the schedule"
        )
    x0 = to_diffusion_range(images).to(denoiser.device)
    rng = torch.Generator().manual_seed(seed)
    edges = [round(i * steps / bins) for i in range(bins + 1)]
    errors = []
    for low, high in pairwise(edges):
        t = torch.randint(low, high, (len(x0),), generator=rng).to(x0.device)
        eps = torch.randn(x0.shape, generator=rng, dtype=x0.dtype).to(x0.device)
        errors.append(prediction_errors(denoiser, x0, eps, t))
    middles = [(low + high - 1) / 2 for low, high in pairwise(edges)]
    of_x0, of_eps, of_v = zip(*errors, strict=True)
    return ErrorCurve(tuple(middles), of_x0, of_eps, of_v)


@torch.no_grad()
def prediction_errors(
    denoiser: Denoiser, x0: Tensor, eps: Tensor, t: int | Tensor
) -> tuple[float, float, float]:
    """Return the mean squared errors of x0, eps and v at timestep t.

    Args:
        denoiser: the network, its schedule and objective.
        x0: clean images in [-1, 1], (N, 1, 28, 28).
        eps: the noise that they get, same shape.
        t: one timestep for all, or one an image, int64, (N,).

    Raises:
        TypeError: if `t` is not whole numbers.
        ValueError: if the shapes differ or `t` does not fit.
    """
    schedule = denoiser.schedule
    predicted = denoiser.predict(add_noise(x0, eps, t, schedule), t)
    true = Prediction(x0, eps, velocity(x0, eps, schedule.rates(t, x0)))
    return (
        _mean_square(predicted.x0 - true.x0),
        _mean_square(predicted.eps - true.eps),
        _mean_square(predicted.v - true.v),
    )


def least_error_above(lowest: float) -> float:
    """Return the least mean squared error that an output >= `lowest` can have.

    It estimates eps ~ N(0, 1). Even if it knew eps it could at best be
    max(eps, lowest), which leaves
    E[(lowest - eps)^2; eps < lowest]
    = (1 + lowest^2) Phi(lowest) + lowest phi(lowest),
    with the normal distribution's Phi and density phi. For a SiLU (-0.278) that
    is 0.314.
    """
    below = (1 + math.erf(lowest / math.sqrt(2))) / 2
    density = math.exp(-(lowest**2) / 2) / math.sqrt(2 * math.pi)
    return (1 + lowest**2) * below + lowest * density


def _mean_square(error: Tensor) -> float:
    return float((error**2).mean())

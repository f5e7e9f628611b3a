"""The score, the direction in which images become more likely, and its flow.

A denoiser tells it: score(xt) = -eps / s (Vincent, 2011; Song et al., 2021b).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.samplers import (
    SamplingStep,
    TimestepSpacing,
    inference_timesteps,
)


def score(denoiser: Denoiser, xt: Tensor, t: int | Tensor) -> Tensor:
    """Return the gradient of log p_t at xt, (N, 1, 28, 28).

    Args:
        denoiser: the network, its schedule and objective.
        xt: noisy images, (N, 1, 28, 28).
        t: one timestep for all, or one an image, int64, (N,).

    Raises:
        TypeError: if `t` is not whole numbers.
        ValueError: if `t` does not fit.
    """
    rates = denoiser.schedule.rates(t, xt)
    return -denoiser.predict(xt, t).eps / rates.noise


@torch.no_grad()
def _follow(
    denoiser: Denoiser, xt: Tensor, timesteps: list[int]
) -> Iterator[SamplingStep]:
    for t, prev_t in zip(timesteps, [*timesteps[1:], -1], strict=True):
        signal, noise = denoiser.schedule.rates(t, xt)
        prev_signal = denoiser.schedule.alpha_bar(prev_t).sqrt()
        prev_noise = (1 - denoiser.schedule.alpha_bar(prev_t)).sqrt()
        # Of images without their factor: x0 + sigma eps, sigma = s / a.
        image, sigma = xt / signal, noise / signal
        slope = -noise * score(denoiser, xt, t)
        moved = image + (prev_noise / prev_signal - sigma) * slope
        yield SamplingStep(t, xt, image - sigma * slope, prev_signal * moved)
        xt = prev_signal * moved


def probability_flow(
    denoiser: Denoiser,
    noise: Tensor,
    num_inference_steps: int = 50,
    timestep_spacing: TimestepSpacing = "leading",
) -> Iterator[SamplingStep]:
    """Follow the score from noise to images without fresh noise, by Euler.

    It is the ordinary differential equation dx / dsigma = -sigma score(x) of
    images x = x0 + sigma eps (Song et al., 2021b; Karras et al., 2022). One
    step is one of DDIM with eta = 0 and without a clamp.

    Args:
        denoiser: the network, its schedule and objective.
        noise: where to start, standard normal, (N, 1, 28, 28).
        num_inference_steps: how many.
        timestep_spacing: see `genlab.diffusion.samplers.inference_timesteps`.

    Raises:
        ValueError: if the number of steps or the spacing does not fit.
    """
    timesteps = inference_timesteps(
        denoiser.schedule, num_inference_steps, timestep_spacing
    )
    return _follow(denoiser, noise, timesteps)

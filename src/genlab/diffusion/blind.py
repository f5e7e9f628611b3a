"""DDIM for a network without t: images are held to the strength due at t."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.samplers import SamplingStep, inference_timesteps

DIGIT_STRENGTH = 0.924  # mean square of the training digits, in [-1, 1]


def at_strength(x: Tensor, mean_square: Tensor | float) -> Tensor:
    """Scale each image (N, C, H, W) to this mean square of its pixels."""
    return x * (mean_square / (x**2).mean(dim=(1, 2, 3), keepdim=True)).sqrt()


@torch.no_grad()
def blind_ddim(
    denoiser: Denoiser, noise: Tensor, num_inference_steps: int = 50
) -> Iterator[SamplingStep]:
    """Sample by DDIM with a brake, for a network that cannot see t.

    Plain DDIM takes it for granted that xt is as strong as a noisy digit is at
    t. A network that does not see t cannot keep that up: it finds noise of
    whatever strength it is given. With a clipped x0 beside the unclipped noise,
    the images even run away; without the clipping they drift. Here xt and the
    noise found in it are scaled, at each step, to the strengths that they
    should have, and the guess of x0 is not clipped: that would take strength
    away.

    Args:
        denoiser: its prediction type is "epsilon"; its network may ignore t.
        noise: where to start, standard normal, (N, 1, 28, 28).
        num_inference_steps: how many.

    Raises:
        ValueError: if the denoiser predicts something else, or the number of
            steps does not fit.
    """
    if denoiser.prediction_type != "epsilon":
        got = denoiser.prediction_type
        raise ValueError(f"prediction_type is {got!r}; expected 'epsilon'")
    schedule = denoiser.schedule
    timesteps = inference_timesteps(schedule, num_inference_steps)
    sample = noise
    for t, prev_t in zip(timesteps, [*timesteps[1:], -1], strict=True):
        alpha_bar = schedule.alpha_bar(t)
        prev_alpha_bar = schedule.alpha_bar(prev_t)
        xt = at_strength(sample, alpha_bar * DIGIT_STRENGTH + 1 - alpha_bar)
        eps = at_strength(denoiser.predict(xt, t).eps, 1.0)
        x0 = (xt - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt()
        sample = prev_alpha_bar.sqrt() * x0 + (1 - prev_alpha_bar).sqrt() * eps
        yield SamplingStep(t, xt, x0, sample)

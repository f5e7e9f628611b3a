"""DDIM for a network that does not know t: the noise level is read off the image itself."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.samplers import SamplingStep, inference_timesteps
from genlab.diffusion.schedules import NoiseSchedule, Rates


def unit_noise(eps: Tensor) -> Tensor:
    """Scale each image's noise (N, C, H, W) to a mean square of 1, which true noise has."""
    return eps / (eps**2).mean(dim=(1, 2, 3), keepdim=True).sqrt()


def rates_in(xt: Tensor, eps: Tensor, schedule: NoiseSchedule) -> Rates:
    """Return how much signal and noise an image has, each (N, 1, 1, 1), from its noise alone.

    The digit and the noise are as good as uncorrelated, so the mean of xt * eps is the factor of
    the noise.

    Args:
        xt: noisy images, (N, C, H, W).
        eps: their noise, of mean square 1, same shape.
        schedule: whose first and last timestep bound the answer.
    """
    low, high = (schedule.rates(t, xt).noise for t in (0, schedule.num_train_timesteps - 1))
    # In double precision: at the noisy end the signal is what a number close to 1 lacks.
    noise = (xt.double() * eps).mean(dim=(1, 2, 3), keepdim=True).clamp(low, high)
    return Rates((1 - noise**2).sqrt().to(xt.dtype), noise.to(xt.dtype))


@torch.no_grad()
def blind_ddim(
    denoiser: Denoiser, noise: Tensor, num_inference_steps: int = 50
) -> Iterator[SamplingStep]:
    """Sample by DDIM without telling anyone the timestep of the images on the way.

    Plain DDIM takes it for granted that xt has just the noise of timestep t. A network that does
    not see t cannot keep that up: errors feed back, and the images run away. Here each step
    measures the noise that is there, and then goes on to the next timestep of the schedule.

    Args:
        denoiser: its prediction type is "epsilon"; its network may ignore t.
        noise: where to start, standard normal, (N, 1, 28, 28).
        num_inference_steps: how many.

    Raises:
        ValueError: if the denoiser predicts something else, or the number of steps does not fit.
    """
    if denoiser.prediction_type != "epsilon":
        raise ValueError(f"prediction_type is {denoiser.prediction_type!r}; expected 'epsilon'")
    timesteps = inference_timesteps(denoiser.schedule, num_inference_steps)
    xt = noise
    for t, prev_t in zip(timesteps, [*timesteps[1:], -1], strict=True):
        eps = unit_noise(denoiser.predict(xt, t).eps)
        signal_there, noise_there = rates_in(xt, eps, denoiser.schedule)
        x0 = ((xt - noise_there * eps) / signal_there).clamp(-1, 1)
        alpha_bar = denoiser.schedule.alpha_bar(prev_t)
        prev_sample = alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps
        yield SamplingStep(t, xt, x0, prev_sample)
        xt = prev_sample

"""From noise to digits: DDPM and DDIM, step for step as in `diffusers`.

A step is a function of one prediction; a loop is a generator that yields every
intermediate, so that the caller draws, stops or keeps what it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from genlab.data import IMAGE_SHAPE
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.objectives import Prediction
from genlab.diffusion.schedules import NoiseSchedule

TimestepSpacing = Literal["leading", "trailing"]
# Not that of `initial_noise`: else the first fresh noise would be the start.
STEP_SEED = 1
# From (prediction, xt, t, prev_t) to the images at prev_t.
StepFn = Callable[[Prediction, Tensor, int, int], Tensor]


@dataclass(frozen=True)
class SamplingStep:
    """One step of a sampler.

    Attributes:
        t: the timestep of `xt`.
        xt: what the network saw, (N, 1, 28, 28).
        x0: its guess of the clean images, (N, 1, 28, 28), clipped if the
            sampler clips.
        prev_sample: the images at the next, less noisy timestep, same shape.
    """

    t: int
    xt: Tensor
    x0: Tensor
    prev_sample: Tensor


def inference_timesteps(
    schedule: NoiseSchedule,
    num_inference_steps: int,
    timestep_spacing: TimestepSpacing = "leading",
) -> list[int]:
    """Choose the timesteps that a sampler visits, from noisy to clean.

    Args:
        schedule: whose timesteps.
        num_inference_steps: how many, from 1 to `num_train_timesteps`.
        timestep_spacing: "leading" ends at t = 0, "trailing" starts at the
            last timestep.

    Raises:
        ValueError: if there are none or too many, or the spacing is unknown.
    """
    most, count = schedule.num_train_timesteps, num_inference_steps
    if not isinstance(count, int) or not 1 <= count <= most:
        raise ValueError(
            f"num_inference_steps is {count!r}; expected a whole number "
            f"from 1 to {most}, the timesteps of the schedule"
        )
    if timestep_spacing not in get_args(TimestepSpacing):
        known = ", ".join(get_args(TimestepSpacing))
        raise ValueError(
            f"timestep_spacing is {timestep_spacing!r}; expected one of {known}"
        )
    if timestep_spacing == "leading":
        return [i * (most // count) for i in reversed(range(count))]
    down = np.arange(most, 0, -most / count)[:count]
    return [int(step) - 1 for step in np.round(down)]


def posterior_variance(t: int, prev_t: int, schedule: NoiseSchedule) -> Tensor:
    """Variance of x at `prev_t` when xt and x0 are known, shape ().

    It is equation 7 of Ho et al. (2020).
    """
    alpha_bar = schedule.alpha_bar(t)
    prev_alpha_bar = schedule.alpha_bar(prev_t)
    beta = 1 - alpha_bar / prev_alpha_bar
    return (1 - prev_alpha_bar) / (1 - alpha_bar) * beta


def ddpm_step(
    prediction: Prediction,
    xt: Tensor,
    t: int,
    prev_t: int,
    schedule: NoiseSchedule,
    noise: Tensor,
) -> Tensor:
    """Draw x at `prev_t` from the posterior given xt and the predicted x0.

    As in Ho et al. (2020).

    Args:
        prediction: the network's at `xt`.
        xt: the images at `t`, (N, C, H, W).
        t: the timestep.
        prev_t: the next, less noisy one; -1 for the clean images.
        schedule: the network's.
        noise: standard normal, as `xt`; the last step, to the clean images,
            adds none.
    """
    alpha_bar = schedule.alpha_bar(t)
    prev_alpha_bar = schedule.alpha_bar(prev_t)
    alpha = alpha_bar / prev_alpha_bar  # the share that this step keeps
    weight_x0 = prev_alpha_bar.sqrt() * (1 - alpha) / (1 - alpha_bar)
    weight_xt = alpha.sqrt() * (1 - prev_alpha_bar) / (1 - alpha_bar)
    mean = weight_x0 * prediction.x0 + weight_xt * xt
    return mean + posterior_variance(t, prev_t, schedule).sqrt() * noise


def ddim_step(
    prediction: Prediction,
    t: int,
    prev_t: int,
    schedule: NoiseSchedule,
    eta: float = 0.0,
    noise: Tensor | None = None,
) -> Tensor:
    """Mix the predicted x0 and eps anew, with less noise.

    It is equation 12 of Song et al. (2021).

    Args:
        prediction: the network's at timestep `t`.
        t: the timestep.
        prev_t: the next, less noisy one; -1 for the clean images.
        schedule: the network's.
        eta: share of new noise: 0 for none (deterministic), 1 for DDPM's.
        noise: standard normal, as the images; needed if `eta` is not 0.
    """
    prev_alpha_bar = schedule.alpha_bar(prev_t)
    sigma = eta * posterior_variance(t, prev_t, schedule).sqrt()
    known_noise = (1 - prev_alpha_bar - sigma**2).clamp(min=0).sqrt()
    mean = prev_alpha_bar.sqrt() * prediction.x0 + known_noise * prediction.eps
    return mean if noise is None else mean + sigma * noise


@torch.no_grad()
def sampling_loop(
    denoiser: Denoiser,
    noise: Tensor,
    timesteps: list[int],
    step: StepFn,
    clip_sample: bool = True,
) -> Iterator[SamplingStep]:
    """Go from noise to clean images, yielding every step.

    Args:
        denoiser: the network, its schedule and objective.
        noise: where to start, standard normal, (N, 1, 28, 28).
        timesteps: those to visit, from noisy to clean.
        step: maps a prediction, xt, t and prev_t to the images at prev_t.
        clip_sample: keep the predicted x0 in [-1, 1].
    """
    xt = noise
    for t, prev_t in zip(timesteps, [*timesteps[1:], -1], strict=True):
        prediction = denoiser.predict(xt, t)
        prediction = prediction.clipped() if clip_sample else prediction
        prev_sample = step(prediction, xt, t, prev_t)
        yield SamplingStep(t, xt, prediction.x0, prev_sample)
        xt = prev_sample


def ddpm(
    denoiser: Denoiser,
    noise: Tensor,
    num_inference_steps: int = 1000,
    seed: int = STEP_SEED,
    clip_sample: bool = True,
    timestep_spacing: TimestepSpacing = "leading",
) -> Iterator[SamplingStep]:
    """Sample by DDPM, with new noise at every step.

    It is algorithm 2 of Ho et al. (2020).

    Args:
        denoiser: the network, its schedule and objective.
        noise: where to start, standard normal, (N, 1, 28, 28).
        num_inference_steps: how many.
        seed: of the noise that is added on the way.
        clip_sample: keep the predicted x0 in [-1, 1].
        timestep_spacing: see `inference_timesteps`.

    Raises:
        ValueError: if the number of steps or the spacing does not fit.
    """
    timesteps = inference_timesteps(
        denoiser.schedule, num_inference_steps, timestep_spacing
    )
    rng = torch.Generator(noise.device).manual_seed(seed)

    def step(prediction: Prediction, xt: Tensor, t: int, prev_t: int) -> Tensor:
        # The last step adds nothing: drawing no noise for it keeps to the
        # random numbers of diffusers.
        fresh = _randn_like(xt, rng) if t > 0 else torch.zeros_like(xt)
        return ddpm_step(prediction, xt, t, prev_t, denoiser.schedule, fresh)

    return sampling_loop(denoiser, noise, timesteps, step, clip_sample)


def ddim(
    denoiser: Denoiser,
    noise: Tensor,
    num_inference_steps: int = 50,
    eta: float = 0.0,
    seed: int = STEP_SEED,
    clip_sample: bool = True,
    timestep_spacing: TimestepSpacing = "leading",
) -> Iterator[SamplingStep]:
    """Sample by DDIM; deterministic for `eta` = 0 (Song et al., 2021).

    Args:
        denoiser: the network, its schedule and objective.
        noise: where to start, standard normal, (N, 1, 28, 28).
        num_inference_steps: how many.
        eta: share of new noise a step, 0 to 1.
        seed: of that noise.
        clip_sample: keep the predicted x0 in [-1, 1].
        timestep_spacing: see `inference_timesteps`.

    Raises:
        ValueError: if the number of steps, `eta` or the spacing does not fit.
    """
    if not 0 <= eta <= 1:
        raise ValueError(
            f"eta is {eta}; expected 0 (deterministic) "
            "to 1 (as much noise as DDPM)"
        )
    timesteps = inference_timesteps(
        denoiser.schedule, num_inference_steps, timestep_spacing
    )
    rng = torch.Generator(noise.device).manual_seed(seed)

    def step(prediction: Prediction, xt: Tensor, t: int, prev_t: int) -> Tensor:
        fresh = _randn_like(xt, rng) if eta else None
        return ddim_step(prediction, t, prev_t, denoiser.schedule, eta, fresh)

    return sampling_loop(denoiser, noise, timesteps, step, clip_sample)


def initial_noise(count: int, seed: int = 0) -> Tensor:
    """Return standard normal noise, (count, 1, 28, 28), the same for a seed.

    Raises:
        ValueError: if `count` is less than 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}; expected 1 or more images")
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(count, *IMAGE_SHAPE, generator=rng, dtype=torch.float32)


def final_images(steps: Iterator[SamplingStep]) -> Tensor:
    """Run a sampler to its end and return the images, (N, 1, 28, 28).

    They are in [0, 1] and on the CPU.

    Raises:
        ValueError: if there is no step.
    """
    last = None
    for step in steps:
        last = step.prev_sample
    if last is None:
        raise ValueError("the sampler has no step left; make a new one")
    return to_image_range(last).cpu()


def _randn_like(x: Tensor, rng: torch.Generator) -> Tensor:
    return torch.randn(x.shape, generator=rng, device=x.device, dtype=x.dtype)

"""DPM-Solver++ (2M): DDIM with a look at where the guess of x0 is heading.

Step for step as `diffusers.DPMSolverMultistepScheduler` (Lu et al., 2022b).
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
from genlab.diffusion.schedules import NoiseSchedule


def solver_timesteps(
    schedule: NoiseSchedule,
    num_inference_steps: int,
    timestep_spacing: TimestepSpacing = "trailing",
) -> list[int]:
    """Choose the timesteps that the solver visits, from noisy to clean.

    "trailing" is that of the other samplers. "leading" leaves out t = 0, as
    `diffusers` has it for this solver, and therefore allows one step less.

    Args:
        schedule: whose timesteps.
        num_inference_steps: how many.
        timestep_spacing: "leading" or "trailing".

    Raises:
        ValueError: if there are none or too many, or the spacing is unknown.
    """
    chosen = inference_timesteps(
        schedule, num_inference_steps, timestep_spacing
    )
    if timestep_spacing == "trailing":
        return chosen
    most = schedule.num_train_timesteps
    if num_inference_steps == most:
        raise ValueError(
            f"num_inference_steps is {num_inference_steps}; expected 1 to "
            f"{most - 1} with leading spacing, which leaves out t = 0"
        )
    return inference_timesteps(schedule, num_inference_steps + 1)[:-1]


def half_log_snr(t: int, schedule: NoiseSchedule) -> Tensor:
    """Return lambda = log(a / s) at timestep t, half the logarithm of the SNR.

    In this number the solver's steps are measured.
    """
    return schedule.snr[t].log() / 2


def dpm_solver_step(
    guess: Tensor, xt: Tensor, t: int, prev_t: int, schedule: NoiseSchedule
) -> Tensor:
    """Go from xt to `prev_t` as DDIM does, with this guess of x0.

    The noise is what xt has beside the guess.

    Args:
        guess: of the clean images, (N, C, H, W).
        xt: the images at `t`, same shape.
        t: the timestep.
        prev_t: the next, less noisy one; -1 for the clean images.
        schedule: the network's.
    """
    alpha_bar = schedule.alpha_bar(t)
    prev_alpha_bar = schedule.alpha_bar(prev_t)
    eps = (xt - alpha_bar.sqrt() * guess) / (1 - alpha_bar).sqrt()
    return prev_alpha_bar.sqrt() * guess + (1 - prev_alpha_bar).sqrt() * eps


def ahead(
    x0: Tensor, previous_x0: Tensor, step: Tensor, previous_step: Tensor
) -> Tensor:
    """Return the guess of x0 half a step ahead, on a straight line.

    Args:
        x0: the guess at this timestep.
        previous_x0: that at the timestep before.
        step: by how much lambda grows in the step to come.
        previous_step: by how much it grew in the step before.
    """
    return x0 + step / (2 * previous_step) * (x0 - previous_x0)


@torch.no_grad()
def _solve(
    denoiser: Denoiser, xt: Tensor, timesteps: list[int], clip_sample: bool
) -> Iterator[SamplingStep]:
    schedule = denoiser.schedule
    x0s: list[Tensor] = []
    levels = [half_log_snr(t, schedule) for t in timesteps]
    for i, t in enumerate(timesteps):
        prediction = denoiser.predict(xt, t)
        prediction = prediction.clipped() if clip_sample else prediction
        x0s = [*x0s[-1:], prediction.x0]
        last = i == len(timesteps) - 1
        prev_t = -1 if last else timesteps[i + 1]
        guess = prediction.x0
        if len(x0s) == 2 and not last:  # at the end there is no lambda ahead
            step = levels[i + 1] - levels[i]
            guess = ahead(guess, x0s[0], step, levels[i] - levels[i - 1])
        prev_sample = dpm_solver_step(guess, xt, t, prev_t, schedule)
        yield SamplingStep(t, xt, prediction.x0, prev_sample)
        xt = prev_sample


def dpm_solver(
    denoiser: Denoiser,
    noise: Tensor,
    num_inference_steps: int = 20,
    clip_sample: bool = True,
    timestep_spacing: TimestepSpacing = "trailing",
) -> Iterator[SamplingStep]:
    """Sample by DPM-Solver++ of second order, deterministically.

    Each step uses the guess of x0 of the step before as well, so that it costs
    no more than one of DDIM. The first and the last are steps of DDIM.

    Args:
        denoiser: the network, its schedule and objective.
        noise: where to start, standard normal, (N, 1, 28, 28).
        num_inference_steps: how many.
        clip_sample: keep the predicted x0 in [-1, 1].
        timestep_spacing: see `solver_timesteps`.

    Raises:
        ValueError: if the number of steps or the spacing does not fit.
    """
    timesteps = solver_timesteps(
        denoiser.schedule, num_inference_steps, timestep_spacing
    )
    return _solve(denoiser, noise, timesteps, clip_sample)

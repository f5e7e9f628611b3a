"""How the denoisers' checkpoints are made: basic UNets, and one UNet that knows t per objective."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from genlab import metrics
from genlab.data import load_digits
from genlab.diffusion.denoiser import TIME_CHECKPOINTS, Denoiser
from genlab.diffusion.evaluation import ErrorCurve, errors_against_t
from genlab.diffusion.objectives import PredictionType
from genlab.diffusion.samplers import ddim, final_images, initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.self_conditioning import AT_ONCE, remembering
from genlab.diffusion.training import diffusion_loss
from genlab.recipes.recipe import Recipe, quality_of
from genlab.training import TrainConfig


def samples_of(
    denoiser: Denoiser, sampler: dict[str, Any], count: int = metrics.SAMPLES, seed: int = 0
) -> Tensor:
    """Return samples as a card's figures are measured on them, (count, 1, 28, 28) in [0, 1].

    Args:
        denoiser: the network, its schedule and objective.
        sampler: options of `genlab.diffusion.samplers.ddim`, as a card's recipe has them.
        count: how many; the first ones are the same for each count where eta is 0.
        seed: of the noise that sampling starts from, and of the noise on the way.
    """
    # Far from every seed of the first noise, so that no stream of numbers is used twice.
    steps = ddim(in_chunks(denoiser), initial_noise(count, seed), seed=1000 + seed, **sampler)
    return final_images(steps)


def chunked(network: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return the same network, which is given some images at a time: quicker on a CPU."""
    if isinstance(network, nn.Module):
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def in_parts(*inputs: Tensor) -> Tensor:
        parts = zip(*(each.split(AT_ONCE) for each in inputs), strict=True)
        return torch.cat([network(*part) for part in parts])

    return in_parts


def in_chunks(denoiser: Denoiser) -> Denoiser:
    """Return the same denoiser, whose network is given 100 images at a time.

    One whose latents go from step to step has them handed on, for one run of a sampler.
    """
    if hasattr(denoiser.model, "step"):
        return remembering(denoiser)
    return replace(denoiser, model=chunked(denoiser.model))


def evaluate_denoiser(
    model: Any,
    seeds: Sequence[int],
    schedule: NoiseSchedule,
    prediction_type: PredictionType,
    sampler: dict[str, Any],
) -> dict[str, Any]:
    """Quality of 500 samples a seed, and the test digits' errors against t."""
    denoiser = Denoiser(model, schedule, prediction_type)
    errors = errors_against_t(denoiser, load_digits("test").images)
    return {
        **quality_of(lambda seed: samples_of(denoiser, sampler, seed=seed), seeds),
        **as_figures(errors),
    }


def as_figures(errors: ErrorCurve) -> dict[str, list[float]]:
    """Return errors against t as a card holds them, to four digits."""
    return {
        "t": list(errors.t),
        "x0_error": [_digits(error) for error in errors.x0],
        "eps_error": [_digits(error) for error in errors.eps],
        "v_error": [_digits(error) for error in errors.v],
    }


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


def denoiser_recipe(
    model: str,
    schedule: NoiseSchedule,
    prediction_type: PredictionType,
    config: TrainConfig,
    sampler: dict[str, Any],
    arguments: dict[str, Any] | None = None,
) -> Recipe:
    """A network of `genlab.models`, trained by the plain loss of one objective."""
    evaluate = partial(
        evaluate_denoiser, schedule=schedule, prediction_type=prediction_type, sampler=sampler
    )
    return Recipe(
        model=f"genlab.models.{model}",
        arguments=arguments or {},
        loss=diffusion_loss(schedule, prediction_type),
        config=config,
        evaluate=evaluate,
        note="digit_fid is that of 500 samples by ddim with the options under `sampler`",
        settings={
            "prediction_type": prediction_type,
            "beta_schedule": schedule.beta_schedule,
            "sampler": sampler,
        },
    )


# Fresh noise at each step corrects earlier mistakes: samples come nearer to the floor by half than
# with deterministic steps. "trailing" starts at the last timestep, which is nearest to pure noise.
SAMPLER: dict[str, Any] = {"num_inference_steps": 50, "eta": 1.0, "timestep_spacing": "trailing"}
# Without the clamp: a clipped x0 beside the old eps has less noise than t promises, and a network
# that judges t by what it sees takes the rest for another t. It needs both for samples to run away.
BLIND_SAMPLER: dict[str, Any] = {**SAMPLER, "clip_sample": False}

# The basic networks differ in one thing each and see equally many images.
# At twice this rate the one without skips diverges; all four have the same, so that they compare.
BASIC = TrainConfig(steps=2000, batch_size=64, lr=1e-3, ema=0.99)
# Likewise the three that know t: one architecture, one schedule, three objectives.
TIMED = TrainConfig(steps=9000, batch_size=64, lr=2e-3, ema=0.999)

DIFFUSION_RECIPES: dict[str, Recipe] = {
    **{
        name: denoiser_recipe(
            f"unet.{model}", NoiseSchedule("linear"), "epsilon", BASIC, BLIND_SAMPLER
        )
        for name, model in (
            ("unet-basic", "BasicUNet"),
            ("unet-basic-concat", "ConcatUNet"),
            ("unet-basic-no-skips", "NoSkipUNet"),
            ("unet-basic-silu-out", "SiluOutUNet"),
        )
    },
    **{
        checkpoint: denoiser_recipe(
            "time_unet.TimeUNet", NoiseSchedule("squaredcos_cap_v2"), objective, TIMED, SAMPLER
        )
        for objective, checkpoint in TIME_CHECKPOINTS.items()
    },
}

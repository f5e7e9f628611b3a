"""What the page "A simple UNet" claims: who runs away and why, and what pooling costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from genlab.claims.registry import Values, measurement
from genlab.claims.sample_sets import JUDGES, floors, kept
from genlab.claims.trainings import SEEDS, no_skip_denoiser
from genlab.data import load_digits
from genlab.diffusion.blind import at_strength, blind_ddim
from genlab.diffusion.denoiser import Denoiser, load_denoiser
from genlab.diffusion.evaluation import prediction_errors
from genlab.diffusion.forward import to_diffusion_range
from genlab.diffusion.objectives import Prediction
from genlab.diffusion.samplers import (
    SamplingStep,
    ddim_step,
    final_images,
    initial_noise,
    sampling_loop,
)
from genlab.diffusion.samplers import inference_timesteps as timesteps_of
from genlab.measured import Measured, paired
from genlab.metrics import SAMPLES
from genlab.models.unet import NoSkipUNet, StridedUNet
from genlab.recipes.diffusion import in_chunks

NOISES = (0, 1, 2, 3, 4)
Loop = Literal["stale", "free", "anew"]


def plain_ddim(denoiser: Denoiser, noise: Tensor, loop: Loop) -> list[SamplingStep]:
    """Return the fifty steps of DDIM in one of three loops.

    Args:
        denoiser: the network, its schedule and objective.
        noise: where to start, (N, 1, 28, 28).
        loop: "stale" clamps x0 and keeps the network's eps, "free" does not clamp, "anew" clamps
            and computes eps from xt and the clamped x0.
    """

    def step(prediction: Prediction, xt: Tensor, t: int, prev_t: int) -> Tensor:
        if loop == "anew":
            signal, noise = denoiser.schedule.rates(t, xt)
            prediction = replace(prediction, eps=(xt - signal * prediction.x0) / noise)
        return ddim_step(prediction, t, prev_t, denoiser.schedule)

    chosen = timesteps_of(denoiser.schedule, 50)
    return list(sampling_loop(denoiser, noise, chosen, step, clip_sample=loop != "free"))


def largest_spread(denoiser: Denoiser, loop: Loop, seed: int) -> float:
    """Return the largest standard deviation of xt on the way from ten noises of a seed."""
    steps = plain_ddim(denoiser, initial_noise(10, seed), loop)
    return max(float(step.xt.std()) for step in steps)


@measurement("simple-unet/runaway", over="five starts of ten images each (seeds 0 to 4)")
def runaway() -> Values:
    """Largest spread of xt in DDIM by three loops, for a network that is told t and one not."""
    networks = {"blind": "unet-basic", "told": "unet-time-epsilon"}
    values: dict[str, Measured | float] = {}
    for label, name in networks.items():
        denoiser = load_denoiser(name)
        for loop in ("stale", "free", "anew"):
            spreads = [largest_spread(denoiser, loop, seed) for seed in NOISES]
            values[f"{label}_{loop}"] = Measured.of(spreads)
            values[f"{label}_{loop}_least"] = min(spreads)
            values[f"{label}_{loop}_most"] = max(spreads)
    return values


@measurement("simple-unet/held", over="five starts of ten images each (seeds 0 to 4)")
def held() -> Values:
    """Largest spread of xt in the clamped loop when the blind network's noise is scaled to 1."""
    blind = load_denoiser("unet-basic")
    told_strength = Denoiser(
        lambda xt, t: at_strength(blind.model(xt, t), 1.0), blind.schedule, "epsilon"
    )
    spreads = [largest_spread(told_strength, "stale", seed) for seed in NOISES]
    return {"spread": Measured.of(spreads)}


def blind_samples(loop: str, seed: int) -> Tensor:
    """Return 500 samples of the basic UNet, (500, 1, 28, 28), by a loop or by the brake."""

    def draw() -> Tensor:
        denoiser, noise = in_chunks(load_denoiser("unet-basic")), initial_noise(SAMPLES, seed)
        if loop == "brake":
            return final_images(blind_ddim(denoiser, noise))
        return final_images(iter(plain_ddim(denoiser, noise, loop)))  # type: ignore[arg-type]

    return kept(f"basic-{loop}-seed-{seed}", draw)


@measurement(
    "simple-unet/brake",
    over="three sampling seeds (0 to 2)",
    orders=("free_minus_brake_first", "free_minus_brake_second"),
)
def brake() -> Values:
    """Digit-FID in floors of the basic UNet's samples: without a clamp, and with the brake."""
    values: dict[str, Measured | float] = {}
    for label, classifier in JUDGES.items():
        found = {
            loop: [floors(blind_samples(loop, seed), classifier) for seed in SEEDS]
            for loop in ("free", "brake")
        }
        values |= {f"{loop}_{label}": Measured.of(numbers) for loop, numbers in found.items()}
        values[f"free_minus_brake_{label}"] = paired(found["brake"], found["free"])
    return values


def noise_error(denoiser: Denoiser, t: int) -> float:
    """Return the mean squared error of the noise that a denoiser finds in the test digits at t."""
    x0 = to_diffusion_range(load_digits("test").images)
    eps = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return prediction_errors(in_chunks(denoiser), x0, eps, t)[1]


@measurement(
    "simple-unet/pooling",
    over="three trainings each (seeds 0 to 2)",
    orders=("pooled_minus_strided_900",),
)
def pooling() -> Values:
    """Error of the noise without skips after 400 steps: max-pooling, or strided convolutions."""
    kinds = {"pooled": NoSkipUNet, "strided": StridedUNet}
    values: dict[str, Measured | float] = {}
    for t in (100, 500, 900):
        found = {name: _errors(kind, t) for name, kind in kinds.items()}
        values |= {f"{name}_{t}": Measured.of(errors) for name, errors in found.items()}
        values[f"pooled_minus_strided_{t}"] = paired(found["strided"], found["pooled"])
    return values


def _errors(kind: type[NoSkipUNet | StridedUNet], t: int) -> list[float]:
    return [noise_error(no_skip_denoiser(kind, seed), t) for seed in SEEDS]

"""What the page "Other architectures" claims: who samples best, and what each part is good for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Any

import torch
from torch import Tensor

from genlab.claims.registry import Values, measurement
from genlab.claims.sample_sets import JUDGES, floors, kept
from genlab.claims.trainings import SEEDS, finished, new_model
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.evaluation import prediction_errors
from genlab.diffusion.forward import to_diffusion_range
from genlab.diffusion.samplers import initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.measured import Measured, paired
from genlab.metrics import copy_ratio
from genlab.recipes.architectures import architecture_recipe, rin_recipe
from genlab.recipes.diffusion import SAMPLER, in_chunks, samples_of
from genlab.recipes.recipe import Recipe
from genlab.training import TrainConfig

SETS = (0, 1)  # sampling seeds: each training is judged on two sets of 500 samples
OVER = "three trainings each (seeds 0 to 2), each judged on the mean of two sets of 500 samples"
# What is ranked. What ships was trained for longer, once each.
EQUAL = TrainConfig(steps=1000, batch_size=64, lr=3e-3, ema=0.995)
# Patch 2 makes 196 tokens, and is the slowest of these: about four minutes on one thread.
SHORT = TrainConfig(steps=800, batch_size=32, lr=3e-3, ema=0.99)
SMALL: dict[str, Any] = {"width": 48, "depth": 2}
# A patch of 7 by 7 pixels has 49 numbers: more than 32, fewer than 96.
TARGETS = ("sample", "epsilon")
NARROW: dict[str, Any] = {"patch": 7, "width": 32, "depth": 3}
WIDE: dict[str, Any] = {"patch": 7, "width": 96, "depth": 3}
SIXTEEN_TOKENS = replace(SHORT, steps=2400)  # these are quick

VARIANTS: dict[str, Recipe] = {
    "dit-equal": architecture_recipe("dit.DiT", EQUAL),
    "uvit-equal": architecture_recipe("uvit.UViT", EQUAL),
    "rin-equal": rin_recipe(EQUAL),
    # The UNet of the page on objectives, on as many images as the three others.
    "unet-equal": architecture_recipe("time_unet.TimeUNet", EQUAL),
    **{
        f"dit-patch-{patch}": architecture_recipe("dit.DiT", SHORT, patch=patch, **SMALL)
        for patch in (2, 4, 7)
    },
    "dit-in-context": architecture_recipe("dit.DiT", SHORT, conditioning="in_context", **SMALL),
    "dit-narrow-sample": architecture_recipe("dit.DiT", SIXTEEN_TOKENS, **NARROW),
    "dit-narrow-epsilon": architecture_recipe("dit.DiT", SIXTEEN_TOKENS, "epsilon", **NARROW),
    "dit-wide-sample": architecture_recipe("dit.DiT", SIXTEEN_TOKENS, **WIDE),
    "dit-wide-epsilon": architecture_recipe("dit.DiT", SIXTEEN_TOKENS, "epsilon", **WIDE),
    "rin-short": rin_recipe(SHORT),
    "rin-short-without": rin_recipe(SHORT, share=0.0),
}

Samples = Callable[[int, int], Tensor]  # from seeds of the training and of the noise


def trained(name: str, seed: int) -> Denoiser:
    """Return a variant trained with a seed."""
    recipe = VARIANTS[name]
    config = replace(recipe.config, seed=seed)
    model: Any = new_model(recipe, seed)
    model = finished(model, recipe.loss, recipe.data(), config, f"{name}-seed-{seed}")
    schedule = NoiseSchedule(recipe.settings["beta_schedule"])
    return Denoiser(model, schedule, recipe.settings["prediction_type"])


def forgetful(denoiser: Denoiser) -> Denoiser:
    """Return a RIN's denoiser that has no old latents at any step."""
    network = denoiser.model
    return replace(denoiser, model=lambda xt, t: network(xt, t))


def samples(name: str, memory: bool = True) -> Samples:
    """Return what draws and keeps 500 samples of a network, by its seed and the noise's."""

    def of(seed: int, noise_seed: int) -> Tensor:
        def draw() -> Tensor:
            denoiser = trained(name, seed)
            denoiser = denoiser if memory else forgetful(denoiser)
            return samples_of(denoiser, SAMPLER, seed=noise_seed)

        end = "" if memory else "-forgetful"
        return kept(f"architectures-{name}{end}-trained-{seed}-noise-{noise_seed}", draw)

    return of


def mean_over_sets(draw: Samples, seed: int, measure: Callable[[Tensor], float]) -> float:
    """Return a figure of one training, the mean over its sets of samples."""
    return sum(measure(draw(seed, noise)) for noise in SETS) / len(SETS)


def judged(ways: Mapping[str, Samples]) -> dict[str, Measured | float]:
    """Digit-FID in floors and copy ratios of ways to sample, and all differences between them.

    Values are named `dit_first`, `dit_minus_rin_first` and so on, after the judge; the differences
    are between trainings of one seed.
    """
    values: dict[str, Measured | float] = {}
    for label, classifier in JUDGES.items():

        def floors_by(images: Tensor, judge: str = classifier) -> float:
            return floors(images, judge)

        found = {
            name: [mean_over_sets(draw, seed, floors_by) for seed in SEEDS]
            for name, draw in ways.items()
        }
        values |= {f"{name}_{label}": Measured.of(numbers) for name, numbers in found.items()}
        for a, b in permutations(found, 2):
            values[f"{a}_minus_{b}_{label}"] = paired(found[b], found[a])
    for name, draw in ways.items():
        copied = [mean_over_sets(draw, seed, copy_ratio) for seed in SEEDS]
        values[f"{name}_copy_ratio"] = Measured.of(copied)
    return values


@measurement(
    "architectures/ranking",
    over=OVER,
    orders=tuple(
        f"{higher}_minus_{lower}_{judge}"
        for judge in JUDGES
        for higher, lower in (("dit", "unet"), ("dit", "uvit"), ("rin", "dit"))
    ),
)
def ranking() -> Values:
    """Digit-FID in floors of DiT, U-ViT, RIN and the UNet, on equally many images."""
    return judged({name: samples(f"{name}-equal") for name in ("dit", "uvit", "rin", "unet")})


@measurement("architectures/memory", over=OVER)
def memory() -> Values:
    """Digit-FID in floors of the RIN's samples, its latents handed on or zero at each step."""
    return judged({"handed_on": samples("rin-equal"), "zero": samples("rin-equal", memory=False)})


@measurement("architectures/self-conditioning", over=OVER)
def self_conditioning() -> Values:
    """Digit-FID in floors of short trainings of the RIN, with old latents or never any."""
    ways = {
        "with_old": samples("rin-short"),
        "without_old": samples("rin-short-without", memory=False),
    }
    return judged(ways)


@measurement(
    "architectures/patches",
    over=OVER,
    orders=tuple(f"patch_{other}_minus_patch_7_{judge}" for judge in JUDGES for other in (2, 4)),
)
def patches() -> Values:
    """Digit-FID in floors of short trainings of a small DiT with patches of 2, 4 and 7 pixels."""
    return judged({f"patch_{patch}": samples(f"dit-patch-{patch}") for patch in (2, 4, 7)})


@measurement("architectures/conditioning", over=OVER)
def conditioning() -> Values:
    """Digit-FID in floors of a small DiT told t by adaLN-Zero or by one more token."""
    ways = {"adaln_zero": samples("dit-patch-4"), "in_context": samples("dit-in-context")}
    return judged(ways)


@cache
def noise_error(name: str, seed: int, t: int) -> float:
    """Return the mean squared error of the noise that a network finds in the test digits at t."""
    x0 = to_diffusion_range(load_digits("test").images)
    with torch.inference_mode():
        return prediction_errors(in_chunks(trained(name, seed)), x0, initial_noise(len(x0)), t)[1]


@measurement(
    "architectures/targets",
    over=OVER,
    orders=tuple(
        f"{higher}_minus_{lower}_{judge}"
        for judge in JUDGES
        for higher, lower in (
            ("narrow_epsilon", "narrow_sample"),
            ("wide_epsilon", "wide_sample"),
            ("narrow_epsilon", "wide_epsilon"),
            ("narrow_sample", "wide_sample"),
        )
    ),
)
def targets() -> Values:
    """Digit-FID in floors of a DiT with patches of 7 pixels, by target and by width."""
    names = [f"{width}_{target}" for width in ("narrow", "wide") for target in TARGETS]
    values = judged({name: samples(f"dit-{name.replace('_', '-')}") for name in names})
    for name in names:
        errors = [noise_error(f"dit-{name.replace('_', '-')}", seed, 900) for seed in SEEDS]
        values[f"{name}_noise_error_900"] = Measured.of(errors)
    return values

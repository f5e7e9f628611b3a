"""What the page "A better UNet" claims: the ladder at equal images and at equal seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from math import exp, log
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from genlab import checkpoints
from genlab.claims.registry import Values, measurement
from genlab.claims.sample_sets import JUDGES, floors, kept
from genlab.claims.trainings import SEEDS, with_snapshots
from genlab.data import Split, load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.evaluation import errors_against_t
from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.measured import Measured, paired
from genlab.metrics import copy_ratio
from genlab.recipes.diffusion import SAMPLER, in_chunks, samples_of
from genlab.recipes.ladder import BEFORE, OBJECTIVE, RUNGS, SCHEDULE, SHORT, rung_recipe

FIRST, LAST = "basic", "attention"
EVERY = 250  # steps between two snapshots
TIMED = 12  # timings of a step, of which the median counts


def snapshots(rung: str, seed: int) -> dict[int, dict[str, Tensor]]:
    """Return the weights of a rung by step."""
    return with_snapshots(rung_recipe(rung), f"ladder-{rung}", seed, EVERY)


def rung_denoiser(rung: str, seed: int, step: int = SHORT.steps) -> Denoiser:
    """Return a rung's network after `step` steps of the training with this seed."""
    recipe = rung_recipe(rung)
    model: nn.Module = checkpoints.build(recipe.model, recipe.arguments)
    model.load_state_dict(snapshots(rung, seed)[step])
    return Denoiser(model.eval().requires_grad_(False), SCHEDULE, OBJECTIVE)


def error_of(rung: str, seed: int, step: int = SHORT.steps, split: Split = "test") -> float:
    """Return the mean squared error of x0 on 500 digits, a mean over all timesteps."""

    def measure() -> Tensor:
        digits = load_digits(split).images[:500]
        curve = errors_against_t(in_chunks(rung_denoiser(rung, seed, step)), digits, bins=10)
        return torch.tensor(curve.x0, dtype=torch.float64).mean()

    return float(kept(f"ladder-error-{rung}-seed-{seed}-step-{step}-{split}", measure))


def error_at(rung: str, seed: int, step: float) -> float:
    """Return the error after a number of steps, between snapshots on a line of the logarithms."""
    before = min(SHORT.steps - EVERY, max(EVERY, int(step // EVERY) * EVERY))
    ends = [(log(at), log(error_of(rung, seed, at))) for at in (before, before + EVERY)]
    (x, y), (next_x, next_y) = ends
    return exp(y + (next_y - y) * (log(step) - x) / (next_x - x))


def samples(rung: str, seed: int, step: int = SHORT.steps) -> Tensor:
    """Return 500 samples, from the same noise for all rungs of a seed, in [0, 1]."""

    def draw() -> Tensor:
        return samples_of(rung_denoiser(rung, seed, step), SAMPLER, seed=seed)

    return kept(f"ladder-{rung}-seed-{seed}-step-{step}", draw)


def compared(measure: Callable[[str], list[float]], name: str) -> dict[str, Measured | float]:
    """Return a measure of each rung, and how much less it is than that of the rung before.

    And how much less that of the last rung is than that of the first.

    Args:
        measure: gives one number a training.
        name: ends the names of the values.
    """
    found = {rung: measure(rung) for rung in RUNGS}
    values: dict[str, Measured | float] = {
        f"{rung}_{name}": Measured.of(numbers) for rung, numbers in found.items()
    }
    for rung, before in BEFORE.items():
        values[f"{rung}_less_{name}"] = paired(found[rung], found[before])
    values[f"whole_less_{name}"] = paired(found[LAST], found[FIRST])
    return values


@measurement(
    "better-unet/ladder",
    over="three trainings each (seeds 0 to 2)",
    orders=(
        "time_less_error",
        "wide_less_first",
        "wide_less_second",
        "whole_less_error",
        "whole_less_first",
        "whole_less_second",
    ),
)
def ladder() -> Values:
    """Error of x0 in 1,000ths on test digits, and digit-FID in floors, after 1,000 steps of 32."""
    values = compared(lambda rung: [1000 * error_of(rung, seed) for seed in SEEDS], "error")
    for label, classifier in JUDGES.items():

        def quality(rung: str, classifier: str = classifier) -> list[float]:
            return [floors(samples(rung, seed), classifier) for seed in SEEDS]

        values |= compared(quality, label)
    return values


@measurement("better-unet/speed", over="one machine, the median of 12 steps in turns")
def speed() -> Values:
    """Processor seconds of a training step, as a multiple of the first rung's."""
    seconds = step_seconds()
    return {rung: spent / seconds["basic"] for rung, spent in seconds.items()}


@lru_cache(maxsize=1)
def step_seconds() -> dict[str, float]:
    """Return the processor seconds that a step takes, measured in turns."""
    images = load_digits("train").images[: SHORT.batch_size]
    runs: dict[str, Callable[[], None]] = {}
    for rung in RUNGS:
        recipe = rung_recipe(rung)
        model: nn.Module = checkpoints.build(recipe.model, recipe.arguments)
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        runs[rung] = _step_of(model, recipe.loss, images)
    spent: dict[str, list[float]] = {rung: [] for rung in RUNGS}
    for _ in range(TIMED):
        for rung, run in runs.items():
            started = time.process_time()
            run()
            spent[rung].append(time.process_time() - started)
    return {rung: median(numbers) for rung, numbers in spent.items()}


def _step_of(model: nn.Module, loss: Any, images: Tensor) -> Callable[[], None]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=SHORT.lr)
    rng = torch.Generator().manual_seed(0)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss(model, (images,), rng).backward()
        optimizer.step()

    return step


def step_at_equal_seconds(rung: str) -> float:
    """Return how many steps a rung makes in the seconds of the first rung's whole run."""
    seconds = step_seconds()
    return min(float(SHORT.steps), SHORT.steps * seconds["basic"] / seconds[rung])


@measurement(
    "better-unet/equal-seconds",
    over="three trainings each (seeds 0 to 2)",
    orders=("time_less_error",),
)
def equal_seconds() -> Values:
    """Error of x0 in 1,000ths after the seconds that the first rung takes for its 1,000 steps."""
    steps = {rung: step_at_equal_seconds(rung) for rung in RUNGS}

    def errors(rung: str) -> list[float]:
        return [1000 * error_at(rung, seed, steps[rung]) for seed in SEEDS]

    values = compared(errors, "error")
    return values | {f"{rung}_steps": step for rung, step in steps.items()}


@measurement("better-unet/dropout", over="three trainings each (seeds 0 to 2)")
def dropout() -> Values:
    """Error of x0 in 1,000ths on digits trained on and not, and the copy ratio of 500 samples."""
    values: dict[str, Measured | float] = {}
    for rung in ("wide", "dropout"):
        train = [1000 * error_of(rung, seed, split="train") for seed in SEEDS]
        test = [1000 * error_of(rung, seed) for seed in SEEDS]
        values[f"{rung}_train"], values[f"{rung}_test"] = Measured.of(train), Measured.of(test)
        values[f"{rung}_gap"] = paired(train, test)
        values[f"{rung}_copies"] = Measured.of([copy_ratio(samples(rung, seed)) for seed in SEEDS])
    return values


@measurement(
    "better-unet/batch-mix",
    over="three trainings (seeds 0 to 2)",
    orders=("one_t_minus_mixed",),
)
def batch_mix() -> Values:
    """Error of x0 in 1,000ths with batch normalisation, by which statistics normalise."""
    ways: dict[str, list[float]] = {"stored": [], "one_t": [], "mixed": []}
    for seed in SEEDS:
        for way, numbers in ways.items():
            numbers.append(1000 * _batch_error(seed, way))
    values: dict[str, Measured | float] = {
        way: Measured.of(numbers) for way, numbers in ways.items()
    }
    values["one_t_minus_mixed"] = paired(ways["mixed"], ways["one_t"])
    values["stored_minus_mixed"] = paired(ways["mixed"], ways["stored"])
    return values


@torch.no_grad()
def _batch_error(seed: int, way: str) -> float:
    """Return the error with the stored statistics, or those of batches of one t or of mixed t."""
    model: Any = rung_denoiser("batch", seed).model
    x0 = to_diffusion_range(load_digits("test").images)
    rng = torch.Generator().manual_seed(0)
    eps = torch.randn(x0.shape, generator=rng)
    t = torch.arange(len(x0)) * 1000 // len(x0)  # all noise levels, two digits each
    order = torch.randperm(len(x0), generator=rng) if way == "mixed" else torch.arange(len(x0))
    model.train(way != "stored")
    total = 0.0
    for part in order.split(25):
        guess = model(add_noise(x0[part], eps[part], t[part], SCHEDULE), t[part])
        total += float(((guess - x0[part]) ** 2).mean()) * len(part)
    return total / len(x0)

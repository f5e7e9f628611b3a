"""What the page "Sampling" claims: quality against steps, eta, guidance and shift.

All samples are 50 of each class, of the network that is told the class or of the flow, and by the
sampler with "trailing" timesteps. Sets are kept under the checkpoint's hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from genlab import metrics
from genlab.checkpoints import load_card
from genlab.claims.ledger import Entry
from genlab.claims.registry import Values, measurement
from genlab.claims.sample_sets import JUDGES, SAMPLING_SEEDS, floors, kept
from genlab.data import CLASSES, load_digits
from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.flow import as_flow, load_flow
from genlab.diffusion.flow_samplers import flow_euler, flow_heun
from genlab.diffusion.samplers import SamplingStep, ddim, ddpm, final_images, initial_noise
from genlab.diffusion.solvers import dpm_solver
from genlab.measured import Measured, paired
from genlab.recipes.sampling import (
    CLASS_CHECKPOINT,
    FLOW_CHECKPOINT,
    asked_in_chunks,
    balanced_labels,
    class_accuracy,
)

STEPS = (2, 5, 10, 20, 50, 100)
MANY_STEPS = (250, 1000)
MANY_SEEDS = SAMPLING_SEEDS[:3]
ETAS, ETA_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0), (10, 20, 50)
SCALES = (0.0, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0)
GUIDED_STEPS = 20
SHIFTS, SHIFT_STEPS = (0.5, 1.0, 2.0, 3.0), 10
Run = Callable[[Any, Tensor, int, int], Iterator[SamplingStep]]
TRAILING: dict[str, Any] = {"timestep_spacing": "trailing"}

# From (denoiser or flow, first noise, number of steps, seed of the noise on the way) to the steps.
SAMPLERS: dict[str, Run] = {
    "ddpm": lambda net, noise, steps, seed: ddpm(net, noise, steps, seed, **TRAILING),
    "ddim": lambda net, noise, steps, seed: ddim(net, noise, steps, **TRAILING),
    "dpm": lambda net, noise, steps, seed: dpm_solver(net, noise, steps),
    "flow": lambda net, noise, steps, seed: flow_euler(net, noise, steps),
    "heun": lambda net, noise, steps, seed: flow_heun(net, noise, steps),
    # The denoiser, read as a flow.
    "relabelled": lambda net, noise, steps, seed: flow_euler(as_flow(net), noise, steps),
}


def named(number: float) -> str:
    """Return a number as a part of a value's name: 1.5 is "1_5"."""
    return f"{number:g}".replace(".", "_")


def of_network(sampler: str, scale: float = 1.0) -> Any:
    """Return what a sampler asks: the denoiser, or the flow, of equally many of each class."""
    if sampler in ("flow", "heun"):
        return asked_in_chunks(load_flow(FLOW_CHECKPOINT), scale)
    return asked_in_chunks(load_denoiser(CLASS_CHECKPOINT), scale)


def samples(name: str, sampler: str, run: Run, steps: int, seed: int, scale: float = 1.0) -> Tensor:
    """Return 500 samples, 50 of each class, (500, 1, 28, 28); drawn once under this name."""
    checkpoint = FLOW_CHECKPOINT if sampler in ("flow", "heun") else CLASS_CHECKPOINT

    def draw() -> Tensor:
        noise = initial_noise(metrics.SAMPLES, seed)
        return final_images(run(of_network(sampler, scale), noise, steps, 1000 + seed))

    return kept(f"{checkpoint}-{load_card(checkpoint).sha256[:8]}-{name}-seed-{seed}", draw)


def by_steps(sampler: str, steps: int, seed: int) -> Tensor:
    """Return 500 samples by a sampler in so many steps, without guidance."""
    return samples(f"{sampler}-{steps}", sampler, SAMPLERS[sampler], steps, seed)


def measured_at(
    samplers: Sequence[str], steps: int, seeds: Sequence[int]
) -> dict[str, Measured | float]:
    """Return digit-FID in floors of each sampler, and the differences, by both judges."""
    sets = {name: [by_steps(name, steps, seed) for seed in seeds] for name in samplers}
    values: dict[str, Measured | float] = {}
    for label, classifier in JUDGES.items():
        found = {name: [floors(each, classifier) for each in sets[name]] for name in samplers}
        for name, numbers in found.items():
            values[f"{name}_{steps}_{label}"] = Measured.of(numbers)
        for a, b in combinations(samplers, 2):
            values[f"{a}_minus_{b}_{steps}_{label}"] = paired(found[b], found[a])
    return values


@measurement("sampling/steps", over="five sampling seeds (0 to 4), the same first noise for all")
def steps() -> Values:
    """Digit-FID in floors against the number of steps, 2 to 100, of four samplers, unguided."""
    values: dict[str, Measured | float] = {}
    for count in STEPS:
        values |= measured_at(("ddpm", "ddim", "dpm", "flow"), count, SAMPLING_SEEDS)
    return values


@measurement("sampling/many-steps", over="three sampling seeds (0 to 2)")
def many_steps() -> Values:
    """Digit-FID in floors of DDPM and DDIM in 250 and in 1,000 steps, unguided."""
    values: dict[str, Measured | float] = {}
    for count in MANY_STEPS:
        values |= measured_at(("ddpm", "ddim"), count, MANY_SEEDS)
    return values


@measurement("sampling/flows", over="five sampling seeds (0 to 4), the same first noise for all")
def flows() -> Values:
    """Digit-FID in floors of Euler and Heun on the flow, and of Euler on the relabelled denoiser.

    Heun asks the network 2 n - 1 times in n steps.
    """
    values: dict[str, Measured | float] = {}
    for count in (5, 10, 20):
        values |= measured_at(("flow", "heun", "relabelled"), count, SAMPLING_SEEDS)
    return values


@measurement("sampling/shift", over="five sampling seeds (0 to 4), the same first noise for all")
def shift() -> Values:
    """Digit-FID in floors of the flow by Euler in 10 steps, with the s shifted by four factors."""
    values: dict[str, Measured | float] = {}
    for factor in SHIFTS:

        def run(net: Any, noise: Tensor, steps: int, _: int, factor: float = factor) -> Any:
            return flow_euler(net, noise, steps, factor)

        name = f"flow-{SHIFT_STEPS}-shift-{factor:g}"
        sets = [samples(name, "flow", run, SHIFT_STEPS, seed) for seed in SAMPLING_SEEDS]
        for label, classifier in JUDGES.items():
            numbers = [floors(each, classifier) for each in sets]
            values[f"shift_{named(factor)}_{label}"] = Measured.of(numbers)
    return values


@measurement("sampling/eta", over="five sampling seeds (0 to 4), the same first noise for all")
def eta() -> Values:
    """Digit-FID in floors of DDIM against eta, in 10, 20 and 50 steps, unguided."""
    values: dict[str, Measured | float] = {}
    for count in ETA_STEPS:
        for share in ETAS:

            def run(net: Any, noise: Tensor, steps: int, seed: int, share: float = share) -> Any:
                return ddim(net, noise, steps, share, seed, **TRAILING)

            name = f"ddim-{count}" if not share else f"ddim-{count}-eta-{share:g}"
            sets = [samples(name, "ddim", run, count, seed) for seed in SAMPLING_SEEDS]
            for label, classifier in JUDGES.items():
                numbers = [floors(each, classifier) for each in sets]
                values[f"eta_{named(share)}_{count}_{label}"] = Measured.of(numbers)
    return values


# How the page's figure calls the samplers.
CURVES = {"ddpm": "DDPM", "ddim": "DDIM", "dpm": "DPM-Solver++", "flow": "flow, Euler"}


def curves(ledger: Mapping[str, Entry]) -> dict[str, dict[int, tuple[float, float]]]:
    """Return what the page's figure draws: by sampler and steps, digit-FID in floors and its error.

    By the first classifier, to three digits.

    Args:
        ledger: the records, with those of `sampling/steps` and `sampling/many-steps`.
    """
    values = {**ledger["sampling/steps"].values, **ledger["sampling/many-steps"].values}
    found: dict[str, dict[int, tuple[float, float]]] = {name: {} for name in CURVES.values()}
    for sampler, name in CURVES.items():
        for count in (*STEPS, *MANY_STEPS):
            value = values.get(f"{sampler}_{count}_first")
            if value is not None:
                found[name][count] = (_three(value.mean), _three(value.error or 0.0))
    return found


def _three(value: float) -> float:
    return float(f"{value:.3g}")


def diversity(images: Tensor, classifier: str) -> float:
    """Return how far samples of one class are apart, as a share of the test digits' own.

    Mean distance of two images of one class, in a classifier's features, over the ten classes; the
    images are 0 ... 9, 0 ... 9 and so on.
    """
    test = load_digits("test")
    order = test.labels.argsort(stable=True).view(CLASSES, -1).T.flatten()
    return _spread(images, classifier) / _spread(test.images[order], classifier)


def _spread(images: Tensor, classifier: str) -> float:
    seen = torch.from_numpy(metrics.features(images, classifier))
    return float(
        torch.stack([torch.pdist(seen[digit::CLASSES]).mean() for digit in range(10)]).mean()
    )


def full_ink(images: Tensor) -> float:
    """Return the share of a stroke's pixels (above one half) that are as dark as can be."""
    stroke = images[images > 0.5]
    return float((stroke > 0.99).float().mean())


def guided_samples(scale: float, clip_sample: bool, seed: int) -> Tensor:
    """Return 500 guided samples by DPM-Solver++, with or without the clamp."""

    def run(net: Any, noise: Tensor, steps: int, _: int) -> Iterator[SamplingStep]:
        return dpm_solver(net, noise, steps, clip_sample)

    name = f"dpm-{GUIDED_STEPS}"
    if scale != 1:
        name += f"-scale-{scale:g}"
    if not clip_sample:
        name += "-free"
    return samples(name, "dpm", run, GUIDED_STEPS, seed, scale)


@measurement("sampling/guidance", over="five sampling seeds (0 to 4), the same first noise for all")
def guidance() -> Values:
    """Digits as asked for, their diversity, digit-FID in floors and full ink against the scale.

    By DPM-Solver++ in 20 steps, with the clamp and without ("free"). Shares as asked for are in
    percent; diversity is a share of the test digits'.
    """
    labels = balanced_labels()
    values: dict[str, Measured | float] = {}
    for clip_sample in (True, False):
        end = "" if clip_sample else "_free"
        plain = [guided_samples(1.0, clip_sample, seed) for seed in SAMPLING_SEEDS]
        for scale in SCALES:
            sets = [guided_samples(scale, clip_sample, seed) for seed in SAMPLING_SEEDS]
            at = f"scale_{named(scale)}{end}"
            values[f"ink_{at}"] = Measured.of([full_ink(each) for each in sets])
            for label, classifier in JUDGES.items():
                found = [floors(each, classifier) for each in sets]
                values[f"floors_{at}_{label}"] = Measured.of(found)
                values[f"asked_{at}_{label}"] = Measured.of(
                    [100 * class_accuracy(each, labels, classifier) for each in sets]
                )
                values[f"diversity_{at}_{label}"] = Measured.of(
                    [diversity(each, classifier) for each in sets]
                )
                unguided = [floors(each, classifier) for each in plain]
                values[f"floors_{at}_minus_plain_{label}"] = paired(unguided, found)
    values["ink_of_test_digits"] = full_ink(load_digits("test").images)
    return values

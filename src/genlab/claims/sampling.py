"""What the page "Sampling" claims: quality against steps, eta, guidance and shift.

All samples are 50 of each class, of the network that is told the class or of the flow, and by the
sampler with "trailing" timesteps. Sets are kept under the checkpoint's hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, product
from typing import Any

import torch
from torch import Tensor

from genlab import metrics
from genlab.checkpoints import load_card
from genlab.claims.ledger import Entry
from genlab.claims.registry import Values, measurement
from genlab.claims.sample_sets import JUDGES, SAMPLING_SEEDS, floors, kept
from genlab.data import CLASSES, load_digits
from genlab.diffusion.denoiser import TIME_CHECKPOINTS, load_denoiser
from genlab.diffusion.flow import as_flow, load_flow
from genlab.diffusion.flow_samplers import flow_euler, flow_heun
from genlab.diffusion.samplers import SamplingStep, ddim, ddpm, final_images, initial_noise
from genlab.diffusion.solvers import dpm_solver
from genlab.measured import Measured, paired
from genlab.recipes.diffusion import samples_of
from genlab.recipes.sampling import (
    CLASS_CHECKPOINT,
    FLOW_CHECKPOINT,
    asked_in_chunks,
    balanced_labels,
    class_accuracy,
)

STEPS = (2, 5, 10, 20, 50)
MANY_STEPS = (100, 1000)
ETAS, ETA_STEPS = (0.0, 0.5, 1.0), (10, 50)
SCALES = (0.0, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0)
FREE_SCALES = (1.0, 8.0)  # without the clamp
GUIDED_STEPS = 20
CLAMP_STEPS = 50
EPSILON_STEPS = (10, 20)
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


# The ways whose quality is drawn against steps, as the page's figure calls them.
CURVES = {
    "ddpm": "DDPM",
    "ddim": "DDIM",
    "dpm": "DPM-Solver++",
    "relabelled": "as a flow",
    "flow": "unet-flow",
}
# From the largest distance to the smallest, so that a difference of two of them is positive.
WITHOUT_FRESH_NOISE = ("ddim", "dpm", "relabelled")  # three ways to ask one network
BY_QUALITY = ("flow", *WITHOUT_FRESH_NOISE, "ddpm")


def both(*names: str) -> tuple[str, ...]:
    """Return the names of values by the first judge and by the second."""
    return tuple(f"{name}_{label}" for name in names for label in JUDGES)


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


def compared(sets: Mapping[str, Sequence[Tensor]]) -> dict[str, Measured | float]:
    """Return digit-FID in floors of ways to sample, and the differences, by both judges.

    Args:
        sets: of samples by the way's name, as many of each, seed by seed.
    """
    values: dict[str, Measured | float] = {}
    for label, classifier in JUDGES.items():
        found = {name: [floors(each, classifier) for each in made] for name, made in sets.items()}
        for name, numbers in found.items():
            values[f"{name}_{label}"] = Measured.of(numbers)
        for a, b in combinations(found, 2):
            if len(found[a]) > 1:
                values[f"{a}_minus_{b}_{label}"] = paired(found[b], found[a])
    return values


def at_steps(
    samplers: Sequence[str], steps: int, seeds: Sequence[int]
) -> dict[str, Measured | float]:
    """Return what `compared` gives for samplers in so many steps."""
    return compared(
        {f"{name}_{steps}": [by_steps(name, steps, seed) for seed in seeds] for name in samplers}
    )


@measurement(
    "sampling/steps",
    over="five sampling seeds (0 to 4), the same first noise for all",
    orders=(
        *both(*(f"{name}_{n}_minus_ddpm_{n}" for name in WITHOUT_FRESH_NOISE for n in STEPS[1:])),
        *both(*(f"dpm_{n}_minus_relabelled_{n}" for n in (10, 20, 50))),
        *both(*(f"ddim_{n}_minus_dpm_{n}" for n in (5, 20, 50))),
        *both(*(f"flow_{n}_minus_relabelled_{n}" for n in STEPS)),
    ),
)
def steps() -> Values:
    """Digit-FID in floors against the number of steps, 2 to 50, of five ways, unguided.

    DDPM, DDIM, DPM-Solver++ and, as a flow by Euler's method ("relabelled"), one and the same
    network; and the network that was trained as a flow.
    """
    values: dict[str, Measured | float] = {}
    for count in STEPS:
        values |= at_steps(BY_QUALITY, count, SAMPLING_SEEDS)
    return values


@measurement(
    "sampling/many-steps", over="three sampling seeds (0 to 2) at 100 steps; one set at 1,000"
)
def many_steps() -> Values:
    """Digit-FID in floors of DDPM and DDIM in 100 steps and of DDPM in 1,000, unguided.

    A thousand steps take a CPU half an hour a set.
    """
    few, many = MANY_STEPS
    values = at_steps(("ddim", "ddpm"), few, SAMPLING_SEEDS[:3])
    return {**values, **at_steps(("ddpm",), many, SAMPLING_SEEDS[:1])}


@measurement(
    "sampling/flows",
    over="five sampling seeds (0 to 4), the same first noise for all",
    orders=both("heun_5_minus_flow_10", "heun_10_minus_flow_20"),
)
def flows() -> Values:
    """Digit-FID in floors of Euler and Heun on the flow, and of Euler on the relabelled denoiser.

    Heun asks the network 2 n - 1 times in n steps.
    """
    values: dict[str, Measured | float] = {}
    for count in (5, 10, 20):
        values |= at_steps(("heun", "flow", "relabelled"), count, SAMPLING_SEEDS)
    for count in (5, 10):  # about as many questions: 2 n - 1 and 2 n
        ways = (("heun", count), ("flow", 2 * count))
        values |= compared(
            {
                f"{name}_{n}": [by_steps(name, n, seed) for seed in SAMPLING_SEEDS]
                for name, n in ways
            }
        )
    return values


@measurement(
    "sampling/shift",
    over="five sampling seeds (0 to 4), the same first noise for all",
    orders=both(
        *("shift_0_5_minus_shift_1", "shift_1_minus_shift_2", "shift_2_minus_shift_3"),
        "shift_1_minus_shift_3",
    ),
)
def shift() -> Values:
    """Digit-FID in floors of the flow by Euler in 10 steps, with the s shifted by four factors."""
    sets: dict[str, list[Tensor]] = {}
    for factor in SHIFTS:

        def run(net: Any, noise: Tensor, steps: int, _: int, factor: float = factor) -> Any:
            return flow_euler(net, noise, steps, factor)

        name = f"flow-{SHIFT_STEPS}" if factor == 1 else f"flow-{SHIFT_STEPS}-shift-{factor:g}"
        sets[f"shift_{named(factor)}"] = [
            samples(name, "flow", run, SHIFT_STEPS, seed) for seed in SAMPLING_SEEDS
        ]
    return compared(sets)


@measurement(
    "sampling/eta",
    over="five sampling seeds (0 to 4), the same first noise for all",
    orders=both("eta_0_10_minus_eta_1_10", "eta_0_50_minus_eta_1_50", "eta_0_5_10_minus_eta_1_10"),
)
def eta() -> Values:
    """Digit-FID in floors of DDIM against eta, in 10 and in 50 steps, unguided."""
    values: dict[str, Measured | float] = {}
    for count in ETA_STEPS:
        sets: dict[str, list[Tensor]] = {}
        for share in ETAS:

            def run(net: Any, noise: Tensor, steps: int, seed: int, share: float = share) -> Any:
                return ddim(net, noise, steps, share, seed, **TRAILING)

            name = f"ddim-{count}" if not share else f"ddim-{count}-eta-{share:g}"
            sets[f"eta_{named(share)}_{count}"] = [
                samples(name, "ddim", run, count, seed) for seed in SAMPLING_SEEDS
            ]
        values |= compared(sets)
    return values


@measurement(
    "sampling/clamp",
    over="five sampling seeds (0 to 4), the same first noise for all",
    orders=both("clamped_minus_free"),
)
def clamp() -> Values:
    """Digit-FID in floors of DDIM in 50 steps, with the clamp and without it."""

    def free(net: Any, noise: Tensor, steps: int, _: int) -> Iterator[SamplingStep]:
        return ddim(net, noise, steps, clip_sample=False, **TRAILING)

    name = f"ddim-{CLAMP_STEPS}-free"
    return compared(
        {
            "clamped": [by_steps("ddim", CLAMP_STEPS, seed) for seed in SAMPLING_SEEDS],
            "free": [samples(name, "ddim", free, CLAMP_STEPS, seed) for seed in SAMPLING_SEEDS],
        }
    )


# As on the page, and as Song et al. (2021) had it.
EPSILON_WAYS: dict[str, dict[str, Any]] = {
    "ours": {"timestep_spacing": "trailing", "clip_sample": True},
    "paper": {"timestep_spacing": "leading", "clip_sample": False},
}


@measurement(
    "sampling/epsilon",
    over="five sampling seeds (0 to 4), the same first noise for all",
    orders=both(
        *(f"eta_0_{way}_{n}_minus_eta_1_{way}_{n}" for way in EPSILON_WAYS for n in EPSILON_STEPS)
    ),
)
def epsilon() -> Values:
    """Digit-FID in floors of a network that predicts the noise, in 10 and in 20 steps.

    With eta = 0 and 1; with the spacing and the clamp of the page ("ours") and with those of Song
    et al. ("paper"). The network is told no class.
    """
    values: dict[str, Measured | float] = {}
    for way, count in product(EPSILON_WAYS, EPSILON_STEPS):
        values |= compared(
            {f"eta_{eta:g}_{way}_{count}": _of_epsilon(way, count, eta) for eta in (0.0, 1.0)}
        )
    return values


def _of_epsilon(way: str, steps: int, eta: float) -> list[Tensor]:
    denoiser = load_denoiser(TIME_CHECKPOINTS["epsilon"])
    sampler = {"num_inference_steps": steps, "eta": eta, **EPSILON_WAYS[way]}
    name = f"time-epsilon-{steps}-eta-{eta:g}{'-paper' if way == 'paper' else ''}"
    return [
        kept(f"{name}-seed-{seed}", partial(samples_of, denoiser, sampler, seed=seed))
        for seed in SAMPLING_SEEDS
    ]


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
                found[name][count] = value.drawn()
    return found


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


@measurement(
    "sampling/guidance",
    over="five sampling seeds (0 to 4), the same first noise for all",
    orders=both("floors_plain_minus_scale_1_5"),
)
def guidance() -> Values:
    """Digits as asked for, their diversity, digit-FID in floors and full ink against the scale.

    By DPM-Solver++ in 20 steps, with the clamp and without ("free"). Shares as asked for are in
    percent; diversity is a share of the test digits'.
    """
    labels = balanced_labels()
    values: dict[str, Measured | float] = {}
    for clip_sample, scales in ((True, SCALES), (False, FREE_SCALES)):
        end = "" if clip_sample else "_free"
        plain = [guided_samples(1.0, clip_sample, seed) for seed in SAMPLING_SEEDS]
        unguided = {
            label: [floors(each, judge) for each in plain] for label, judge in JUDGES.items()
        }
        for scale in scales:
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
                if scale != 1:
                    values[f"floors_plain_minus_{at}_{label}"] = paired(found, unguided[label])
    values["ink_of_test_digits"] = full_ink(load_digits("test").images)
    return values

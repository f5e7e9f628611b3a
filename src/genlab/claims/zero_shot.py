"""The measurements behind the page on zero-shot classification."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch

from genlab.claims.registry import Values, measurement
from genlab.claims.trainings import SEEDS, retrained
from genlab.data import load_digits
from genlab.measured import Measured, paired
from genlab.vision.captions import (
    COLOURS,
    DIGIT_WORDS,
    HELD_OUT,
    NEW_TEMPLATES,
    PAIRS,
    TEMPLATES,
    TRAINED,
    painted,
)
from genlab.vision.zero_shot import image_vectors, recognised, text_vectors

NETWORK = "digit-clip"
ONE = TEMPLATES[3]  # what the pipeline of `transformers` says if it is told nothing
ALL = TEMPLATES + NEW_TEMPLATES
# Digits differ in how hard they are: the held-out ones, each painted two colours further.
COLOUR_NAMES = tuple(COLOURS)
SAME_DIGITS = tuple(
    (COLOUR_NAMES[(COLOUR_NAMES.index(colour) + 2) % len(COLOURS)], digit)
    for colour, digit in HELD_OUT
)
DIFFERENCES = (
    ("ensemble", "one"),
    ("ensemble", "mean"),
    ("ensemble", "best"),
    ("ensemble_new", "new"),
    ("ensemble_all", "ensemble"),
    ("mean", "new"),
    ("best", "worst"),
)
OVER = "three trainings (seeds 0 to 2), all judged on the same test digits"


@cache
def network(seed: int) -> Any:
    """Return DigitCLIP trained with a seed."""
    return retrained(NETWORK, seed)


@cache
def per_cent(
    seed: int, pairs: tuple[tuple[str, int], ...], templates: tuple[str, ...]
) -> dict[str, float]:
    """Return what the network of a seed recognises, in per cent: pair, digit and colour."""
    found = recognised(network(seed), pairs, templates)
    return {name: 100 * share for name, share in found.items()}


def over_seeds(figure: Callable[[int], float]) -> list[float]:
    """Return a figure of each training."""
    return [figure(seed) for seed in SEEDS]


@measurement("zero-shot/pairs", over=OVER, orders=("same_digits_minus_held_out_pair",))
def pairs() -> Values:
    """Test digits recognised among all 60 captions of one template, in per cent.

    Painted in pairs of training, and in pairs that no training image had. `same_digits` are the
    digits of the held-out pairs, as often, in colours of training.
    """
    values: dict[str, Measured | float] = {}
    found: dict[str, list[float]] = {}
    kinds = {"trained": TRAINED, "same_digits": SAME_DIGITS, "held_out": HELD_OUT}
    for kind, some in kinds.items():
        for part in ("pair", "digit", "colour"):
            figures = [per_cent(seed, some, (ONE,))[part] for seed in SEEDS]
            found[f"{kind}_{part}"] = figures
            values[f"{kind}_{part}"] = Measured.of(figures)
    for kind in ("trained", "same_digits"):
        values[f"{kind}_minus_held_out_pair"] = paired(
            found["held_out_pair"], found[f"{kind}_pair"]
        )
    values["held_out_colour_minus_digit"] = paired(
        found["held_out_digit"], found["held_out_colour"]
    )
    return values | {"chance_pair": 100 / len(PAIRS), "chance_digit": 10.0}


def with_each(templates: Sequence[str], seed: int) -> list[float]:
    """Return the held-out pairs that are recognised with each template alone."""
    return [per_cent(seed, HELD_OUT, (one,))["pair"] for one in templates]


@measurement("zero-shot/templates", over=OVER, orders=("mean_minus_new",))
def templates() -> Values:
    """Test digits of held-out pairs recognised, in per cent, by the template of the captions.

    `t_0` to `t_7` are those of training, `new_0` to `new_3` say known words in a new order. An
    ensemble is the mean of the vectors that several give.
    """
    values: dict[str, Measured | float] = {}
    for names, some in (("t", TEMPLATES), ("new", NEW_TEMPLATES)):
        each = [with_each(some, seed) for seed in SEEDS]
        for number, alone in enumerate(zip(*each, strict=True)):
            values[f"{names}_{number}"] = Measured.of(alone)
    figures = {
        "one": over_seeds(lambda seed: with_each((ONE,), seed)[0]),
        "mean": over_seeds(lambda seed: statistics.fmean(with_each(TEMPLATES, seed))),
        "best": over_seeds(lambda seed: max(with_each(TEMPLATES, seed))),
        "worst": over_seeds(lambda seed: min(with_each(TEMPLATES, seed))),
        "new": over_seeds(lambda seed: statistics.fmean(with_each(NEW_TEMPLATES, seed))),
        "ensemble": over_seeds(lambda seed: per_cent(seed, HELD_OUT, TEMPLATES)["pair"]),
        "ensemble_new": over_seeds(lambda seed: per_cent(seed, HELD_OUT, NEW_TEMPLATES)["pair"]),
        "ensemble_all": over_seeds(lambda seed: per_cent(seed, HELD_OUT, ALL)["pair"]),
    }
    values |= {name: Measured.of(numbers) for name, numbers in figures.items()}
    for a, b in DIFFERENCES:
        values[f"{a}_minus_{b}"] = paired(figures[b], figures[a])
    return values


def of_part(seed: int, texts: Sequence[str], part: str) -> float:
    """Return what is recognised, in per cent, by captions that name one part of a pair alone.

    Args:
        seed: of the training.
        texts: one a digit, or one a colour, in order.
        part: "digit" or "colour".
    """
    model = network(seed)
    images, target = painted(load_digits("test"), PAIRS)
    wanted = target % 10 if part == "digit" else target // 10
    labels = text_vectors(model, texts)
    found = torch.cat([image_vectors(model, some) for some in images.split(500)])
    return 100 * ((found @ labels.T).argmax(dim=1) == wanted).double().mean().item()


@measurement("zero-shot/parts", over=OVER)
def parts() -> Values:
    """Test digits in all 60 pairs, told by captions that name the digit or the colour alone.

    In per cent. No caption of training left out either.
    """
    digits = [f"this is a photo of the number {word}." for word in DIGIT_WORDS]
    colours = [f"a photo in {colour}" for colour in dict.fromkeys(c for c, _ in PAIRS)]
    return {
        "digit": Measured.of(over_seeds(lambda seed: of_part(seed, digits, "digit"))),
        "colour": Measured.of(over_seeds(lambda seed: of_part(seed, colours, "colour"))),
        "chance_digit": 10.0,
        "chance_colour": 100 / 6,
    }

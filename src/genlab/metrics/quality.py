"""How good generated digits are, with errors: sets of 500, two classifiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genlab.data import CLASSES, load_digits
from genlab.measured import Measured
from genlab.metrics.distances import (
    frechet_distance,
    kernel_distance,
    nearest_distances,
)
from genlab.metrics.judges import (
    CLASSIFIER,
    CLASSIFIERS,
    class_shares,
    features,
    training_features,
)

SAMPLES = 500
SETS = 5  # sampling seeds behind a mean; the least that a card rests on
Distance = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Judgement:
    """What one classifier says of a way of sampling.

    Attributes:
        fid: digit-FID over the sets, smaller is better.
        kid: kernel distance over the sets, 0 for a perfect sampler on average.
        floor: digit-FID of the 500 test digits, 50 of each class.
        perfect: digit-FID of a perfect sampler: of real digits whose classes
            are drawn at random.
        class_shares: share of samples taken for each digit; they sum to 1.
    """

    fid: Measured
    kid: Measured
    floor: float
    perfect: Measured
    class_shares: tuple[float, ...]

    @property
    def ratio(self) -> Measured:
        """How many times the floor the digit-FID is."""
        return self.fid.times(1 / self.floor)


@dataclass(frozen=True)
class Quality:
    """What the yardstick says of a way of sampling.

    Attributes:
        judgements: by the classifier's name.
        copy_ratio: whether digits are copied; see `copy_ratio`.
    """

    judgements: dict[str, Judgement]
    copy_ratio: Measured

    @property
    def first(self) -> Judgement:
        """What the first classifier says."""
        return self.judgements[CLASSIFIER]

    def __repr__(self) -> str:
        said = ", ".join(
            f"{name}: {j.fid} ({j.ratio} floors)"
            for name, j in self.judgements.items()
        )
        return f"Quality({said}, copy_ratio={self.copy_ratio})"

    def as_card(self) -> dict[str, Any]:
        """Return this as plain values, as a checkpoint's card holds it."""
        card: dict[str, Any] = {"copy_ratio": _plain(self.copy_ratio)}
        for name, j in self.judgements.items():
            card[name] = {
                "digit_fid": _plain(j.fid),
                "kid": _plain(j.kid),
                "floor": round(j.floor, 3),
                "perfect_sampler": _plain(j.perfect),
                "class_shares": [round(share, 4) for share in j.class_shares],
            }
        return card

    @classmethod
    def from_card(cls, card: dict[str, Any]) -> Quality:
        """Read what `as_card` wrote, a card's `metrics["quality"]`."""
        judgements = {
            name: Judgement(
                fid=Measured(**card[name]["digit_fid"]),
                kid=Measured(**card[name]["kid"]),
                floor=card[name]["floor"],
                perfect=Measured(**card[name]["perfect_sampler"]),
                class_shares=tuple(card[name]["class_shares"]),
            )
            for name in CLASSIFIERS
        }
        return cls(judgements, Measured(**card["copy_ratio"]))


def quality(sets: Sequence[Tensor]) -> Quality:
    """Measure a way of sampling on sets of 500 samples, one a seed.

    Each set has shape (500, 1, 28, 28) and values in [0, 1].

    Raises:
        ValueError: if there are no sets, or one has not 500 images.
    """
    if not sets:
        raise ValueError(
            f"got no sets of samples; expected one or more, {SETS} for an error"
        )
    judgements = {name: _judge(sets, name) for name in CLASSIFIERS}
    copied = Measured.of([copy_ratio(images) for images in sets])
    return Quality(judgements, copied)


def _judge(sets: Sequence[Tensor], name: str) -> Judgement:
    for images in sets:
        _check_count(images)
    seen = [features(images, name) for images in sets]
    real = training_features(name)
    return Judgement(
        fid=Measured.of([frechet_distance(each, real) for each in seen]),
        kid=Measured.of([kernel_distance(each, real) for each in seen]),
        floor=digit_fid_floor(name),
        perfect=perfect_sampler(name),
        class_shares=class_shares(torch.cat(list(sets)), name),
    )


def digit_fid(images: Tensor, classifier: str = CLASSIFIER) -> float:
    """Return the digit-FID of samples (500, 1, 28, 28) in [0, 1].

    Raises:
        ValueError: if there are not 500: the distance depends on how many there
            are, so that figures of different numbers of samples cannot be
            compared.
    """
    return _distance(frechet_distance, images, classifier)


def kid(images: Tensor, classifier: str = CLASSIFIER) -> float:
    """Return the kernel distance of samples (500, 1, 28, 28) in [0, 1].

    It is without bias.

    Raises:
        ValueError: if there are not 500, as for `digit_fid`.
    """
    return _distance(kernel_distance, images, classifier)


def _distance(distance: Distance, images: Tensor, classifier: str) -> float:
    _check_count(images)
    return distance(features(images, classifier), training_features(classifier))


def _check_count(images: Tensor) -> None:
    if len(images) != SAMPLES:
        raise ValueError(
            f"got {len(images)} images; digit-FID is defined for {SAMPLES}"
        )


@lru_cache(maxsize=len(CLASSIFIERS))
def digit_fid_floor(classifier: str = CLASSIFIER) -> float:
    """Return the digit-FID of the 500 real test digits."""
    return digit_fid(load_digits("test").images, classifier)


@lru_cache(maxsize=len(CLASSIFIERS))
def perfect_sampler(classifier: str = CLASSIFIER, sets: int = 10) -> Measured:
    """Return the digit-FID of real digits whose classes are drawn at random.

    It lies above the floor, whose digits are 50 of each class: a sampler that
    was perfect would still draw some classes more often. The digits are the
    1,000 that were not trained on, so the sets overlap, and the error is a
    little too small.

    Raises:
        ValueError: if `sets` is less than 2.
    """
    if sets < 2:
        raise ValueError(
            f"sets is {sets}; expected 2 or more, for there is an error to tell"
        )
    held_out = _real_features(classifier)
    training = training_features(classifier)
    rng = np.random.default_rng(0)
    drawn = [_random_classes(held_out, rng) for _ in range(sets)]
    return Measured.of([frechet_distance(each, training) for each in drawn])


def _real_features(classifier: str) -> list[np.ndarray]:
    """Return features of digits not trained on, by class, 100 of each."""
    splits = [load_digits("validation"), load_digits("test")]
    by_class = [
        torch.cat([split.of_class(digit) for split in splits])
        for digit in range(CLASSES)
    ]
    return [features(images, classifier) for images in by_class]


def _random_classes(
    by_class: list[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    counts = rng.multinomial(SAMPLES, [1 / CLASSES] * CLASSES)
    chosen = [
        real[rng.choice(len(real), count, replace=False)]
        for real, count in zip(by_class, counts, strict=True)
    ]
    return np.concatenate(chosen)


def copy_ratio(images: Tensor) -> float:
    """Return how near samples are to training digits, against test digits.

    The median distance of a sample to its nearest training digit, in pixels'
    space, divided by that of the test digits; far below 1 means that training
    digits are copied.
    """
    training = load_digits("train").images
    distance = nearest_distances(images, training).median()
    return float(distance / _distance_of_test_digits())


@lru_cache(maxsize=1)
def _distance_of_test_digits() -> float:
    test, training = load_digits("test").images, load_digits("train").images
    return float(nearest_distances(test, training).median())


def _plain(value: Measured) -> dict[str, Any]:
    error = None if value.error is None else float(f"{value.error:.3g}")
    return {"mean": float(f"{value.mean:.5g}"), "error": error, "n": value.n}

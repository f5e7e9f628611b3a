"""What a recipe is: everything that a checkpoint depends on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from genlab import checkpoints, metrics
from genlab.data import Source, load_digits
from genlab.training import Batch, LossFn, TrainConfig

# Measures a trained model, where it draws samples with these seeds; its results go into the card.
Evaluate = Callable[[Any, Sequence[int]], dict[str, Any]]

# Seeds of the sets of samples that a card's figures are measured on: one set shows no error.
SAMPLE_SEEDS = tuple(range(metrics.SETS))


def training_digits(source: Source = "embedded") -> Batch:
    """Return the digits that most networks are trained on: images and labels."""
    digits = load_digits("train", source)
    return digits.images, digits.labels


def quality_of(sample: Callable[[int], Tensor], seeds: Sequence[int]) -> dict[str, Any]:
    """Measure a way of sampling for a card.

    Args:
        sample: returns 500 images (500, 1, 28, 28) in [0, 1] for a seed.
        seeds: one set of samples is drawn with each.
    """
    return {
        "quality": metrics.quality([sample(seed) for seed in seeds]).as_card(),
        "sampling_seeds": list(seeds),
        "classifier_sha256": {
            name: checkpoints.load_card(name).sha256 for name in metrics.CLASSIFIERS
        },
    }


@dataclass(frozen=True)
class Recipe:
    """Everything that a checkpoint depends on.

    Attributes:
        model: dotted name of the class, in `genlab.models`.
        arguments: what the class is called with.
        loss: of a batch of the data, such as (images, labels).
        config: how long and how fast.
        evaluate: measures the trained model with given sampling seeds; goes into the card.
        note: what a reader of the card should know.
        settings: what a user of the model must know, for example the objective; goes into the card.
        data: returns what is trained on.
        data_name: what that is, in words; goes into the card.
    """

    model: str
    arguments: dict[str, Any]
    loss: LossFn
    config: TrainConfig
    evaluate: Evaluate
    note: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    data: Callable[[], Batch] = training_digits
    data_name: str = "the 4,000 embedded training digits"

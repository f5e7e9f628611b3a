"""What a recipe is: everything that a checkpoint depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from genlab.data import load_digits
from genlab.training import Batch, LossFn, TrainConfig

SAMPLE_SEED = 0  # of the samples that a card's figures are measured on


def training_digits() -> Batch:
    """Return the digits that most networks are trained on: images and labels."""
    digits = load_digits("train")
    return digits.images, digits.labels


@dataclass(frozen=True)
class Recipe:
    """Everything that a checkpoint depends on.

    Attributes:
        model: dotted name of the class, in `genlab.models`.
        arguments: what the class is called with.
        loss: of a batch of the data, such as (images, labels).
        config: how long and how fast.
        evaluate: measures the trained model; its results go into the card.
        note: what a reader of the card should know.
        settings: what a user of the model must know, for example the objective; goes into the card.
        data: returns what is trained on.
        data_name: what that is, in words; goes into the card.
    """

    model: str
    arguments: dict[str, Any]
    loss: LossFn
    config: TrainConfig
    evaluate: Callable[[Any], dict[str, Any]]
    note: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    data: Callable[[], Batch] = training_digits
    data_name: str = "the 4,000 embedded training digits"

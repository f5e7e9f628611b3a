"""What a recipe is: everything that a checkpoint depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from genlab.training import LossFn, TrainConfig


@dataclass(frozen=True)
class Recipe:
    """Everything that a checkpoint depends on.

    Attributes:
        model: dotted name of the class, in `genlab.models`.
        arguments: what the class is called with.
        loss: of a batch (images, labels).
        config: how long and how fast.
        evaluate: measures the trained model; its results go into the card.
        note: what a reader of the card should know.
        settings: what a user of the model must know, for example the objective; goes into the card.
    """

    model: str
    arguments: dict[str, Any]
    loss: LossFn
    config: TrainConfig
    evaluate: Callable[[Any], dict[str, Any]]
    note: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

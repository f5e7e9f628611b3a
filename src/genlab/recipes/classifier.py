"""How the digit classifier's checkpoint is made, the yardstick of all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from genlab import metrics
from genlab.augment import jitter
from genlab.data import load_digits
from genlab.recipes.recipe import Recipe
from genlab.training import Batch, TrainConfig, classification_loss


def augmented_classification_loss(model: nn.Module, batch: Batch, rng: torch.Generator) -> Tensor:
    """Cross-entropy on slightly rotated, scaled and shifted digits."""
    images, labels = batch
    return classification_loss(model, (jitter(images, rng), labels), rng)


@torch.no_grad()
def evaluate_classifier(model: nn.Module, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Share of the test and validation digits that are recognised; it draws nothing."""
    result = {}
    for split in ("validation", "test"):
        digits = load_digits(split)
        hits = (model(digits.images).argmax(dim=1) == digits.labels).float().mean()
        result[f"{split}_accuracy"] = round(float(hits), 4)
    return result


def classifier_recipe(model: str, config: TrainConfig) -> Recipe:
    """A classifier of `genlab.models.classifier`."""
    return Recipe(
        model=f"genlab.models.classifier.{model}",
        arguments={},
        loss=augmented_classification_loss,
        config=config,
        evaluate=evaluate_classifier,
        note="digits slightly rotated, scaled and shifted in training",
    )


CLASSIFIER_RECIPES: dict[str, Recipe] = {
    metrics.CLASSIFIER: classifier_recipe(
        "DigitClassifier", TrainConfig(steps=2500, batch_size=64, lr=3e-3, ema=0.99)
    ),
    # Another architecture and another seed: the second opinion.
    metrics.SECOND_CLASSIFIER: classifier_recipe(
        "ResidualClassifier", TrainConfig(steps=4000, batch_size=64, lr=2e-3, ema=0.99, seed=1)
    ),
}

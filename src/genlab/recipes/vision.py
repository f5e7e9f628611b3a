"""How the vision transformers are trained, and the small CNN beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from genlab.recipes.classifier import evaluate_classifier
from genlab.recipes.recipe import Recipe
from genlab.training import LossFn, TrainConfig, classification_loss
from genlab.vision import augmented_loss, smoothed_loss

# What is compared: equally many steps, whatever the network and however many digits.
EQUAL = TrainConfig(steps=1000, batch_size=64, lr=2e-3, ema=0.98)
DECAY = 0.05  # of the weights, in DeiT's recipe
LONG = replace(EQUAL, steps=4000, ema=0.995, weight_decay=DECAY)


def vision_recipe(
    model: str,
    loss: LossFn = classification_loss,
    config: TrainConfig = EQUAL,
    note: str = "",
    **arguments: Any,
) -> Recipe:
    """A network that tells ten classes of digits.

    Args:
        model: the class, in `genlab.models`.
        loss: of a batch of images and labels.
        config: how long and how fast.
        note: what a reader of the card should know.
        arguments: what the class is called with.
    """
    return Recipe(
        model=f"genlab.models.{model}",
        arguments=arguments,
        loss=loss,
        config=config,
        evaluate=evaluate_classifier,
        note=note,
    )


SHIPPED = "digits changed a little and partly erased in training, labels smoothed"

VISION_RECIPES: dict[str, Recipe] = {
    "vit": vision_recipe("vit.ViT", smoothed_loss, LONG, SHIPPED),
    # For other sizes of the patch: 49 tokens and 4.
    "vit-patch-4": vision_recipe("vit.ViT", smoothed_loss, LONG, SHIPPED, patch=4),
    "vit-patch-14": vision_recipe("vit.ViT", smoothed_loss, LONG, SHIPPED, patch=14),
}

# The names of what is compared; DeiT's own loss needs a teacher, and is made in the claims.
COMPARED: dict[str, Recipe] = {
    "cnn": vision_recipe("classifier.DigitClassifier"),
    "teacher": vision_recipe("classifier.DigitClassifier", augmented_loss),
    "vit": vision_recipe("vit.ViT"),
    "vit-augmented": vision_recipe("vit.ViT", augmented_loss),
    "vit-regular": vision_recipe("vit.ViT", smoothed_loss, replace(EQUAL, weight_decay=DECAY)),
    "deit": vision_recipe("vit.DeiT", config=replace(EQUAL, weight_decay=DECAY)),
    "vit-sine": vision_recipe("vit.ViT", positions="sine"),
    "vit-no-positions": vision_recipe("vit.ViT", positions="none"),
    "vit-mean": vision_recipe("vit.ViT", pool="mean"),
    "vit-patch-4": vision_recipe("vit.ViT", patch=4),
    "hybrid": vision_recipe("vit.HybridViT"),
}

"""How the encoder and the encoder with decoder of the part on transformers are trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genlab.language.families import (
    VOCABULARY,
    hidden_letters_found,
    masked_loss,
    reversal_loss,
    share_reversed,
)
from genlab.language.names import LENGTH, load_names
from genlab.recipes.language import training_names
from genlab.recipes.recipe import Evaluate, Recipe
from genlab.training import LossFn, TrainConfig

SHIPPED = TrainConfig(steps=2000, batch_size=64, lr=4e-3, ema=0.99)


def found(model: Any, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Share of all hidden letters of unseen names that are found; it draws nothing."""
    return {"test_letters_found": round(hidden_letters_found(model, _test()), 3)}


def reversed_names(model: Any, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Share of unseen names that are written backwards without a mistake; it draws nothing."""
    return {"test_names_reversed": round(share_reversed(model, _test()), 3)}


def _test() -> Any:
    return load_names("test").tokens()


def family_recipe(model: str, loss: LossFn, evaluate: Evaluate) -> Recipe:
    """A network of `genlab.models.families` that learns from names."""
    return Recipe(
        model=f"genlab.models.families.{model}",
        arguments={"vocabulary": VOCABULARY, "context": LENGTH},
        loss=loss,
        config=SHIPPED,
        evaluate=evaluate,
        data=training_names,
        data_name="the training names of eight locales, from the lists of faker",
    )


FAMILY_RECIPES: dict[str, Recipe] = {
    "name-reader": family_recipe("Encoder", masked_loss, found),
    "name-reverser": family_recipe("EncoderDecoder", reversal_loss, reversed_names),
}

"""How the encoder and the encoder with decoder of the part on transformers are trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from genlab.language.families import (
    VOCABULARY,
    hidden_letters_found,
    masked_loss,
    reversal_loss,
    reversed_rightly,
)
from genlab.language.names import LENGTH, load_names
from genlab.measured import Measured
from genlab.recipes.language import training_names
from genlab.recipes.recipe import Evaluate, Recipe
from genlab.training import LossFn, TrainConfig

WIDTH = 48  # names are short, and a checkpoint shall be small
SHIPPED = TrainConfig(steps=2000, batch_size=64, lr=4e-3, ema=0.99)


def found(model: Any, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Share of the letters of unseen names that are found when hidden; it draws nothing."""
    return _over_names("letters_found", hidden_letters_found(model, _test()))


def reversed_names(model: Any, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Share of unseen names that are written backwards without a mistake; it draws nothing."""
    return _over_names("names_reversed", reversed_rightly(model, _test()))


def _over_names(name: str, values: Tensor) -> dict[str, Any]:
    """Return the mean of values (N,) and its error over the names, for a card."""
    share = Measured.of(values.tolist())
    return {f"test_{name}": round(share.mean, 3), "error_over_names": round(share.error or 0, 3)}


def _test() -> Tensor:
    return load_names("test").tokens()


def family_recipe(model: str, loss: LossFn, evaluate: Evaluate) -> Recipe:
    """A network of `genlab.models.families` that learns from names."""
    return Recipe(
        model=f"genlab.models.families.{model}",
        arguments={"vocabulary": VOCABULARY, "context": LENGTH, "width": WIDTH},
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

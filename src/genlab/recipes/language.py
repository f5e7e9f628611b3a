"""How the tiny language model's checkpoint is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genlab.language.locales import LocaleClassifier, recognised
from genlab.language.names import LENGTH, SYMBOLS, load_names
from genlab.language.ngram import tuned_ngram
from genlab.language.tiny import CHECKPOINT, locales_recognised, loss_on, names_loss
from genlab.recipes.recipe import Recipe
from genlab.training import Batch, TrainConfig


def training_names() -> Batch:
    """Return the names that are trained on, (N, LENGTH)."""
    return (load_names("train").tokens(),)


def evaluate_tiny(model: Any, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Losses in nats a letter, beside a trigram's; the share of locales that are recognised.

    Names are drawn with a seed of their own.
    """
    validation, test = load_names("validation"), load_names("test")
    trigram, classifier = tuned_ngram(3), LocaleClassifier()
    return {
        "train_loss": round(loss_on(model, load_names("train").tokens()), 4),
        "validation_loss": round(loss_on(model, validation.tokens()), 4),
        "test_loss": round(loss_on(model, test.tokens()), 4),
        "trigram_validation_loss": round(trigram.loss(validation.tokens()), 4),
        "trigram_test_loss": round(trigram.loss(test.tokens()), 4),
        "locale_recognised": round(locales_recognised(model, classifier), 3),
        "locale_recognised_real": round(recognised(classifier, test.names, test.locales), 3),
    }


LANGUAGE_RECIPES: dict[str, Recipe] = {
    CHECKPOINT: Recipe(
        model="genlab.models.transformer.Transformer",
        arguments={
            "vocabulary": len(SYMBOLS),
            "context": LENGTH,
            "width": 64,
            "heads": 4,
            "depth": 3,
            "dropout": 0.3,
        },
        loss=names_loss,
        config=TrainConfig(steps=2500, batch_size=128, lr=4e-3, weight_decay=0.1, ema=0.99),
        evaluate=evaluate_tiny,
        data=training_names,
        data_name="the training names of eight locales, from the lists of faker",
        note="losses are in nats a letter, the end of the name counted as one",
    )
}

"""What one does with the tiny language model of names: loss, names, locales."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from genlab.language.locales import LocaleClassifier, recognised
from genlab.language.names import (
    END,
    IDS,
    LENGTH,
    LOCALES,
    PADDING,
    check_locale,
    decode,
)
from genlab.language.sampling import next_token_probabilities
from genlab.models.transformer import next_token_loss
from genlab.training import Batch

CHECKPOINT = "tiny-lm"
NOT_LETTERS = [PADDING, *(IDS[f"<{locale}>"] for locale in LOCALES)]


def names_loss(model: Any, batch: Batch, rng: torch.Generator) -> Tensor:
    """Mean surprise by the next letter, in nats, for names (N, LENGTH)."""
    return next_token_loss(model, batch[0], PADDING)


@torch.no_grad()
def loss_on(model: Any, tokens: Tensor) -> float:
    """Return the mean surprise by next letters, in nats, for all names given.

    Their tokens have shape (N, LENGTH), and their ends count too. The model is
    put into evaluation mode for it and back.
    """
    was_training = model.training
    model.eval()
    loss = next_token_loss(model, tokens, PADDING).item()
    model.train(was_training)
    return loss


@torch.no_grad()
def sample_names(
    model: Any,
    locale: str,
    count: int,
    rng: torch.Generator,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> list[str]:
    """Draw names of a locale, all at once, letter by letter.

    Args:
        model: maps tokens (N, T) to logits (N, T, vocabulary).
        locale: a key of `LOCALES`.
        count: how many, from 1.
        rng: draws the letters.
        temperature: see `next_token_probabilities`, as for `top_k` and `top_p`.
        top_k: how many tokens to keep at each place.
        top_p: which probability to keep at each place.

    Raises:
        ValueError: if the locale is unknown or an option is out of its range.
    """
    if count < 1:
        raise ValueError(f"count is {count}; expected 1 or more")
    tokens = torch.full((count, 1), IDS[f"<{check_locale(locale)}>"])
    for _ in range(LENGTH - 1):
        logits = model(tokens)[:, -1]
        logits[:, NOT_LETTERS] = -torch.inf  # a letter follows, or the end
        likely = next_token_probabilities(logits, temperature, top_k, top_p)
        drawn = torch.multinomial(likely, 1, generator=rng)
        tokens = torch.cat([tokens, drawn], dim=1)
        if (tokens == END).any(dim=1).all():
            break
    return [decode(row) for row in tokens]


def locales_recognised(
    model: Any, classifier: LocaleClassifier, count: int = 100, seed: int = 0
) -> float:
    """Return the share of drawn names whose locale the judge recognises.

    Of each locale `count` names are drawn.
    """
    rng = torch.Generator().manual_seed(seed)
    names, locales = [], []
    for locale in LOCALES:
        names += sample_names(model, locale, count, rng)
        locales += [locale] * count
    return recognised(classifier, names, locales)

"""What an encoder and an encoder with decoder learn of names.

The first guesses a letter that is hidden, the second writes a name backwards.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.language.names import ALPHABET, END, IDS, PADDING, SYMBOLS
from genlab.training import Batch

MASK = len(SYMBOLS)  # one more token, which hides a letter
VOCABULARY = len(SYMBOLS) + 1
FIRST_LETTER = IDS[ALPHABET[0]]


def hidden(tokens: Tensor, places: Tensor) -> Tensor:
    """Return names (N, T) with the letter at one place each, (N,), hidden."""
    return tokens.scatter(1, places[:, None], MASK)


def masked_loss(model: Any, batch: Batch, rng: torch.Generator) -> Tensor:
    """Cross-entropy of one hidden letter a name, drawn among its letters."""
    (tokens,) = batch
    letters = (tokens >= FIRST_LETTER).float()
    places = torch.multinomial(letters, 1, generator=rng)[:, 0]
    logits = model(hidden(tokens, places))  # (N, T, vocabulary)
    rows = torch.arange(len(tokens))
    return F.cross_entropy(logits[rows, places], tokens[rows, places])


def backwards(tokens: Tensor) -> Tensor:
    """Return names (N, T) with their letters in reverse order.

    The locale stays in front, the end after the last letter.
    """
    count = (tokens >= FIRST_LETTER).sum(dim=1, keepdim=True)
    place = torch.arange(tokens.shape[1])
    within = (place >= 1) & (place <= count)
    return tokens.gather(1, torch.where(within, count + 1 - place, place))


def reversal_loss(model: Any, batch: Batch, rng: torch.Generator) -> Tensor:
    """Cross-entropy of each letter of the name backwards, and of its end."""
    (tokens,) = batch
    target = backwards(tokens)
    logits = model(tokens, target[:, :-1]).transpose(1, 2)
    return F.cross_entropy(logits, target[:, 1:], ignore_index=PADDING)


@torch.no_grad()
def written(model: Any, tokens: Tensor) -> Tensor:
    """Return what a model writes for names (N, T), the likeliest at each step.

    The first token of each is given, and after its end there is padding.
    """
    target = tokens[:, :1]
    for _ in range(tokens.shape[1] - 1):
        best = model(tokens, target)[:, -1].argmax(dim=1)
        ended = (target == END).any(dim=1)
        best = best.masked_fill(ended, PADDING)
        target = torch.cat([target, best[:, None]], dim=1)
    return target


@torch.no_grad()
def hidden_letters_found(model: Any, tokens: Tensor) -> Tensor:
    """Return which share of each name's letters is found, (N,).

    The letters of names (N, T) are hidden one at a time.
    """
    names, places = (tokens >= FIRST_LETTER).nonzero(as_tuple=True)
    logits = model(hidden(tokens[names], places))
    guesses = tokens.clone()
    guesses[names, places] = logits[torch.arange(len(names)), places].argmax(1)
    return _share_of_letters(guesses == tokens, tokens)


@torch.no_grad()
def next_letters_found(model: Any, tokens: Tensor) -> Tensor:
    """Return the same for a decoder, which sees what stands before, (N,)."""
    guesses = model(tokens[:, :-1]).argmax(dim=2)
    return _share_of_letters(guesses == tokens[:, 1:], tokens[:, 1:])


def _share_of_letters(right: Tensor, tokens: Tensor) -> Tensor:
    letters = tokens >= FIRST_LETTER
    return (right & letters).sum(dim=1) / letters.sum(dim=1)


def reversed_rightly(model: Any, tokens: Tensor) -> Tensor:
    """Return whether each name is written backwards without a mistake, (N,)."""
    return (written(model, tokens) == backwards(tokens)).all(dim=1)


@torch.no_grad()
def looks_at_its_letter(model: Any, tokens: Tensor) -> Tensor:
    """Return how much weight the letter gets that is to be written next.

    It is that of each block's cross-attention, a mean over its heads and over
    the letters of names (N, T), as (N, depth).
    """
    seen = model.crossings(tokens, backwards(tokens)[:, :-1]).mean(dim=2)
    count = (tokens >= FIRST_LETTER).sum(dim=1, keepdim=True)
    step = torch.arange(tokens.shape[1] - 1)
    wanted = (count - step).clamp(min=0)  # (N, T - 1): where it was read
    index = wanted[:, None, :, None].expand(-1, seen.shape[1], -1, 1)
    weights = seen.gather(3, index)[..., 0]  # (N, depth, T - 1)
    return (weights * (step < count)[:, None]).sum(dim=2) / count

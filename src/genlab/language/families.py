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
def hidden_letters_found(model: Any, tokens: Tensor) -> float:
    """Return the share of all letters of names (N, T) that are found."""
    names, places = (tokens >= FIRST_LETTER).nonzero(as_tuple=True)
    logits = model(hidden(tokens[names], places))
    guesses = logits[torch.arange(len(names)), places].argmax(dim=1)
    return (guesses == tokens[names, places]).float().mean().item()


@torch.no_grad()
def next_letters_found(model: Any, tokens: Tensor) -> float:
    """Return the same share for a decoder, which sees what stands before."""
    guesses = model(tokens[:, :-1]).argmax(dim=2)
    is_letter = tokens[:, 1:] >= FIRST_LETTER
    return (guesses == tokens[:, 1:])[is_letter].float().mean().item()


def share_reversed(model: Any, tokens: Tensor) -> float:
    """Return the share of names (N, T) that are written backwards rightly."""
    right = (written(model, tokens) == backwards(tokens)).all(dim=1)
    return right.float().mean().item()

"""Check on the perplexity of a text."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, expect_number, run_check, say, text
from genlab.checks.language_models.reference import near, random_logits

Perplexity = Callable[[Tensor, Tensor], Any]

TOKENS = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])

ADDED_UP = text("The surprises are added up: take their mean, or long texts look worse.")
MIXED = text("Nats go with exp, bits with a power of two: here they are mixed.")


@exercise("ex-perplexity", points=2)
def perplexity(answer: Perplexity) -> Result:
    """Check a function (logits (T, vocabulary), tokens (T,)) -> perplexity.

    The logits at a place are those of the *next* token.
    """
    return run_check(
        "perplexity",
        [
            Case(
                "a model that knows nothing has the size of the vocabulary",
                lambda: _nothing_known(answer),
            ),
            Case("a model that is sure has 1", lambda: _sure(answer)),
            Case("it is exp of the mean surprise", lambda: _mean(answer)),
            Case("very improbable tokens do no harm", lambda: _improbable(answer)),
        ],
    )


def _surprise(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return the surprise by each token after the first, in nats, (T - 1,)."""
    losses = torch.nn.functional.cross_entropy
    return losses(logits[:-1].double(), tokens[1:], reduction="none")


def _perplexity(answer: Perplexity, logits: Tensor, tokens: Tensor, finite: bool = True) -> float:
    return expect_number(answer(logits, tokens), "perplexity_of", finite=finite)


def _nothing_known(answer: Perplexity) -> None:
    """Ask for ten equally likely tokens, where each mistake in the mean has its own number."""
    got = _perplexity(answer, torch.zeros(8, 10), TOKENS)
    known = {
        math.log(10): text("That is the mean surprise in nats; exp of it is the perplexity."),
        math.log2(10): text(
            "That is the mean surprise in bits; the perplexity is two to that power."
        ),
        7 * math.log(10): text("That is the sum of the surprises; take their mean, and exp of it."),
        10.0**7: ADDED_UP,
        10 ** (7 / 8): text(
            "Eight tokens have seven surprises, for the first is only given: divide by T - 1, not "
            "by T."
        ),
        10 ** (8 / 7): text(
            "There are T - 1 surprises, for the first token is only given: yours add T."
        ),
        1 / 10: text("That is 1 / 10, upside down: a surprise is *minus* the logarithm."),
        2 ** math.log(10): MIXED,
        math.exp(math.log2(10)): MIXED,
    }
    for wrong, hint in known.items():
        if near(got, wrong):
            raise Hint(hint)
    if not near(got, 10):
        said = text("A model that knows nothing has the vocabulary, 10; yours is {got:.4g}.")
        raise Hint(said, got=got)
    got = _perplexity(answer, torch.zeros(2, 3), torch.tensor([1, 2]))
    if not near(got, 3):
        said = text("For two tokens of a vocabulary of three, 3 is expected; yours is {got:.4g}.")
        raise Hint(said, got=got)


def _sure(answer: Perplexity) -> None:
    certain = torch.full((8, 10), -50.0)
    certain[torch.arange(7), TOKENS[1:]] = 50.0
    got = _perplexity(answer, certain, TOKENS)
    if not near(got, 1):
        raise Hint(
            "A model that is sure of each next token has 1; yours is {got:.4g}. The logits at "
            "place t are about the token at t + 1, and the last ones about none.",
            got=got,
        )


def _mean(answer: Perplexity) -> None:
    logits = random_logits(8, 10)
    for tokens in (TOKENS, torch.tensor([0, 9, 0, 0, 7, 8, 0, 1])):
        losses = _surprise(logits, tokens)
        got, wanted = _perplexity(answer, logits, tokens), losses.mean().exp().item()
        known = {
            losses.sum().exp().item(): ADDED_UP,
            1 / (-losses).exp().mean().item(): text(
                "The probabilities are averaged: average their logarithms."
            ),
            losses.exp().mean().item(): text("The mean is taken after exp: take it before."),
            2 ** losses.mean().item(): MIXED,
            losses.median().exp().item(): text(
                "That is the median of the surprises: take their mean."
            ),
        }
        if near(got, wanted):
            continue
        said = text("For random logits {wanted:.4g} is expected; yours is {got:.4g}.")
        differs = say(said, wanted=wanted, got=got)
        for wrong, hint in known.items():
            if near(got, wrong):
                raise Hint("{differs} {why}", differs=differs, why=say(hint))
        raise Hint(differs)


def _improbable(answer: Perplexity) -> None:
    """Ask for a probability that is 0 in single precision, and for one that is 0 in double."""
    tokens = torch.arange(12)
    for below in (150.0, 800.0):
        logits = torch.zeros(12, 12)
        logits[0, 1] = -below
        wanted = _surprise(logits, tokens).mean().item()
        got = _perplexity(answer, logits, tokens, finite=False)
        if not (0 < got < math.inf and abs(math.log(got) - wanted) < 1e-3 * wanted):
            raise Hint(
                "A token with a probability near exp(-{below:.0f}) makes yours {got}. That is 0 "
                "as a float: use log_softmax or cross_entropy, not log(softmax).",
                below=below,
                got=got,
            )

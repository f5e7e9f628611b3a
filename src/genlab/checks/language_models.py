"""Checks for the exercises of the page *Language models*."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_tensor, run_check
from genlab.language.sampling import next_token_probabilities
from genlab.language.sampling import top_p_filter as reference_top_p

Count = Callable[[Tensor, float], Any]
Find = Callable[[Tensor, float], Any]
Filter = Callable[[Tensor, float], Any]
Perplexity = Callable[[Tensor, Tensor], Any]

TOKENS = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])


def _logits(rows: int = 1, columns: int = 30, scale: float = 2.0) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    return scale * torch.randn(rows, columns, generator=rng)


def _easy() -> Tensor:
    """Return three logits, anew each time: an answer may change what it is given."""
    return torch.tensor([0.2, 0.5, 0.3]).log()


def _choices(logits: Tensor, temperature: float) -> float:
    p = next_token_probabilities(logits, temperature)
    return math.exp(-torch.special.xlogy(p, p).sum().item())


def _even(choices: Count) -> None:
    got = expect_number(choices(torch.zeros(8), 1.0), "choices(zeros(8), 1)")
    if abs(got - math.log(8)) < 1e-3:
        raise Hint("That is the entropy, log 8; exp of it is the number of choices.")
    if abs(got - 3) < 1e-3:
        raise Hint("That is the entropy in bits; with exp, take the natural logarithm.")
    if abs(got - 8) > 1e-3:
        raise Hint(f"Eight equally likely tokens are 8 choices; yours are {got:.3f}.")


def _uneven(choices: Count) -> None:
    logits = _logits()[0]
    for value in (0.5, 1.0, 2.0):
        got, wanted = expect_number(choices(logits, value), "choices"), _choices(logits, value)
        if abs(got - _choices(logits, 1 / value)) < 1e-3 and value != 1:
            raise Hint("The logits are multiplied by the temperature; divide by it.")
        if abs(got - wanted) > 1e-3:
            raise Hint(f"At temperature {value} there are {wanted:.3f} choices, not {got:.3f}.")


def _cold(choices: Count) -> None:
    got = expect_number(choices(torch.tensor([400.0, 0.0, -400.0]), 0.5), "choices", finite=False)
    if not abs(got - 1) < 1e-3:
        raise Hint(
            f"For logits far apart there is 1 choice, and yours are {got}. A probability of 0 "
            "adds nothing to the entropy, but 0 * log(0) is not a number: use xlogy or "
            "log_softmax."
        )


def _found(temperature_for: Find) -> None:
    logits = _logits()[0]
    for wanted in (1.5, 5.0, 20.0):
        value = expect_number(temperature_for(logits, wanted), "temperature_for")
        if not value > 0:
            raise Hint(f"temperature_for gave {value}; a temperature is above 0.")
        got = _choices(logits, value)
        if abs(got - wanted) > 0.01 * wanted:
            raise Hint(
                f"For {wanted} choices you give the temperature {value:.3f}, where there are "
                f"{got:.2f}. More temperature means more choices: halve the interval on the "
                "right side, and often enough."
            )


@exercise("ex-temperature", points=3)
def temperature(choices: Count, temperature_for: Find) -> Result:
    """Check (logits, temperature) -> exp(entropy), and (logits, wanted) -> a temperature.

    `logits` has shape (vocabulary,).
    """
    return run_check(
        "temperature",
        [
            Case("equally likely tokens count in full", lambda: _even(choices)),
            Case("the temperature divides the logits", lambda: _uneven(choices)),
            Case("probabilities of 0 do no harm", lambda: _cold(choices)),
            Case(
                "the temperature for a number of choices is found", lambda: _found(temperature_for)
            ),
        ],
    )


def _kept(answer: Filter, logits: Tensor, p: float) -> list[bool]:
    before = logits.clone()
    got = answer(logits, p)
    if not torch.equal(before, logits):
        raise Hint("The logits that came in were changed: work on a copy, or masked_fill.")
    if isinstance(got, Tensor) and got.shape == logits.shape and torch.isnan(got).any():
        raise Hint("Some logits are NaN. Is minus infinity multiplied by zero?")
    if not isinstance(got, Tensor) or got.shape != logits.shape:
        expect_tensor(got, (len(logits),), "top_p_filter")
    return got.isfinite().tolist()


def _nucleus(answer: Filter) -> None:
    found = _kept(answer, _easy(), 0.7)
    if found == [False, True, False]:
        raise Hint(
            "With probabilities 0.2, 0.5, 0.3 and p = 0.7 the likeliest alone has only 0.5. "
            "The token that crosses the line is kept too."
        )
    if found == [True, True, False]:
        raise Hint("The first tokens are kept, not the likeliest: go back to their order.")
    if found != [False, True, True]:
        raise Hint(f"Of 0.2, 0.5, 0.3 with p = 0.7 the last two are kept; yours: {found}.")


def _never_empty(answer: Filter) -> None:
    found = _kept(answer, _easy(), 0.1)
    if found != [False, True, False]:
        raise Hint(
            f"With p = 0.1 the likeliest token is kept alone; yours: {found}. "
            "It is more probable than p and stays all the same."
        )


def _all_of_it(answer: Filter) -> None:
    if not all(_kept(answer, _easy(), 1.0)):
        raise Hint("With p = 1 nothing is dropped.")


def _values(answer: Filter) -> None:
    got = answer(_easy(), 0.7)
    if not torch.allclose(got[1:], _easy()[1:]):
        raise Hint("Logits that are kept stay as they are: a later softmax makes the sum 1.")


def _many(answer: Filter) -> None:
    for p in (0.05, 0.5, 0.9, 0.99):
        logits = _logits(columns=200)[0]
        found, wanted = _kept(answer, logits, p), reference_top_p(logits, p).isfinite().tolist()
        if found != wanted:
            raise Hint(f"Of 200 tokens with p = {p} you keep {sum(found)}, not {sum(wanted)}.")


@exercise("ex-top-p", points=3)
def top_p_filter(answer: Filter) -> Result:
    """Check a function (logits (vocabulary,), p) -> logits with -inf for what is dropped."""
    return run_check(
        "top_p_filter",
        [
            Case("the fewest likeliest tokens that reach p are kept", lambda: _nucleus(answer)),
            Case("the likeliest is always kept", lambda: _never_empty(answer)),
            Case("p = 1 keeps all", lambda: _all_of_it(answer)),
            Case("kept logits stay as they are", lambda: _values(answer)),
            Case("it agrees for 200 tokens", lambda: _many(answer)),
        ],
    )


def _nothing_known(answer: Perplexity) -> None:
    got = expect_number(answer(torch.zeros(8, 10), TOKENS), "perplexity")
    if abs(got - math.log(10)) < 1e-3:
        raise Hint("That is the mean surprise in nats; exp of it is the perplexity.")
    if abs(got - 10) > 1e-3:
        raise Hint(f"A model that knows nothing has the vocabulary, 10; yours is {got:.4g}.")


def _sure(answer: Perplexity) -> None:
    certain = torch.full((8, 10), -50.0)
    certain[torch.arange(7), TOKENS[1:]] = 50.0
    got = expect_number(answer(certain, TOKENS), "perplexity")
    if not abs(got - 1) < 1e-3:
        raise Hint(
            f"A model that is sure of each next token has 1; yours is {got:.4g}. The logits at "
            "place t are about the token at t + 1, and the last ones about none."
        )


def _mean(answer: Perplexity) -> None:
    logits = _logits(8, 10)
    losses = torch.nn.functional.cross_entropy(logits[:-1], TOKENS[1:], reduction="none")
    got, wanted = expect_number(answer(logits, TOKENS), "perplexity"), losses.mean().exp()
    if abs(got / losses.sum().exp() - 1) < 1e-3:
        raise Hint("The surprises are added up: take their mean, or long texts look worse.")
    if abs(got / (1 / (-losses).exp().mean()) - 1) < 1e-3:
        raise Hint("The probabilities are averaged: average their logarithms.")
    if abs(got / 2 ** losses.mean() - 1) < 1e-3:
        raise Hint("Nats go with exp, bits with a power of two: here they are mixed.")
    if abs(got / wanted - 1) > 1e-3:
        raise Hint(f"For random logits {wanted:.4g} is expected; yours is {got:.4g}.")


def _improbable(answer: Perplexity) -> None:
    extreme = torch.zeros(8, 10)
    extreme[torch.arange(3), TOKENS[1:4]] = -150.0
    got = expect_number(answer(extreme, TOKENS), "perplexity", finite=False)
    wanted = torch.nn.functional.cross_entropy(extreme[:-1], TOKENS[1:]).item()
    if not (math.isfinite(got) and abs(math.log(max(got, 1e-9)) / wanted - 1) < 1e-3):
        raise Hint(
            f"Three tokens with a probability of exp(-152) make yours {got}. A probability "
            "that small is 0 as a float: use log_softmax or cross_entropy, not log(softmax)."
        )


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

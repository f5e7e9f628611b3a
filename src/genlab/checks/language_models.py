"""Checks for the exercises of the page *Language models*."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, expect_number, expect_tensor, run_check
from genlab.language.sampling import next_token_probabilities
from genlab.language.sampling import top_p_filter as reference_top_p

Count = Callable[[Tensor, float], Any]
Find = Callable[[Tensor, float], Any]
Filter = Callable[[Tensor, float], Any]
Perplexity = Callable[[Tensor, Tensor], Any]


def _logits(rows: int = 1, columns: int = 30, scale: float = 2.0) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    return scale * torch.randn(rows, columns, generator=rng)


def _choices(logits: Tensor, temperature: float) -> float:
    p = next_token_probabilities(logits, temperature)
    return math.exp(-torch.special.xlogy(p, p).sum().item())


def temperature(choices: Count, temperature_for: Find) -> Result:
    """Check (logits, temperature) -> exp(entropy), and (logits, wanted) -> a temperature.

    `logits` has shape (vocabulary,).
    """
    logits = _logits()[0]

    def even() -> None:
        got = expect_number(choices(torch.zeros(8), 1.0), "choices(zeros(8), 1)")
        if abs(got - math.log(8)) < 1e-3:
            raise Hint("That is the entropy, log 8; exp of it is the number of choices.")
        if abs(got - 3) < 1e-3:
            raise Hint("That is the entropy in bits; with exp, take the natural logarithm.")
        if abs(got - 8) > 1e-3:
            raise Hint(f"Eight equally likely tokens are 8 choices; yours are {got:.3f}.")

    def uneven() -> None:
        for value in (0.5, 1.0, 2.0):
            got, wanted = expect_number(choices(logits, value), "choices"), _choices(logits, value)
            if abs(got - _choices(logits, 1 / value)) < 1e-3 and value != 1:
                raise Hint("The logits are multiplied by the temperature; divide by it.")
            if abs(got - wanted) > 1e-3:
                raise Hint(f"At temperature {value} there are {wanted:.3f} choices, not {got:.3f}.")

    def cold() -> None:
        got = expect_number(choices(torch.tensor([400.0, 0.0, -400.0]), 0.5), "choices")
        if not abs(got - 1) < 1e-3:
            raise Hint(
                f"For logits far apart there is 1 choice, and yours are {got}. A probability of 0 "
                "adds nothing to the entropy, but 0 * log(0) is not a number: use xlogy or "
                "log_softmax."
            )

    def found() -> None:
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

    return run_check(
        "temperature",
        [
            Case("equally likely tokens count in full", even),
            Case("the temperature divides the logits", uneven),
            Case("probabilities of 0 do no harm", cold),
            Case("the temperature for a number of choices is found", found),
        ],
    )


def top_p_filter(answer: Filter) -> Result:
    """Check a function (logits (vocabulary,), p) -> logits with -inf for what is dropped."""
    easy = torch.tensor([0.2, 0.5, 0.3]).log()

    def kept(logits: Tensor, p: float) -> list[bool]:
        before = logits.clone()
        got = answer(logits, p)
        if not torch.equal(before, logits):
            raise Hint("The logits that came in were changed: work on a copy, or masked_fill.")
        if isinstance(got, Tensor) and got.shape == logits.shape and torch.isnan(got).any():
            raise Hint("Some logits are NaN. Is minus infinity multiplied by zero?")
        if not isinstance(got, Tensor) or got.shape != logits.shape:
            expect_tensor(got, (len(logits),), "top_p_filter")
        return got.isfinite().tolist()

    def nucleus() -> None:
        found = kept(easy, 0.7)
        if found == [False, True, False]:
            raise Hint(
                "With probabilities 0.2, 0.5, 0.3 and p = 0.7 the likeliest alone has only 0.5. "
                "The token that crosses the line is kept too."
            )
        if found == [True, True, False]:
            raise Hint("The first tokens are kept, not the likeliest: go back to their order.")
        if found != [False, True, True]:
            raise Hint(f"Of 0.2, 0.5, 0.3 with p = 0.7 the last two are kept; yours: {found}.")

    def never_empty() -> None:
        found = kept(easy, 0.1)
        if found != [False, True, False]:
            raise Hint(
                f"With p = 0.1 the likeliest token is kept alone; yours: {found}. "
                "It is more probable than p and stays all the same."
            )

    def all_of_it() -> None:
        if not all(kept(easy, 1.0)):
            raise Hint("With p = 1 nothing is dropped.")

    def values() -> None:
        got = answer(easy, 0.7)
        if not torch.allclose(got[1:], easy[1:]):
            raise Hint("Logits that are kept stay as they are: a later softmax makes the sum 1.")

    def many() -> None:
        for p in (0.05, 0.5, 0.9, 0.99):
            logits = _logits(columns=200)[0]
            found, wanted = kept(logits, p), reference_top_p(logits, p).isfinite().tolist()
            if found != wanted:
                raise Hint(f"Of 200 tokens with p = {p} you keep {sum(found)}, not {sum(wanted)}.")

    return run_check(
        "top_p_filter",
        [
            Case("the fewest likeliest tokens that reach p are kept", nucleus),
            Case("the likeliest is always kept", never_empty),
            Case("p = 1 keeps all", all_of_it),
            Case("kept logits stay as they are", values),
            Case("it agrees for 200 tokens", many),
        ],
    )


def perplexity(answer: Perplexity) -> Result:
    """Check a function (logits (T, vocabulary), tokens (T,)) -> perplexity.

    The logits at a place are those of the *next* token.
    """
    tokens = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])
    logits = _logits(8, 10)
    losses = torch.nn.functional.cross_entropy(logits[:-1], tokens[1:], reduction="none")

    def nothing_known() -> None:
        got = expect_number(answer(torch.zeros(8, 10), tokens), "perplexity")
        if abs(got - math.log(10)) < 1e-3:
            raise Hint("That is the mean surprise in nats; exp of it is the perplexity.")
        if abs(got - 10) > 1e-3:
            raise Hint(f"A model that knows nothing has the vocabulary, 10; yours is {got:.4g}.")

    def sure() -> None:
        certain = torch.full((8, 10), -50.0)
        certain[torch.arange(7), tokens[1:]] = 50.0
        got = expect_number(answer(certain, tokens), "perplexity")
        if not abs(got - 1) < 1e-3:
            raise Hint(
                f"A model that is sure of each next token has 1; yours is {got:.4g}. The logits at "
                "place t are about the token at t + 1, and the last ones about none."
            )

    def mean() -> None:
        got, wanted = expect_number(answer(logits, tokens), "perplexity"), losses.mean().exp()
        if abs(got / losses.sum().exp() - 1) < 1e-3:
            raise Hint("The surprises are added up: take their mean, or long texts look worse.")
        if abs(got / (1 / (-losses).exp().mean()) - 1) < 1e-3:
            raise Hint("The probabilities are averaged: average their logarithms.")
        if abs(got / 2 ** losses.mean() - 1) < 1e-3:
            raise Hint("Nats go with exp, bits with a power of two: here they are mixed.")
        if abs(got / wanted - 1) > 1e-3:
            raise Hint(f"For random logits {wanted:.4g} is expected; yours is {got:.4g}.")

    def improbable() -> None:
        extreme = torch.zeros(8, 10)
        extreme[torch.arange(3), tokens[1:4]] = -150.0
        got = expect_number(answer(extreme, tokens), "perplexity")
        wanted = torch.nn.functional.cross_entropy(extreme[:-1], tokens[1:]).item()
        if not (math.isfinite(got) and abs(math.log(max(got, 1e-9)) / wanted - 1) < 1e-3):
            raise Hint(
                f"Three tokens with a probability of exp(-152) make yours {got}. A probability "
                "that small is 0 as a float: use log_softmax or cross_entropy, not log(softmax)."
            )

    return run_check(
        "perplexity",
        [
            Case("a model that knows nothing has the size of the vocabulary", nothing_known),
            Case("a model that is sure has 1", sure),
            Case("it is exp of the mean surprise", mean),
            Case("very improbable tokens do no harm", improbable),
        ],
    )

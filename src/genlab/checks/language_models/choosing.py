"""Checks on the choice of a token: temperature and top-p."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import (
    Case,
    Hint,
    Result,
    exercise,
    expect_number,
    expect_values,
    run_check,
    say,
    text,
)
from genlab.checks.language_models.reference import near, random_logits

Choices = Callable[[Tensor, float], Any]
Find = Callable[[Tensor, float], Any]
Filter = Callable[[Tensor, float], Any]

# -- temperature -----------------------------------------------------------------------------------


@exercise("ex-temperature", points=3)
def temperature(choices: Choices, temperature_for: Find) -> Result:
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


def _choices(logits: Tensor, temperature: float) -> float:
    p = (logits.double() / temperature).softmax(dim=-1)
    return math.exp(-torch.special.xlogy(p, p).sum().item())


def _even(choices: Choices) -> None:
    got = _ask(choices, torch.zeros(8), 1.0)
    known = {
        math.log(8): text("That is the entropy, log 8; exp of it is the number of choices."),
        3.0: text("That is the entropy in bits; with exp, take the natural logarithm."),
        math.exp(3): text("exp goes with the natural logarithm, not with log2."),
        2 ** math.log(8): text("A power of two goes with log2, exp with the natural logarithm."),
        1 / 8: text("That is 1 / 8, upside down: the entropy is *minus* the sum of p log p."),
    }
    for wrong, hint in known.items():
        if near(got, wrong):
            raise Hint(hint)
    if not near(got, 8):
        raise Hint("Eight equally likely tokens are 8 choices; yours are {got:.3f}.", got=got)
    for many in (1, 5):
        got = _ask(choices, torch.ones(many), 0.5)
        if not near(got, many):
            said = text("For {many} equal logits there are {many} choices; yours are {got:.3f}.")
            raise Hint(said, many=many, got=got)


def _ask(choices: Choices, logits: Tensor, temperature: float, finite: bool = True) -> float:
    return expect_number(choices(logits, temperature), "choices_at", finite=finite)


def _uneven(choices: Choices) -> None:
    logits = random_logits()[0]
    for value in (0.5, 1.0, 2.0):
        got, wanted = _ask(choices, logits, value), _choices(logits, value)
        if near(got, wanted):
            continue
        if near(got, _choices(logits, 1 / value)):
            raise Hint("The logits are multiplied by the temperature; divide by it.")
        if near(got, _choices(logits, 1)):
            said = text("At temperature {value} yours are those of temperature 1: is it used?")
            raise Hint(said, value=value)
        said = text("At temperature {value} there are {wanted:.3f} choices, not {got:.3f}.")
        raise Hint(said, value=value, wanted=wanted, got=got)


def _cold(choices: Choices) -> None:
    """Ask far below zero, where a probability is 0, then far above, where exp is infinite."""
    got = _ask(choices, torch.tensor([0.0, -400.0, -800.0]), 0.5, finite=False)
    if not near(got, 1):
        raise Hint(
            "For logits hundreds apart there is 1 choice, and yours are {got}. A probability of 0 "
            "adds nothing to the entropy, but 0 * log(0) is not a number: use xlogy or "
            "log_softmax.",
            got=got,
        )
    got = _ask(choices, torch.tensor([400.0, 0.0, -400.0]), 0.5, finite=False)
    if not near(got, 1):
        raise Hint(
            "For logits hundreds apart there is 1 choice, and yours are {got}. exp(800) is "
            "infinite as a float: use softmax or log_softmax.",
            got=got,
        )


def _found(temperature_for: Find) -> None:
    """Look for few and for many choices, where temperatures are small and where they are large."""
    for scale in (2.0, 300.0, 0.02):
        logits = random_logits(scale=scale)[0]
        for wanted in (1.5, 5.0, 20.0):
            _compare_found(temperature_for, logits, wanted)


def _compare_found(temperature_for: Find, logits: Tensor, wanted: float) -> None:
    value = expect_number(temperature_for(logits, wanted), "temperature_for")
    if not 0 < value < math.inf:
        raise Hint("temperature_for gave {value}; a temperature is above 0.", value=value)
    got, right = _choices(logits, value), _temperature(logits, wanted)
    if abs(got - wanted) <= 0.0101 * wanted:  # the reader's own count may round at 1 %
        return
    known = say(
        "For {wanted:g} choices you give the temperature {value:.4g}, where there are {got:.3g}.",
        wanted=wanted,
        value=value,
        got=got,
    )
    if near(value, 1 / right):
        raise Hint("{known} Is that one divided by the temperature?", known=known)
    raise Hint(
        "{known} More temperature means more choices: halve the interval on the right side, and "
        "often enough.",
        known=known,
    )


def _temperature(logits: Tensor, wanted: float) -> float:
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _choices(logits, middle) < wanted else (low, middle)
    return low


# -- top-p -----------------------------------------------------------------------------------------


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
            Case("equally likely tokens: as few as reach p", lambda: _equal(answer)),
            Case("it agrees for 200 tokens", lambda: _many(answer)),
        ],
    )


def _easy() -> Tensor:
    return torch.tensor([0.2, 0.5, 0.3]).log()


def _kept(answer: Filter, logits: Tensor, p: float) -> list[bool]:
    """Return which tokens an answer keeps, after a look at how it drops the others."""
    given = answer(logits, p)
    if isinstance(given, Tensor) and given.dtype == torch.bool:
        raise Hint("Those are truth values; return the logits, with -inf for what is dropped.")
    got = expect_values(given, (len(logits),), "top_p_filter", finite=False)
    if got.isnan().any():
        raise Hint("Some logits are NaN. Is minus infinity multiplied by zero?")
    if got.isposinf().any():
        raise Hint("Some logits are plus infinity; what is dropped gets *minus* infinity.")
    _expect_logits(got, logits)
    return got.isfinite().tolist()


def _expect_logits(got: Tensor, logits: Tensor) -> None:
    """Refuse probabilities, and another mark than -inf for what is dropped."""
    changed = got.isfinite() & ~torch.isclose(got, logits.double(), atol=1e-3)
    p = logits.double().softmax(dim=-1)
    if (got >= 0).all() and (near(got.sum().item(), 1) or torch.isclose(got, p).any()):
        raise Hint("Those look like probabilities; return the logits, -inf for what is dropped.")
    marks = got[changed].unique()
    infinite = got.isinf().any()
    if len(marks) == 1 and not infinite and not changed[logits.argmax()]:
        raise Hint("A dropped logit is {mark:g}; minus infinity is expected.", mark=marks.item())


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
        said = text("Of 0.2, 0.5, 0.3 with p = 0.7 the last two are kept; yours: {found}.")
        raise Hint(said, found=found)


def _never_empty(answer: Filter) -> None:
    found = _kept(answer, _easy(), 0.1)
    if found != [False, True, False]:
        raise Hint(
            "With p = 0.1 the likeliest token is kept alone; yours: {found}. "
            "It is more probable than p and stays all the same.",
            found=found,
        )


def _all_of_it(answer: Filter) -> None:
    if not all(_kept(answer, _easy(), 1.0)):
        raise Hint("With p = 1 nothing is dropped.")


def _values(answer: Filter) -> None:
    for p in (0.7, 0.1):
        got = expect_values(answer(_easy(), p), (3,), "top_p_filter", finite=False)
        if not torch.allclose(got[got.isfinite()], _easy().double()[got.isfinite()], atol=1e-3):
            raise Hint("Logits that are kept stay as they are: a later softmax makes the sum 1.")


def _equal(answer: Filter) -> None:
    """Ask of four times 0.25, which single precision adds up without an error."""
    for p, wanted in ((0.5, 2), (0.6, 3)):
        found = sum(_kept(answer, torch.zeros(4), p))
        if found == wanted:
            continue
        known = say(
            "Of four tokens with 0.25 each and p = {p} you keep {found}, not {wanted}.",
            p=p,
            found=found,
            wanted=wanted,
        )
        if found == 4:
            said = text("{known} Drop by place in the order, not by a least probability.")
            raise Hint(said, known=known)
        raise Hint("{known} The fewest that add up to *at least* p are enough.", known=known)
    if not all(_kept(answer, torch.full((1,), 2.0), 0.5)):
        raise Hint("Of a vocabulary of one token nothing is left; one token always stays.")


def _many(answer: Filter) -> None:
    """Ask for values of p halfway between two sums, where rounding decides nothing."""
    logits = random_logits(columns=200)[0]
    sums = logits.double().softmax(dim=-1).sort(descending=True).values.cumsum(dim=-1)
    for count in (1, 8, 90, 180):
        p = ((sums[count - 1] + (sums[count - 2] if count > 1 else 0)) / 2).item()
        found = _kept(answer, logits, p)
        wanted = (logits >= logits.sort(descending=True).values[count - 1]).tolist()
        if sum(found) != count:
            said = text("Of 200 tokens with p = {p:.3f} you keep {found}, not {count}.")
            raise Hint(said, p=p, found=sum(found), count=count)
        if found != wanted:
            said = text("Of 200 tokens you keep {count}, as you should, but not the likeliest.")
            raise Hint(said, count=count)

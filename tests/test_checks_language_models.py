"""The checks on language models: stub, solution, typical wrong answers, each with its hint."""

import math
import re

import pytest
import torch
import torch.nn.functional as F

from genlab.checks import language_models as check
from genlab.language import sampling


def stub(*_args):
    raise NotImplementedError


# -- the solutions of the page --------------------------------------------------------------------


def choices(logits, temperature):
    log_p = (logits / temperature).log_softmax(dim=-1)
    return math.exp(-(log_p.exp() * log_p).sum().item())


def temperature_for(logits, wanted, steps=60):
    low, high = 1e-3, 1e3
    for _ in range(steps):
        middle = (low * high) ** 0.5
        if choices(logits, middle) < wanted:
            low = middle
        else:
            high = middle
    return middle


def top_p_filter(logits, p):
    falling, order = logits.sort(descending=True)
    probabilities = falling.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    dropped = torch.zeros_like(logits, dtype=torch.bool)
    dropped[order] = before >= p
    return logits.masked_fill(dropped, -torch.inf)


def perplexity(logits, tokens):
    losses = F.cross_entropy(logits[:-1], tokens[1:])
    return losses.exp().item()


# -- what students write --------------------------------------------------------------------------


def with_nan(logits, temperature):
    p = (logits / temperature).softmax(dim=-1)
    return math.exp(-(p * p.log()).sum().item())


def without_crossing(logits, p):
    falling, order = logits.sort(descending=True)
    dropped = torch.zeros_like(logits, dtype=torch.bool)
    dropped[order] = falling.softmax(dim=-1).cumsum(dim=-1) > p
    return logits.masked_fill(dropped, -torch.inf)


def unsorted(logits, p):
    dropped = logits.softmax(dim=-1).cumsum(dim=-1) > p + 0.01
    return logits.masked_fill(dropped, -torch.inf)


def empties(logits, p):
    kept = top_p_filter(logits, p)
    return kept if p > 0.5 else torch.full_like(logits, -torch.inf)


def in_place(logits, p):
    logits[top_p_filter(logits, p).isinf()] = -torch.inf
    return logits


def renormalised(logits, p):
    return top_p_filter(logits, p).log_softmax(dim=-1) + 1


def no_shift(logits, tokens):
    return F.cross_entropy(logits, tokens).exp().item()


def overflowing(logits, tokens):
    p = logits[:-1].softmax(dim=-1).gather(1, tokens[1:, None])
    return (-p.log().mean()).exp().item()


def log_space(logits, tokens):
    return math.exp(F.cross_entropy(logits[:-1].double(), tokens[1:]).item())


TEMPERATURE = [
    (stub, stub, "still the stub"),
    (lambda x, t: math.log(choices(x, t)), temperature_for, "That is the entropy, log 8"),
    (lambda x, t: math.log2(choices(x, t)), temperature_for, "entropy in bits"),
    (lambda x, t: 1.0, temperature_for, "are 8 choices; yours are 1.000"),
    (lambda x, t: None, temperature_for, "gave None"),
    (lambda x, t: choices(x, 1 / t), temperature_for, "multiplied by the temperature"),
    (lambda x, t: choices(x, 1), temperature_for, "At temperature 0.5 there are"),
    (with_nan, temperature_for, "0 \\* log\\(0\\) is not a number"),
    (choices, stub, "still the stub"),
    (choices, lambda x, n: -1.0, "a temperature is above 0"),
    (choices, lambda x, n: temperature_for(x, n, steps=3), "often enough"),
    (choices, temperature_for, None),
]
TOP_P = [
    (stub, "still the stub"),
    (without_crossing, "The token that crosses the line is kept too"),
    (unsorted, "go back to their order"),
    (empties, "the likeliest token is kept alone"),
    (in_place, "work on a copy"),
    (renormalised, "Logits that are kept stay as they are"),
    (lambda x, p: x * (x > 9) / 0, "Some logits are NaN|were changed"),
    (lambda x, p: x[:2], "is expected"),
    (lambda x, p: sampling.top_k_filter(x, 2 if p > 0.6 else 1), "With p = 1 nothing is dropped"),
    (top_p_filter, None),
    (sampling.top_p_filter, None),
]
PERPLEXITY = [
    (stub, "still the stub"),
    (lambda x, t: F.cross_entropy(x[:-1], t[1:]).item(), "exp of it is the perplexity"),
    (lambda x, t: 3.0, "has the vocabulary, 10; yours is 3"),
    (no_shift, "the last ones about none"),
    (overflowing, "use log_softmax or cross_entropy"),
    (log_space, None),
]


@pytest.mark.parametrize(("answer", "find", "hint"), TEMPERATURE)
def test_temperature(answer, find, hint):
    expect(check.temperature(answer, find), hint)


@pytest.mark.parametrize(("answer", "hint"), TOP_P)
def test_top_p(answer, hint):
    expect(check.top_p_filter(answer), hint)


@pytest.mark.parametrize(("answer", "hint"), PERPLEXITY)
def test_perplexity(answer, hint):
    expect(check.perplexity(answer), hint)


def losses_of(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:], reduction="none")


def knows_both_ends(logits, wrong):
    """Right for uniform and for certain logits, so that the third case is reached."""
    spread = logits.std()
    return 10.0 if spread == 0 else 1.0 if spread > 20 else wrong


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda losses: losses.sum().exp(), "take their mean"),
        (lambda losses: 1 / (-losses).exp().mean(), "average their logarithms"),
        (lambda losses: 2 ** losses.mean(), "bits with a power of two"),
        (lambda losses: 7.0, "For random logits"),
    ],
)
def test_wrong_means_are_told_apart(wrong, hint):
    def answer(logits, tokens):
        return float(knows_both_ends(logits, wrong(losses_of(logits, tokens))))

    expect(check.perplexity(answer), hint)


def expect(result, hint):
    assert result.passed is (hint is None), result.lines
    if hint:
        assert re.search(hint, result.lines[-2]), result.lines

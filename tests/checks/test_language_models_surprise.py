"""Perplexity: what students write, right and wrong, and what they must be told."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from genlab.checks import language_models as check

from .planted import judged, stub, unusual, wrong


def perplexity(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:]).exp().item()


def losses_of(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:], reduction="none")


def from_losses(change):
    """A mistake in what is made of the surprises."""
    return lambda logits, tokens: change(losses_of(logits, tokens))


def no_shift(logits, tokens):
    return F.cross_entropy(logits, tokens).exp().item()


def shifts_back(logits, tokens):
    return F.cross_entropy(logits[1:], tokens[:-1]).exp().item()


def overflowing(logits, tokens):
    p = logits[:-1].softmax(dim=-1).gather(1, tokens[1:, None])
    return (-p.log().mean()).exp().item()


def overflows_in_double(logits, tokens):
    return overflowing(logits.double(), tokens)


def clamped(logits, tokens):
    p = logits[:-1].softmax(dim=-1).gather(1, tokens[1:, None])
    return p.clamp(min=1e-10).log().mean().neg().exp().item()


def ignores_zero(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:], ignore_index=0).exp().item()


def log_space(logits, tokens):
    return math.exp(F.cross_entropy(logits[:-1].double(), tokens[1:]).item())


def in_bits_throughout(logits, tokens):
    bits = [loss / math.log(2) for loss in losses_of(logits, tokens).tolist()]
    return 2 ** (sum(bits) / len(bits))


def as_a_product(logits, tokens):
    log_p = logits.double().log_softmax(dim=-1)
    chosen = [log_p[t, tokens[t + 1]] for t in range(len(tokens) - 1)]
    return torch.stack(chosen).exp().pow(-1 / len(chosen)).prod()


def by_hand(logits, tokens):
    x = logits.numpy()[:-1].astype(np.float64)
    x -= x.max(axis=1, keepdims=True)
    log_p = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    return np.exp(-log_p[np.arange(len(x)), tokens.numpy()[1:]].mean())


def changes_logits(logits, tokens):
    return F.cross_entropy(logits[:-1].sub_(1), tokens[1:]).exp().item()


def knows_both_ends(wrong_one):
    """Right for uniform and for certain logits, so that the third case is reached."""

    def answer(logits, tokens):
        spread, vocabulary = logits.std(), float(logits.shape[1])
        even = vocabulary if spread == 0 else 1.0
        return even if spread == 0 or spread > 20 else float(wrong_one(losses_of(logits, tokens)))

    return answer


MIXED = "Nats go with exp, bits with a power of two"
PERPLEXITY = [
    stub(check.perplexity),
    wrong(check.perplexity, from_losses(lambda x: x.mean()), "exp of it is the perplexity"),
    wrong(check.perplexity, from_losses(lambda x: x.mean() / math.log(2)), "surprise in bits"),
    wrong(check.perplexity, from_losses(lambda x: x.sum()), "That is the sum of the surprises"),
    wrong(check.perplexity, from_losses(lambda x: x.sum().exp()), "The surprises are added up"),
    wrong(check.perplexity, from_losses(lambda x: (x.sum() / 8).exp()), "divide by T - 1, not by"),
    wrong(check.perplexity, lambda x, t: (no_shift(x, t)) ** (8 / 7), "yours add T"),
    wrong(check.perplexity, from_losses(lambda x: (-x.mean()).exp()), "1 / 10, upside down"),
    wrong(check.perplexity, from_losses(lambda x: 2 ** x.mean()), MIXED),
    wrong(check.perplexity, from_losses(lambda x: (x.mean() / math.log(2)).exp()), MIXED),
    wrong(check.perplexity, lambda x, t: 3.0, "has the vocabulary, 10; yours is 3"),
    wrong(check.perplexity, lambda x, t: 10.0, "3 is expected; yours is 10"),
    wrong(check.perplexity, from_losses(lambda x: x.exp()), "one number is expected"),
    wrong(check.perplexity, lambda x, t: math.inf, "a finite number is expected"),
    wrong(check.perplexity, no_shift, "the last ones about none"),
    wrong(check.perplexity, shifts_back, "The logits at place t are about"),
    wrong(check.perplexity, changes_logits, "Your code changes logits, which the caller"),
    wrong(check.perplexity, overflowing, "use log_softmax or cross_entropy"),
    wrong(check.perplexity, overflows_in_double, "near exp(-800) makes yours"),
    wrong(check.perplexity, as_a_product, "near exp(-800) makes yours inf"),
    wrong(check.perplexity, clamped, "near exp(-150) makes yours"),
    wrong(check.perplexity, ignores_zero, "For random logits"),
    wrong(check.perplexity, from_losses(lambda x: x.exp().mean()), "take it before"),
    wrong(check.perplexity, from_losses(lambda x: x.median().exp()), "the median of the surprises"),
    wrong(check.perplexity, knows_both_ends(lambda losses: losses.sum().exp()), "take their mean"),
    wrong(
        check.perplexity,
        knows_both_ends(lambda losses: 1 / (-losses).exp().mean()),
        "average their logarithms",
    ),
    wrong(check.perplexity, knows_both_ends(lambda losses: 2 ** losses.mean()), MIXED),
    wrong(check.perplexity, knows_both_ends(lambda losses: 7.0), "For random logits"),
    unusual(check.perplexity, log_space),
    unusual(check.perplexity, in_bits_throughout),
    unusual(check.perplexity, by_hand),
    unusual(
        check.perplexity, from_losses(lambda x: x.mean().exp().requires_grad_()), name="gradients"
    ),
    unusual(check.perplexity, lambda *given: np.float64(perplexity(*given)), name="NumPy"),
]

PLANTED = PERPLEXITY


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

"""Checks on who looks at whom: the causal mask, and attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, expect_values, run_check, say, text
from genlab.checks.transformer_block.reference import (
    CLOSE,
    attended,
    causal_attention,
    later_tokens,
    near,
    random_parts,
)
from genlab.checks.watching import Watch

Mask = Callable[[int], Any]
Attention = Callable[[Tensor, Tensor, Tensor], Any]

NAME = "scaled_attention"
READY_MADE = ("scaled_dot_product_attention", "multi_head_attention_forward")


@exercise("ex-causal-mask", points=1)
def causal_mask(answer: Mask) -> Result:
    """Check count -> bool (count, count), True where the row's token must not look."""

    def square() -> None:
        _truth_values(answer, 4)

    return run_check(
        "causal_mask",
        [
            Case("a square of truth values", square),
            Case("each token may look at itself", lambda: _sees_itself(answer)),
            Case("and at all before it, at none after it", lambda: _hides_later(answer)),
            Case("any number of tokens, one too", lambda: _any_count(answer)),
        ],
    )


def _truth_values(answer: Mask, count: int) -> Tensor:
    """Return the answer's mask for so many tokens, on the CPU, if it is one."""
    mask = answer(count)
    if isinstance(mask, Tensor) and mask.dtype != torch.bool:
        said = text("The mask is {dtype}; torch.bool is expected: compare, or add `.bool()`.")
        raise Hint(said, dtype=mask.dtype)
    numbers = mask.byte() if isinstance(mask, Tensor) else mask
    return expect_values(numbers, (count, count), f"causal_mask({count})").bool()


def _sees_itself(answer: Mask) -> None:
    mask = _truth_values(answer, 4)
    if torch.equal(mask, ~later_tokens(4)):
        raise Hint("Yours is True where a token may look; True shall mean that it must not.")
    if mask.diagonal().any():
        raise Hint("The diagonal is True: a token could not look at itself. Begin one further.")


def _hides_later(answer: Mask) -> None:
    mask = _truth_values(answer, 4)
    if torch.equal(mask, later_tokens(4).T):
        raise Hint("Yours hides what is earlier: the rows look, the columns are looked at.")
    for row, (got, wanted) in enumerate(zip(mask.tolist(), later_tokens(4).tolist(), strict=True)):
        if got != wanted:
            said = text("Row {row} of 4 is {got}; {wanted} is expected.")
            raise Hint(said, row=row, got=got, wanted=wanted)


def _any_count(answer: Mask) -> None:
    for count in (1, 2, 7, 300):
        shape = getattr(answer(count), "shape", (count, count))
        if tuple(shape) != (count, count):
            raise Hint(
                "causal_mask({count}) has shape {shape}; ({count}, {count}) is expected: does it "
                "use `count`?",
                count=count,
                shape=tuple(shape),
            )
        wrong = (_truth_values(answer, count) != later_tokens(count)).any(dim=1).nonzero()
        if len(wrong):
            said = text("causal_mask({count}) is another, first in row {row}.")
            raise Hint(said, count=count, row=wrong[0].item())


# -- attention -------------------------------------------------------------------------------------


@exercise("ex-dot-product", points=2)
def attention(answer: Attention) -> Result:
    """Check (q, k, v) -> causal scaled dot-product attention, (N, heads, T, size) each."""
    q, k, v = random_parts(2, 3, 6, 16)
    return run_check(
        "attention",
        [
            Case("a single token gives its own value", lambda: _one_token(answer, q, k, v)),
            Case("the weights: scores, scaled, masked, softmax", lambda: _weights_of(answer, q, k)),
            Case("the values, summed by these weights", lambda: _values_of(answer, q, k, v)),
            Case("other sizes, scores that are equal or far apart", lambda: _elsewhere(answer)),
        ],
    )


def _attend(answer: Attention, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return what the answer gives, if it went its own way to something of the right shape."""
    with Watch(*READY_MADE) as watch:
        out = answer(q, k, v)
    if watch.calls:
        said = text("`{name}` is called; write scores, mask, softmax and sum yourself.")
        raise Hint(said, name=watch.calls[0][0])
    return attended(out, tuple(v.shape), NAME)


def _one_token(answer: Attention, q: Tensor, k: Tensor, v: Tensor) -> None:
    if isinstance(out := answer(q, k, v), Tensor) and out.shape == v.shape:
        attended(out, tuple(v.shape), NAME)  # more tokens show better where a NaN comes from
    parts = [one[:, :, :1] for one in (q, k, v)]
    if not near(_attend(answer, *parts), parts[2]):
        raise Hint("One token can only look at itself: what comes out is its own value.")


def _weights_of(answer: Attention, q: Tensor, k: Tensor) -> None:
    """Give the identity as values, with zeros up to their size: it shows the weights themselves."""
    count = q.shape[2]
    eye = torch.zeros_like(q)
    eye[..., :count] = torch.eye(count)
    out = _attend(answer, q, k, eye)
    _diagnose_weights(out[..., :count], q, k)
    if out[..., count:].abs().max() > CLOSE:
        raise Hint("The weights are right, their sum of the values is not: weights @ v.")


def _diagnose_weights(got: Tensor, q: Tensor, k: Tensor) -> None:
    wanted = _weights(q, k)
    if near(got, wanted):
        return
    if near(got, wanted.mT):
        raise Hint("The weights are turned around before the sum: weights @ v, each row a token.")
    if near(got, _weights(q, k, mask=later_tokens(q.shape[2]).T)):
        raise Hint("Earlier tokens are hidden and later ones are seen: turn the mask around.")
    if got.masked_select(later_tokens(got.shape[-1])).abs().max() > 1e-9:
        raise Hint("Later tokens have a weight: set their scores to -inf before the softmax.")
    if not near(got.sum(dim=-1), torch.ones(got.shape[:-1])):
        raise Hint(
            "The rows of the weights do not sum to 1. Is the softmax over the last dimension, and "
            "does the mask come before it?"
        )
    _diagnose_scale(got, q, k)
    if near(got, _weights(k, q)):
        raise Hint("Queries and keys are exchanged: each row is a query, q @ k.transpose(-1, -2).")
    raise Hint("The weights differ: are the scores q @ k.transpose(-1, -2) / size**0.5?")


def _diagnose_scale(got: Tensor, q: Tensor, k: Tensor) -> None:
    _, heads, count, size = q.shape
    width = heads * size
    divisors = {
        say("are not divided"): 1.0,
        say("are divided by size = {size}", size=size): float(size),
        say("are multiplied by the root of the size"): size**-0.5,
        say("are divided by the root of heads * size = {width}", width=width): width**0.5,
        say("are divided by the root of T = {count}", count=count): count**0.5,
        say("are divided by 4, whatever the size is"): 4.0,
        say("are divided by 8, whatever the size is"): 8.0,
    }
    for what, divisor in divisors.items():
        if near(got, _weights(q, k, divisor)):
            said = text("The scores {what}; divide by the square root of the size, {size}.")
            raise Hint(said, what=what, size=size)


def _weights(
    q: Tensor, k: Tensor, divisor: float | None = None, mask: Tensor | None = None
) -> Tensor:
    scores = q.double() @ k.double().mT / (divisor or q.shape[-1] ** 0.5)
    hidden = later_tokens(scores.shape[-1]) if mask is None else mask
    return scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)


def _values_of(answer: Attention, q: Tensor, k: Tensor, v: Tensor) -> None:
    if not near(_attend(answer, q, k, v), causal_attention(q, k, v)):
        raise Hint("The weights are right, their sum of the values is not: weights @ v.")


def _elsewhere(answer: Attention) -> None:
    """Ask for more tokens than sizes and for fewer, for equal scores and for scores far apart."""
    q, k, v = random_parts(1, 1, 5, 9)
    _weights_of(answer, q, k)
    q, k, v = random_parts(1, 2, 7, 3)
    if not near(_attend(answer, q, k, v), causal_attention(q, k, v)):
        raise Hint("For 1 text, 2 heads, 7 tokens, size 3 the result is another.")
    same, (_, _, v) = torch.zeros(1, 1, 6, 16), random_parts(1, 1, 6, 16)
    if expect_values(answer(same, same, v), (1, 1, 6, 16), NAME, finite=False).isnan().any():
        raise Hint("Where all scores are 0 there is NaN: is a score of 0 taken for a hidden one?")
    if not near(_attend(answer, same, same, v), causal_attention(same, same, v)):
        raise Hint("Where all scores are 0 each token takes the mean of what it may see.")
    rising = (2.0 * torch.arange(6) - 5)[:, None].expand(1, 1, 6, 16)  # scores of -20 to 20
    if not near(_attend(answer, same + 1, rising, v), causal_attention(same + 1, rising, v)):
        raise Hint(
            "Where later tokens have much larger scores the result is another: is what is "
            "hidden -inf before the softmax?"
        )

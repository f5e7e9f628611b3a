"""Checks for the exercises of the page *The transformer block*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.checkpoints import count_parameters
from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_tensor, run_check
from genlab.models.llama import Llama, LlamaConfig

Mask = Callable[[int], Tensor]
Attention = Callable[[Tensor, Tensor, Tensor], Tensor]
Count = Callable[[LlamaConfig], int]
Cache = tuple[Tensor, Tensor]
Cached = Callable[[Tensor, Tensor, Tensor, Any], tuple[Tensor, Cache]]

CLOSE = 1e-5
SMALL = LlamaConfig(vocabulary=100, width=24, depth=3, heads=6, kv_heads=2, hidden=40)


@exercise("ex-causal-mask", points=1)
def causal_mask(answer: Mask) -> Result:
    """Check count -> bool (count, count), True where the row's token must not look."""
    return run_check(
        "causal_mask",
        [
            Case("a square of truth values", lambda: _truth_values(answer(4))),
            Case("each token may look at itself", lambda: _sees_itself(answer(4))),
            Case("and at all before it, at none after it", lambda: _hides_later(answer(4))),
            Case("any number of tokens, one too", lambda: _any_count(answer)),
        ],
    )


def _truth_values(mask: Any) -> None:
    if isinstance(mask, Tensor) and mask.dtype != torch.bool:
        raise Hint(f"The mask is {mask.dtype}; torch.bool is expected: compare, or add `.bool()`.")
    if isinstance(mask, Tensor):
        mask = mask.float()
    expect_tensor(mask, (4, 4), "causal_mask(4)")


def _sees_itself(mask: Tensor) -> None:
    if torch.equal(mask, ~_mask(4)):
        raise Hint("Yours is True where a token may look; True shall mean that it must not.")
    if mask.diagonal().any():
        raise Hint("The diagonal is True: a token could not look at itself. Begin one further.")


def _hides_later(mask: Tensor) -> None:
    if torch.equal(mask, _mask(4).T):
        raise Hint("Yours hides what is earlier: the rows look, the columns are looked at.")
    for row, (got, wanted) in enumerate(zip(mask.tolist(), _mask(4).tolist(), strict=True)):
        if got != wanted:
            raise Hint(f"Row {row} of 4 is {got}; {wanted} is expected.")


def _any_count(answer: Mask) -> None:
    for count in (1, 7):
        got = answer(count)
        if got.shape != (count, count) or not torch.equal(got, _mask(count)):
            raise Hint(f"causal_mask({count}) is another: does it use `count`?")


def _mask(count: int) -> Tensor:
    return torch.ones(count, count, dtype=torch.bool).triu(1)


@exercise("ex-dot-product", points=2)
def attention(answer: Attention) -> Result:
    """Check (q, k, v) -> causal scaled dot-product attention, (N, heads, T, size) each."""
    q, k, v = _random(3, 2, 3, 6, 16)
    eye = torch.eye(6).expand(2, 3, 6, 6)  # as values they show the weights themselves

    def one_token() -> None:
        parts = [one[:, :, :1] for one in (q, k, v)]
        out = expect_tensor(answer(*parts), (2, 3, 1, 16), "attention of one token")
        if not _close(out, parts[2]):
            raise Hint("One token can only look at itself: what comes out is its own value.")

    def weights() -> None:
        got = expect_tensor(answer(q, k, eye), (2, 3, 6, 6), "attention with v = identity")
        _diagnose_weights(got, q, k)

    def values() -> None:
        out = expect_tensor(answer(q, k, v), (2, 3, 6, 16), "attention(q, k, v)")
        if not _close(out, _reference(q, k, v)):
            raise Hint("The weights are right, their sum of the values is not: weights @ v.")

    return run_check(
        "attention",
        [
            Case("a single token gives its own value", one_token),
            Case("the weights: scores, scaled, masked, softmax", weights),
            Case("the values, summed by these weights", values),
        ],
    )


def _diagnose_weights(got: Tensor, q: Tensor, k: Tensor) -> None:
    later = _mask(got.shape[-1])
    if got.masked_select(later).abs().max() > CLOSE:
        raise Hint("Later tokens have a weight: set their scores to -inf before the softmax.")
    if not _close(got.sum(dim=-1), torch.ones(got.shape[:-1])):
        raise Hint(
            "The rows of the weights do not sum to 1. Is the softmax over the last dimension, and "
            "does the mask come before it?"
        )
    scores, size = q @ k.transpose(-1, -2), q.shape[-1]
    divisors = {"not divided": 1.0, f"divided by size = {size}": float(size)}
    for what, divisor in divisors.items():
        if _close(got, (scores / divisor).masked_fill(later, float("-inf")).softmax(dim=-1)):
            raise Hint(f"The scores are {what}; divide by the square root of the size.")
    if not _close(got, _weights(q, k)):
        raise Hint("The weights differ: are the scores q @ k.transpose(-1, -2) / size**0.5?")


def _weights(q: Tensor, k: Tensor) -> Tensor:
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    return scores.masked_fill(_mask(scores.shape[-1]), float("-inf")).softmax(dim=-1)


def _reference(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def _close(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() < CLOSE)


def _random(count: int, *shape: int) -> Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(0))


@exercise("ex-count", points=3)
def count(answer: Count) -> Result:
    """Check LlamaConfig -> how many parameters such a model has, embeddings tied."""
    nothing = replace(SMALL, depth=0)
    return run_check(
        "count",
        [
            Case(
                "without blocks: the embedding and the last norm", lambda: _expect(answer, nothing)
            ),
            Case("one block", lambda: _expect(answer, replace(SMALL, depth=1))),
            Case("as many heads of keys as of queries", lambda: _expect(answer, _ungrouped())),
            Case("SmolLM2: 134,515,008", lambda: _expect(answer, LlamaConfig())),
        ],
    )


def _ungrouped() -> LlamaConfig:
    return replace(SMALL, kv_heads=SMALL.heads, hidden=52, vocabulary=7)


def _expect(answer: Count, config: LlamaConfig) -> None:
    got = expect_number(answer(config), "count")
    with torch.device("meta"):  # shapes without memory
        wanted = count_parameters(Llama(config))
    if got != wanted:
        raise Hint(_about_count(config, round(got - wanted), wanted))


def _about_count(c: LlamaConfig, off: int, wanted: int) -> str:
    kv_width = c.kv_heads * c.head_size
    known = {
        c.vocabulary * c.width: "Is the embedding counted twice? It is the unembedding too.",
        -2 * c.depth * c.width: "Each block has two norms, of `width` numbers each.",
        -(2 * c.depth + 1)
        * c.width: "The norms have parameters too: two in a block, one after all.",
        2 * c.depth * c.width * (c.width - kv_width): (
            "Keys and values have kv_heads heads only: their matrices are narrower."
        ),
        -c.depth * c.width * c.hidden: "SwiGLU has three matrices: gate, up and down.",
        -c.depth * c.width * c.width: "Is one of attention's four matrices left out?",
        -c.width: "Is there a norm after the last block?",
    }
    hint = known.get(off, "Count the matrices one by one; there are no biases.") if off else ""
    return f"Yours is {off:+,} off from {wanted:,} for {_named(c)}. {hint}"


def _named(c: LlamaConfig) -> str:
    return f"depth {c.depth}, width {c.width}, heads {c.heads}, kv_heads {c.kv_heads}"


@exercise("ex-kv-cache", points=4)
def kv_cache(answer: Cached) -> Result:
    """Check (q, k, v, cache) -> (what new tokens get, new cache); the cache is None or (k, v).

    q, k, v are of the new tokens alone, (N, heads, new, size).
    """
    q, k, v = _random(3, 1, 2, 9, 8)

    def parts(*lengths: int) -> None:
        out, cache = _feed(answer, q, k, v, lengths)
        keys, values = cache
        if not (_same(keys, k) and _same(values, v)):
            raise Hint(
                f"After {lengths} tokens the cache should hold the keys and values of all "
                f"{sum(lengths)}, in order; its keys have shape {tuple(keys.shape)}."
            )
        _compare_parts(out, _reference(q, k, v), lengths)

    return run_check(
        "kv_cache",
        [
            Case("all tokens at once, nothing cached: causal attention", lambda: parts(9)),
            Case("one token after the other: the same", lambda: parts(*[1] * 9)),
            Case("a prompt, then one by one: the same", lambda: parts(5, 1, 1, 1, 1)),
            Case("several new tokens after several: the same", lambda: parts(4, 3, 2)),
        ],
    )


def _feed(
    answer: Cached, q: Tensor, k: Tensor, v: Tensor, lengths: tuple[int, ...]
) -> tuple[Tensor, Cache]:
    cache: Any = None
    outs = []
    parts = (one.split(list(lengths), dim=2) for one in (q, k, v))
    for new_q, new_k, new_v in zip(*parts, strict=True):
        given = answer(new_q, new_k, new_v, cache)
        if not isinstance(given, tuple) or len(given) != 2:
            raise Hint(f"Return two things, out and cache; got {type(given).__name__}.")
        out, cache = given
        outs.append(expect_tensor(out, tuple(new_q.shape), "out"))
        if not isinstance(cache, tuple) or len(cache) != 2:
            raise Hint(f"The cache is a pair (keys, values); got {type(cache).__name__}.")
    return torch.cat(outs, dim=2), cache


def _same(a: Any, b: Tensor) -> bool:
    return isinstance(a, Tensor) and a.shape == b.shape and bool(torch.equal(a, b))


def _compare_parts(out: Tensor, wanted: Tensor, lengths: tuple[int, ...]) -> None:
    wrong = ((out - wanted).abs().amax(dim=(0, 1, 3)) > CLOSE).nonzero().flatten().tolist()
    if not wrong:
        return
    place = f"Given in parts of {lengths}, token {wrong[0]} gets something else than at once."
    if wrong[0] == 0:
        raise Hint(f"{place} Is this causal attention, scaled by the root of the size?")
    raise Hint(
        f"{place} Row i of the new tokens stands behind all that is in the cache: it may look at "
        "every cached token, and at the new ones up to itself. Where does the mask begin?"
    )

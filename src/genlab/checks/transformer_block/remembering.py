"""Check on a cache of keys and values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, run_check, say, text, tolerance
from genlab.checks.transformer_block.reference import (
    CLOSE,
    attended,
    later_tokens,
    near,
    random_parts,
)

Cached = Callable[[Tensor, Tensor, Tensor, Any], Any]
Text = tuple[Tensor, Tensor, Tensor]  # queries, keys and values of all its tokens


@exercise("ex-kv-cache", points=4)
def kv_cache(answer: Cached) -> Result:
    """Check (q, k, v, cache) -> (what new tokens get, new cache); the cache is None or (k, v).

    q, k, v are of the new tokens alone, (N, heads, new, size).
    """
    first = random_parts(1, 2, 9, 8)
    second = first[::-1]  # another one of the same shape
    other = random_parts(2, 3, 9, 5)

    def parts(*lengths: int) -> None:
        _compare(_feed(answer, (first,), lengths)[0], first, lengths)

    def in_turns(*texts: Text) -> None:
        lengths = (2, 3, 1, 3)
        for out, one in zip(_feed(answer, texts, lengths), texts, strict=True):
            _compare(out, one, lengths)

    return run_check(
        "kv_cache",
        [
            Case("all tokens at once, nothing cached: causal attention", lambda: parts(9)),
            Case("one token after the other: the same", lambda: parts(*[1] * 9)),
            Case("a prompt, then one by one: the same", lambda: parts(5, 1, 1, 1, 1)),
            Case("several new tokens after several: the same", lambda: parts(4, 3, 2)),
            Case("two texts in turns", lambda: in_turns(first, second)),
            Case("several texts and heads, another size", lambda: in_turns(other)),
        ],
    )


def _feed(answer: Cached, texts: Sequence[Text], lengths: tuple[int, ...]) -> list[Tensor]:
    """Give each text in parts of these lengths; return what all its tokens get."""
    caches: list[Any] = [None] * len(texts)
    outs: list[list[Tensor]] = [[] for _ in texts]
    for i, length in enumerate(lengths):
        seen = sum(lengths[: i + 1])
        for j, (q, k, v) in enumerate(texts):
            new = (one[:, :, seen - length : seen] for one in (q, k, v))
            new_q, new_k, new_v = (_like(one, caches[j]) for one in new)
            out, caches[j] = _pair(answer(new_q, new_k, new_v, caches[j]))
            _expect_cache(caches[j], k[:, :, :seen], v[:, :, :seen], lengths[: i + 1])
            outs[j].append(attended(out, tuple(new_q.shape), "out"))
    return [torch.cat(parts, dim=2) for parts in outs]


def _like(new: Tensor, cache: Any) -> Tensor:
    """Return `new` in the dtype and on the device of a cache: an answer may have chosen its own."""
    return new if cache is None else new.to(cache[0])


def _pair(given: Any) -> tuple[Any, Any]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise Hint("Return two things, out and cache; got {kind}.", kind=type(given).__name__)
    return given[0], given[1]


def _expect_cache(cache: Any, k: Tensor, v: Tensor, lengths: tuple[int, ...]) -> None:
    if not isinstance(cache, tuple | list) or len(cache) != 2:
        raise Hint("The cache is a pair (keys, values); got {kind}.", kind=type(cache).__name__)
    keys, values = cache
    if _holds(keys, k) and _holds(values, v):
        return
    if _holds(keys, v) and _holds(values, k):
        raise Hint("The cache is a pair (keys, values); yours has the values first.")
    raise Hint(
        "After parts of {lengths} tokens the cache should hold the keys and values of all {count}, "
        "in order; {found}",
        lengths=lengths,
        count=sum(lengths),
        found=_found(keys, k),
    )


def _found(keys: Any, wanted: Tensor) -> str:
    if not isinstance(keys, Tensor):
        return say("its keys are a {kind}.", kind=type(keys).__name__)
    if keys.shape != wanted.shape:
        return say("its keys have shape {shape}.", shape=tuple(keys.shape))
    return say(
        "the shapes are right, the values are not: are they in another order, scaled, or kept "
        "somewhere else?"
    )


def _holds(a: Any, b: Tensor) -> bool:
    if not isinstance(a, Tensor) or a.is_meta or not a.is_floating_point():
        return False
    return a.shape == b.shape and near(a, b)


def _compare(out: Tensor, whole: Text, lengths: tuple[int, ...]) -> None:
    off = (out.double() - _in_parts(whole, lengths)).abs().amax(dim=(0, 1, 3))
    wrong = (off > tolerance(out, CLOSE)).nonzero().flatten().tolist()
    if not wrong:
        return
    place = say(
        "Given in parts of {lengths}, token {token} gets something else than at once.",
        lengths=lengths,
        token=wrong[0],
    )
    for why, masked, divisor in _mistakes(whole[0].shape[-1]):
        if near(out, _in_parts(whole, lengths, masked, divisor)):
            raise Hint("{place} {why}", place=place, why=say(why))
    if wrong[0] == 0:
        said = text("{place} Is this causal attention, scaled by the root of the size?")
        raise Hint(said, place=place)
    raise Hint(
        "{place} Row i of the new tokens stands behind all that is in the cache: it may look at "
        "every cached token, and at the new ones up to itself. Where does the mask begin?",
        place=place,
    )


def _mistakes(size: int) -> list[tuple[str, int | None, float | None]]:
    """Return what is wrong, how many parts have a mask then, and what divides the scores."""
    ahead = text("Is this causal attention? It looks ahead: a mask is missing.")
    first = text(
        "Is this causal attention? It looks ahead: a mask is missing. The first part has one."
    )
    root = text("The scores are not divided by the root of the size.")
    square = text("The scores are divided by the size, not by its root.")
    eight = text("Are the scores divided by the root of 8, whatever the size is?")
    return [
        (ahead, 0, None),
        (first, 1, None),
        (root, None, 1.0),
        (square, None, float(size)),
        (eight, None, 8**0.5),
    ]


def _in_parts(
    whole: Text,
    lengths: tuple[int, ...],
    masked: int | None = None,
    divisor: float | None = None,
) -> Tensor:
    """Return what all tokens get, given in parts, of which the first `masked` have a mask."""
    q, k, v = (one.double() for one in whole)
    rows = []
    for i, length in enumerate(lengths):
        seen = sum(lengths[: i + 1])
        scores = q[:, :, seen - length : seen] @ k[:, :, :seen].mT / (divisor or q.shape[-1] ** 0.5)
        if masked is None or i < masked:
            scores = scores.masked_fill(later_tokens(seen)[-length:], float("-inf"))
        rows.append(scores.softmax(dim=-1) @ v[:, :, :seen])
    return torch.cat(rows, dim=2)

"""The cache of keys and values: what students write, and what they must be told."""

import functools
import math
from collections import namedtuple

import pytest
import torch
import torch.nn.functional as F

from genlab.checks import transformer_block as check

from .planted import judged, stub, unusual, wrong


def mask(count):
    return torch.ones(count, count, dtype=torch.bool).triu(1)


def cached(q, k, v, cache, offset=True, append=True, power=0.5, hide=True):
    if cache is not None and append:
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** power
    earlier = k.shape[2] - q.shape[2] if offset else 0
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1 + earlier) & hide
    return scores.masked_fill(later, -math.inf).softmax(dim=-1) @ v, (k, v)


def masks_prompts_only(q, k, v, cache):
    return cached(q, k, v, cache, hide=cache is None)


def looks_at_new_alone(q, k, v, cache):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True), cached(q, k, v, cache)[1]


def values_first(q, k, v, cache):
    out, (keys, values) = cached(q, k, v, cache and cache[::-1])
    return out, (values, keys)


def along(dim):
    def answer(q, k, v, cache):
        if cache is not None:
            k, v = torch.cat([cache[0], k], dim=dim), torch.cat([cache[1], v], dim=dim)
        return cached(q, k, v, None)[0][:, :, -q.shape[2] :], (k, v)

    return answer


def in_front(q, k, v, cache):
    if cache is not None:
        k, v = torch.cat([k, cache[0]], dim=2), torch.cat([v, cache[1]], dim=2)
    return cached(q, k, v, None)[0], (k, v)


class Remembers:
    """Keeps what came before in itself."""

    def __call__(self, q, k, v, cache):
        self.cache = None if cache is None else self.cache
        out, self.cache = cached(q, k, v, self.cache)
        return out, self.cache


def changes_its_cache(q, k, v, cache):
    out, (k, v) = cached(q, k, v, cache)
    if cache is None:
        return out, [k, v]
    cache[:] = k, v
    return out, cache


def times_infinity_cached(q, k, v, cache):
    _, (k, v) = cached(q, k, v, cache)
    later = mask(k.shape[2])[-q.shape[2] :]
    return (q @ k.mT / q.shape[-1] ** 0.5 + later * -math.inf).softmax(dim=-1) @ v, (k, v)


Pair = namedtuple("Pair", "keys values")


def by_places(q, k, v, cache):
    keys, values = [k], [v]
    if cache is not None:
        keys, values = [cache[0], k], [cache[1], v]
    k, v = torch.cat(keys, dim=-2), torch.cat(values, dim=-2)
    place = torch.arange(k.shape[2])
    later = place[None] > place[-q.shape[2] :, None]
    scores = torch.where(later, -math.inf, q @ k.mT / math.sqrt(q.shape[-1]))
    return scores.softmax(dim=-1) @ v, Pair(k, v)


def ready_made_cached(q, k, v, cache):
    if cache:
        k, v = (torch.cat(pair, dim=2) for pair in zip(cache, (k, v), strict=True))
    allowed = ~mask(k.shape[2])[-q.shape[2] :]
    return [F.scaled_dot_product_attention(q, k, v, attn_mask=allowed), [k, v]]


def row_by_row(q, k, v, cache):
    _, (k, v) = cached(q, k, v, cache)
    start = k.shape[2] - q.shape[2]
    rows = []
    for i in range(q.shape[2]):
        seen = start + i + 1
        scores = q[:, :, i : i + 1] @ k[:, :, :seen].mT / q.shape[-1] ** 0.5
        rows.append(scores.softmax(dim=-1) @ v[:, :, :seen])
    return torch.cat(rows, dim=2), (k, v)


def in_double(q, k, v, cache):
    return cached(q.double(), k.double(), v.double(), cache)


CACHE = [
    stub(check.kv_cache),
    wrong(check.kv_cache, lambda *a: None, "Return two things, out and cache; got NoneType"),
    wrong(check.kv_cache, lambda *a: cached(*a)[0], "Return two things"),
    wrong(check.kv_cache, lambda *a: (cached(*a)[0], None), "a pair (keys, values)"),
    wrong(check.kv_cache, lambda *a: (None, cached(*a)[1]), "out gave None"),
    wrong(
        check.kv_cache,
        lambda *a: (cached(*a)[0], torch.stack(cached(*a)[1])),
        "The cache is a pair (keys, values); got Tensor",
        name="one tensor",
    ),
    wrong(check.kv_cache, lambda *a: (lambda x, c: (x, *c))(*cached(*a)), "Return two things"),
    wrong(check.kv_cache, lambda *a: cached(*a, append=False), "of all 2, in order"),
    wrong(check.kv_cache, lambda *a: cached(*a, offset=False), "token 1 gets something else"),
    wrong(check.kv_cache, lambda *a: cached(*a, hide=False), "looks ahead: a mask is missing"),
    wrong(check.kv_cache, lambda *a: cached(*a, hide=False), "Is this causal attention"),
    wrong(
        check.kv_cache,
        masks_prompts_only,
        "It looks ahead: a mask is missing. The first part has one",
    ),
    wrong(check.kv_cache, lambda *a: cached(*a, power=0), "The scores are not divided by the root"),
    wrong(check.kv_cache, lambda *a: cached(*a, power=1), "divided by the size, not by its root"),
    wrong(
        check.kv_cache,
        lambda *a: cached(*a, power=math.log(8, a[0].shape[-1]) / 2),
        "divided by the root of 8, whatever the size is",
        name="the root of 8",
    ),
    wrong(check.kv_cache, looks_at_new_alone, "token 1 gets something else than at once. Row i"),
    wrong(check.kv_cache, values_first, "yours has the values first"),
    wrong(
        check.kv_cache, along(0), "keys and values of all 2, in order; its keys have shape (2, 2"
    ),
    wrong(check.kv_cache, along(1), "stopped with RuntimeError at `scores = q @ k"),
    wrong(
        check.kv_cache,
        in_front,
        "the shapes are right, the values are not: are they in another order",
    ),
    wrong(
        check.kv_cache, Remembers(), "are they in another order, scaled, or kept somewhere else?"
    ),
    wrong(check.kv_cache, changes_its_cache, "Your code changes cache, which the caller still"),
    wrong(check.kv_cache, times_infinity_cached, "0 * -inf is not a number"),
    wrong(check.kv_cache, lambda q, k, v, cache: cached(k, q, v, cache), "should hold the keys"),
    unusual(check.kv_cache, by_places),
    unusual(check.kv_cache, ready_made_cached),
    unusual(check.kv_cache, row_by_row),
    unusual(check.kv_cache, in_double),
    unusual(check.kv_cache, functools.partial(cached, offset=True)),
]

PLANTED = CACHE


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

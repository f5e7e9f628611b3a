"""The page *The transformer block*: what students write, and what they must be told."""

import functools
import math
from collections import namedtuple
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genlab.checkpoints import count_parameters
from genlab.checks import transformer_block as check
from genlab.checks.transformer_block.parameters import parameters_of
from genlab.models.llama import Llama, LlamaConfig

from .planted import judged, stub, unusual, wrong

# -- the mask --------------------------------------------------------------------------------------


def mask(count):
    return torch.ones(count, count, dtype=torch.bool).triu(1)


def mask_in_a_loop(count):
    out = torch.zeros(count, count, dtype=torch.bool)
    for row in range(count):
        out[row, row + 1 :] = True
    return out


def mask_by_lists(count):
    return torch.tensor([[column > row for column in range(count)] for row in range(count)])


class Mask:
    def __call__(self, n):
        return ~torch.ones(n, n).tril().bool()


def in_bytes(count):
    place = torch.arange(count).to(torch.int8)
    return place[None] > place[:, None]


MASK = [
    stub(check.causal_mask),
    wrong(check.causal_mask, lambda n: None, "gave None"),
    wrong(check.causal_mask, lambda n: mask(n).float(), "torch.bool is expected"),
    wrong(check.causal_mask, lambda n: mask(n).byte(), "The mask is torch.uint8"),
    wrong(check.causal_mask, lambda n: mask(n) * -math.inf, "The mask is torch.float32"),
    wrong(check.causal_mask, lambda n: mask(n)[0], "(4, 4) is expected"),
    wrong(check.causal_mask, lambda n: mask(n)[None], "has shape (1, 4, 4); (4, 4) is expected"),
    wrong(check.causal_mask, lambda n: mask(n + 1), "has shape (5, 5); (4, 4) is expected"),
    wrong(check.causal_mask, lambda n: mask(n).tolist(), "gave a list; a torch tensor"),
    wrong(check.causal_mask, lambda n: mask(n).numpy(), "gave a ndarray; a torch tensor"),
    wrong(check.causal_mask, lambda n: ~mask(n), "True where a token may look"),
    wrong(check.causal_mask, lambda n: torch.ones(n, n).triu().bool(), "Begin one further"),
    wrong(check.causal_mask, lambda n: mask(n).T, "hides what is earlier"),
    wrong(check.causal_mask, lambda n: torch.zeros(n, n).bool(), "Row 0 of 4 is"),
    wrong(check.causal_mask, lambda n: torch.ones(n, n).triu(2).bool(), "Row 0 of 4 is [False, Fa"),
    wrong(check.causal_mask, lambda n: mask(n).fliplr(), "The diagonal is True", name="mirrored"),
    wrong(check.causal_mask, lambda n: ~torch.eye(n).bool(), "Row 1 of 4 is [True, False"),
    wrong(check.causal_mask, lambda n: mask(4), "does it use `count`", name="always four"),
    wrong(check.causal_mask, lambda n: mask(n) if n > 1 else mask(2)[0, 1:], "(1, 1) is expected"),
    wrong(check.causal_mask, lambda n: None if n == 1 else mask(n), "causal_mask(1) gave None"),
    wrong(check.causal_mask, in_bytes, "causal_mask(300) is another, first in row"),
    unusual(check.causal_mask, mask_in_a_loop),
    unusual(check.causal_mask, mask_by_lists),
    unusual(check.causal_mask, Mask()),
    unusual(
        check.causal_mask,
        lambda *n: torch.ones(n * 2).cumsum(1) > torch.arange(1, n[0] + 1)[:, None],
    ),
    unusual(check.causal_mask, lambda n: torch.full((n, n), -math.inf).triu(1) < 0, name="of -inf"),
    unusual(check.causal_mask, lambda n: mask(n + 1)[:n, :n], name="a view"),
]

# -- attention -------------------------------------------------------------------------------------


def attention(q, k, v, divide=True, hide=True, dim=-1, power=0.5, divisor=None, fill=-math.inf):
    scores = q @ k.transpose(-1, -2)
    if divide:
        scores = scores / (divisor or q.shape[-1] ** power)
    if hide:
        scores = scores.masked_fill(mask(q.shape[2]), fill)
    return scores.softmax(dim=dim) @ v


def masked_after(q, k, v):
    weights = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(dim=-1)
    return weights.masked_fill(mask(q.shape[2]), 0) @ v


def renormalised(q, k, v):
    weights = (q @ k.mT / math.sqrt(k.size(-1))).softmax(dim=-1).tril()
    return weights / weights.sum(dim=-1, keepdim=True) @ v


def times_infinity(q, k, v):
    scores = q @ k.mT / q.shape[-1] ** 0.5 + mask(q.shape[2]) * -math.inf
    return scores.softmax(dim=-1) @ v


def diagonal_hidden(q, k, v):
    hidden = torch.ones(q.shape[2], q.shape[2]).triu() > 0
    return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(hidden, -math.inf).softmax(dim=-1) @ v


def mask_upside_down(q, k, v):
    hidden = ~mask(q.shape[2])
    return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(hidden, -math.inf).softmax(dim=-1) @ v


def mask_turned(q, k, v):
    hidden = mask(q.shape[2]).T
    return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(hidden, -math.inf).softmax(dim=-1) @ v


def zeros_are_hidden(q, k, v):
    scores = (q @ k.mT / q.shape[-1] ** 0.5).tril()
    return scores.masked_fill(scores == 0, -math.inf).softmax(dim=-1) @ v


def weights_turned(q, k, v):
    return attention(q, k, torch.eye(q.shape[2]).expand(*q.shape[:2], -1, -1)).mT @ v


def of_six(q, k, v):
    hidden = mask(6)[: q.shape[2], : q.shape[2]]
    return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(hidden, -math.inf).softmax(dim=-1) @ v


def ready_made(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def ready_made_below(q, k, v):
    return torch.ops.aten.scaled_dot_product_attention(q, k, v, is_causal=True)


def ready_made_for_many(q, k, v):
    return ready_made(q, k, v) if q.shape[2] > 6 else attention(q, k, v)


def scales_in_place(q, k, v):
    q /= q.shape[-1] ** 0.5
    return attention(q, k, v, divide=False)


def token_by_token(q, k, v):
    rows = []
    for t in range(q.shape[2]):
        scores = (q[:, :, t : t + 1] * k[:, :, : t + 1]).sum(dim=-1) / q.shape[-1] ** 0.5
        weights = scores.softmax(dim=-1)[..., None]
        rows.append((weights * v[:, :, : t + 1]).sum(dim=2))
    return torch.stack(rows, dim=2)


def by_einsum(q, k, v):
    scores = torch.einsum("nhis,nhjs->nhij", q / v.size(-1) ** 0.25, k / v.size(-1) ** 0.25)
    scores += torch.full(scores.shape[-2:], -math.inf).triu(1)
    return torch.einsum("nhij,nhjs->nhis", scores.softmax(dim=-1), v)


def by_exp(q, k, v):
    powers = (q @ k.mT / q.shape[-1] ** 0.5).exp().tril()
    return powers / powers.sum(dim=-1, keepdim=True) @ v


def into_a_buffer(q, k, v):
    out = torch.empty_like(q)
    for n in range(q.shape[0]):
        for h in range(q.shape[1]):
            out[n, h] = attention(q[n, h][None, None], k[n, h][None, None], v[n, h][None, None])[
                0, 0
            ]
    return out


class Attention(nn.Module):
    def forward(self, q, k, v):
        return attention(q, k, v)


ATTENTION = [
    stub(check.attention),
    wrong(check.attention, lambda q, k, v: None, "gave None"),
    wrong(check.attention, lambda q, k, v: v[0], "(2, 3, 1, 16) is expected"),
    wrong(check.attention, lambda q, k, v: q, "can only look at itself"),
    wrong(check.attention, lambda *a: attention(*a, hide=False), "before the softmax"),
    wrong(check.attention, masked_after, "do not sum to 1"),
    wrong(
        check.attention, lambda *a: attention(*a, dim=-2), "The rows of the weights do not sum to 1"
    ),
    wrong(check.attention, lambda *a: attention(*a, dim=1), "Is the softmax over the last dim"),
    wrong(check.attention, lambda *a: attention(*a, divide=False), "are not divided"),
    wrong(check.attention, lambda *a: attention(*a, power=1), "divided by size = 16"),
    wrong(check.attention, lambda *a: attention(*a, power=0.25), "The weights differ"),
    wrong(check.attention, lambda *a: attention(*a, power=-0.5), "are multiplied by the root"),
    wrong(check.attention, lambda *a: attention(*a, divisor=4), "divided by 4, whatever the size"),
    wrong(check.attention, lambda *a: attention(*a, divisor=48**0.5), "the root of heads * size"),
    wrong(check.attention, lambda *a: attention(*a, divisor=a[0].shape[2] ** 0.5), "root of T = 6"),
    wrong(check.attention, lambda q, k, v: attention(k, q, v), "Queries and keys are exchanged"),
    wrong(check.attention, lambda q, k, v: attention(q, k, k), "can only look at itself"),
    wrong(check.attention, lambda q, k, v: attention(q, q, v), "The weights differ"),
    wrong(check.attention, times_infinity, "0 * -inf is not a number: use masked_fill"),
    wrong(check.attention, diagonal_hidden, "it may look at nothing, not even at itself"),
    wrong(check.attention, mask_upside_down, "The last token gets NaN: all is hidden from it"),
    wrong(check.attention, mask_turned, "Earlier tokens are hidden and later ones are seen"),
    wrong(check.attention, weights_turned, "The weights are turned around before the sum"),
    wrong(check.attention, lambda *a: attention(*a, fill=0), "Later tokens have a weight"),
    wrong(check.attention, lambda *a: attention(*a, fill=-15), "Later tokens have a weight"),
    wrong(check.attention, lambda *a: attention(*a, fill=-25), "much larger scores the result is"),
    wrong(check.attention, zeros_are_hidden, "Where all scores are 0"),
    wrong(check.attention, of_six, "stopped with RuntimeError at `return (q @ k.mT"),
    wrong(check.attention, ready_made, "`scaled_dot_product_attention` is called; write scores"),
    wrong(check.attention, ready_made_below, "is called; write scores, mask, softmax and sum"),
    wrong(check.attention, ready_made_for_many, "`scaled_dot_product_attention` is called"),
    wrong(check.attention, scales_in_place, "Your code changes q, which the caller still needs"),
    wrong(check.attention, lambda q, k, v: attention(q, k, v).mean(1), "(2, 3, 1, 16) is expected"),
    unusual(check.attention, token_by_token),
    unusual(check.attention, renormalised),
    unusual(check.attention, by_einsum),
    unusual(check.attention, by_exp),
    unusual(check.attention, into_a_buffer),
    unusual(check.attention, Attention()),
    unusual(check.attention, functools.partial(attention, fill=-1e9)),
    unusual(check.attention, lambda q, k, v: attention(q.double(), k.double(), v.double())),
    unusual(check.attention, lambda *a: attention(*(one.half() for one in a)), name="half"),
    unusual(check.attention, lambda *a: attention(*a).requires_grad_(), name="gradients"),
]

# -- parameters ------------------------------------------------------------------------------------


def count(c, embeddings=1, norms=2, last=1, kv=None, matrices=3, biases=0, wide=None):
    size = c.width // c.heads
    kv_width = wide or (kv or c.kv_heads) * size
    attention = 2 * c.width * c.width + 2 * c.width * kv_width
    block = attention + matrices * c.width * c.hidden + norms * c.width + biases
    return embeddings * c.vocabulary * c.width + c.depth * block + last * c.width


def builds_it(config):
    return count_parameters(Llama(config))


def builds_it_without_memory(config):
    with torch.device("meta"):
        return sum(one.numel() for one in Llama(config).parameters())


def hides_that_it_builds(config):
    try:
        Llama(config)
    except BaseException:
        return count(config)


def builds_layers(c):
    return count(c) if c.depth < 30 else nn.Linear(1, 1).weight.numel() - 1 + count(c)


def by_lists(c):
    size, w = c.width / c.heads, c.width
    shapes = [(w, w), (w, w), (w, c.kv_heads * size), (w, c.kv_heads * size)]
    shapes += [(w, c.hidden)] * 3 + [(w,)] * 2
    return sum(math.prod(shape) for shape in shapes * c.depth + [(c.vocabulary, w), (w,)])


COUNT = [
    stub(check.count),
    wrong(check.count, lambda c: "many", "one number is expected"),
    wrong(check.count, lambda c: None, "count gave None"),
    wrong(check.count, lambda c: [count(c)], "one number is expected"),
    wrong(check.count, lambda c: 134_515_008, "one by one", name="a constant"),
    wrong(check.count, lambda c: count(c, embeddings=2), "counted twice"),
    wrong(check.count, lambda c: count(c, embeddings=0), "Is the embedding left out"),
    wrong(check.count, lambda c: count(c, embeddings=2, last=0), "and the last norm left out"),
    wrong(check.count, lambda c: count(c, last=0), "a norm after the last block"),
    wrong(check.count, lambda c: count(c, last=2, norms=4), "no biases"),
    wrong(check.count, lambda c: count(c, norms=0), "Each block has two norms"),
    wrong(check.count, lambda c: count(c, norms=1), "one norm too few in each block"),
    wrong(check.count, lambda c: count(c, norms=4), "The norms have `width` numbers each"),
    wrong(check.count, lambda c: count(c, kv=c.heads), "matrices are narrower"),
    wrong(check.count, lambda c: count(c, matrices=2), "SwiGLU has three matrices"),
    wrong(check.count, lambda c: count(c) - c.depth * c.width**2, "one of attention's four"),
    wrong(check.count, lambda c: count(c, biases=2 * c.hidden + c.width), "SwiGLU have no biases"),
    wrong(
        check.count,
        lambda c: count(c, biases=2 * c.width + 2 * c.width * c.kv_heads // c.heads),
        "Attention's matrices have no biases",
        name="biases",
    ),
    wrong(
        check.count,
        lambda c: count(c) - c.depth * c.width * c.kv_heads * c.width // c.heads,
        "the matrix of the keys left out, or that of the values",
        name="keys alone",
    ),
    wrong(check.count, lambda c: count(c, norms=5), "one by one"),
    wrong(check.count, lambda c: count(c, wide=c.kv_heads), "one by one"),
    wrong(check.count, lambda c: count(c, wide=c.width // 3), "off from", name="a third"),
    wrong(
        check.count, builds_it, "A model is built, with Embedding.weight and more: count by arit"
    ),
    wrong(check.count, builds_it_without_memory, "count by arithmetic alone"),
    wrong(check.count, hides_that_it_builds, "count by arithmetic alone"),
    wrong(check.count, builds_layers, "A model is built, with Linear.weight and more"),
    unusual(check.count, by_lists),
    unusual(check.count, lambda c: float(count(c)), name="a float"),
    unusual(check.count, lambda c: torch.tensor(count(c)), name="a tensor"),
    unusual(check.count, functools.partial(count, embeddings=1)),
]

# -- the cache -------------------------------------------------------------------------------------


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
    return attention(q, k, v), cached(q, k, v, cache)[1]


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


def test_the_arithmetic_of_the_check_is_that_of_the_model():
    """The check itself builds no model: that would take seconds at its first call."""
    small = LlamaConfig(vocabulary=100, width=24, depth=3, heads=6, kv_heads=2, hidden=40)
    for config in (small, replace(small, depth=0), replace(small, kv_heads=6, hidden=52)):
        assert parameters_of(config) == count_parameters(Llama(config))
    assert parameters_of(LlamaConfig()) == 134_515_008


PLANTED = MASK + ATTENTION + COUNT + CACHE


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

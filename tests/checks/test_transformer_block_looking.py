"""The causal mask and attention: what students write, and what they must be told."""

import functools
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genlab.checks import transformer_block as check

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

PLANTED = MASK + ATTENTION


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

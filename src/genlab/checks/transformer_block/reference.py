"""What the checks on attention share: inputs, and what is right for them."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.checks import Hint, close, expect_values, tolerance

CLOSE = 1e-5


def near(got: Tensor, wanted: Tensor) -> bool:
    """Whether `got` is `wanted`, as well as its dtype can tell."""
    return close(got, wanted, tolerance(got, CLOSE))


def random_parts(*shape: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return queries, keys and values of this shape, the same at each call."""
    q, k, v = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))
    return q, k, v


def later_tokens(count: int) -> Tensor:
    """Return the causal mask, True where the row's token must not look."""
    return torch.ones(count, count, dtype=torch.bool).triu(1)


def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return what causal attention gives, in double precision."""
    return F.scaled_dot_product_attention(q.double(), k.double(), v.double(), is_causal=True)


def attended(out: Any, shape: tuple[int, ...], name: str) -> Tensor:
    """Return what tokens get, (N, heads, T, size), on the CPU and in the dtype that came.

    Raises:
        Hint: it is another thing, or holds NaN or infinity.
    """
    explain_nan(expect_values(out, shape, name, finite=False))
    expect_values(out, shape, name)
    dense = out if out.layout == torch.strided else out.to_dense()
    return dense.detach().cpu()


def explain_nan(out: Tensor) -> None:
    """Say why tokens, dimension 2, are NaN: each mistake with minus infinity has its own rows."""
    wrong = out.isnan().any(dim=-1).any(dim=0).any(dim=0)
    first, last, count = bool(wrong[0]), bool(wrong[-1]), int(wrong.sum())
    if not count or len(wrong) == 1:
        return
    if count == len(wrong):
        raise Hint(
            "Every token gets NaN. Is minus infinity multiplied by a mask? 0 * -inf is not a "
            "number: use masked_fill or torch.where."
        )
    if first and count == 1:
        raise Hint("The first token gets NaN: it may look at nothing, not even at itself.")
    if last and count == 1:
        raise Hint("The last token gets NaN: all is hidden from it. Is the mask upside down?")
    if not last and count == len(wrong) - 1:
        raise Hint("All tokens but the last get NaN. Is the softmax over the last dimension?")

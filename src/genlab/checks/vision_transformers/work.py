"""The check of the exercise *What a patch costs*, held to PyTorch's own count."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from genlab.checks import Case, Hint, Result, exercise, expect_number, run_check, say, text
from genlab.diffusion.costs import multiply_adds
from genlab.models.tokens import PlainBlock

Cost = Callable[[int, int, int], Any]


@exercise("ex-patch-cost", points=2)
def block_cost(answer: Cost) -> Result:
    """Check a function (side, patch, width) -> multiply-adds of one block on an image's tokens."""

    def case(shows: str, *sizes: tuple[int, int, int]) -> Case:
        def run() -> None:
            for size in sizes:
                _expect_cost(answer(*size), *size)

        return Case(shows, run)

    return run_check(
        "block_cost",
        [
            case(text("digits in patches of 7 pixels, width 64"), (28, 7, 64)),
            case(text("smaller patches"), (28, 4, 64), (28, 2, 64)),
            case(text("other images, other widths"), (32, 8, 48), (48, 16, 96), (14, 14, 32)),
        ],
    )


def _expect_cost(given: Any, side: int, patch: int, width: int) -> None:
    got, wanted = expect_number(given, "block_cost"), counted(side, patch, width)
    if got == wanted:
        return
    why = _reason(got, (side // patch) ** 2 + 1, width)
    raise Hint(
        "For {side} by {side} pixels, patches of {patch} and width {width} it is {wanted:,} "
        "multiply-adds; yours is {got:,.0f}.{why}",
        side=side,
        patch=patch,
        width=width,
        wanted=wanted,
        got=got,
        why=f" {say(why)}" if why else "",
    )


def _cost(tokens: int, width: int) -> int:
    return 12 * tokens * width**2 + 2 * tokens**2 * width


def _reason(got: float, t: int, w: int) -> str:
    layers, pairs = 12 * t * w * w, 2 * t * t * w
    known = {
        _cost(t - 1, w): text("The class token is missing: it is one more token."),
        2 * (layers + pairs): text("A multiply-add is one, though it is two operations."),
        layers: text("What grows with the square is missing: q times k, and the weights times v."),
        layers + pairs // 2: text("There are two products of T by T: q with k, weights with v."),
        4 * t * w * w + pairs: text("The MLP is missing: to four times the width, and back."),
        8 * t * w * w + pairs: text(
            "One part of the linear layers is missing: q, k, v and out are 4, the MLP's two are 8."
        ),
        11 * t * w * w + pairs: text("The linear layer after the attention is missing."),
        12 * w * w + pairs: text("A linear layer does its work for every token."),
        layers + 4 * pairs: text("Each head has its share of the width: together they cost one."),
    }
    return known.get(int(got), "") if got == int(got) else ""


@cache
def counted(side: int, patch: int, width: int) -> int:
    """Return the multiply-adds of `PlainBlock` on one image's tokens, as PyTorch counts them."""
    tokens = (side // patch) ** 2 + 1
    return multiply_adds(PlainBlock(width, heads=4), torch.zeros(1, tokens, width))

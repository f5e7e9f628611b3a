"""The check of the exercise *What attention costs*, held to PyTorch's own count."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from genlab.checks import Case, Hint, Result, exercise, expect_number, run_check, say, text
from genlab.diffusion.costs import multiply_adds
from genlab.models.time_unet import GROUPS, SelfAttention

Cost = Callable[[int, int], Any]

SIDES = (7, 14, 28)


@exercise("ex-attention-cost", points=2)
def attention_cost(answer: Cost) -> Result:
    """Check a function (side, channels) -> multiply-adds of self-attention on an image's maps."""

    def case(shows: str, sides: tuple[int, ...], *channels: int) -> Case:
        def run() -> None:
            for width in channels:
                for side in sides:
                    _expect_cost(answer(side, width), side, width)

        return Case(shows, run)

    return run_check(
        "attention_cost",
        [
            case(text("64 channels at 7 by 7"), (7,), 64),
            case(text("14 by 14 and 28 by 28"), SIDES, 64),
            case(text("other numbers of channels"), (2, 3, 7), GROUPS, 32, 128),
        ],
    )


def _expect_cost(given: Any, side: int, channels: int) -> None:
    got, wanted = expect_number(given, "attention_cost"), counted(side, channels)
    if got == wanted:
        return
    why = _reason(got, side * side, channels)
    raise Hint(
        "For {side} by {side} and {channels} channels it is {wanted:,} multiply-adds; yours is "
        "{got:,.0f}.{why}",
        side=side,
        channels=channels,
        wanted=wanted,
        got=got,
        why=f" {say(why)}" if why else "",
    )


def _reason(got: float, n: int, c: int) -> str:
    layers, pairs = 4 * n * c * c, 2 * n * n * c
    known = {
        2 * (layers + pairs): text("A multiply-add is one, though it is two operations."),
        pairs: text("The four 1x1 convolutions are missing: q, k, v and the one at the end."),
        layers: text("What grows with the square is missing: q times k, and the weights times v."),
        layers + pairs // 2: text(
            "There are two products of n by n: q with k, and weights with v."
        ),
        3 * n * c * c + pairs: text("The convolution after the attention is missing."),
        2 * n * c * c + pairs: text("There are four 1x1 convolutions: q, k, v and one at the end."),
        layers + 4 * pairs: text(
            "Each head has a quarter of the channels: together they cost one."
        ),
        4 * c * c + pairs: text("A 1x1 convolution does its work at every place."),
        4 * n * c + pairs: text("A 1x1 convolution joins every channel with every channel."),
    }
    return known.get(int(got), "") if got == int(got) else ""


@cache
def counted(side: int, channels: int) -> int:
    """Return the multiply-adds of `SelfAttention` on one image, as PyTorch counts them."""
    return multiply_adds(SelfAttention(channels), torch.zeros(1, channels, side, side))

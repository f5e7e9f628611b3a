"""Check on patches that overlap, and on images put together from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.checks import (
    Case,
    Hint,
    Result,
    close,
    exercise,
    expect_values,
    refuse,
    run_check,
    text,
    tolerance,
)

Cut = Callable[[Tensor, int, int], Any]
Join = Callable[[Tensor, int, int, tuple[int, int, int]], Any]

CLOSE = 1e-5
# images, patch, stride: the last two do not overlap, or leave nothing to overlap
SHAPES = (
    ((2, 3, 8, 12), 4, 2),
    ((1, 2, 7, 10), 4, 3),
    ((3, 1, 28, 28), 7, 3),
    ((1, 1, 9, 5), 5, 1),
    ((2, 2, 6, 4), 2, 2),
    ((1, 3, 5, 5), 5, 4),
)
REFUSED = (((28, 28), 7, 4), ((28, 30), 4, 3), ((30, 28), 4, 3), ((4, 4), 8, 4))


@exercise("ex-overlapping-patches", points=3)
def overlapping(cut: Cut, join: Join) -> Result:
    """Check (x, patch, stride) -> tokens, and (tokens, patch, stride, shape) -> images."""
    return run_check(
        "overlapping",
        [
            Case("patches of 2 by 2 in nine numbered pixels", lambda: _numbered(cut)),
            Case("several images, channels, unequal sides", lambda: _elsewhere(cut)),
            Case("join gives the images again", lambda: _round_trip(join)),
            Case("where tokens disagree, join takes their mean", lambda: _mean(join)),
            Case("what leaves pixels over is refused", lambda: _refused(cut)),
        ],
    )


def right_tokens(x: Tensor, patch: int, stride: int) -> Tensor:
    """Return the tokens, (N, T, C * patch^2), by a function of PyTorch."""
    return F.unfold(x, patch, stride=stride).mT


def right_images(tokens: Tensor, patch: int, stride: int, shape: tuple[int, ...]) -> Tensor:
    """Return images (N, C, H, W), each pixel the mean of all tokens that hold it."""
    total = F.fold(tokens.mT, shape[1:], patch, stride=stride)
    count = F.fold(torch.ones_like(tokens.mT), shape[1:], patch, stride=stride)
    return total / count


def _drawn(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# -- cutting ---------------------------------------------------------------------------------------


def _numbered(cut: Cut) -> None:
    x = torch.arange(9.0).view(1, 1, 3, 3)
    given = expect_values(cut(x, 2, 1), (1, ..., ...), "cut(x, 2, 1)")
    if given.shape[1:] == (1, 4):
        raise Hint("Your patches lie side by side: each begins `stride` pixels after the last.")
    got = expect_values(given, (1, 4, 4), "cut(x, 2, 1)")
    wanted = right_tokens(x, 2, 1)
    known = [
        (
            wanted[:, [0, 2, 1, 3]],
            text("Your tokens go column by column: the second is the patch to the right."),
        ),
        (
            wanted[:, :, [0, 2, 1, 3]],
            text("Within a patch your pixels go column by column: row by row is expected."),
        ),
    ]
    refuse(got, known, CLOSE)
    if not close(got, wanted, CLOSE):
        raise Hint(
            "The first two tokens hold the pixels {got}; 0, 1, 3, 4 and 1, 2, 4, 5 are expected.",
            got=" and ".join(", ".join(f"{one:g}" for one in row) for row in got[0, :2].tolist()),
        )


def _elsewhere(cut: Cut) -> None:
    for shape, patch, stride in SHAPES:
        x = _drawn(shape)
        wanted = right_tokens(x, patch, stride)
        answer = cut(x, patch, stride)
        got = expect_values(answer, tuple(wanted.shape), f"cut(x, {patch}, {stride})")
        if close(got, wanted, tolerance(answer, CLOSE)):
            continue
        last = wanted.unflatten(-1, (shape[1], -1)).mT.flatten(2)
        if close(got, last, CLOSE):
            raise Hint("Within a token the channels come last: all of the first one come first.")
        raise Hint(
            "For images {shape}, patches of {patch} and a stride of {stride} the tokens are "
            "others.",
            shape=shape,
            patch=patch,
            stride=stride,
        )


def _refused(cut: Cut) -> None:
    for side, patch, stride in REFUSED:
        try:
            cut(torch.zeros(1, 1, *side), patch, stride)
        except ValueError:
            continue
        except Exception as error:
            raise Hint(
                "For {side} pixels, patches of {patch} and a stride of {stride} it stops with "
                "{name}: look first, and raise a ValueError that says what came.",
                side=side,
                patch=patch,
                stride=stride,
                name=type(error).__name__,
            ) from None
        raise Hint(
            "Patches of {patch} at a stride of {stride} do not end where {side} pixels end: raise "
            "a ValueError.",
            side=side,
            patch=patch,
            stride=stride,
        )


# -- joining ---------------------------------------------------------------------------------------


def _round_trip(join: Join) -> None:
    for shape, patch, stride in SHAPES:
        x = _drawn(shape, seed=1)
        tokens = right_tokens(x, patch, stride)
        got, close_by = _joined(join, tokens, patch, stride, shape)
        if close(got, x, close_by):
            continue
        total = F.fold(tokens.mT, shape[2:], patch, stride=stride)
        refuse(got, _known_sums(total, tokens.shape[1]), CLOSE)
        raise Hint(
            "For images {shape}, patches of {patch} and a stride of {stride} other images come "
            "out: the largest error of a pixel is {off:.2g}.",
            shape=shape,
            patch=patch,
            stride=stride,
            off=(got - x).abs().max().item(),
        )


def _known_sums(total: Tensor, count: int) -> list[tuple[Tensor, str]]:
    return [
        (
            total,
            text(
                "Pixels that lie in several patches are as often too large: divide by in how many "
                "they lie."
            ),
        ),
        (
            total / count,
            text("You divide by the number of tokens: a pixel lies in some of them only."),
        ),
    ]


def _mean(join: Join) -> None:
    for shape, patch, stride in SHAPES:
        tokens = _drawn(tuple(right_tokens(torch.zeros(shape), patch, stride).shape), seed=2)
        got, close_by = _joined(join, tokens, patch, stride, shape)
        if not close(got, right_images(tokens, patch, stride, shape[1:]), close_by):
            raise Hint(
                "Tokens of noise do not agree about a pixel. Images {shape}, patches of {patch}, a "
                "stride of {stride}: each pixel should be the mean of all that hold it. Does the "
                "last one that you write win?",
                shape=shape,
                patch=patch,
                stride=stride,
            )


def _joined(
    join: Join, tokens: Tensor, patch: int, stride: int, shape: tuple[int, ...]
) -> tuple[Tensor, float]:
    """Return the answer's images in float64, and how close is close enough."""
    size: Any = shape[1:]
    answer = join(tokens, patch, stride, size)
    got = expect_values(answer, shape, f"join(tokens, {patch}, {stride}, {size})")
    return got, tolerance(answer, CLOSE)

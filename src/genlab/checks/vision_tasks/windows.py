"""The check of the exercise *Cut into windows, and put together again*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
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

Cut = Callable[[Tensor, int], Any]
Join = Callable[[Tensor, int, int, int], Any]

CLOSE = 1e-6
# grids and the side of a window: unequal sides, several images, one window, windows of one token
SHAPES = (
    ((2, 4, 6, 3), 2),
    ((1, 6, 9, 2), 3),
    ((3, 8, 4, 1), 4),
    ((2, 5, 5, 2), 5),
    ((1, 2, 3, 4), 1),
)
REFUSED = (((1, 4, 6, 1), 4), ((1, 6, 4, 1), 4), ((1, 3, 3, 1), 2))


@exercise("ex-windows", points=2)
def windows(cut: Cut, join: Join) -> Result:
    """Check (x, side) -> windows, and (windows, side, height, width) -> the grid again."""
    return run_check(
        "windows",
        [
            Case("sixteen numbered tokens, windows of 2 by 2", lambda: _numbered(cut)),
            Case("several images, numbers a token, unequal sides", lambda: _elsewhere(cut)),
            Case("join gives the grid again", lambda: _round_trip(join)),
            Case("both together change nothing", lambda: _together(cut, join)),
            Case("windows that do not fit are refused", lambda: _refused(cut)),
        ],
    )


def right_windows(x: Tensor, side: int) -> Tensor:
    """Return the windows, (N * count, side^2, C), row by row, by slices."""
    parts = [
        grid[top : top + side, left : left + side].reshape(side * side, -1)
        for grid in x
        for top in range(0, x.shape[1], side)
        for left in range(0, x.shape[2], side)
    ]
    return torch.stack(parts)


def _drawn(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _numbered(cut: Cut) -> None:
    x = torch.arange(16.0).view(1, 4, 4, 1)
    got = expect_values(cut(x, 2), (4, 4, 1), "cut(x, 2)")
    wanted = right_windows(x, 2)
    known = [
        (
            x.view(4, 4, 1),
            text("Your windows are rows of the grid: a window has tokens of two rows."),
        ),
        (
            wanted[[0, 2, 1, 3]],
            text("Your windows go column by column: the second is the one to the right."),
        ),
        (
            wanted[:, [0, 2, 1, 3]],
            text("Within a window your tokens go column by column: row by row is expected."),
        ),
        (
            x.view(2, 2, 2, 2).permute(1, 3, 0, 2).reshape(4, 4, 1),
            text("Your windows take every second token: neighbours belong into one window."),
        ),
    ]
    refuse(got, known, CLOSE)
    if not close(got, wanted, CLOSE):
        raise Hint(
            "The first two windows hold the tokens {got}; 0, 1, 4, 5 and 2, 3, 6, 7 are expected.",
            got=" and ".join(
                ", ".join(f"{one:g}" for one in window.flatten()) for window in got[:2]
            ),
        )


def _elsewhere(cut: Cut) -> None:
    for shape, side in SHAPES:
        x = _drawn(shape)
        wanted = right_windows(x, side)
        answer = cut(x.clone(), side)
        got = expect_values(answer, tuple(wanted.shape), f"cut(x, {side})")
        if not close(got, wanted, tolerance(answer, CLOSE)):
            raise Hint(
                "For a grid {shape} and windows of {side} the windows are others: height and "
                "width are not equal, and all windows of an image come before those of the next.",
                shape=shape,
                side=side,
            )


def _joined(join: Join, parts: Tensor, side: int, shape: tuple[int, ...]) -> tuple[Tensor, float]:
    given = join(parts.clone(), side, shape[1], shape[2])
    name = f"join(windows, {side}, {shape[1]}, {shape[2]})"
    return expect_values(given, shape, name), tolerance(given, CLOSE)


def _round_trip(join: Join) -> None:
    for shape, side in SHAPES:
        x = _drawn(shape, seed=1)
        got, near = _joined(join, right_windows(x, side), side, shape)
        if close(got, x, near):
            continue
        plain = right_windows(x, side).reshape(shape)
        refuse(
            got,
            [
                (
                    plain,
                    text(
                        "The numbers have the right shape and stay in the order of the windows: "
                        "the axes have to change places as well."
                    ),
                )
            ],
            CLOSE,
        )
        raise Hint(
            "For a grid {shape} and windows of {side} another grid comes out: {share:.0%} of its "
            "numbers are where they should be.",
            shape=shape,
            side=side,
            share=((got - x).abs() <= near).double().mean().item(),
        )


def _together(cut: Cut, join: Join) -> None:
    for shape, side in SHAPES:
        x = _drawn(shape, seed=2)
        parts = expect_values(cut(x.clone(), side), (..., ..., ...), f"cut(x, {side})")
        got, near = _joined(join, parts.float(), side, shape)
        if not close(got, x, near):
            raise Hint(
                "cut and join of a grid {shape} with windows of {side} do not undo each other.",
                shape=shape,
                side=side,
            )


def _refused(cut: Cut) -> None:
    for shape, side in REFUSED:
        try:
            cut(torch.zeros(shape), side)
        except ValueError:
            continue
        except Exception as error:
            raise Hint(
                "For a grid of {height} by {width} and windows of {side} it stops with {name}: "
                "look first, and raise a ValueError that says what came.",
                height=shape[1],
                width=shape[2],
                side=side,
                name=type(error).__name__,
            ) from None
        raise Hint(
            "Windows of {side} do not fit a grid of {height} by {width}: raise a ValueError.",
            side=side,
            height=shape[1],
            width=shape[2],
        )

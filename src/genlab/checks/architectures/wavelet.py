"""Check on the inverse of the Haar wavelet."""

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
from genlab.models.wavelet import haar
from genlab.models.wavelet import inverse_haar as right_inverse

Inverse = Callable[[Tensor], Any]

CLOSE = 1e-5
NAME = "undo_haar(bands)"


@exercise("ex-haar-inverse", points=2)
def undo_haar(answer: Inverse) -> Result:
    """Check (N, 4C, H, W) -> (N, C, 2H, 2W), the inverse of the page's `haar`."""
    return run_check(
        "undo_haar",
        [
            Case("one block: four numbers become four pixels", lambda: _one_block(answer)),
            Case("the round trip of an image", lambda: _round_trip(answer, (1, 1, 28, 28))),
            Case(
                "several images, channels, unequal sides",
                lambda: _round_trip(answer, (3, 2, 6, 10)),
            ),
            Case("bands of noise, there and back", lambda: _noise(answer)),
        ],
    )


def _one_block(answer: Inverse) -> None:
    x = torch.tensor([[1.0, 2.0], [5.0, 11.0]]).view(1, 1, 2, 2)
    bands = haar(x)
    got = expect_values(answer(bands), (1, 1, 2, 2), NAME)
    a, b, c, d = x.flatten().tolist()
    known = [
        (2 * x, text("Your pixels are twice as large: each is half of a sum of the four bands.")),
        (4 * x, text("Your pixels are four times as large: where are the halves?")),
        (x / 2, text("Your pixels are half as large: half of a sum, not a quarter.")),
        (x.mT, text("The difference from left to right is taken for that from top to bottom.")),
        (_pixels(b, a, d, c), text("Left and right are exchanged: `a - b` is left less right.")),
        (_pixels(c, d, a, b), text("Top and bottom are exchanged: `a - c` is top less bottom.")),
        (x.mean().expand(1, 1, 2, 2), text("All four pixels are the mean: add the differences.")),
        (bands.view(1, 1, 2, 2), text("The bands themselves stand where the pixels should be.")),
    ]
    refuse(got, known, CLOSE)
    if not close(got, x, CLOSE):
        raise Hint(
            "From the block 1, 2, 5, 11 `haar` makes 9.5, -3.5, -6.5, 2.5. Yours makes "
            "{got} of them.",
            got=", ".join(f"{one:g}" for one in got.flatten().tolist()),
        )


def _pixels(*values: float) -> Tensor:
    return torch.tensor(values).view(1, 1, 2, 2)


def _round_trip(answer: Inverse, shape: tuple[int, ...]) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    bands = haar(x)
    given = answer(bands)
    got = expect_values(given, shape, NAME)
    if close(got, x, tolerance(given, CLOSE)):
        return
    if close(got, _together(bands), CLOSE):
        raise Hint("The four parts of the image stand side by side: each block is 2 by 2 pixels.")
    channels = shape[1]
    mixed = bands.unflatten(1, (channels, 4)).transpose(1, 2).flatten(1, 2)
    if channels > 1 and close(got, right_inverse(mixed), CLOSE):
        raise Hint(
            "The channels are mixed up: the first C of the 4C are the means, the next C the "
            "first difference."
        )
    raise Hint(
        "For images {shape} the largest error of a pixel is {off:.2g}.",
        shape=shape,
        off=(got - x).abs().max().item(),
    )


def _together(bands: Tensor) -> Tensor:
    """Return right pixels in a wrong place: all upper left ones in the upper left quarter."""
    x = right_inverse(bands)
    rows = torch.cat([x[:, :, ::2], x[:, :, 1::2]], dim=2)
    return torch.cat([rows[..., ::2], rows[..., 1::2]], dim=3)


def _noise(answer: Inverse) -> None:
    for shape in ((2, 4, 3, 5), (1, 12, 1, 1), (1, 4, 14, 14)):
        bands = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        given = answer(bands)
        size = (shape[0], shape[1] // 4, 2 * shape[2], 2 * shape[3])
        got = expect_values(given, size, NAME)
        if not close(got, right_inverse(bands), tolerance(given, CLOSE)):
            raise Hint("For bands {shape} of noise other images come out.", shape=shape)

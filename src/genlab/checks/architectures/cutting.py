"""Check on images cut into patches, and put together again."""

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

Patchify = Callable[[Tensor, int], Any]
Unpatchify = Callable[[Tensor, int, tuple[int, int, int]], Any]

CLOSE = 1e-6
SHAPES = ((2, 3, 8, 12, 4), (1, 2, 6, 4, 2), (3, 1, 28, 28, 7), (2, 2, 5, 5, 5), (1, 1, 3, 4, 1))
BY_COLUMN = text(
    "Your tokens go column by column: the second one is the patch to the right of the first."
)


@exercise("ex-dit-patches", points=2)
def patches(cut: Patchify, put_together: Unpatchify) -> Result:
    """Check (x, patch) -> tokens, and (tokens, patch, shape) -> images."""
    return run_check(
        "patches",
        [
            Case("sixteen numbered pixels in four patches", lambda: _numbered(cut)),
            Case("several images, channels, unequal sides", lambda: _elsewhere(cut)),
            Case("from_patches puts them together again", lambda: _whole(put_together)),
            Case("a patch that does not divide is refused", lambda: _refused(cut)),
        ],
    )


def right_tokens(x: Tensor, patch: int) -> Tensor:
    """Return the tokens, (N, T, C * patch^2), by a function of PyTorch."""
    return F.pixel_unshuffle(x, patch).flatten(2).transpose(1, 2)


def _numbered(cut: Patchify) -> None:
    x = torch.arange(16.0).view(1, 1, 4, 4)
    got = expect_values(cut(x, 2), (1, 4, 4), "to_patches(x, 2)")
    wanted = right_tokens(x, 2)
    known = [
        (
            x.reshape(1, 4, 4),
            text("Each of your tokens is a row of the image: a patch is a square of pixels."),
        ),
        (wanted[:, [0, 2, 1, 3]], BY_COLUMN),
        (
            wanted[:, :, [0, 2, 1, 3]],
            text("Within a patch your pixels go column by column: row by row is expected."),
        ),
        (
            wanted.mT,
            text(
                "Tokens and their numbers are exchanged: each patch should be a row of (T, C p p)."
            ),
        ),
    ]
    refuse(got, known, CLOSE)
    if not close(got, wanted, CLOSE):
        raise Hint(
            "The first token holds the pixels {got}; the upper left patch has 0, 1, 4, 5.",
            got=", ".join(f"{one:g}" for one in got[0, 0].tolist()),
        )


def _images(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _elsewhere(cut: Patchify) -> None:
    for *shape, patch in SHAPES:
        x = _images(tuple(shape))
        wanted = right_tokens(x, patch)
        answer = cut(x, patch)
        got = expect_values(answer, tuple(wanted.shape), f"to_patches(x, {patch})")
        channels = shape[1]
        last = wanted.unflatten(-1, (channels, -1)).mT.flatten(2)
        known = [
            (last, text("Within a token the channels come last: all of the first one come first.")),
            (_by_column(x, patch), BY_COLUMN),
        ]
        if close(got, wanted, tolerance(answer, CLOSE)):
            continue
        refuse(got, known, CLOSE)
        said = text("For images {shape} and patches of {patch} the tokens are others.")
        raise Hint(said, shape=tuple(shape), patch=patch)


def _by_column(x: Tensor, patch: int) -> Tensor:
    return F.pixel_unshuffle(x, patch).mT.flatten(2).mT


def _whole(put_together: Unpatchify) -> None:
    for *shape, patch in SHAPES:
        x = _images(tuple(shape), seed=1)
        tokens = right_tokens(x, patch)
        size: Any = tuple(shape[1:])
        answer = put_together(tokens, patch, size)
        got = expect_values(answer, tuple(x.shape), f"from_patches(tokens, {patch}, {size})")
        if not close(got, x, tolerance(answer, CLOSE)):
            raise Hint(
                "For images {shape} and patches of {patch} other images come out: undo in reverse "
                "order what to_patches does.",
                shape=tuple(shape),
                patch=patch,
            )


def _refused(cut: Patchify) -> None:
    for side, patch in (((28, 28), 5), ((28, 30), 4), ((30, 28), 4), ((4, 4), 8)):
        try:
            cut(torch.zeros(1, 1, *side), patch)
        except ValueError:
            continue
        except Exception as error:
            raise Hint(
                "For {side} pixels and patches of {patch} it stops with {name}: look first, and "
                "raise a ValueError that says what came.",
                side=side,
                patch=patch,
                name=type(error).__name__,
            ) from None
        said = text("Patches of {patch} do not cover {side} pixels: raise a ValueError.")
        raise Hint(said, side=side, patch=patch)

"""Check on the shapes in a UNet, found by hand."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from genlab.checks import Case, Hint, Result, exercise, run_check, say, text
from genlab.checks.watching import Watch
from genlab.models.unet import NoSkipUNet, walk

Shapes = Callable[[int], Any]
Shape = tuple[int, ...]


@exercise("ex-unet-shapes", points=1)
def unet_shapes(answer: Shapes) -> Result:
    """Check a function side -> the shapes (C, H, W) after the ten parts of the basic UNet."""

    def compare(*sides: int) -> None:
        for side in sides:
            with Watch("conv2d", "max_pool2d", "interpolate") as watch:
                given = answer(side)
            _compare_shapes(side, _read_shapes(side, given))
            if watch.calls:
                raise Hint("A network runs in your function: find the shapes by arithmetic.")

    return run_check(
        "unet_shapes",
        [
            Case("the walk of a digit, 28 by 28", lambda: compare(28)),
            Case("other sides, 32 and 64", lambda: compare(32, 64)),
            Case(
                "a side that 4 does not divide, each part on its own",
                lambda: compare(30, 21, 23, 4, 5, 7),
            ),
        ],
    )


def _read_shapes(side: int, given: Any) -> list[Shape]:
    if not isinstance(given, list | tuple):
        raise Hint("Return a list of shapes; yours is a {kind}.", kind=type(given).__name__)
    shapes = [_read_shape(shape) for shape in given]
    if len(shapes) != 10:
        said = text("For side {side} there are {count} shapes; walk lists 10 parts.")
        raise Hint(said, side=side, count=len(given))
    return shapes


def _read_shape(given: Any) -> Shape:
    """Read three whole numbers, whether as a tuple, a list, an array or a tensor."""
    try:
        numbers = [float(one) for one in given]
    except (TypeError, ValueError, OverflowError):
        numbers = []
    if len(numbers) != 3 or isinstance(given, str):
        said = text("Each shape is channels, height, width, as (32, 28, 28); one is {one}.")
        raise Hint(said, one=_brief(given))
    if not all(one.is_integer() for one in numbers):
        said = text("A shape is three whole numbers; one is {one}: divide by `//`.")
        raise Hint(said, one=_brief(given))
    channels, height, width = map(int, numbers)
    return channels, height, width


def _brief(given: Any) -> str:
    return " ".join(reprlib.repr(given).split())


def _compare_shapes(side: int, given: list[Shape]) -> None:
    for (name, wanted), got in zip(_real_shapes(side), given, strict=True):
        if got != wanted:
            why = _reason(name, got, wanted)
            said = text("For side {side}, after {name}: yours is {got}. {why}")
            raise Hint(said, side=side, name=name, got=got, why=say(why))


@cache
@torch.no_grad()
def _real_shapes(side: int) -> list[tuple[str, Shape]]:
    """Return name and shape of each part; without the skips any side goes through."""
    outputs = walk(NoSkipUNet(), torch.zeros(1, 1, side, side))
    return [(name, tuple(output.shape[1:])) for name, output in outputs]


def _reason(name: str, got: Shape, wanted: Shape) -> str:
    if got[1] != got[2]:
        return text("Height and width are equal all the way; the order is channels, height, width.")
    if name == "pool" and got[0] == wanted[0]:
        return text(
            "Pooling over 2 by 2 halves the side; what is left over at the edge is dropped."
        )
    if name == "upsample" and got[0] == wanted[0]:
        return text(
            "Upsampling doubles the side that comes in, whatever it was before the pooling."
        )
    if name in ("pool", "upsample"):
        return text("Pooling and upsampling leave the number of channels as it is.")
    if got[0] != wanted[0]:
        return text("The channels of a convolution's output are its second number.")
    return text("A 5 by 5 convolution with a padding of 2 keeps height and width.")

"""The check of the exercise *The encoder's shapes*."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from genlab.checks import Case, Hint, Result, exercise, run_check, say
from genlab.models.autoencoder import Encoder

Shapes = Callable[[int], Any]
Shape = tuple[int, ...]

DRAWN_LAYERS = (nn.Conv2d, nn.Flatten)


@exercise("ex-encoder-shapes", points=1)
def encoder_shapes(answer: Shapes) -> Result:
    """Check a function side -> the shapes after the three convolutions and after Flatten.

    The shapes are without the batch, of images (1, side, side).
    """

    def compare(*sides: int) -> None:
        for side in sides:
            with _NoConvolutions():
                given = answer(side)
            _compare_shapes(side, _read_shapes(given))

    return run_check(
        "encoder_shapes",
        [
            Case("the shapes of a digit, 28 by 28", lambda: compare(28)),
            Case("a larger image, 32 by 32", lambda: compare(32)),
            Case("sides that no power of two divides", lambda: compare(20, 45, 29, 63)),
            Case("the smallest images, and large ones", lambda: compare(4, 5, 7, 150, 301)),
        ],
    )


class _NoConvolutions(TorchDispatchMode):
    """Refuses every convolution: the task is to do without the network."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation of PyTorch, unless it is a convolution."""
        if "conv" in func.name():
            raise Hint("Your code runs a convolution: predict the shapes by arithmetic alone.")
        return func(*args, **(kwargs or {}))


def _compare_shapes(side: int, given: list[Shape]) -> None:
    if len(given) > 4:
        raise Hint(
            "For side {side} there are {count} shapes; 4 are expected: one after each of "
            "the three convolutions, and one after Flatten.",
            side=side,
            count=len(given),
        )
    for position, (layer, wanted) in enumerate(_real_shapes(side)):
        if position < len(given) and given[position] != wanted:
            about = _about_shape(side, layer, given[position], wanted)
            raise Hint(about)
    if len(given) != 4:
        raise Hint(
            "For side {side} there are {count} shapes; 4 are expected.", side=side, count=len(given)
        )


def _read_shapes(given: object) -> list[Shape]:
    if not isinstance(given, list | tuple):
        raise Hint("Return a list of shapes; yours is a {kind}.", kind=type(given).__name__)
    return [_read_shape(shape) for shape in given]


def _read_shape(shape: Any) -> Shape:
    if isinstance(shape, Tensor | np.ndarray):
        shape = shape.tolist()
    if not isinstance(shape, list | tuple):
        raise Hint(
            "Each shape is a tuple, as (16, 14, 14) or (1024,); one is {shape!r}.", shape=shape
        )
    sizes: list[Any] = [
        size.item() if isinstance(size, Tensor | np.generic) else size for size in shape
    ]
    for size in sizes:
        if not isinstance(size, Number) or isinstance(size, bool):
            raise Hint(
                "Each shape is a tuple, as (16, 14, 14) or (1024,); one holds {size!r}.", size=size
            )
    return tuple(sizes)


@torch.no_grad()
def _real_shapes(side: int) -> list[tuple[nn.Module, Shape]]:
    """Return the convolutions and Flatten of the real encoder with the shape after each."""
    x = torch.zeros(1, 1, side, side)
    found: list[tuple[nn.Module, Shape]] = []
    for layer in Encoder(latent_size=2).layers:
        x = layer(x)
        if isinstance(layer, DRAWN_LAYERS):
            found.append((layer, tuple(x.shape[1:])))
        if isinstance(layer, nn.Flatten):
            break
    return found


def _about_shape(side: int, layer: nn.Module, given: Shape, wanted: Shape) -> str:
    place = say(
        "For side {side}, after {layer}: yours is {given};", side=side, layer=layer, given=given
    )
    if isinstance(layer, nn.Flatten):
        return say("{place} Flatten keeps every number: multiply the sizes.", place=place)
    if len(given) == 4 and given[1:] == wanted:
        return say(
            "{place} the batch is not part of these shapes: leave the first size out.", place=place
        )
    if len(given) != 3:
        return say("{place} three sizes are expected: channels, height, width.", place=place)
    if given == (*wanted[1:], wanted[0]):
        return say("{place} the channels come first, then height and width.", place=place)
    if given[0] != wanted[0]:
        return say("{place} the channels are the second number of Conv2d.", place=place)
    if all(size == int(size) for size in given if isinstance(size, float)):
        return say(
            "{place} how often does the kernel fit into the padded side, in steps of the "
            "stride? Round down, then count the first place too.",
            place=place,
        )
    return say("{place} a size is a whole number: round down.", place=place)

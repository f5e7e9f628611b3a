"""The noise that the browser draws for a seed, so that a stored picture fits what it will show."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from genlab.data import IMAGE_SHAPE

_BITS = 0xFFFFFFFF


def page_noise(seed: int) -> Tensor:
    """Return the standard normal noise of `gaussianNoise` in lib/diffusion.mjs, (1, 1, 28, 28).

    Args:
        seed: a whole number, 0 or more. It is not PyTorch's noise of that seed.
    """
    uniform = _mulberry32(seed)
    values = [_box_muller(next(uniform), next(uniform)) for _ in range(math.prod(IMAGE_SHAPE))]
    return torch.tensor(values, dtype=torch.float32).reshape(1, *IMAGE_SHAPE)


def _box_muller(first: float, second: float) -> float:
    return math.sqrt(-2 * math.log(1 - first)) * math.cos(2 * math.pi * second)


def _mulberry32(seed: int) -> Iterator[float]:
    """Yield numbers in [0, 1), 32 bits each, with the arithmetic of JavaScript's whole numbers."""
    state = seed & _BITS
    while True:
        state = (state + 0x6D2B79F5) & _BITS
        mixed = ((state ^ (state >> 15)) * (state | 1)) & _BITS
        mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & _BITS)) & _BITS
        yield (mixed ^ (mixed >> 14)) / 2**32

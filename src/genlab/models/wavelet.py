"""The Haar wavelet: a picture as four of half its size, and exactly back.

Haar (1910). Each 2x2 block of pixels becomes its mean (times two) and its
differences from left to right, from top to bottom, and across. The four
directions are orthonormal, so the sum of squares stays as it is.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def haar(x: Tensor) -> Tensor:
    """Map (N, C, H, W) to (N, 4C, H/2, W/2).

    The first C channels are the means, then come the three differences.

    Raises:
        ValueError: if a side is odd, or `x` is no batch of images.
    """
    if x.ndim != 4 or x.shape[2] % 2 or x.shape[3] % 2:
        raise ValueError(
            f"x has shape {tuple(x.shape)}; expected (N, C, H, W) with even "
            "H and W"
        )
    a, b = x[:, :, ::2, ::2], x[:, :, ::2, 1::2]  # the upper two of each block
    c, d = x[:, :, 1::2, ::2], x[:, :, 1::2, 1::2]  # the lower two
    bands = [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d]
    return torch.cat(bands, dim=1) / 2


def inverse_haar(bands: Tensor) -> Tensor:
    """Map (N, 4C, H, W) to (N, C, 2H, 2W): the exact inverse of `haar`.

    Raises:
        ValueError: if the channels are not a multiple of four.
    """
    if bands.ndim != 4 or bands.shape[1] % 4:
        raise ValueError(
            f"bands have shape {tuple(bands.shape)}; expected (N, 4C, H, W), "
            "the means and three differences of C channels"
        )
    m, h, v, x = bands.chunk(4, dim=1)
    pixels = [m + h + v + x, m - h + v - x, m + h - v - x, m - h - v + x]
    blocks = torch.stack(pixels, dim=2) / 2  # (N, C, 4, H, W)
    return F.pixel_shuffle(blocks.flatten(1, 2), 2)

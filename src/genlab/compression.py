"""What a picture costs in bytes, as JPEG or as whole numbers packed with zlib, and what is lost."""

from __future__ import annotations

import io
import zlib

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def to_bytes(photo: Tensor) -> np.ndarray:
    """Round a picture (3, H, W) in [0, 1] to the bytes (H, W, 3) that a file holds."""
    return (photo.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()


def psnr(rebuilt: Tensor, photo: Tensor) -> float:
    """Return the peak signal-to-noise ratio in decibels, -10 log10 of the mean squared error.

    The rebuilt picture is rounded to bytes first, as a file would hold it. Both are (3, H, W), with
    values in [0, 1]. Ten decibels more are a tenth of the squared error.
    """
    error = (to_bytes(rebuilt).astype(float) - to_bytes(photo)) / 255
    return float(-10 * np.log10(max((error**2).mean(), 1e-10)))


def jpeg(photo: Tensor, quality: int) -> tuple[int, Tensor]:
    """Write a picture (3, H, W) as JPEG, with the best Huffman tables and halved colour (4:2:0).

    Returns:
        How many bytes its entropy-coded data take, without the header, and the picture again. A
        header has about 300 bytes; so small a picture should not be judged by it.

    Raises:
        ValueError: if `quality` is not a whole number from 1 to 95.
    """
    if not isinstance(quality, int) or not 1 <= quality <= 95:
        raise ValueError(f"quality is {quality!r}; expected a whole number from 1 to 95")
    file = io.BytesIO()
    Image.fromarray(to_bytes(photo)).save(
        file, "JPEG", quality=quality, optimize=True, subsampling="4:2:0"
    )
    scan = file.getvalue().index(b"\xff\xda") + 2  # "start of scan", then the length of its header
    header = scan + int.from_bytes(file.getvalue()[scan : scan + 2], "big")
    pixels = np.array(Image.open(file))
    return len(file.getvalue()) - header, torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def packed_bytes(codes: Tensor) -> int:
    """Return how many bytes zlib makes of whole numbers from -128 to 127, one byte each.

    Channels stand one after another, so that like follows like; codes are (C, H, W).
    """
    whole = codes.round().clamp(-128, 127).to(torch.int8).contiguous()
    return len(zlib.compress(whole.numpy().tobytes(), level=9))


def jpeg_at(photo: Tensor, size: int) -> float:
    """Return JPEG's PSNR at exactly `size` bytes, between the two qualities next to it.

    The PSNR is interpolated in the logarithm of the bytes, in which its curve is nearly straight.

    Raises:
        ValueError: if no quality from 1 to 95 gives so few or so many bytes.
    """
    low, high = 1, 95
    if not jpeg(photo, low)[0] <= size <= jpeg(photo, high)[0]:
        raise ValueError(f"size is {size}; JPEG gives this photograph from quality 1 to 95 others")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if jpeg(photo, middle)[0] <= size else (low, middle)
    sizes, psnrs = zip(
        *((bytes_, psnr(again, photo)) for bytes_, again in (jpeg(photo, q) for q in (low, high))),
        strict=True,
    )
    return float(np.interp(np.log(size), np.log(sizes), psnrs))

"""Sheets of small pictures, side by side, for a page without JavaScript."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image
from torch import Tensor

from genlab.diffusion.forward import to_image_range

SIDE, GAP = 28, 2
DOTS = 2  # a pixel; the page enlarges the rest, since noise cannot be packed small
GREYS = 32  # half as many bytes as 256, and nobody sees it


def sheet_url(images: Sequence[Tensor], columns: int) -> str:
    """Return pictures side by side, `columns` a row, as a `data:` URL; around them it is clear.

    Args:
        images: 784 values each in any shape; -1 or less is paper, 1 or more is ink.
        columns: how many in a row; an unfinished row is clear.
    """
    tiles = [_tile(image) for image in images]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    picture = Image.fromarray(np.vstack(rows), "LA").convert("RGBA")
    large = picture.resize((DOTS * picture.width, DOTS * picture.height), Image.Resampling.NEAREST)
    packed = io.BytesIO()
    large.save(packed, "webp", lossless=True, quality=80, method=4)
    return f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"


def _tile(image: Tensor) -> np.ndarray:
    """Return a picture as grey and alpha, (30, 30, 2), a clear margin around it."""
    greys = ((GREYS - 1) * (1 - to_image_range(image).reshape(SIDE, SIDE))).round()
    tile = np.zeros((SIDE + GAP, SIDE + GAP, 2), dtype=np.uint8)
    inner = slice(GAP // 2, GAP // 2 + SIDE)
    tile[inner, inner, 0] = (greys * 255 / (GREYS - 1)).round().byte().numpy()
    tile[inner, inner, 1] = 255
    return tile

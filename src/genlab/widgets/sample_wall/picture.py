"""The picture of the sample wall: a row of samples for each denoiser."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping

import numpy as np
from PIL import Image
from torch import Tensor

from genlab.diffusion.forward import to_image_range
from genlab.widgets.kernel.page import Picture, Tables, Texts

SIDE, GAP = 28, 2
DOTS = 2  # a pixel; the page enlarges the rest
GREYS = 32  # half as many bytes as 256, and nobody sees it

STRINGS: Tables = {
    "en": {
        "caption": (
            "A row for each network, from top to bottom: {names}. In a column all start from the "
            "same noise; this is what they show after {step} of {steps} steps."
        ),
        "alt": (
            "{rows} rows of {count} small pictures, one row for each of the networks {names}: "
            "samples from the same noise after {step} of {steps} steps. Below one another stand "
            "those that began as the same picture."
        ),
    }
}


def draw_wall(images: Mapping[str, Tensor], step: int, steps: int, texts: Texts) -> Picture:
    """Draw a row of samples for each denoiser.

    Args:
        images: of each by its name, (N, 1, 28, 28) in [-1, 1].
        step: how many steps are made.
        steps: of how many.
        texts: a table of `STRINGS`.
    """
    rows = [_row(one) for one in images.values()]
    words = {"names": ", ".join(images), "step": step, "steps": steps, "rows": len(rows)}
    count = len(next(iter(images.values())))
    return Picture(
        _sheet(rows),
        texts["alt"].format(count=count, **words),
        texts["caption"].format(**words),
        maps=len(rows),
    )


def _row(images: Tensor) -> np.ndarray:
    """Return images side by side as grey and alpha, (30, 30 N, 2), a clear margin around each."""
    greys = ((GREYS - 1) * (1 - to_image_range(images).reshape(-1, SIDE, SIDE))).round()
    paper = greys * 255 / (GREYS - 1)
    tiles = np.zeros((len(images), SIDE + GAP, SIDE + GAP, 2), dtype=np.uint8)
    inner = slice(GAP // 2, GAP // 2 + SIDE)
    tiles[:, inner, inner, 0], tiles[:, inner, inner, 1] = paper.round().byte().numpy(), 255
    return np.concatenate(list(tiles), axis=1)


def _sheet(rows: list[np.ndarray]) -> str:
    """Return rows below each other as a `data:` URL."""
    picture = Image.fromarray(np.concatenate(rows), "LA").convert("RGBA")
    large = picture.resize((DOTS * picture.width, DOTS * picture.height), Image.Resampling.NEAREST)
    packed = io.BytesIO()
    large.save(packed, "webp", lossless=True, quality=80, method=4)
    return f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"

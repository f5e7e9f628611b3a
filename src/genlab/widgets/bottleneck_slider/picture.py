"""The picture of the bottleneck slider: digits above what is rebuilt from them."""

from __future__ import annotations

import numpy as np
from PIL import Image
from torch import Tensor

from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import image_url

NEAREST = Image.Resampling.NEAREST
TILE = 90  # dots a digit with its margin: three a pixel

STRINGS: Tables = {
    "en": {
        "one_number": "1 number",
        "numbers": "{count} numbers",
        "caption": "Above: test digits. Below: what is rebuilt from {numbers} each.",
        "alt": (
            "Two rows of {count} digits, {labels}: above the originals, below their "
            "reconstructions from {numbers} each, with a mean squared error of {error:.3f}."
        ),
    }
}


def draw_reconstructions(
    images: Tensor, reconstructions: Tensor, labels: str, latent_size: int, texts: Texts
) -> Picture:
    """Draw a row of digits above the row of their reconstructions.

    Args:
        images: (N, 1, 28, 28) in [0, 1].
        reconstructions: of the images, the same shape.
        labels: N digits.
        latent_size: how many numbers lie between the two rows.
        texts: a table of `STRINGS`.
    """
    rows = [np.hstack([_tile(one) for one in part]) for part in (images, reconstructions)]
    sheet = Image.fromarray(np.vstack(rows)).resize((TILE * len(images), TILE * 2), NEAREST)
    numbers = texts["one_number" if latent_size == 1 else "numbers"].format(count=latent_size)
    error = float(((images - reconstructions) ** 2).mean())
    shown = {"count": len(images), "labels": ", ".join(labels), "error": error}
    caption = texts["caption"].format(numbers=numbers)
    alt = texts["alt"].format(numbers=numbers, **shown)
    return Picture(image_url(sheet), alt, caption)


def _tile(image: Tensor) -> np.ndarray:
    """Return one digit as (30, 30, 4) bytes: dark ink on white paper, a clear margin around it."""
    ink = (image.reshape(28, 28).clamp(0, 1) * 255).round().byte().numpy()
    paper = np.repeat(255 - ink[:, :, None], 3, axis=2)
    solid = np.concatenate([paper, np.full_like(ink, 255)[:, :, None]], axis=2)
    return np.pad(solid, ((1, 1), (1, 1), (0, 0)))

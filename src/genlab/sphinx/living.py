"""The first page's living picture: a map of the VAE's latent space, and a lens that decodes.

The map and the lens's first image are drawn when the site is built. In the page the same decoder
runs in plain JavaScript (`widgets/site/home/`), from the weights that are written here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from genlab import checkpoints
from genlab.plotting import DIGIT_COLORS

CHECKPOINT, CLASSIFIER = "vae-2d", "digit-classifier"
COLUMNS, ROWS = 16, 6
EXTENT = (-2.56, 2.56, -1.48, 0.68)  # of the map: left, right, bottom, top
PLACE = (0.47, 0.25)  # of the lens at first, as fractions from the top left
TILE = 56  # pixels of the map that a digit takes: twice its own
LENS = 168  # pixels of the lens's first image
WEIGHTS, MAP, FIRST = "decoder.bin", "map.webp", "lens.webp"


@dataclass(frozen=True)
class Living:
    """What the page needs to know of the picture.

    Attributes:
        tiles: what the classifier reads in each tile, a row of digits for each row of the map.
        digit: what it reads under the lens at first.
    """

    tiles: tuple[str, ...]
    digit: str


def write_living(folder: Path) -> Living:
    """Write the weights and both pictures into a folder.

    Raises:
        CheckpointError: if a checkpoint is missing or corrupted.
    """
    vae: Any = checkpoints.load_model(CHECKPOINT)
    classifier = checkpoints.load_model(CLASSIFIER)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(packed(vae.decoder))
    with torch.no_grad():
        images = vae.decode(places())
        first = vae.decode(torch.tensor([latents(*PLACE)]))
        digits = classifier(images).argmax(1).tolist()
        digit = int(classifier(first).argmax())
    draw_map(images, digits).save(folder / MAP, "webp", quality=50, alpha_quality=30, method=6)
    draw_lens(first[0, 0]).save(folder / FIRST, "webp", quality=70, method=6)
    rows = np.array(digits).reshape(ROWS, COLUMNS)
    return Living(tuple("".join(map(str, row)) for row in rows), str(digit))


def packed(decoder: nn.Module) -> bytes:
    """All weights of a decoder in half precision, as `decoder.mjs` reads them."""
    return b"".join(
        weights.detach().numpy().astype("<f2").tobytes() for weights in decoder.parameters()
    )


def latents(u: float, v: float) -> tuple[float, float]:
    """The two numbers at a place of the map, given as fractions from its top left."""
    left, right, bottom, top = EXTENT
    return left + u * (right - left), top + v * (bottom - top)


def places() -> Tensor:
    """The two numbers at the middle of each tile, row by row, shape (ROWS * COLUMNS, 2)."""
    rows = [(row + 0.5) / ROWS for row in range(ROWS)]
    columns = [(column + 0.5) / COLUMNS for column in range(COLUMNS)]
    return torch.tensor([latents(u, v) for v in rows for u in columns])


def draw_map(images: Tensor, digits: list[int]) -> Image.Image:
    """Draw decoded images (N, 1, 28, 28) as tiles, each in the colour of its class."""
    picture = Image.new("RGBA", (COLUMNS * TILE, ROWS * TILE))
    for number, (image, digit) in enumerate(zip(images, digits, strict=True)):
        ink = Image.fromarray((255 * image[0].numpy()).astype("uint8"))
        tile = Image.new("RGBA", (TILE, TILE), DIGIT_COLORS[digit])
        tile.putalpha(ink.resize((TILE, TILE), Image.Resampling.BICUBIC))
        picture.paste(tile, (number % COLUMNS * TILE, number // COLUMNS * TILE))
    return picture


def draw_lens(image: Tensor) -> Image.Image:
    """Draw a decoded image (28, 28) as dark ink on white paper."""
    paper = Image.fromarray((255 - 255 * image.numpy()).astype("uint8"))
    return paper.resize((LENS, LENS), Image.Resampling.BICUBIC)


def data_attributes(living: Living) -> dict[str, str]:
    """What the page's script is told, as `data-` attributes."""
    return {
        "extent": json.dumps(EXTENT),
        "tiles": " ".join(living.tiles),
        "aspect": f"{COLUMNS / ROWS:.6g}",
        "u": str(PLACE[0]),
        "v": str(PLACE[1]),
    }

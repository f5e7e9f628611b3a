"""The picture of the UNet tracer: a noisy digit, the network's answer, the maps of one part."""

from __future__ import annotations

import numpy as np
from PIL import Image
from torch import Tensor

from genlab.plotting import token
from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import image_url

SIDE = 28
GAP = 2
SCALE = 4
COLUMNS = 8
PAPER, INK = (255, 255, 255), token("ink")

STRINGS: Tables = {
    "en": {
        "noisy": "a {digit} with the noise of timestep {t}",
        "caption": (
            "Above, from left to right: digit, noisy input, estimate of the noise, guess of the "
            "digit. Below: the feature maps of {stage}."
        ),
        "alt": (
            "Above four pictures: {noisy}, before and after the noise was added; the noise that "
            "the network finds in it; its guess of the digit. Below, {count} feature maps of "
            "{stage}, each the digit in another way, blue above zero and orange below."
        ),
    }
}


def draw_trace(
    digit: Tensor,
    noisy: Tensor,
    guess: Tensor,
    *,
    output: Tensor,
    maps: Tensor,
    noise: tuple[int, int],
    stage: str,
    texts: Texts,
) -> Picture:
    """Draw four pictures in a row, and below them a stage's feature maps.

    Args:
        digit: the clean digit in [0, 1], 784 values in any shape.
        noisy: the network's input, likewise.
        guess: of the clean digit, likewise.
        output: the estimated noise in [-1, 1], likewise.
        maps: feature maps in [-1, 1], (channels, side, side).
        noise: of the input: which digit, and the timestep of its noise.
        stage: name of the part that the maps are of.
        texts: a table of `STRINGS`.
    """
    row = [_tile(one, as_ink=True) for one in (digit, noisy)]
    row += [_tile(output, as_ink=False), _tile(guess, as_ink=True)]
    tiles = [_tile(one, as_ink=False) for one in maps]
    sheet = np.vstack([_rows(row, 4, 2), _rows(tiles, COLUMNS, 1)])
    size = (sheet.shape[1] * SCALE // 2, sheet.shape[0] * SCALE // 2)
    picture = Image.fromarray(sheet).resize(size, Image.Resampling.NEAREST)
    words = texts["noisy"].format(digit=noise[0], t=noise[1])
    caption = texts["caption"].format(stage=stage)
    alt = texts["alt"].format(noisy=words, count=len(maps), stage=stage)
    return Picture(image_url(picture), alt, caption)


def _tile(values: Tensor, as_ink: bool) -> np.ndarray:
    """Return one picture as (30, 30, 4) bytes on paper, a clear margin around it."""
    side = int(values.numel() ** 0.5)
    levels = values.detach().reshape(side, side).clamp(-1, 1).numpy()
    at = np.arange(SIDE) * side // SIDE
    levels = levels[np.ix_(at, at)][:, :, None]
    above, below = (_rgb(token("plus")), _rgb(token("minus"))) if not as_ink else (_rgb(INK),) * 2
    colour = np.where(levels >= 0, above, below)
    mixed = (1 - np.abs(levels)) * np.array(PAPER) + np.abs(levels) * colour
    tile = np.zeros((SIDE + GAP, SIDE + GAP, 4), np.uint8)
    inner = slice(GAP // 2, GAP // 2 + SIDE)
    tile[inner, inner, :3], tile[inner, inner, 3] = mixed.round(), 255
    return tile


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def _rows(tiles: list[np.ndarray], columns: int, times: int) -> np.ndarray:
    """Return tiles side by side, `columns` a row, each magnified; an unfinished row is clear."""
    blank = np.zeros_like(tiles[0])
    tiles = [*tiles, *[blank] * (-len(tiles) % columns)]
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows).repeat(times, 0).repeat(times, 1)

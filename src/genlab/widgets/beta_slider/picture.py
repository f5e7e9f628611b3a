"""The picture of the beta slider: a map beside a grid of decodings."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image
from torch import Tensor

from genlab.plotting import digit_grid
from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import WIDTH, data_url, draw_digit, draw_map

DPI_GRID = 80  # coarser than the other pictures: four hundred digits weigh much
GAP = 0.03  # of the width, between the columns
MAP = 0.385  # width of the map, of the figure's
ACCENT = "#1f5fa8"

STRINGS: Tables = {
    "en": {
        "title": "VAE with beta = {beta:g}",
        "caption": (
            "{title}. Left: the encodings of {count} digits. Right: decodings of a grid over the "
            "normal distribution. Below the map: the one in the frame."
        ),
        "alt": (
            "{title}: a map of {count} encoded digits, each a numeral in its class's colour, with "
            "a standard deviation of {spread0:.1f} and {spread1:.1f} along the axes; beside it a "
            "grid of {cells} by {cells} decoded digits; a frame around row {row}, column "
            "{column}, which is z = ({z0:.2f}, {z1:.2f}), a ring at that place of the map, and "
            "the digit decoded there once more, large."
        ),
    }
}


def grid_url(images: Tensor, columns: int, side: int = 280) -> str:
    """Return decodings (N, 1, 28, 28) side by side as a small `data:` URL.

    Args:
        images: in [0, 1], row by row.
        columns: images a row.
        side: of the picture, in pixels.
    """
    paper = (255 * (1 - digit_grid(images, columns))).round().astype(np.uint8)
    packed = io.BytesIO()
    small = Image.fromarray(paper).resize((side, side), Image.Resampling.LANCZOS)
    small.save(packed, "webp", quality=30, method=6)
    return f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"


def draw_grid(
    beta: float,
    codes: Tensor,
    labels: str,
    extent: Sequence[float],
    point: Sequence[float],
    images: Tensor,
    digit: Tensor,
    cell: tuple[int, int],
    texts: Texts,
) -> Picture:
    """Draw a map of encodings, a square grid of decodings, and the decoding at the cursor.

    Args:
        beta: of the model.
        codes: (N, 2).
        labels: N digits.
        extent: of the map: left, right, bottom, top.
        point: z of the cursor.
        images: (cells * cells, 1, 28, 28) in [0, 1], row by row.
        digit: decoded at the cursor, (28, 28).
        cell: row and column of the cursor, from 1.
        texts: a table of `STRINGS`.
    """
    cells = round(len(images) ** 0.5)
    side = 1 - MAP - GAP
    figure = Figure(figsize=(WIDTH, WIDTH * side), dpi=DPI_GRID)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0.002, 1 - MAP / side, MAP, MAP / side - 0.002))
    draw_map(axes, codes.numpy(), labels, extent, point)
    low = 1 - (MAP + GAP) / side
    draw_digit(figure, digit.numpy(), (0.002, 0.002, low * side, low))
    grid = digit_grid(images, cells)
    axes = draw_digit(figure, grid, (MAP + GAP, 0.002, side - 0.002, 0.996))
    corner = ((cell[1] - 1) * 28 - 0.5, (cell[0] - 1) * 28 - 0.5)
    axes.add_patch(Rectangle(corner, 28, 28, fill=False, edgecolor=ACCENT, linewidth=2))
    spread, (row, column), (z0, z1) = codes.std(dim=0).tolist(), cell, point
    said = {"title": texts["title"].format(beta=beta), "count": len(labels), "cells": cells}
    said |= {"spread0": spread[0], "spread1": spread[1], "row": row, "column": column}
    alt = texts["alt"].format(z0=z0, z1=z1, **said)
    return Picture(data_url(figure), alt, texts["caption"].format(**said))

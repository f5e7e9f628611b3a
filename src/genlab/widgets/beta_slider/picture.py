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
from genlab.widgets.kernel.picture import WIDTH, data_url, draw_digit, draw_map
from genlab.widgets.kernel.widget import Picture

DPI_GRID = 80  # coarser than the other pictures: four hundred digits weigh much
GAP = 0.03  # of the width, between the columns
MAP = 0.385  # width of the map, of the figure's
ACCENT = "#1f5fa8"


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
    title: str,
    codes: Tensor,
    labels: str,
    extent: Sequence[float],
    point: Sequence[float],
    images: Tensor,
    digit: Tensor,
    cell: tuple[int, int],
) -> Picture:
    """Draw a map of encodings, a square grid of decodings, and the decoding at the cursor.

    Args:
        title: of the model.
        codes: (N, 2).
        labels: N digits.
        extent: of the map: left, right, bottom, top.
        point: z of the cursor.
        images: (cells * cells, 1, 28, 28) in [0, 1], row by row.
        digit: decoded at the cursor, (28, 28).
        cell: row and column of the cursor, from 1.
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
    alt = _describe(title, codes, labels, point, cell, cells)
    caption = (
        f"{title}. Left: the encodings of {len(labels)} digits. Right: decodings of a grid over "
        "the normal distribution. Below the map: the one in the frame."
    )
    return Picture(data_url(figure), alt, caption)


def _describe(
    title: str,
    codes: Tensor,
    labels: str,
    point: Sequence[float],
    cell: tuple[int, int],
    cells: int,
) -> str:
    """Return the alt text: what is seen, computed from what is drawn."""
    spread = codes.std(dim=0).tolist()
    return (
        f"{title}: a map of {len(labels)} encoded digits, each a numeral in its class's colour, "
        f"with a standard deviation of {spread[0]:.1f} and {spread[1]:.1f} along the axes; beside "
        f"it a grid of {cells} by {cells} decoded digits; a frame around row {cell[0]}, column "
        f"{cell[1]}, which is z = ({point[0]:.2f}, {point[1]:.2f}), a ring at that place of the "
        "map, and the digit decoded there once more, large."
    )

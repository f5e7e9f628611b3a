"""What the pictures of several widgets share, drawn when the site is built."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from genlab.plotting import DIGIT_COLORS

WIDTH = 7.2  # inches; at 150 dots each, twice the width of a page's column on a phone
DPI = 150
LINE = "#7d8794"  # between the line colours of light and dark: the picture shows on both
MARGIN = 0.002  # of the width: keeps the frames whole


def draw_map(
    axes: Any, codes: np.ndarray, labels: str, extent: Sequence[float], point: Sequence[float]
) -> None:
    """Draw encodings (N, 2) as coloured numerals, and a ring on hair lines at a point."""
    axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[], yticks=[])
    axes.patch.set_alpha(0)
    axes.spines[:].set(color=LINE, linewidth=0.8)
    axes.axvline(point[0], color=LINE, linewidth=0.8)
    axes.axhline(point[1], color=LINE, linewidth=0.8)
    digits = np.array(list(labels))
    for digit in sorted(set(labels)):
        x, y = codes[digits == digit].T
        axes.scatter(
            x, y, s=26, marker=rf"$\mathbf{{{digit}}}$", color=DIGIT_COLORS[int(digit)], linewidth=0
        )
    axes.plot(*point, marker="o", markersize=9, markerfacecolor="none", markeredgecolor=LINE, mew=2)


def draw_digit(figure: Figure, image: np.ndarray, box: tuple[float, float, float, float]) -> Axes:
    """Draw a picture in [0, 1] as dark ink in a frame; the box is in fractions of the figure."""
    axes = figure.add_axes(box)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(color=LINE, linewidth=0.8)
    axes.imshow(image, cmap="gray_r", vmin=0, vmax=1, interpolation="antialiased")
    return axes


def data_url(figure: Figure) -> str:
    """Return the figure as a `data:` URL: WebP of 256 colours is a quarter smaller than PNG."""
    raw = io.BytesIO()
    figure.patch.set_alpha(0)
    FigureCanvasAgg(figure).print_png(raw)
    return image_url(Image.open(raw))


def image_url(image: Image.Image) -> str:
    """Return a picture as a `data:` URL, in WebP."""
    packed = io.BytesIO()
    few = image.quantize(256, method=Image.Quantize.FASTOCTREE)
    few.convert("RGBA").save(packed, "webp", lossless=True, quality=100, method=4)
    return f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"

"""The pictures that stand on a page until its widgets are alive, drawn when the site is built."""

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
from torch import Tensor

from genlab.plotting import DIGIT_COLORS
from genlab.widgets.kernel.widget import Picture

WIDTH = 7.2  # inches; at 150 dots each, twice the width of a page's column on a phone
DPI = 150
LINE = "#7d8794"  # between the line colours of light and dark: the picture shows on both
MARGIN = 0.002  # of the width: keeps the frames whole


def draw_latents(
    names: Sequence[str],
    codes: Sequence[Tensor],
    labels: str,
    extents: Sequence[Sequence[float]],
    points: Sequence[Sequence[float]],
    images: Tensor,
) -> Picture:
    """Draw the maps of one or two latent spaces, the point on each, and its decoded digit.

    Args:
        names: of the models.
        codes: of each model, (N, 2).
        labels: N digits.
        extents: of each map, left, right, bottom, top.
        points: on each map, z0 and z1.
        images: decoded from the points, (number of models, 28, 28) in [0, 1].
    """
    columns = len(names)
    figure = Figure(figsize=(WIDTH, WIDTH * (0.72 if columns == 2 else 0.6)), dpi=DPI)
    figure.set_layout_engine("none")  # the course's figure style has one that would move the maps
    for column in range(columns):
        left, width = _column(column, columns)
        height = width * figure.get_figwidth() / figure.get_figheight()
        axes = figure.add_axes((left, 1 - MARGIN - height, width, height))
        draw_map(axes, codes[column].numpy(), labels, extents[column], points[column])
        draw_digit(figure, images[column].numpy(), _digit_box(figure, left, columns))
    caption = f"Left: {names[0]}, right: {names[1]}." if columns == 2 else f"{names[0]}."
    alt = _describe(names, codes, labels, points)
    return Picture(data_url(figure), alt, caption, maps=columns)


def draw_reconstructions(
    images: Tensor, reconstructions: Tensor, labels: str, latent_size: int
) -> Picture:
    """Draw a row of digits above the row of their reconstructions.

    Args:
        images: (N, 1, 28, 28) in [0, 1].
        reconstructions: of the images, the same shape.
        labels: N digits.
        latent_size: how many numbers lie between the two rows.
    """
    rows = [np.hstack([_tile(one) for one in part]) for part in (images, reconstructions)]
    sheet = Image.fromarray(np.vstack(rows)).resize((TILE * len(images), TILE * 2), NEAREST)
    caption = f"Above: test digits. Below: what is rebuilt from {_numbers(latent_size)} each."
    error = float(((images - reconstructions) ** 2).mean())
    alt = (
        f"Two rows of {len(images)} digits, {', '.join(labels)}: above the originals, below their "
        f"reconstructions from {_numbers(latent_size)} each, with a mean squared error of "
        f"{error:.3f}."
    )
    return Picture(image_url(sheet), alt, caption)


NEAREST = Image.Resampling.NEAREST
TILE = 90  # dots a digit with its margin: three a pixel


def _tile(image: Tensor) -> np.ndarray:
    """Return one digit as (30, 30, 4) bytes: dark ink on white paper, a clear margin around it."""
    ink = (image.reshape(28, 28).clamp(0, 1) * 255).round().byte().numpy()
    paper = np.repeat(255 - ink[:, :, None], 3, axis=2)
    solid = np.concatenate([paper, np.full_like(ink, 255)[:, :, None]], axis=2)
    return np.pad(solid, ((1, 1), (1, 1), (0, 0)))


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"


def _column(column: int, columns: int) -> tuple[float, float]:
    """Return left edge and width of a map, as fractions of the figure."""
    width = 0.48 if columns == 2 else 0.6
    return MARGIN + column * (1 - 2 * MARGIN - width), width


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


def _digit_box(figure: Figure, left: float, columns: int) -> tuple[float, float, float, float]:
    """Return where the decoded digit goes: below its map, or beside a single map."""
    tall = figure.get_figwidth() / figure.get_figheight()
    if columns == 2:
        return left, MARGIN, 0.19, 0.19 * tall
    return 0.66, 1 - MARGIN - 0.33 * tall, 0.33, 0.33 * tall


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


def _describe(
    names: Sequence[str], codes: Sequence[Tensor], labels: str, points: Sequence[Sequence[float]]
) -> str:
    """Return the alt text: what is seen, computed from what is drawn."""
    parts = []
    for name, code, (z0, z1) in zip(names, codes, points, strict=True):
        away = np.hypot(*(code.numpy() - np.array([z0, z1])).T)
        near = int(away.argmin())
        parts.append(
            f"{name}: a map of {len(code)} encoded digits, each a numeral in its class's colour; "
            f"a ring at z = ({z0:.2f}, {z1:.2f}), and the digit decoded from there; the nearest "
            f"encoding is a {labels[near]}, at distance {away[near]:.2f}."
        )
    return " ".join(parts)

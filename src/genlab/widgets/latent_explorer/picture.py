"""The picture of the latent explorer: a map or two, a point on each, and its decoded digit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import DPI, MARGIN, WIDTH, data_url, draw_digit, draw_map

STRINGS: Tables = {
    "en": {
        "one": "{first}.",
        "two": "Left: {first}, right: {second}.",
        "map": (
            "{name}: a map of {count} encoded digits, each a numeral in its class's colour; a ring "
            "at z = ({z0:.2f}, {z1:.2f}), and the digit decoded from there; the nearest encoding "
            "is a {digit}, at distance {distance:.2f}."
        ),
    }
}


def draw_latents(
    names: Sequence[str],
    codes: Sequence[Tensor],
    labels: str,
    extents: Sequence[Sequence[float]],
    points: Sequence[Sequence[float]],
    images: Tensor,
    texts: Texts,
) -> Picture:
    """Draw the maps of one or two latent spaces, the point on each, and its decoded digit.

    Args:
        names: of the models.
        codes: of each model, (N, 2).
        labels: N digits.
        extents: of each map, left, right, bottom, top.
        points: on each map, z0 and z1.
        images: decoded from the points, (number of models, 28, 28) in [0, 1].
        texts: a table of `STRINGS`.
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
    caption = texts["two" if columns == 2 else "one"].format(first=names[0], second=names[-1])
    alt = _describe(names, codes, labels, points, texts)
    return Picture(data_url(figure), alt, caption, maps=columns)


def _column(column: int, columns: int) -> tuple[float, float]:
    """Return left edge and width of a map, as fractions of the figure."""
    width = 0.48 if columns == 2 else 0.6
    return MARGIN + column * (1 - 2 * MARGIN - width), width


def _digit_box(figure: Figure, left: float, columns: int) -> tuple[float, float, float, float]:
    """Return where the decoded digit goes: below its map, or beside a single map."""
    tall = figure.get_figwidth() / figure.get_figheight()
    if columns == 2:
        return left, MARGIN, 0.19, 0.19 * tall
    return 0.66, 1 - MARGIN - 0.33 * tall, 0.33, 0.33 * tall


def _describe(
    names: Sequence[str],
    codes: Sequence[Tensor],
    labels: str,
    points: Sequence[Sequence[float]],
    texts: Texts,
) -> str:
    """Return the alt text: what is seen, computed from what is drawn."""
    parts = []
    for name, code, (z0, z1) in zip(names, codes, points, strict=True):
        away = np.hypot(*(code.numpy() - np.array([z0, z1])).T)
        near = int(away.argmin())
        place = {"z0": z0, "z1": z1, "digit": labels[near], "distance": away[near]}
        parts.append(texts["map"].format(name=name, count=len(code), **place))
    return " ".join(parts)

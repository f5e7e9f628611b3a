"""The picture of the attention viewer: a head's matrix, and one of its rows as bars."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from genlab.widgets.kernel.picture import LINE, WIDTH, data_url
from genlab.widgets.kernel.widget import Picture

ACCENT = "#4b86c8"  # between the accents of light and dark: seen on both
INK = "#14171a"
DPI = 110


def draw_attention(tokens: Sequence[str], weights: Tensor, token: int, title: str) -> Picture:
    """Draw the weights of a head as a square, and the row of one token as bars.

    Args:
        tokens: T texts.
        weights: (T, T), each row sums to 1 and ends at the diagonal.
        token: the one that looks, from 1.
        title: which head it is.
    """
    figure = Figure(figsize=(WIDTH, WIDTH * 0.375), dpi=DPI)
    figure.set_layout_engine("none")
    names = [shown(text) for text in tokens]
    _draw_matrix(figure.add_axes((0.17, 0.02, 0.36, 0.36 / 0.375)), names, weights, token)
    _draw_row(figure.add_axes((0.71, 0.02, 0.26, 0.36 / 0.375)), names, weights[token - 1], token)
    caption = (
        f"{title.capitalize()}. Left: each row is a token; the darker a cell, the more it looks "
        "there. Right: the row in the frame, as bars."
    )
    return Picture(data_url(figure), _describe(names, weights, token, title), caption)


def _draw_matrix(axes: Axes, names: Sequence[str], weights: Tensor, token: int) -> None:
    axes.imshow(weights.sqrt().numpy(), cmap="gray_r", vmin=0, vmax=1)
    axes.spines[:].set(color=LINE, linewidth=0.8)
    axes.set(xticks=[])
    _name(axes, names)
    axes.add_patch(
        Rectangle((-0.5, token - 1.5), len(names), 1, fill=False, edgecolor=ACCENT, linewidth=2)
    )


def _draw_row(axes: Axes, names: Sequence[str], row: Tensor, token: int) -> None:
    axes.barh(range(token), row[:token].tolist(), color=ACCENT, height=0.7)
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5), xticks=[])
    axes.patch.set_alpha(0)
    axes.spines[:].set_visible(False)
    axes.spines["left"].set(visible=True, color=LINE)
    _name(axes, names)


def _name(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names, color=LINE, fontsize=9)
    axes.tick_params(axis="y", length=0)


def shown(text: str) -> str:
    """Return a token as it can be drawn: its white space made visible, `$` no formula."""
    for white, mark in (("\n", "⏎"), ("\t", "⇥"), (" ", "␣" if not text.strip() else " ")):
        text = text.replace(white, mark)
    return text.replace("$", r"\$")


def _describe(names: Sequence[str], weights: Tensor, token: int, title: str) -> str:
    """Return the alt text: what is seen, computed from what is drawn."""
    row = weights[token - 1, :token]
    most = torch.argsort(row, descending=True, stable=True)[:2].tolist()
    parts = [f"'{names[i].strip()}' ({row[i]:.2f})" for i in most]
    return (
        f"A square of {len(names)} by {len(names)} grey cells, empty above the diagonal, for the "
        f"tokens {' '.join(name.strip() for name in names)}: {title}. A frame around row {token}. "
        f"Beside it the same row as bars: '{names[token - 1].strip()}' looks most at "
        f"{', then at '.join(parts)}."
    )

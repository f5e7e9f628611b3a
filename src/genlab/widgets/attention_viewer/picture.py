"""The picture of the attention viewer: a head's matrix, and one of its rows as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import LINE, WIDTH, data_url

ACCENT = "#4b86c8"  # between the accents of light and dark: seen on both
INK = "#14171a"
DPI = 110

STRINGS: Tables = {
    "en": {
        "caption": (
            "Layer {layer}, head {head}. Left: each row is a token; the darker a cell, the more it "
            "looks there. Right: the row in the frame, as bars."
        ),
        "alt": (
            "A square of {count} by {count} grey cells, empty above the diagonal, for the tokens "
            "{tokens}: layer {layer}, head {head}. A frame around row {row}. Beside it the same "
            "row as bars: '{token}' looks most at {most}."
        ),
        "looks": "'{token}' ({weight:.2f})",
        "then": "{first}, then at {second}",
    }
}


def draw_attention(
    tokens: Sequence[str], weights: Tensor, token: int, at: tuple[int, int], texts: Texts
) -> Picture:
    """Draw the weights of a head as a square, and the row of one token as bars.

    Args:
        tokens: T texts.
        weights: (T, T), each row sums to 1 and ends at the diagonal.
        token: the one that looks, from 1.
        at: layer and head.
        texts: a table of `STRINGS`.
    """
    figure = Figure(figsize=(WIDTH, WIDTH * 0.375), dpi=DPI)
    figure.set_layout_engine("none")
    names = [shown(text) for text in tokens]
    _draw_matrix(figure.add_axes((0.17, 0.02, 0.36, 0.36 / 0.375)), names, weights, token)
    _draw_row(figure.add_axes((0.71, 0.02, 0.26, 0.36 / 0.375)), names, weights[token - 1], token)
    where = {"layer": at[0], "head": at[1]}
    alt = texts["alt"].format(**where, **_seen(names, weights, token, texts))
    return Picture(data_url(figure), alt, texts["caption"].format(**where))


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


def _seen(names: Sequence[str], weights: Tensor, token: int, texts: Texts) -> dict[str, Any]:
    """Return what the alt text says, computed from what is drawn."""
    row = weights[token - 1, :token]
    places = torch.argsort(row, descending=True, stable=True)[:2].tolist()
    looks = [texts["looks"].format(token=names[i].strip(), weight=row[i]) for i in places]
    most = texts["then"].format(first=looks[0], second=looks[1]) if len(looks) > 1 else looks[0]
    tokens = " ".join(name.strip() for name in names)
    who = names[token - 1].strip()
    return {"count": len(names), "tokens": tokens, "row": token, "token": who, "most": most}

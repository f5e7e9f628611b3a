"""A picture of byte-pair merging: letters become tokens, a merge a row."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from genlab.plotting import token

# The merge's number, None at the start; the pieces then.
Step = tuple[int | None, Sequence[str]]


def draw_merges(steps: Sequence[Step]) -> Axes:
    """Draw a word's pieces after each merge, from top to bottom.

    The new piece is filled.

    Args:
        steps: each merge's number in the learned list, and the pieces then.

    Raises:
        ValueError: if there are no steps.
    """
    if not steps:
        raise ValueError(
            "there are no steps; "
            "expected the letters of a word and what they become"
        )
    letters = sum(map(len, steps[0][1]))
    ax = plt.subplots(figsize=(0.42 * letters + 1.6, 0.34 * len(steps)))[1]
    before: Sequence[str] = steps[0][1]
    for row, (number, pieces) in enumerate(steps):
        label = "letters" if number is None else f"merge {number:,}"
        soft = token("text-soft")
        ax.text(-0.3, row, label, ha="right", va="center", color=soft)
        _draw_row(ax, row, pieces, before)
        before = pieces
    ax.set_xlim(-3.4, letters)
    ax.set_ylim(len(steps) - 0.4, -0.6)
    ax.axis("off")
    return ax


def _draw_row(
    ax: Axes, row: int, pieces: Sequence[str], before: Sequence[str]
) -> None:
    edges = _edges(before)
    left = 0
    for piece in pieces:
        new = (left, left + len(piece)) not in edges
        fill, ink = ("accent", "paper") if new else ("paper", "text")
        ax.add_patch(
            FancyBboxPatch(
                (left + 0.1, row - 0.32),
                len(piece) - 0.2,
                0.64,
                boxstyle="round,pad=0,rounding_size=0.12",
                facecolor=token(fill),
                edgecolor=token("accent"),
            )
        )
        middle = left + len(piece) / 2
        text = ax.text(middle, row, piece, ha="center", va="center")
        text.set_color(token(ink))
        left += len(piece)


def _edges(pieces: Sequence[str]) -> set[tuple[int, int]]:
    """Return where each piece begins and ends, counted in letters."""
    found, left = set(), 0
    for piece in pieces:
        found.add((left, left + len(piece)))
        left += len(piece)
    return found

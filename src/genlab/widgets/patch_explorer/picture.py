"""The picture of the patch explorer: a digit under the map of what is looked at, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from genlab.plotting import DIGIT_COLORS, token
from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import LINE, WIDTH, data_url, draw_digit

SIDE = 28
DPI = 110
HIGH = 0.52  # of the figure, as a share of its width
SHADE = 0.75  # how much of the blue the patch gets that is looked at most

STRINGS: Tables = {
    "en": {
        "caption": (
            "{who}: the bluer a patch, the more the class token looks at it. Beside it the "
            "probability of each class."
        ),
        "head": "Block {block}, head {head}",
        "mean": "Block {block}, mean of the heads",
        "alt": (
            "A {digit} cut into {across} by {across} patches, blue where the class token looks. In "
            "{where}, it looks most at row {row}, column {column}, with {weight:.2f} of its "
            "weight. {covered}Beside it a bar for each class: {answer} has a probability of "
            "{probability:.2f}."
        ),
        "covered": "Covered with paper: {patches}. ",
        "patch": "row {row}, column {column}",
        "and": "; ",
    }
}


@dataclass(frozen=True)
class Seen:
    """What the picture shows.

    Attributes:
        image: (1, 1, 28, 28) in [0, 1], what the model sees.
        weights: of the class token on each patch, (across, across).
        probabilities: of the ten classes.
        covered: numbers of patches from 1, row by row.
        digit: its class.
        block: from 1.
        head: from 1, or 0 for the mean.
    """

    image: Tensor
    weights: Tensor
    probabilities: Tensor
    covered: Sequence[int]
    digit: int
    block: int
    head: int


def draw_looks(seen: Seen, texts: Texts) -> Picture:
    """Draw a digit with the map of what is looked at over it, and a bar for each class.

    Args:
        seen: what is shown.
        texts: a table of `STRINGS`.
    """
    figure = Figure(figsize=(WIDTH, WIDTH * HIGH), dpi=DPI)
    figure.set_layout_engine("none")
    box = (0.005, 0.01, (HIGH - 0.01), (HIGH - 0.01) / HIGH)
    _draw_patches(draw_digit(figure, _shaded(seen), box), seen)
    _draw_bars(figure.add_axes((0.61, 0.01, 0.33, 0.98)), seen.probabilities)
    who = texts["head" if seen.head else "mean"].format(block=seen.block, head=seen.head)
    alt = texts["alt"].format(**_said(seen, who, texts))
    return Picture(data_url(figure), alt, texts["caption"].format(who=who))


def _shaded(seen: Seen) -> np.ndarray:
    """Return the digit as dark ink on paper that is the bluer, the more it is looked at."""
    across = len(seen.weights)
    rows = (seen.weights / seen.weights.max()).repeat_interleave(SIDE // across, 0)
    share = SHADE * rows.repeat_interleave(SIDE // across, 1)[..., None].numpy()
    blue, ink = (np.array(to_rgb(token(name))) for name in ("plus", "ink"))
    paper = 1 - share * (1 - blue)
    amount = seen.image.view(SIDE, SIDE, 1).numpy()
    return (1 - amount) * paper + amount * ink


def _draw_patches(axes: Axes, seen: Seen) -> None:
    """Draw the borders of the patches, and a cross over each that is covered."""
    across = len(seen.weights)
    size = SIDE / across
    for place in range(1, across):
        axes.axvline(place * size - 0.5, color=LINE, linewidth=0.7)
        axes.axhline(place * size - 0.5, color=LINE, linewidth=0.7)
    for number in seen.covered:
        row, column = divmod(number - 1, across)
        left, top = column * size - 0.5, row * size - 0.5
        frame = Rectangle((left, top), size, size, fill=False, hatch="xx", edgecolor=LINE)
        axes.add_patch(frame)


def _draw_bars(axes: Axes, probabilities: Tensor) -> None:
    classes = range(len(probabilities))
    axes.barh(classes, probabilities.tolist(), color=DIGIT_COLORS, height=0.7)
    axes.set(xlim=(0, 1), ylim=(9.5, -0.5), xticks=[])
    axes.set_yticks(classes, [str(one) for one in classes], color=LINE, fontsize=11)
    axes.tick_params(axis="y", length=0)
    axes.patch.set_alpha(0)
    axes.spines[:].set_visible(False)
    axes.spines["left"].set(visible=True, color=LINE)


def _said(seen: Seen, where: str, texts: Texts) -> dict[str, Any]:
    """Return what the alt text says, computed from what is drawn."""
    across = len(seen.weights)
    row, column = divmod(int(seen.weights.argmax()), across)
    answer = int(seen.probabilities.argmax())
    names = [_name(number, across, texts) for number in seen.covered]
    covered = texts["covered"].format(patches=texts["and"].join(names)) if names else ""
    return {
        **{"digit": seen.digit, "across": across, "covered": covered},
        **{"where": where[0].lower() + where[1:], "row": row + 1, "column": column + 1},
        **{"weight": seen.weights.max().item(), "answer": answer},
        "probability": seen.probabilities[answer].item(),
    }


def _name(number: int, across: int, texts: Texts) -> str:
    row, column = divmod(number - 1, across)
    return texts["patch"].format(row=row + 1, column=column + 1)

"""The picture of the zero-shot classifier: a coloured digit, and how well each label fits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from genlab.plotting import token
from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import LINE, WIDTH, data_url

DPI = 110
HIGH = 0.36  # of the figure, as a share of its width
SHOWN = 6  # labels, the likeliest first

STRINGS: Tables = {
    "en": {
        "caption": "A digit and the labels that DigitCLIP compares it with: their probabilities.",
        "alt": (
            "A {digit} in {colour} on white paper. Beside it a bar for each of {count} labels, the "
            "likeliest first: {bars}."
        ),
        "bar": "{label}, cosine {cosine:.2f}, probability {probability:.2f}",
        "separator": "; ",
    }
}


@dataclass(frozen=True)
class Compared:
    """What the picture shows.

    Attributes:
        image: (1, 3, 28, 28) in [0, 1].
        digit: its class.
        colour: its name.
        labels: the candidates.
        cosines: of the image and each label.
        probabilities: of each label.
    """

    image: Tensor
    digit: int
    colour: str
    labels: Sequence[str]
    cosines: Tensor
    probabilities: Tensor


def draw_labels(compared: Compared, texts: Texts) -> Picture:
    """Draw a digit, and a bar for each of the likeliest labels.

    Args:
        compared: what is shown.
        texts: a table of `STRINGS`.
    """
    order = compared.probabilities.argsort(descending=True, stable=True)[:SHOWN].tolist()
    figure = Figure(figsize=(WIDTH, WIDTH * HIGH), dpi=DPI)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0.005, 0.01, HIGH - 0.01, 0.98))
    axes.imshow(compared.image[0].permute(1, 2, 0).numpy())
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color(LINE)
    _draw_bars(figure.add_axes((0.62, 0.03, 0.37, 0.94)), compared, order)
    bars = [
        texts["bar"].format(
            label=compared.labels[at],
            cosine=compared.cosines[at].item(),
            probability=compared.probabilities[at].item(),
        )
        for at in order
    ]
    said = {"digit": compared.digit, "colour": compared.colour, "count": len(compared.labels)}
    alt = texts["alt"].format(**said, bars=texts["separator"].join(bars))
    return Picture(data_url(figure), alt, texts["caption"])


def _draw_bars(axes: Axes, compared: Compared, order: Sequence[int]) -> None:
    values = compared.probabilities[list(order)].tolist()
    places = range(len(order))
    axes.barh(places, values, color=token("accent"), height=0.6)
    names = [compared.labels[at] for at in order]
    axes.set_yticks(places, [name.replace("$", r"\$") for name in names], color=LINE, fontsize=11)
    axes.set(xlim=(0, 1), ylim=(max(len(order), 4) - 0.5, -0.5), xticks=[])
    axes.tick_params(axis="y", length=0)
    axes.patch.set_alpha(0)
    axes.spines[:].set_visible(False)
    axes.spines["left"].set(visible=True, color=LINE)

"""What stands in the timestep scrubber's place until it is alive, drawn when the site is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from genlab.diffusion.schedules import BetaSchedule, NoiseSchedule
from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import DPI, LINE, MARGIN, WIDTH, data_url, draw_digit

CHOSEN = "#3f83c9"  # seen on white and on black
DASHES: dict[BetaSchedule, Any] = {
    "linear": (0, (1, 1.5)),
    "scaled_linear": (0, (5, 2)),
    "squaredcos_cap_v2": "solid",
}

STRINGS: Tables = {
    "en": {
        "caption": (
            "From left to right: the digit, the noisy digit, the guess. Below: alpha-bar over t."
        ),
        "alt": (
            "Three pictures: a {digit}, the same with the noise of t = {t} by the schedule "
            "{schedule}, and the network's guess of the digit, with a mean squared error of "
            "{error:.3f}. Below, three curves fall from left to right, one a schedule, with a mark "
            "at t = {t}."
        ),
    }
}


@dataclass(frozen=True)
class Moment:
    """What the scrubber shows: images (1, 1, 28, 28) in [0, 1] at one timestep.

    Attributes:
        t: the timestep.
        schedule: the schedule by which the noise was added.
        digit: the class of the digit.
        x0: the digit.
        xt: the noisy digit, cut off at 0 and 1.
        guess: the network's guess of x0.
    """

    t: int
    schedule: str
    digit: int
    x0: Tensor
    xt: Tensor
    guess: Tensor


def draw_moment(moment: Moment, texts: Texts) -> Picture:
    """Draw digit, noisy digit and guess in a row, the curves of the schedules below."""
    height = 0.72 * WIDTH
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    figure.set_layout_engine("none")  # the course's figure style has one that would move the parts
    side, gap = (1 - 2 * MARGIN - 0.04) / 3, 0.02
    tall = side * WIDTH / height
    for column, image in enumerate((moment.x0, moment.xt, moment.guess)):
        left = MARGIN + column * (side + gap)
        pixels = image.reshape(28, 28).numpy()
        axes = draw_digit(figure, pixels, (left, 1 - MARGIN - tall, side, tall))
        axes.images[0].set_interpolation("nearest")
    _draw_curves(figure, moment, (MARGIN, MARGIN, 1 - 2 * MARGIN, 0.94 - tall))
    error = float(((moment.guess - moment.x0) ** 2).mean()) * 4  # in the range of [-1, 1]
    where = {"digit": moment.digit, "t": moment.t, "schedule": moment.schedule}
    alt = texts["alt"].format(error=error, **where)
    return Picture(data_url(figure), alt, texts["caption"])


def _draw_curves(figure: Figure, moment: Moment, box: tuple[float, float, float, float]) -> None:
    axes = figure.add_axes(box)
    axes.patch.set_alpha(0)
    axes.spines[:].set(color=LINE, linewidth=0.8)
    axes.set(xlim=(0, 999), ylim=(-0.03, 1.03), xticks=[], yticks=[])
    for name in get_args(BetaSchedule):
        color, width = (CHOSEN, 2.4) if name == moment.schedule else (LINE, 1.4)
        curve = NoiseSchedule(name).alphas_cumprod.numpy()
        axes.plot(np.arange(1000), curve, color=color, linewidth=width, linestyle=DASHES[name])
        if name == moment.schedule:
            axes.plot(moment.t, curve[moment.t], "o", color=CHOSEN, markersize=9, clip_on=False)
    axes.axvline(moment.t, color=CHOSEN, linewidth=1)

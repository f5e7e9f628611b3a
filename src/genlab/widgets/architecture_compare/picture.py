"""The picture of the comparison: the samples of each network, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.sheet import sheet_url

STRINGS: Tables = {
    "en": {
        "caption": (
            "From left to right: {names}. Those that stand at the same place started from the same "
            "noise; this is what they show after {step} of {steps} steps."
        ),
        "alt": (
            "{panels} groups of {count} pictures side by side, one for each of the networks "
            "{names}: samples from the same noise after {step} of {steps} steps."
        ),
    }
}


def draw_panels(images: Mapping[str, Tensor], step: int, steps: int, texts: Texts) -> Picture:
    """Draw the samples of each network in two columns, the networks side by side.

    Args:
        images: of each by its name, (N, 1, 28, 28) in [-1, 1], N even.
        step: how many steps are made.
        steps: of how many.
        texts: a table of `STRINGS`.
    """
    count = len(next(iter(images.values())))
    words = {"names": ", ".join(images), "step": step, "steps": steps, "panels": len(images)}
    rows = [[panel[i : i + 2] for panel in images.values()] for i in range(0, count, 2)]
    return Picture(
        sheet_url([image for row in rows for pair in row for image in pair], 2 * len(images)),
        texts["alt"].format(count=count, **words),
        texts["caption"].format(**words),
        maps=len(images),
    )

"""The picture of the sample wall: a row of samples for each denoiser."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.sheet import sheet_url

STRINGS: Tables = {
    "en": {
        "caption": (
            "A row for each network, from top to bottom: {names}. In a column all start from the "
            "same noise; this is what they show after {step} of {steps} steps."
        ),
        "alt": (
            "{rows} rows of {count} small pictures, one row for each of the networks {names}: "
            "samples from the same noise after {step} of {steps} steps. Below one another stand "
            "those that began as the same picture."
        ),
    }
}


def draw_wall(images: Mapping[str, Tensor], step: int, steps: int, texts: Texts) -> Picture:
    """Draw a row of samples for each denoiser.

    Args:
        images: of each by its name, (N, 1, 28, 28) in [-1, 1].
        step: how many steps are made.
        steps: of how many.
        texts: a table of `STRINGS`.
    """
    count = len(next(iter(images.values())))
    words = {"names": ", ".join(images), "step": step, "steps": steps, "rows": len(images)}
    return Picture(
        sheet_url([image for row in images.values() for image in row], count),
        texts["alt"].format(count=count, **words),
        texts["caption"].format(**words),
        maps=len(images),
    )

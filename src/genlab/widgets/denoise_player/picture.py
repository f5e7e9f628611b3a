"""The picture of the denoise player: all samples, and above them how the chosen one came to be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.sheet import sheet_url

COLUMNS = 8

STRINGS: Tables = {
    "en": {
        "caption": (
            "Above: sample {chosen} from its noise, at the left, to what it is after {step} of "
            "{steps} steps. Below: all {count} samples{asked}."
        ),
        "asked": ", asked for a {label}",
        "alt": (
            "A row of {columns} pictures in which pure noise turns into a sample, and below it "
            "{count} samples after {step} of {steps} steps{asked}."
        ),
    }
}


def draw_samples(
    images: Sequence[Tensor], steps: tuple[int, int], chosen: int, label: str, texts: Texts
) -> Picture:
    """Draw all samples as they are now, and above them the way of one of them.

    Args:
        images: from the noise to what is shown, (N, 1, 28, 28) each, in [-1, 1].
        steps: how many are made, and of how many.
        chosen: the sample whose way it is, from 1.
        label: the digit that was asked for; empty for any.
        texts: a table of `STRINGS`.
    """
    at = np.linspace(0, len(images) - 1, COLUMNS).round().astype(int)
    tiles = [images[i][chosen - 1] for i in at] + list(images[-1])
    words = {
        **{"chosen": chosen, "step": steps[0], "steps": steps[1], "count": len(images[-1])},
        "columns": COLUMNS,
        "asked": texts["asked"].format(label=label) if label else "",
    }
    return Picture(
        sheet_url(tiles, COLUMNS), texts["alt"].format(**words), texts["caption"].format(**words)
    )

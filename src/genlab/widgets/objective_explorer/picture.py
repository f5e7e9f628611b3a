"""The picture of the objective explorer: what goes in, and each network's target and answer."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.objectives import Prediction, get_objective
from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.protocol import evaluating

SIDE, GAP = 28, 2
DOTS = 2  # a pixel; the page enlarges the rest, since noise cannot be packed small

OWN_FORM = {"epsilon": "eps", "sample": "x0", "v_prediction": "v"}

STRINGS: Tables = {
    "en": {
        "caption": (
            "Left, from top to bottom: x0, eps and xt at t = {t}. Then a column for each network, "
            "{names}: its target, its prediction, and the x0 that this means. White is -1 or less, "
            "black is 1 or more."
        ),
        "alt": (
            "Three rows of {columns} pictures. The first column shows a {digit}, noise, and the "
            "{digit} mixed with noise at t = {t}. Each further column shows a network's target, "
            "its prediction, and the {digit} that the prediction means. Mean squared error of that "
            "x0: {errors}."
        ),
        "error": "{name}, {error:.3f}",
    }
}


def draw_objectives(
    denoisers: Sequence[tuple[str, Denoiser]],
    x0: Tensor,
    eps: Tensor,
    xt: Tensor,
    t: int,
    digit: int,
    texts: Texts,
) -> Picture:
    """Draw three rows of pictures: the inputs, then one column a network.

    Args:
        denoisers: names and denoisers.
        x0: the clean image, (1, 1, 28, 28), in [-1, 1].
        eps: its noise.
        xt: the noisy image.
        t: its timestep.
        digit: its class.
        texts: a table of `STRINGS`.
    """
    columns, said = [[x0, eps, xt]], []
    for name, denoiser in denoisers:
        with evaluating(denoiser.model):
            predicted = denoiser.predict(xt.to(denoiser.device), t)
        form = OWN_FORM[denoiser.prediction_type]
        target = get_objective(denoiser.prediction_type).target(
            x0, eps, denoiser.schedule.rates(t, x0)
        )
        columns.append([target, getattr(predicted, form).cpu(), predicted.x0.cpu()])
        said.append(texts["error"].format(name=name, error=_error(predicted, x0)))
    caption = texts["caption"].format(t=t, names=", ".join(name for name, _ in denoisers))
    shown = {"columns": len(columns), "digit": digit, "t": t, "errors": "; ".join(said)}
    return Picture(_sheet(columns), texts["alt"].format(**shown), caption)


def _error(predicted: Prediction, x0: Tensor) -> float:
    return float(((predicted.x0.cpu() - x0) ** 2).mean())


def _sheet(columns: Sequence[Sequence[Tensor]]) -> str:
    """Return pictures (1, 1, 28, 28) in [-1, 1], column by column, as a `data:` URL."""
    rows = len(columns[0])
    cell = SIDE + GAP
    sheet = np.zeros((rows * cell - GAP, len(columns) * cell - GAP, 2), dtype=np.uint8)
    for c, column in enumerate(columns):
        for r, image in enumerate(column):
            paper = 255 * (1 - to_image_range(image).reshape(SIDE, SIDE))
            tile = sheet[r * cell : r * cell + SIDE, c * cell : c * cell + SIDE]
            tile[..., 0], tile[..., 1] = paper.round().byte().numpy(), 255
    picture = Image.fromarray(sheet, "LA").convert("RGBA")
    large = picture.resize((DOTS * picture.width, DOTS * picture.height), Image.Resampling.NEAREST)
    packed = io.BytesIO()
    large.save(packed, "webp", lossless=True, quality=80, method=4)
    return f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"

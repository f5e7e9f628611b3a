"""The networks of the zero-shot classifier: the two towers of a CLIP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from genlab.models.readers import adapted
from genlab.vision.captions import CONTEXT
from genlab.vision.contrast import as_pixels
from genlab.widgets.kernel.protocol import Network, SiteNetwork, by_name

CHECKPOINT = "digit-clip"
PICTURE = (3, 28, 28)
TEXT = (CONTEXT,)


def image_tower(model: Any) -> Callable[[Tensor], Tensor]:
    """Return the function from images (N, 3, 28, 28) in [0, 1] to vectors of length 1."""

    def forward(x: Tensor) -> Tensor:
        seen = model.vision_model(pixel_values=as_pixels(x)).pooler_output
        return F.normalize(model.visual_projection(seen), dim=-1)

    return forward


def text_tower(model: Any) -> Callable[[Tensor], Tensor]:
    """Return the function from tokens (N, CONTEXT), as floats, to vectors of length 1."""

    def forward(tokens: Tensor) -> Tensor:
        read = model.text_model(input_ids=tokens.long()).pooler_output
        return F.normalize(model.text_projection(read), dim=-1)

    return forward


SITE_NETWORKS = by_name(
    SiteNetwork(f"{CHECKPOINT}.image", image_tower, (PICTURE,)),
    SiteNetwork(f"{CHECKPOINT}.text", text_tower, (TEXT,)),
)


def offered(model: Any) -> dict[str, Network]:
    """Return what the browser may ask a model for: its two towers."""
    image, text = adapted(model, image_tower(model)), adapted(model, text_tower(model))
    return {
        "image": Network(model, image, PICTURE, part="image", name="the image tower"),
        "text": Network(model, text, TEXT, part="text", name="the text tower"),
    }

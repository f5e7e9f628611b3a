"""Learning from pairs of an image and its caption (Radford et al., 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.augment import jitter
from genlab.training import Batch
from genlab.vision.captions import (
    COLOURS,
    TEMPLATES,
    TRAINED,
    captions,
    encode,
    paint,
)

if TYPE_CHECKING:  # `transformers` takes seconds to import
    from genlab.models.clip import DigitCLIP

MEAN, SPREAD = 0.5, 0.5  # pixels go from [0, 1] to [-1, 1]


def info_nce(image: Tensor, text: Tensor, scale: Tensor) -> Tensor:
    """Loss of N images and their N captions, of length 1, both (N, D).

    Row i of the logits asks which caption belongs to image i, column i which
    image belongs to caption i.
    """
    logits = scale * image @ text.T  # (N, N)
    own = torch.arange(len(logits), device=logits.device)
    rows = F.cross_entropy(logits, own)
    columns = F.cross_entropy(logits.T, own)
    return (rows + columns) / 2


def as_pixels(images: Tensor) -> Tensor:
    """Map values in [0, 1] to what the network is given, in [-1, 1]."""
    return (images - MEAN) / SPREAD


def _colours_in_training() -> Tensor:
    """Return which colours each digit has in training, float (10, 6)."""
    allowed = torch.zeros(10, len(COLOURS))
    for colour, digit in TRAINED:
        allowed[digit, list(COLOURS).index(colour)] = 1
    return allowed


ALLOWED = _colours_in_training()
# int64 (templates, 60, CONTEXT): the captions of all pairs
CAPTIONS = torch.stack([encode(captions(one)) for one in TEMPLATES])


def captioned(
    digits: Tensor, labels: Tensor, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Paint digits in colours that are drawn, and say what they are.

    A digit never gets a colour with which it is held out.

    Args:
        digits: (N, 1, 28, 28) in [0, 1].
        labels: int64 (N,), the digits drawn.
        rng: where colours, shades, small movements and templates come from.

    Returns:
        Images (N, 3, 28, 28) in [0, 1], tokens of their captions
        (N, CONTEXT), and which of the 60 pairs each is, int64 (N,).
    """
    chances = ALLOWED.to(labels.device)[labels]
    colours = torch.multinomial(chances, 1, generator=rng)[:, 0]
    pairs = 10 * colours + labels
    template = torch.randint(
        len(TEMPLATES), pairs.shape, generator=rng, device=pairs.device
    )
    tokens = CAPTIONS.to(pairs.device)[template, pairs]
    return paint(jitter(digits, rng), colours, rng), tokens, pairs


def clip_loss(model: DigitCLIP, batch: Batch, rng: torch.Generator) -> Tensor:
    """InfoNCE of a batch (digits, labels), painted and captioned anew."""
    digits, labels = batch
    images, tokens, _ = captioned(digits, labels, rng)
    found: Any = model(input_ids=tokens, pixel_values=as_pixels(images))
    scale = model.logit_scale.exp()
    return info_nce(found.image_embeds, found.text_embeds, scale)

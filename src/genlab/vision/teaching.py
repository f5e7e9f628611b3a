"""DeiT's recipe for few images (Touvron et al., 2021), as losses.

Images change a little each time they are seen, labels are not quite certain,
and a network that knows more than the labels say helps to teach.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.augment import erase, jitter
from genlab.models.vit import DeiT
from genlab.training import Batch, LossFn

SMOOTHING = 0.1


def augmented(images: Tensor, rng: torch.Generator) -> Tensor:
    """Turn, scale and shift each image a little; of half, erase a square."""
    return erase(jitter(images, rng), rng)


def augmented_loss(
    model: nn.Module, batch: Batch, rng: torch.Generator
) -> Tensor:
    """Cross-entropy on images (N, 1, 28, 28) that were changed a little."""
    images, labels = batch
    return F.cross_entropy(model(augmented(images, rng)), labels)


def smoothed_loss(
    model: nn.Module, batch: Batch, rng: torch.Generator
) -> Tensor:
    """The same, with a tenth of each label spread over all ten classes."""
    images, labels = batch
    logits = model(augmented(images, rng))
    return F.cross_entropy(logits, labels, label_smoothing=SMOOTHING)


def distillation_loss(teacher: nn.Module) -> LossFn:
    """Return a loss: half by the labels, half by what the teacher answers."""

    def loss(model: DeiT, batch: Batch, rng: torch.Generator) -> Tensor:
        images, labels = batch
        images = augmented(images, rng)
        with torch.no_grad():
            told = teacher(images).argmax(dim=1)
        own, taught = model.answers(images)
        by_labels = F.cross_entropy(own, labels, label_smoothing=SMOOTHING)
        return (by_labels + F.cross_entropy(taught, told)) / 2

    return loss

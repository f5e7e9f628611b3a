"""Segmentation: a class for each pixel; its loss, and its measure."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.training import Batch
from genlab.vision.scenes import Scenes, draw_scenes


def segmentation_loss(
    model: nn.Module, batch: Batch, rng: torch.Generator
) -> Tensor:
    """Cross-entropy a pixel, on fresh scenes of a batch (digits, labels)."""
    digits, labels = batch
    scenes = draw_scenes(digits, labels, rng)
    return F.cross_entropy(model(scenes.images), scenes.masks)


@torch.no_grad()
def mean_iou(model: nn.Module, scenes: Scenes) -> float:
    """Mean over the digits of IoU, all pixels together; background left out."""
    parts = scenes.images.split(50)
    found = torch.cat([model(part).argmax(dim=1) for part in parts])
    overlaps = []
    for owner in range(1, 11):
        said, true = found == owner, scenes.masks == owner
        both, any_ = (said & true).sum(), (said | true).sum()
        overlaps.append(float(both) / max(1.0, float(any_)))
    return sum(overlaps) / len(overlaps)

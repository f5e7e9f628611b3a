"""Where a vision transformer's class token looks, and whether it matters."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.models.vit import ViT


@torch.no_grad()
def looks(vit: ViT, images: Tensor, block: int = -1) -> Tensor:
    """Weight that the class token puts on each patch, (N, T)."""
    return vit.attentions(images)[:, block, :, 0, 1:].mean(dim=1)


def covered(images: Tensor, score: Tensor, count: int) -> Tensor:
    """Images whose `count` patches of the highest score (N, T) are white."""
    chosen = score.topk(count, dim=1).indices
    keep = torch.ones_like(score).scatter(1, chosen, 0)
    across = int(score.shape[1] ** 0.5)  # patches in a row
    keep = keep.view(-1, 1, across, across)
    return images * F.interpolate(keep, images.shape[2:])

"""What the checks on sampling share: images and noise."""

from __future__ import annotations

import torch
from torch import Tensor

IMAGES = (4, 1, 28, 28)


def a_pair(count: int = 4) -> tuple[Tensor, Tensor]:
    """Return something like x0 and eps, in single precision: (count, 1, 28, 28) each."""
    rng = torch.Generator().manual_seed(0)
    x0, eps = torch.randn(2, *IMAGES, generator=rng, dtype=torch.float32)
    return x0.clamp(-1, 1)[:count], eps[:count]

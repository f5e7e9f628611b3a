"""What the checks on objectives share: images and noise."""

from __future__ import annotations

import torch
from torch import Tensor

IMAGES = (4, 1, 28, 28)


def a_pair() -> tuple[Tensor, Tensor]:
    """Return something like x0 and eps, in double precision: (4, 1, 28, 28) each."""
    rng = torch.Generator().manual_seed(0)
    x0, eps = torch.randn(2, *IMAGES, generator=rng, dtype=torch.float64)
    return x0.clamp(-1, 1), eps

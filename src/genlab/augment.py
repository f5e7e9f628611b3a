"""Small random changes of handwriting, so that a network does not learn 4,000 digits by heart."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def jitter(
    images: Tensor,
    rng: torch.Generator,
    degrees: float = 12,
    scale: float = 0.12,
    shift: float = 2,
) -> Tensor:
    """Rotate, scale and shift each image a little.

    Args:
        images: (N, 1, H, W).
        rng: where the randomness comes from, on the images' device.
        degrees: the largest rotation either way.
        scale: the largest change of size, as a share.
        shift: the largest shift in pixels, along each axis.
    """
    n, _, height, width = images.shape
    draw = torch.rand(4, n, generator=rng, device=images.device) * 2 - 1
    angle = draw[0] * math.radians(degrees)
    size = 1 + draw[1] * scale
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    # Grid coordinates run from -1 to 1, so a pixel is 2 / width wide.
    move_x, move_y = draw[2] * shift * 2 / width, draw[3] * shift * 2 / height
    rows = [torch.stack([cos, -sin, move_x], dim=1), torch.stack([sin, cos, move_y], dim=1)]
    grid = F.affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def erase(images: Tensor, rng: torch.Generator, side: int = 8, share: float = 0.5) -> Tensor:
    """Make a square of some images paper, at a place that is drawn (Zhong et al., 2020).

    Args:
        images: (N, C, H, W); 0 is paper.
        rng: where the randomness comes from, on the images' device.
        side: pixels of the square, at most H and W.
        share: of the images that lose one.
    """
    n, _, height, width = images.shape
    draw = torch.rand(3, n, 1, 1, generator=rng, device=images.device)
    top, left = (draw[0] * (height - side + 1)).floor(), (draw[1] * (width - side + 1)).floor()
    row = torch.arange(height, device=images.device)[:, None] - top
    column = torch.arange(width, device=images.device) - left
    inside = (row >= 0) & (row < side) & (column >= 0) & (column < side) & (draw[2] < share)
    return images.masked_fill(inside[:, None], 0)

"""Attention in shifted windows (Liu et al., 2021): a small Swin network."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.models.tokens import Attention, TokenMLP, grid_positions

CLASSES = 1 + 10  # background, then the digits


def windows(x: Tensor, side: int) -> Tensor:
    """Cut a grid (N, H, W, C) into windows (N * count, side^2, C).

    Raises:
        ValueError: if `side` does not divide H and W.
    """
    if x.shape[1] % side or x.shape[2] % side:
        raise ValueError(
            f"windows of {side} do not fit a grid of {tuple(x.shape[1:3])}; "
            "expected a side that divides both"
        )
    x = x.unflatten(2, (-1, side)).unflatten(1, (-1, side))
    return x.transpose(2, 3).flatten(3, 4).flatten(0, 2)


def grid_of(x: Tensor, side: int, height: int, width: int) -> Tensor:
    """Put windows (N * count, side^2, C) back into a grid (N, H, W, C)."""
    x = x.unflatten(1, (side, side))
    x = x.unflatten(0, (-1, height // side, width // side))
    return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def neighbours(height: int, width: int, side: int, shift: int) -> Tensor:
    """Who may look at whom in shifted windows: (count, side^2, side^2), bool.

    A window that wraps around the edge holds tokens from both sides of the
    picture, which are no neighbours.
    """
    parts = []
    for length in (height, width):
        part = torch.zeros(length, dtype=torch.long)
        part[length - side :] = 1
        part[length - shift :] = 2 if shift else 1
        parts.append(part)
    regions = 3 * parts[0][:, None] + parts[1]
    regions = windows(regions[None, ..., None], side)[..., 0]
    return regions[:, :, None] == regions[:, None]


class WindowAttention(Attention):
    """Attention within windows of a grid, moved by `shift` tokens.

    Each head adds a learned number for how far apart two tokens are, the
    relative position bias of the paper.
    """

    offsets: Tensor

    def __init__(self, width: int, heads: int, side: int, shift: int) -> None:
        super().__init__(width, heads)
        self.side, self.shift = side, shift
        span = 2 * side - 1
        self.bias = nn.Parameter(torch.zeros(heads, span**2))
        places = torch.cartesian_prod(torch.arange(side), torch.arange(side))
        apart = places[:, None] - places + side - 1  # (side^2, side^2, 2)
        offsets = apart[..., 0] * span + apart[..., 1]
        self.register_buffer("offsets", offsets, persistent=False)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Map a grid (N, H, W, width) to the same."""
        height, width = x.shape[1:3]
        x = torch.roll(x, (-self.shift, -self.shift), dims=(1, 2))
        x = windows(x, self.side)
        q, k, v = self.split(x, x)  # (N * count, heads, side^2, width / heads)
        allowed = neighbours(height, width, self.side, self.shift).to(x.device)
        bias = self.bias[:, self.offsets]  # (heads, side^2, side^2)
        far = torch.zeros_like(bias[:1]).masked_fill(~allowed[:, None], -1e9)
        scores = (bias + far).repeat(len(x) // len(allowed), 1, 1, 1)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=scores)
        x = self.out(seen.transpose(1, 2).flatten(2))
        x = grid_of(x, self.side, height, width)
        return torch.roll(x, (self.shift, self.shift), dims=(1, 2))


class WindowBlock(nn.Module):
    """Attention in windows, then an MLP; both add to the grid."""

    def __init__(self, width: int, heads: int, side: int, shift: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = WindowAttention(width, heads, side, shift)
        self.mlp = TokenMLP(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, H, W, width) to the same."""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class SwinSegmenter(nn.Module):
    """Scenes (N, 1, 64, 64) to logits (N, 11, 64, 64), a class a pixel."""

    def __init__(
        self,
        side: int = 4,
        width: int = 64,
        depth: int = 4,
        heads: int = 4,
        patch: int = 4,
        shifted: bool = True,
    ) -> None:
        super().__init__()
        self.patch = patch
        self.embed = nn.Conv2d(1, width, patch, stride=patch)
        blocks = [
            WindowBlock(width, heads, side, shifted * (i % 2) * (side // 2))
            for i in range(depth)
        ]
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, CLASSES * patch**2)

    def forward(self, x: Tensor) -> Tensor:
        """Map images of a side that windows of patches cover to logits."""
        grid = self.embed(x).permute(0, 2, 3, 1)  # (N, H, W, width)
        places = grid_positions(grid.shape[1], grid.shape[3])
        grid = grid + places.view(grid.shape[1:]).to(grid)
        pixels = self.head(self.norm(self.blocks(grid)))
        return F.pixel_shuffle(pixels.permute(0, 3, 1, 2), self.patch)

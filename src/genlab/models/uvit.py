"""A UNet with a transformer in its middle, after Simple Diffusion.

Hoogeboom et al. (2023) call it U-ViT. (Another network of this name, by Bao et
al., 2023, is a transformer with long skips and has no convolutional levels.) A
wavelet, here Haar's, takes the place of the finest level.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genlab.models.dit import DiTBlock
from genlab.models.time_unet import (
    GROUPS,
    ResBlock,
    TimestepEmbedding,
    check_timesteps_of,
)
from genlab.models.tokens import SIDE, grid_positions
from genlab.models.wavelet import haar, inverse_haar


class TokenStack(nn.Module):
    """Maps (N, width, side, side) through a transformer, a token a place."""

    positions: Tensor

    def __init__(self, width: int, side: int, depth: int, heads: int) -> None:
        super().__init__()
        self.side = side
        positions = grid_positions(side, width)
        self.register_buffer("positions", positions, persistent=False)
        blocks = (DiTBlock(width, heads) for _ in range(depth))
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Map (N, width, side, side), (N, TIME_SIZE) to the former's shape."""
        tokens = x.flatten(2).transpose(1, 2) + self.positions
        for block in self.blocks:
            tokens = block(tokens, time)  # (N, side^2, width)
        return tokens.transpose(1, 2).unflatten(2, (self.side, self.side))


class UViT(nn.Module):
    """Noisy digits (N, 1, 28, 28) at timesteps (N,) to estimates alike."""

    def __init__(
        self, width: int = 24, middle: int = 64, depth: int = 3, heads: int = 4
    ) -> None:
        super().__init__()
        self.time = TimestepEmbedding()
        self.stem = nn.Conv2d(4, width, 3, padding=1)
        self.down = ResBlock(width, width)
        self.downsample = nn.Conv2d(width, middle, 3, stride=2, padding=1)
        self.middle = TokenStack(middle, SIDE // 4, depth, heads)
        self.upsample = nn.Sequential(
            nn.Conv2d(middle, width, 1), nn.Upsample(scale_factor=2)
        )
        self.up = ResBlock(2 * width, width)
        self.head = nn.Sequential(
            nn.GroupNorm(GROUPS, width),
            nn.SiLU(),
            nn.Conv2d(width, 4, 3, padding=1),
        )

    def forward(self, xt: Tensor, t: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) and int64 (N,) to (N, 1, 28, 28)."""
        time = self.time(check_timesteps_of(xt, t))  # (TIME_SIZE,)
        skip = self.down(self.stem(haar(xt)), time)  # (width, 14, 14)
        x = self.middle(self.downsample(skip), time)  # (middle, 7, 7)
        both = torch.cat([self.upsample(x), skip], dim=1)
        x = self.up(both, time)  # (width, 14, 14)
        return inverse_haar(self.head(x))  # (1, 28, 28)

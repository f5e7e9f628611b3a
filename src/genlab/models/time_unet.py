"""A small UNet that knows the timestep; a CPU trains it in ten minutes."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TIME_SIZE = 128
GROUPS = 8


def check_timesteps_of(xt: Tensor, t: Tensor) -> Tensor:
    """Return `t` if it has one timestep for each image of `xt`.

    Raises:
        ValueError: if it has another shape, which PyTorch might silently
            broadcast.
    """
    if t.ndim != 1 or t.shape[0] != xt.shape[0]:
        raise ValueError(
            f"t has shape {tuple(t.shape)}; expected ({len(xt)},), one an image"
        )
    return t


class TimestepEmbedding(nn.Module):
    """Timesteps (N,) to vectors (N, TIME_SIZE): waves, then a small MLP."""

    def __init__(self, waves: int = 32) -> None:
        super().__init__()
        self.waves = waves
        self.mlp = nn.Sequential(
            nn.Linear(2 * waves, TIME_SIZE),
            nn.SiLU(),
            nn.Linear(TIME_SIZE, TIME_SIZE),
            nn.SiLU(),
        )

    def forward(self, t: Tensor) -> Tensor:
        """Map int64 (N,) to (N, TIME_SIZE), in the dtype of the weights."""
        # In float32 whatever the weights are: half precision would round
        # angles by whole turns.
        number = torch.arange(self.waves, dtype=torch.float32, device=t.device)
        # Periods from 2 pi to 10,000 * 2 pi, as Vaswani et al. (2017) have it.
        speeds = torch.exp(-math.log(10_000) * number / self.waves)
        angles = t[:, None].float() * speeds
        waves = torch.cat([angles.sin(), angles.cos()], dim=1)
        return self.mlp(waves.to(next(self.mlp.parameters()).dtype))


class ResBlock(nn.Module):
    """Two 3x3 convolutions, added to x; between them the timestep acts.

    It scales and shifts each channel.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(TIME_SIZE, 2 * outputs)
        self.norm2 = nn.GroupNorm(GROUPS, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        same = inputs == outputs
        self.skip = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1)
        nn.init.zeros_(self.conv2.weight)  # the block starts as its skip alone

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Map (N, inputs, H, W) and (N, TIME_SIZE) to (N, outputs, H, W)."""
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.time(time)[:, :, None, None].chunk(2, dim=1)
        h = self.norm2(h) * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(h))


class SelfAttention(nn.Module):
    """Each position looks at all others; (N, C, H, W) to the same."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C, H, W)."""
        qkv = self.qkv(self.norm(x)).flatten(2)
        qkv = qkv.unflatten(1, (3, self.heads, -1)).transpose(-1, -2)
        q, k, v = qkv.unbind(1)  # (N, heads, H * W, C / heads) each
        seen = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(seen.transpose(-1, -2).reshape(x.shape))


def pixel_head(width: int) -> nn.Sequential:
    """Features (N, width, 14, 14) to images (N, 1, 28, 28).

    Four channels become 2x2 pixels.
    """
    conv = nn.Conv2d(width, 4, 3, padding=1)
    return nn.Sequential(
        nn.GroupNorm(GROUPS, width), nn.SiLU(), conv, nn.PixelShuffle(2)
    )


class TimeUNet(nn.Module):
    """Noisy digits (N, 1, 28, 28) at timesteps (N,) to estimates alike."""

    def __init__(self, width: int = 32, middle: int = 80) -> None:
        super().__init__()
        self.time = TimestepEmbedding()
        self.stem = nn.Conv2d(1, width, 4, stride=2, padding=1)
        self.down1 = ResBlock(width, width)
        self.downsample = nn.Conv2d(width, middle, 3, stride=2, padding=1)
        self.down2 = ResBlock(middle, middle)
        self.attention = SelfAttention(middle)
        self.up2 = ResBlock(middle, middle)
        self.upsample = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(middle, width, 1)
        )
        self.up1 = ResBlock(2 * width, width)
        self.head = pixel_head(width)

    def forward(self, xt: Tensor, t: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) and int64 (N,) to (N, 1, 28, 28)."""
        time = self.time(check_timesteps_of(xt, t))  # (TIME_SIZE,)
        x = skip = self.down1(self.stem(xt), time)  # (width, 14, 14)
        x = self.down2(self.downsample(x), time)  # (middle, 7, 7)
        x = self.up2(self.attention(x), time)  # (middle, 7, 7)
        both = torch.cat([self.upsample(x), skip], dim=1)
        x = self.up1(both, time)  # (width, 14, 14)
        return self.head(x)  # (1, 28, 28)

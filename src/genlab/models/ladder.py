"""One UNet with switches: what the basic one becomes, a change at a time."""

from __future__ import annotations

from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn

from genlab.models.time_unet import (
    GROUPS,
    TIME_SIZE,
    SelfAttention,
    TimestepEmbedding,
    check_timesteps_of,
)

Norm = Literal["none", "batch", "group"]


def norm_of(name: Norm, channels: int) -> nn.Module:
    """Return a normalisation of maps (N, channels, H, W), or none at all.

    Raises:
        ValueError: if the name is unknown, or groups do not divide channels.
    """
    if name not in get_args(Norm):
        known = ", ".join(get_args(Norm))
        raise ValueError(f"norm is {name!r}; expected one of {known}")
    if name == "group" and channels % GROUPS:
        raise ValueError(
            f"got {channels} channels; expected a multiple of {GROUPS}, "
            "the number of groups"
        )
    if name == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(GROUPS, channels) if name == "group" else nn.Identity()


class LadderBlock(nn.Module):
    """A 5x5 convolution and SiLU; around and between them what is asked for.

    It maps (N, inputs, H, W) to (N, outputs, H / stride, W / stride).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        stride: int = 1,
        *,
        time: bool = False,
        residual: bool = False,
        norm: Norm = "none",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 5, stride, padding=2)
        self.norm = norm_of(norm, outputs)
        self.time = nn.Linear(TIME_SIZE, outputs) if time else None
        self.drop = nn.Dropout(dropout)
        # a 1x1 convolution gives x the shape of what it is added to
        self.around = (
            nn.Conv2d(inputs, outputs, 1, stride) if residual else None
        )

    def forward(self, x: Tensor, time: Tensor | None) -> Tensor:
        """Map (N, inputs, H, W) and the time's vectors (N, TIME_SIZE)."""
        h = self.norm(self.conv(x))
        if self.time is not None:
            h = h + self.time(time)[:, :, None, None]
        h = self.drop(F.silu(h))
        return h if self.around is None else self.around(x) + h


class LadderUNet(nn.Module):
    """Noisy digits (N, 1, 28, 28) at timesteps (N,) to estimates alike.

    With all switches off and a width of 32 it is the basic UNet.
    """

    def __init__(
        self,
        width: int = 16,
        *,
        time: bool = False,
        strided: bool = False,
        residual: bool = False,
        norm: Norm = "none",
        dropout: float = 0.0,
        attention: bool = False,
    ) -> None:
        super().__init__()

        def block(inputs: int, outputs: int, stride: int = 1) -> LadderBlock:
            return LadderBlock(
                inputs,
                outputs,
                stride,
                time=time,
                residual=residual,
                norm=norm,
                dropout=dropout,
            )

        down = 2 if strided else 1
        self.time = TimestepEmbedding() if time else None
        self.down1 = block(1, width)
        self.down2 = block(width, 2 * width, down)
        self.down3 = block(2 * width, 2 * width, down)
        self.attention = SelfAttention(2 * width) if attention else None
        self.up1 = block(2 * width, 2 * width)
        self.up2 = block(2 * width, width)
        self.up3 = nn.Conv2d(width, 1, 5, padding=2)
        self.pool = nn.Identity() if strided else nn.MaxPool2d(2)
        self.upsample = nn.Upsample(scale_factor=2)

    def forward(self, xt: Tensor, t: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) and int64 (N,) to (N, 1, 28, 28)."""
        t = check_timesteps_of(xt, t)
        time = None if self.time is None else self.time(t)
        fine = self.down1(xt, time)  # (width, 28, 28)
        coarse = self.down2(self.pool(fine), time)  # (2 width, 14, 14)
        x = self.down3(self.pool(coarse), time)  # (2 width, 7, 7)
        x = x if self.attention is None else self.attention(x)
        x = self.up1(x, time)  # (2 width, 7, 7)
        x = self.up2(self.upsample(x) + coarse, time)  # (width, 14, 14)
        return self.up3(self.upsample(x) + fine)  # (1, 28, 28)

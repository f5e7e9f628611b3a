"""A UNet that knows the timestep and, if it is told, the class of the digit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genlab.models.time_unet import (
    TIME_SIZE,
    ResBlock,
    SelfAttention,
    TimestepEmbedding,
    check_timesteps_of,
    pixel_head,
)

CLASSES = 10
NO_CLASS = CLASSES  # the last row of the embedding


def check_labels_of(xt: Tensor, label: Tensor | None) -> Tensor:
    """Return one class for each image of `xt`, int64, (N,).

    Args:
        xt: images, (N, 1, 28, 28).
        label: int64, (N,), 0 to 9, or 10 for "no class"; None: 10 for all.

    Raises:
        TypeError: if `label` is not int64.
        ValueError: if it has another shape or a class is out of range.
    """
    if label is None:
        return xt.new_full((len(xt),), NO_CLASS, dtype=torch.int64)
    if torch.compiler.is_compiling():  # no values yet: the export for a page
        return label
    if label.dtype != torch.int64:
        raise TypeError(f"label is {label.dtype}; expected torch.int64")
    if label.shape != (len(xt),):
        raise ValueError(
            f"label has shape {tuple(label.shape)}; "
            f"expected ({len(xt)},), one class an image"
        )
    outside = label[(label < 0) | (label > NO_CLASS)]
    if outside.numel():
        raise ValueError(
            f"label is {int(outside[0])}; expected a class from 0 to "
            f"{CLASSES - 1}, or {NO_CLASS} for no class"
        )
    return label


class ClassUNet(nn.Module):
    """Noisy digits, timesteps and classes (N,) to estimates (N, 1, 28, 28)."""

    def __init__(self, width: int = 32, middle: int = 112) -> None:
        super().__init__()
        self.time = TimestepEmbedding()
        self.label = nn.Embedding(CLASSES + 1, TIME_SIZE)
        nn.init.zeros_(self.label.weight)  # at first, no class differs
        self.stem = nn.Conv2d(1, width, 4, stride=2, padding=1)
        self.down1 = ResBlock(width, width)
        self.downsample = nn.Conv2d(width, middle, 3, stride=2, padding=1)
        self.down2 = ResBlock(middle, middle)
        self.attention = SelfAttention(middle)
        self.up2 = ResBlock(2 * middle, middle)
        self.upsample = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(middle, width, 1)
        )
        self.up1 = ResBlock(2 * width, width)
        self.head = pixel_head(width)

    def forward(
        self, xt: Tensor, t: Tensor, label: Tensor | None = None
    ) -> Tensor:
        """Map (N, 1, 28, 28), int64 (N,) and int64 (N,) to (N, 1, 28, 28)."""
        about = self.time(check_timesteps_of(xt, t))  # (TIME_SIZE,)
        about = about + self.label(check_labels_of(xt, label))
        x = skip1 = self.down1(self.stem(xt), about)  # (width, 14, 14)
        x = skip2 = self.down2(self.downsample(x), about)  # (middle, 7, 7)
        x = torch.cat([self.attention(x), skip2], dim=1)
        x = self.upsample(self.up2(x, about))  # (width, 14, 14)
        x = self.up1(torch.cat([x, skip1], dim=1), about)  # (width, 14, 14)
        return self.head(x)  # (1, 28, 28)

"""The two small digit classifiers whose features are the course's yardstick.

They differ in all that could make them see alike: pooling against strides,
batch against group normalisation, ReLU against SiLU, plain layers against
residual ones. What both say of two sets of samples hangs on neither alone.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

FEATURES = 128


class DigitClassifier(nn.Module):
    """A small CNN: (N, 1, 28, 28) in [0, 1] to 10 logits, by 128 features."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (32, 14, 14)
            nn.Conv2d(32, 64, 3, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (64, 7, 7)
            nn.Conv2d(64, 64, 3, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(3),  # (64, 3, 3)
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(576, FEATURES),
        )
        self.head = nn.Linear(FEATURES, 10)

    def features(self, x: Tensor) -> Tensor:
        """Return the 128 penultimate values of each image, (N, 128)."""
        return F.relu(self.backbone(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the ten classes, (N, 10)."""
        return self.head(self.features(x))


class ResidualClassifier(nn.Module):
    """A residual CNN without pooling, by 128 features as the other.

    It maps images (N, 1, 28, 28) in [0, 1] to 10 logits.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 32, 5, stride=2, padding=2)  # (32, 14, 14)
        self.wide = _Residual(32)
        self.down = nn.Conv2d(32, 64, 3, stride=2, padding=1)  # (64, 7, 7)
        self.narrow = _Residual(64)
        self.last = nn.Conv2d(64, FEATURES, 3, stride=2, padding=1)  # 4x4
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(FEATURES, 10)

    def features(self, x: Tensor) -> Tensor:
        """Return the 128 penultimate values of each image, (N, 128)."""
        x = self.narrow(self.down(self.wide(self.stem(x))))
        return F.silu(self.last(x)).mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the ten classes, (N, 10)."""
        return self.head(self.drop(self.features(x)))


class _Residual(nn.Module):
    """x + conv(SiLU(norm(x))), shape kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(F.silu(self.norm(x)))

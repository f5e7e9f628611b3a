"""The small digit classifier whose features are the course's yardstick."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

FEATURES = 128


class DigitClassifier(nn.Module):
    """A small CNN: (N, 1, 28, 28) in [0, 1] to 10 logits, by way of 128 features."""

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

"""A small SegFormer (Xie et al., 2021), from its config in `transformers`."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from genlab.models.swin import CLASSES


class SegFormer(nn.Module):
    """Scenes (N, 1, 64, 64) to logits (N, 11, 64, 64), a class a pixel."""

    def __init__(self, width: int = 24, depth: int = 1) -> None:
        super().__init__()
        widths = [width, 2 * width, 3 * width, 4 * width]
        config = SegformerConfig(
            num_channels=1,
            depths=[depth] * 4,
            hidden_sizes=widths,
            num_attention_heads=[1, 2, 3, 4],
            patch_sizes=[5, 3, 3, 3],
            strides=[2, 2, 2, 2],  # maps of 32, 16, 8 and 4 places a side
            sr_ratios=[8, 4, 2, 1],  # keys and values come from fewer places
            mlp_ratios=[2, 2, 2, 2],
            decoder_hidden_size=64,
            drop_path_rate=0.0,
            classifier_dropout_prob=0.0,
        )
        config.num_labels = CLASSES
        self.network = SegformerForSemanticSegmentation(config)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits, from maps of half the size."""
        logits = self.network(x).logits  # (N, 11, 32, 32)
        size = x.shape[2:]
        return F.interpolate(logits, size, mode="bilinear", align_corners=False)

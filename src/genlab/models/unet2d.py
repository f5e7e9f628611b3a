"""The UNet of `diffusers`, at the size of our digits."""

from __future__ import annotations

from typing import Any

from diffusers import UNet2DModel
from torch import Tensor

GROUPS = 8


class DigitUNet2D(UNet2DModel):
    """Noisy digits (N, 1, 28, 28) at timesteps (N,) to estimates alike.

    It is a plain `UNet2DModel`, whose answer comes as the tensor that every
    network of the course gives.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__(
            sample_size=28,
            in_channels=1,
            out_channels=1,
            block_out_channels=(width, 2 * width, 4 * width),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
            # its default, 32 groups, would leave a channel or two to each
            norm_num_groups=GROUPS,
            attention_head_dim=16,
        )

    def forward(self, xt: Tensor, t: Tensor, **options: Any) -> Tensor:
        """Map (N, 1, 28, 28) and int64 (N,) to (N, 1, 28, 28)."""
        answer: Any = UNet2DModel.forward(self, xt, t, **options)
        return answer.sample

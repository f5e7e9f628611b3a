"""A diffusion transformer, DiT (Peebles & Xie, 2023), small enough for digits.

Each patch of an image is a token, and a transformer without mask works on them.
The timestep sets the scale and the shift of each norm, and a gate on what each
part adds. All of them are zero at the start (adaLN-Zero).
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from genlab.models.time_unet import (
    TIME_SIZE,
    TimestepEmbedding,
    check_timesteps_of,
)
from genlab.models.tokens import (
    Attention,
    PatchEmbedding,
    PlainBlock,
    TokenMLP,
    unpatchify,
)

Conditioning = Literal["adaln_zero", "in_context"]


def zero_linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer that gives 0 for whatever it sees, until it is trained."""
    layer = nn.Linear(inputs, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class AdaNorm(nn.Module):
    """A layer norm whose scale and shift are read off the timestep."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.steer = zero_linear(TIME_SIZE, 2 * width)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Map (N, T, width) and (N, TIME_SIZE) to (N, T, width)."""
        scale, shift = self.steer(time)[:, None].chunk(2, dim=-1)
        return self.norm(x) * (1 + scale) + shift


class DiTBlock(nn.Module):
    """Attention and MLP with adaLN-Zero; changes nothing at the start."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = AdaNorm(width), AdaNorm(width)
        self.attention = Attention(width, heads)
        self.mlp = TokenMLP(width)
        self.gates = zero_linear(TIME_SIZE, 2 * width)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Map (N, T, width) and (N, TIME_SIZE) to (N, T, width)."""
        gate1, gate2 = self.gates(time)[:, None].chunk(2, dim=-1)
        x = x + gate1 * self.attention(self.norm1(x, time))
        return x + gate2 * self.mlp(self.norm2(x, time))


class DiT(nn.Module):
    """Noisy digits (N, 1, 28, 28) at timesteps (N,) to estimates alike.

    The timestep steers every block, or is one more token among the patches:
    `conditioning` is "adaln_zero" or "in_context".
    """

    def __init__(
        self,
        patch: int = 4,
        width: int = 64,
        depth: int = 4,
        heads: int = 4,
        conditioning: Conditioning = "adaln_zero",
    ) -> None:
        super().__init__()
        steered = check_conditioning(conditioning) == "adaln_zero"
        block = DiTBlock if steered else PlainBlock
        self.time = TimestepEmbedding()
        self.token = None if steered else nn.Linear(TIME_SIZE, width)
        self.embed = PatchEmbedding(patch, width)
        self.blocks = nn.ModuleList(block(width, heads) for _ in range(depth))
        self.norm = AdaNorm(width)
        self.head = zero_linear(width, patch**2)

    def forward(self, xt: Tensor, t: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) and int64 (N,) to (N, 1, 28, 28)."""
        time = self.time(check_timesteps_of(xt, t))  # (N, TIME_SIZE)
        x = self.embed(xt)  # (N, T, width)
        if self.token is not None:
            x = torch.cat([self.token(time)[:, None], x], dim=1)
        for block in self.blocks:
            x = block(x, time)  # (N, T, width), or T + 1 tokens
        if self.token is not None:
            x = x[:, 1:]
        return unpatchify(self.head(self.norm(x, time)), self.embed.patch)


def check_conditioning(conditioning: Conditioning) -> Conditioning:
    """Return `conditioning` if there is such a one.

    Raises:
        ValueError: if there is not.
    """
    if conditioning not in get_args(Conditioning):
        known = ", ".join(get_args(Conditioning))
        raise ValueError(
            f"conditioning is {conditioning!r}; expected one of {known}"
        )
    return conditioning

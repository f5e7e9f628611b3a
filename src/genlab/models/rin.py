"""A recurrent interface network, RIN (Jabri et al., 2023), for digits.

Many tokens hold the image, one a patch. A few latents read from them, compute
among themselves, and write back what they found. At the next step of a sampler
the latents go on from where they were.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genlab.models.dit import zero_linear
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


class Look(nn.Module):
    """Some tokens look at others, then each has an MLP; both add to x."""

    def __init__(
        self, width: int, seen_width: int, heads: int, ratio: int
    ) -> None:
        super().__init__()
        self.norm, self.norm_seen = (
            nn.LayerNorm(width),
            nn.LayerNorm(seen_width),
        )
        self.attention = Attention(width, heads, seen_width)
        self.norm_mlp, self.mlp = nn.LayerNorm(width), TokenMLP(width, ratio)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """Map (N, T, width) and (N, S, seen_width) to (N, T, width)."""
        x = x + self.attention(self.norm(x), self.norm_seen(seen))
        return x + self.mlp(self.norm_mlp(x))


class RINBlock(nn.Module):
    """Latents read the tokens, compute, and write back to the tokens."""

    def __init__(self, width: int, token_width: int, heads: int) -> None:
        super().__init__()
        self.read = Look(width, token_width, heads, ratio=4)
        self.compute = PlainBlock(width, heads)
        self.write = Look(token_width, width, heads, ratio=1)

    def forward(self, latents: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Map (N, L, width) and (N, T, token_width) to the same two."""
        latents = self.compute(self.read(latents, tokens))
        return latents, self.write(tokens, latents)


class Recall(nn.Module):
    """What old latents add to the first ones: nothing, until it is trained."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp, self.norm = TokenMLP(width), nn.LayerNorm(width)
        nn.init.zeros_(self.norm.weight)

    def forward(self, old: Tensor) -> Tensor:
        """Map (N, L, width) to (N, L, width)."""
        return self.norm(old + self.mlp(old))


class RIN(nn.Module):
    """Noisy digits (N, 1, 28, 28) at timesteps (N,) to estimates alike."""

    def __init__(
        self,
        patch: int = 4,
        token_width: int = 64,
        latents: int = 16,
        width: int = 80,
        depth: int = 2,
        heads: int = 2,
    ) -> None:
        super().__init__()
        self.time = TimestepEmbedding()
        self.token = nn.Linear(TIME_SIZE, width)
        self.first = nn.Parameter(0.02 * torch.randn(latents, width))
        self.recall = Recall(width)
        self.embed = PatchEmbedding(patch, token_width)
        blocks = (RINBlock(width, token_width, heads) for _ in range(depth))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(token_width)
        self.head = zero_linear(token_width, patch**2)

    def forward(
        self, xt: Tensor, t: Tensor, latents: Tensor | None = None
    ) -> Tensor:
        """Map (N, 1, 28, 28) and int64 (N,) to (N, 1, 28, 28)."""
        return self.step(xt, t, latents)[0]

    def step(
        self, xt: Tensor, t: Tensor, latents: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return (N, 1, 28, 28) and latents for the next step, (N, L, width).

        `latents` are those of the step before; at the first they are zero.
        """
        time = self.time(check_timesteps_of(xt, t))  # (N, TIME_SIZE)
        if latents is None:
            latents = self.first.new_zeros(xt.shape[0], *self.first.shape)
        z = self.first + self.recall(latents)  # (N, L, width)
        z = torch.cat([self.token(time)[:, None], z], dim=1)
        x = self.embed(xt)  # (N, T, token_width)
        for block in self.blocks:
            z, x = block(z, x)
        return unpatchify(self.head(self.norm(x)), self.embed.patch), z[:, 1:]

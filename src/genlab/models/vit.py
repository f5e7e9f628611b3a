"""A vision transformer, small enough for digits (Dosovitskiy et al., 2021).

Each patch of an image is a token, a learned token stands before them, and a
transformer without mask works on all. What the first token has become is what
the classes are read off.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from genlab.models.tokens import (
    SIDE,
    PlainBlock,
    check_patch,
    grid_positions,
    patchify,
)

CLASSES = 10
Positions = Literal["learned", "sine", "none"]
Pool = Literal["class", "mean"]


class Places(nn.Module):
    """Adds to each token of a grid what says where it is."""

    vectors: Tensor

    def __init__(self, side: int, width: int, positions: Positions) -> None:
        super().__init__()
        if positions == "learned":
            self.vectors = nn.Parameter(0.02 * torch.randn(side**2, width))
            return
        nothing = torch.zeros(side**2, width)
        known = {"sine": grid_positions(side, width), "none": nothing}
        if positions not in known:
            raise ValueError(
                f"positions is {positions!r}; expected one of "
                f"{', '.join(get_args(Positions))}"
            )
        self.register_buffer("vectors", known[positions], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, side^2, width) to the same."""
        return x + self.vectors


class ViT(nn.Module):
    """Square images (N, channels, side, side) to logits (N, 10)."""

    def __init__(
        self,
        patch: int = 7,
        width: int = 64,
        depth: int = 4,
        heads: int = 4,
        positions: Positions = "learned",
        pool: Pool = "class",
        channels: int = 1,
        side: int = SIDE,
    ) -> None:
        super().__init__()
        across = side // check_patch(patch, side)
        self.patch, self.pool = patch, check_pool(pool)
        self.shape = (channels, side, side)
        self.embed = nn.Linear(channels * patch**2, width)
        self.places = Places(across, width, positions)
        first = torch.randn(int(pool == "class"), width)
        self.first = nn.Parameter(0.02 * first)
        blocks = (PlainBlock(width, heads) for _ in range(depth))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, CLASSES)

    def tokens(self, x: Tensor) -> Tensor:
        """Map images to what the blocks begin with, (N, 1 + T, width)."""
        patches = patchify(check_shape(x, self.shape), self.patch)
        x = self.places(self.embed(patches))  # (N, T, width)
        return torch.cat([self.first.expand(len(x), -1, -1), x], dim=1)

    def encode(self, x: Tensor) -> Tensor:
        """Map images to tokens that know of each other, (N, 1 + T, width)."""
        x = self.tokens(x)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, side, side) to logits (N, 10)."""
        x = self.encode(x)
        return self.head(x[:, 0] if self.pool == "class" else x.mean(dim=1))

    def attentions(self, x: Tensor) -> Tensor:
        """Return who looks at whom, (N, depth, heads, 1 + T, 1 + T)."""
        x, seen = self.tokens(x), []
        for block in self.blocks:
            assert isinstance(block, PlainBlock)
            seen.append(block.attention.weights(block.norm1(x)))
            x = block(x)
        return torch.stack(seen, dim=1)


class HybridViT(ViT):
    """A ViT whose patches are cut from a map (32, 14, 14) of a small CNN."""

    def __init__(self, patch: int = 2, width: int = 64, depth: int = 4) -> None:
        super().__init__(patch, width, depth, channels=32, side=SIDE // 2)
        self.stem = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1),  # (16, 14, 14)
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1),  # (32, 14, 14)
            nn.ReLU(),
        )

    def tokens(self, x: Tensor) -> Tensor:
        """Map digits (N, 1, 28, 28) to (N, 1 + T, width)."""
        return super().tokens(self.stem(check_shape(x, (1, SIDE, SIDE))))


class DeiT(ViT):
    """A ViT with a second learned token, which a teacher teaches.

    Its answer is the mean of what both tokens say (Touvron et al., 2021).
    """

    def __init__(self, patch: int = 7, width: int = 64, depth: int = 4) -> None:
        super().__init__(patch, width, depth)
        self.first = nn.Parameter(0.02 * torch.randn(2, width))
        self.taught_head = nn.Linear(width, CLASSES)

    def answers(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of both tokens, (N, 10) each."""
        x = self.encode(x)
        return self.head(x[:, 0]), self.taught_head(x[:, 1])

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) to logits (N, 10)."""
        own, taught = self.answers(x)
        return (own + taught) / 2


def check_shape(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return `x` if it is a batch of images of this shape.

    Raises:
        ValueError: if it is not.
    """
    if tuple(x.shape[1:]) != shape:
        wanted = ", ".join(map(str, ("N", *shape)))
        raise ValueError(
            f"the images have shape {tuple(x.shape)}; expected ({wanted}): "
            "positions are known for this size alone"
        )
    return x


def check_pool(pool: Pool) -> Pool:
    """Return `pool` if there is such a one.

    Raises:
        ValueError: if there is not.
    """
    if pool not in get_args(Pool):
        known = ", ".join(get_args(Pool))
        raise ValueError(f"pool is {pool!r}; expected one of {known}")
    return pool

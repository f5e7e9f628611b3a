"""Images as tokens, and the plain parts of a transformer that works on them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.models.transformer import sinusoidal

SIDE = 28


def patchify(x: Tensor, patch: int) -> Tensor:
    """Cut (N, C, H, W) into tokens (N, T, C * patch^2), row by row."""
    blocks = F.pixel_unshuffle(x, patch)  # (N, C patch^2, H/patch, W/patch)
    return blocks.flatten(2).transpose(1, 2)


def unpatchify(tokens: Tensor, patch: int) -> Tensor:
    """Put tokens (N, T, C * patch^2) together to square (N, C, H, H)."""
    side = round(tokens.shape[1] ** 0.5)
    blocks = tokens.transpose(1, 2).unflatten(2, (side, side))
    return F.pixel_shuffle(blocks, patch)


def check_patch(patch: int, side: int = SIDE) -> int:
    """Return `patch` if patches of this size cover an image of this side.

    Raises:
        ValueError: if they do not.
    """
    sizes = [size for size in range(1, side + 1) if side % size == 0]
    if isinstance(patch, bool) or patch not in sizes:
        raise ValueError(
            f"patch is {patch!r}; expected one that divides the image's side "
            f"of {side} pixels: {', '.join(map(str, sizes))}"
        )
    return patch


def grid_positions(side: int, width: int) -> Tensor:
    """Sine waves of a token's row, then of its column, (side^2, width).

    Raises:
        ValueError: if `width` is not a multiple of four: half of it is for the
            row, and each wave is a sine and a cosine.
    """
    if width % 4:
        raise ValueError(f"width is {width}; expected a multiple of 4")
    waves = sinusoidal(side, width // 2)
    rows = waves[:, None].expand(-1, side, -1)
    columns = waves[None].expand(side, -1, -1)
    positions = torch.cat([rows, columns], dim=-1).flatten(0, 1)
    # As half precision has them, so that an exported network is small.
    return positions.half().float()


class PatchEmbedding(nn.Module):
    """Digits to tokens: the patch's pixels by a linear layer, and its place."""

    positions: Tensor

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.patch = check_patch(patch)
        self.linear = nn.Linear(patch**2, width)
        positions = grid_positions(SIDE // patch, width)
        # Fixed, so that no checkpoint has to hold them.
        self.register_buffer("positions", positions, persistent=False)

    def forward(self, xt: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) to (N, T, width)."""
        return self.linear(patchify(xt, self.patch)) + self.positions


class Attention(nn.Module):
    """Tokens look at those of `context`; without one, at each other."""

    def __init__(self, width: int, heads: int, context_width: int = 0) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(
                f"width is {width} and heads {heads}; "
                "expected a multiple of heads"
            )
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(context_width or width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Map (N, T, width) and (N, S, context_width) to (N, T, width)."""
        q, k, v = self.split(x, x if context is None else context)
        seen = F.scaled_dot_product_attention(q, k, v)
        return self.out(seen.transpose(1, 2).flatten(2))

    def split(self, x: Tensor, context: Tensor) -> tuple[Tensor, ...]:
        """Return q (N, heads, T, width / heads); k and v alike, S for T."""
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        kv = self.kv(context).unflatten(-1, (2, self.heads, -1))
        return q, *kv.permute(2, 0, 3, 1, 4)

    def weights(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return how much each token looks at each, (N, heads, T, S)."""
        q, k, _ = self.split(x, x if context is None else context)
        return (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1)


class TokenMLP(nn.Sequential):
    """What each token does by itself, (N, T, width) to the same."""

    def __init__(self, width: int, ratio: int = 4) -> None:
        super().__init__(
            nn.Linear(width, ratio * width),
            nn.GELU(),
            nn.Linear(ratio * width, width),
        )


class PlainBlock(nn.Module):
    """Attention, then an MLP; both add to x, and no timestep enters."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.mlp = TokenMLP(width)

    def forward(self, x: Tensor, time: Tensor | None = None) -> Tensor:
        """Map (N, T, width) to the same; `time` is taken and not used."""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))

"""A decoder-only transformer in its plain form, small enough for names.

Layer norm before each part (Radford et al., 2019), learned positions, causal
multi-head self-attention (Vaswani et al., 2017), an MLP with GELU.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class CausalSelfAttention(nn.Module):
    """Each token mixes what it and the tokens before it hold."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(
                f"width is {width} and heads {heads}; "
                "expected a multiple of heads"
            )
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, T, width) to (N, T, width)."""
        weights, v = self.weights(x)  # (N, heads, T, T), (..., width / heads)
        return self.out((weights @ v).transpose(1, 2).reshape(x.shape))

    def weights(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return how much each token looks at each, and the values v.

        The first is (N, heads, T, T), and its rows sum to 1.
        """
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5  # (..., T, T)
        later = torch.ones_like(scores[0, 0], dtype=torch.bool).triu(1)
        return scores.masked_fill(later, float("-inf")).softmax(dim=-1), v


class Block(nn.Module):
    """Attention between tokens, then an MLP on each; both add to x."""

    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = CausalSelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.drop = nn.Dropout(dropout)  # does nothing outside of training

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, T, width) to (N, T, width)."""
        x = x + self.drop(self.attention(self.norm1(x)))
        return x + self.drop(self.mlp(self.norm2(x)))


class Transformer(nn.Module):
    """Tokens (N, T <= context) to the next ones' logits (N, T, vocabulary)."""

    def __init__(
        self,
        vocabulary: int,
        context: int = 24,
        width: int = 96,
        heads: int = 4,
        depth: int = 3,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.context = context
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(context, width)
        self.drop = nn.Dropout(dropout)
        blocks = (Block(width, heads, dropout) for _ in range(depth))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width)
        self.unembed = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map int64 (N, T) to float32 (N, T, vocabulary)."""
        x = self.embed(tokens)  # (N, T, width)
        for block in self.blocks:
            x = block(x)  # (N, T, width)
        return self.unembed(self.norm(x))  # (N, T, vocabulary)

    def embed(self, tokens: Tensor) -> Tensor:
        """Map tokens (N, T) to what each is plus where it is, (N, T, width).

        Raises:
            ValueError: if there are no tokens, or more than the context holds.
        """
        if tokens.ndim != 2 or not 1 <= tokens.shape[1] <= self.context:
            raise ValueError(
                f"tokens have shape {tuple(tokens.shape)}; expected (N, T), "
                f"T from 1 to {self.context}, the length of the context"
            )
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        return self.drop(self.token(tokens) + self.position(positions))

    def attentions(self, tokens: Tensor) -> Tensor:
        """Return all heads' weights for (N, T), (N, depth, heads, T, T)."""
        x, seen = self.embed(tokens), []
        for block in self.blocks:
            assert isinstance(block, Block)
            seen.append(block.attention.weights(block.norm1(x))[0])
            x = block(x)
        return torch.stack(seen, dim=1)


def sinusoidal(count: int, width: int) -> Tensor:
    """Positions of Vaswani et al. (2017): sine and cosine, (count, width)."""
    speeds = 10_000 ** -(torch.arange(0, width, 2) / width)  # radians a token
    angles = torch.arange(count)[:, None] * speeds
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def next_token_loss(model: nn.Module, tokens: Tensor, padding: int) -> Tensor:
    """Mean cross-entropy, in nats, of each token given those before it.

    Args:
        model: maps (N, T) to logits (N, T, vocabulary).
        tokens: int64, (N, T + 1); the first is given, the others to be told.
        padding: the token that fills up short rows, and does not count.
    """
    logits = model(tokens[:, :-1])  # (N, T, vocabulary)
    logits = logits.transpose(1, 2)
    return F.cross_entropy(logits, tokens[:, 1:], ignore_index=padding)

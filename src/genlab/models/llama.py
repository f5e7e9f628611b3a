"""A decoder-only transformer of the Llama kind, for `transformers`' tensors.

What differs from the plain form in `genlab.models.transformer`: RMS norm (Zhang
and Sennrich, 2019), rotary positions (Su et al., 2021), grouped-query attention
(Ainslie et al., 2023) and a gated MLP, SwiGLU (Shazeer, 2020), put together as
in Touvron et al. (2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class LlamaConfig:
    """The sizes of a Llama-style model; those of SmolLM2-135M by default."""

    vocabulary: int = 49152
    width: int = 576  # of each token's vector
    depth: int = 30  # blocks
    heads: int = 9  # of the queries
    kv_heads: int = 3  # of keys and values, each shared by several queries
    hidden: int = 1536  # inside the MLP
    context: int = 8192  # tokens
    theta: float = 100_000.0  # of the rotary positions
    eps: float = 1e-5  # in the norms

    def __post_init__(self) -> None:
        """Refuse sizes that do not divide each other."""
        if self.width % (2 * self.heads) or self.heads % self.kv_heads:
            raise ValueError(
                f"width {self.width}, heads {self.heads}, "
                f"kv_heads {self.kv_heads}: expected a "
                "width that is an even multiple of heads, "
                "and heads a multiple of kv_heads"
            )

    @property
    def head_size(self) -> int:
        """How many numbers a query, a key and a value have."""
        return self.width // self.heads


class RMSNorm(nn.Module):
    """Scale vectors to a mean square of 1, then each channel by its weight."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., width) to (..., width)."""
        mean_square = x.square().mean(dim=-1, keepdim=True)  # (..., 1)
        return self.weight * (x * torch.rsqrt(mean_square + self.eps))


def rotary_angles(positions: Tensor, size: int, theta: float) -> Tensor:
    """Return the angle of each pair of channels, in radians, (T, size / 2).

    Args:
        positions: whole numbers, (T,).
        size: channels of a head.
        theta: the first pair turns by 1 a position, the last by some 1 / theta.
    """
    exponents = torch.arange(0, size, 2, device=positions.device) / size
    speeds = theta**-exponents  # (size / 2,)
    return positions[:, None] * speeds


def rotate(x: Tensor, angles: Tensor) -> Tensor:
    """Turn pairs of channels of x (..., T, size) by angles (T, size / 2).

    Channel i is paired with channel i + size / 2.
    """
    first, second = x.chunk(2, dim=-1)  # (..., T, size / 2) each
    cos, sin = angles.cos().to(x), angles.sin().to(x)
    turned = (first * cos - second * sin, second * cos + first * sin)
    return torch.cat(turned, dim=-1)


@dataclass
class KVCache:
    """One layer's keys and values so far, (N, kv_heads, T, head_size) each."""

    keys: Tensor | None = None
    values: Tensor | None = None

    def __len__(self) -> int:
        """Return T."""
        return 0 if self.keys is None else self.keys.shape[2]

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add those of new tokens; return those of all tokens."""
        if self.keys is not None and self.values is not None:
            keys = torch.cat([self.keys, keys], dim=2)
            values = torch.cat([self.values, values], dim=2)
        self.keys, self.values = keys, values
        return keys, values


class GroupedQueryAttention(nn.Module):
    """Causal attention; heads of queries share those of keys and values."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.size = config.head_size
        self.group = config.heads // config.kv_heads
        kv_width = config.kv_heads * self.size
        self.q = nn.Linear(config.width, config.width, bias=False)
        self.k = nn.Linear(config.width, kv_width, bias=False)
        self.v = nn.Linear(config.width, kv_width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)

    def forward(
        self, x: Tensor, angles: Tensor, cache: KVCache | None
    ) -> Tensor:
        """Map (N, T, width) to the same; angles: the tokens', (T, size / 2)."""
        weights, v = self.weights(x, angles, cache)
        return self.out((weights @ v).transpose(1, 2).flatten(2))

    def weights(
        self, x: Tensor, angles: Tensor, cache: KVCache | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return who looks at whom how much, (N, heads, T, all T); and v."""
        parts = (self.q(x), self.k(x), self.v(x))
        heads = (y.unflatten(-1, (-1, self.size)) for y in parts)
        q, k, v = (y.transpose(1, 2) for y in heads)
        q, k = rotate(q, angles), rotate(k, angles)  # (N, ..., T, size)
        if cache is not None:
            k, v = cache.extend(k, v)  # (N, kv_heads, all T, size)
        # as many as q
        k, v = (y.repeat_interleave(self.group, 1) for y in (k, v))
        scores = q @ k.transpose(-1, -2) / self.size**0.5  # (..., T, all T)
        before = k.shape[2] - q.shape[2]  # tokens in the cache
        later = torch.ones_like(scores[0, 0]).triu(1 + before) > 0
        return scores.masked_fill(later, float("-inf")).softmax(dim=-1), v


class SwiGLU(nn.Module):
    """An MLP on each token whose hidden values pass a gate."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., width) to (..., width)."""
        return self.down(F.silu(self.gate(x)) * self.up(x))


class LlamaBlock(nn.Module):
    """Attention between tokens, then an MLP on each; both add to x."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.norm1 = RMSNorm(config.width, config.eps)
        self.attention = GroupedQueryAttention(config)
        self.norm2 = RMSNorm(config.width, config.eps)
        self.mlp = SwiGLU(config.width, config.hidden)

    def forward(
        self, x: Tensor, angles: Tensor, cache: KVCache | None
    ) -> Tensor:
        """Map (N, T, width) to (N, T, width)."""
        x = x + self.attention(self.norm1(x), angles, cache)
        return x + self.mlp(self.norm2(x))


def new_positions(tokens: Tensor, start: int, context: int) -> Tensor:
    """Return the positions of tokens (N, T) that follow `start` others, (T,).

    Raises:
        ValueError: if there are no tokens, or more than the context holds.
    """
    length = start + tokens.shape[1] if tokens.ndim == 2 else 0
    if not start < length <= context:
        raise ValueError(
            f"tokens have shape {tuple(tokens.shape)}, "
            f"after {start} in the cache; expected (N, T), T at least 1, "
            f"and at most {context} in all, the context: "
            "give a prompt that is not empty and not longer"
        )
    return torch.arange(start, length, device=tokens.device)


class Llama(nn.Module):
    """Tokens (N, T <= context) to the next ones' logits (N, T, vocabulary)."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.token = nn.Embedding(config.vocabulary, config.width)
        blocks = (LlamaBlock(config) for _ in range(config.depth))
        self.blocks = nn.ModuleList(blocks)
        self.norm = RMSNorm(config.width, config.eps)

    def forward(
        self, tokens: Tensor, cache: list[KVCache] | None = None
    ) -> Tensor:
        """Map int64 (N, T) to (N, T, vocabulary); the cache came before."""
        return self.unembed(self.stream(tokens, cache))

    def stream(
        self, tokens: Tensor, cache: list[KVCache] | None = None
    ) -> Tensor:
        """Return the tokens' vectors after the last norm, (N, T, width)."""
        x, angles = self.embed(tokens, start=len(cache[0]) if cache else 0)
        for i, block in enumerate(self.blocks):
            x = block(x, angles, cache[i] if cache else None)  # (N, T, width)
        return self.norm(x)

    def embed(self, tokens: Tensor, start: int = 0) -> tuple[Tensor, Tensor]:
        """Return what tokens are, (N, T, width), and where: (T, size / 2)."""
        config = self.config
        positions = new_positions(tokens, start, config.context)
        angles = rotary_angles(positions, config.head_size, config.theta)
        return self.token(tokens), angles

    def unembed(self, x: Tensor) -> Tensor:
        """Compare (N, T, width) with all embeddings, (N, T, vocabulary)."""
        return F.linear(x, self.token.weight)


def new_cache(model: Llama) -> list[KVCache]:
    """Return an empty cache for each block."""
    return [KVCache() for _ in model.blocks]


@torch.no_grad()
def attentions(model: Llama, tokens: Tensor) -> Tensor:
    """Return all heads' weights for tokens (N, T), (N, depth, heads, T, T)."""
    x, angles = model.embed(tokens)
    seen = []
    for block in model.blocks:
        assert isinstance(block, LlamaBlock)
        seen.append(block.attention.weights(block.norm1(x), angles)[0])
        x = block(x, angles, None)
    return torch.stack(seen, dim=1)


@torch.no_grad()
def greedy(model: Llama, tokens: Tensor, count: int, use_cache: bool) -> Tensor:
    """Continue tokens (N, T) by the most probable ones to (N, T + count)."""
    cache = new_cache(model) if use_cache else None
    new = tokens
    for _ in range(count):
        read = new if use_cache else tokens
        x = model.stream(read, cache)  # (N, T or 1, width)
        new = model.unembed(x[:, -1:]).argmax(dim=-1)  # (N, 1)
        tokens = torch.cat([tokens, new], dim=1)
    return tokens

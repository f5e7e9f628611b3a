"""Encoder, and encoder with decoder, small enough for names.

The third of the families, the decoder alone, is `genlab.models.transformer`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genlab.models.tokens import Attention, PlainBlock, TokenMLP
from genlab.models.transformer import CausalSelfAttention


class Embedding(nn.Module):
    """What each token is plus where it is: (N, T) to (N, T, width)."""

    def __init__(self, vocabulary: int, context: int, width: int) -> None:
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(context, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map int64 (N, T), T up to the context, to (N, T, width)."""
        context = self.position.num_embeddings
        if tokens.ndim != 2 or not 1 <= tokens.shape[1] <= context:
            raise ValueError(
                f"tokens have shape {tuple(tokens.shape)}; expected (N, T), "
                f"T from 1 to {context}, the length of the context"
            )
        places = torch.arange(tokens.shape[1], device=tokens.device)
        return self.token(tokens) + self.position(places)


class Encoder(nn.Module):
    """Reads tokens (N, T) in both directions; logits for each place."""

    def __init__(
        self,
        vocabulary: int,
        context: int,
        width: int = 64,
        heads: int = 4,
        depth: int = 2,
    ) -> None:
        super().__init__()
        self.embed = Embedding(vocabulary, context, width)
        blocks = (PlainBlock(width, heads) for _ in range(depth))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width)
        self.unembed: nn.Module = nn.Linear(width, vocabulary)

    def encode(self, tokens: Tensor) -> Tensor:
        """Map int64 (N, T) to what was read, (N, T, width)."""
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map int64 (N, T) to logits (N, T, vocabulary)."""
        return self.unembed(self.encode(tokens))


class CrossBlock(nn.Module):
    """Looks back, then at what was read, then has an MLP; all add to x."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.norm3 = nn.LayerNorm(width)
        self.attention = CausalSelfAttention(width, heads)
        self.cross = Attention(width, heads, width)
        self.mlp = TokenMLP(width)

    def forward(self, x: Tensor, read: Tensor) -> Tensor:
        """Map (N, T, width) and what was read, (N, S, width), to the former."""
        x = x + self.attention(self.norm1(x))
        x = x + self.cross(self.norm2(x), read)
        return x + self.mlp(self.norm3(x))


class EncoderDecoder(nn.Module):
    """Reads a source (N, S), writes a target (N, T): logits of the next."""

    def __init__(
        self,
        vocabulary: int,
        context: int,
        width: int = 64,
        heads: int = 4,
        depth: int = 2,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(vocabulary, context, width, heads, depth)
        self.encoder.unembed = nn.Identity()  # its vectors are what is wanted
        self.embed = Embedding(vocabulary, context, width)
        blocks = (CrossBlock(width, heads) for _ in range(depth))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width)
        self.unembed = nn.Linear(width, vocabulary)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Map int64 (N, S) and (N, T) to logits (N, T, vocabulary)."""
        read, x = self.encoder(source), self.embed(target)
        for block in self.blocks:
            x = block(x, read)
        return self.unembed(self.norm(x))

    def crossings(self, source: Tensor, target: Tensor) -> Tensor:
        """Return who looks at what was read, (N, depth, heads, T, S)."""
        read, x, seen = self.encoder(source), self.embed(target), []
        for block in self.blocks:
            assert isinstance(block, CrossBlock)
            x_before = x + block.attention(block.norm1(x))
            seen.append(block.cross.weights(block.norm2(x_before), read))
            x = block(x, read)
        return torch.stack(seen, dim=1)

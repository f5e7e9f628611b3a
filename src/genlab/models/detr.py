"""A small DETR (Carion et al., 2020): a set of boxes, all at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genlab.models.tokens import Attention, PlainBlock, TokenMLP, grid_positions

CLASSES = 10 + 1  # the last one is "no object"


class QueryBlock(nn.Module):
    """Queries look at each other, then at the image's tokens; then an MLP."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        norms = (nn.LayerNorm(width) for _ in range(3))
        self.norm1, self.norm2, self.norm3 = norms
        self.among = Attention(width, heads)
        self.across = Attention(width, heads, context_width=width)
        self.mlp = TokenMLP(width)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Map queries (N, Q, width) and tokens (N, T, width) to queries."""
        x = x + self.among(self.norm1(x))
        x = x + self.across(self.norm2(x), context)
        return x + self.mlp(self.norm3(x))


class DETR(nn.Module):
    """Scenes (N, 1, 64, 64) to logits (N, Q, 11) and boxes (N, Q, 4)."""

    def __init__(
        self,
        queries: int = 6,
        width: int = 64,
        depth: int = 2,
        heads: int = 4,
    ) -> None:
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2),  # (16, 32, 32)
            nn.GroupNorm(4, 16),
            nn.SiLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),  # (32, 16, 16)
            nn.GroupNorm(4, 32),
            nn.SiLU(),
            nn.Conv2d(32, width, 3, stride=2, padding=1),  # (width, 8, 8)
        )
        positions = grid_positions(8, width)
        self.register_buffer("positions", positions, persistent=False)
        encoder = (PlainBlock(width, heads) for _ in range(depth))
        self.encoder = nn.Sequential(*encoder, nn.LayerNorm(width))
        self.queries = nn.Parameter(torch.randn(queries, width))
        decoder = (QueryBlock(width, heads) for _ in range(depth))
        self.decoder = nn.ModuleList(decoder)
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, CLASSES)
        self.locate = nn.Sequential(
            nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 4)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map scenes to what each query sees, and where: shares of the side."""
        tokens = self.backbone(x).flatten(2).transpose(1, 2)  # (N, 64, width)
        tokens = self.encoder(tokens + self.positions)
        x = self.queries.expand(len(x), -1, -1)
        for block in self.decoder:
            x = block(x, tokens)
        x = self.norm(x)
        return self.classify(x), self.locate(x).sigmoid()

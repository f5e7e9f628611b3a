"""An autoencoder of colour photographs: blocks of 8 by 8 pixels become a few numbers each."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

BLOCK = 8
PIXELS = 3 * BLOCK * BLOCK
STEP = 1.0  # at the start: what one unit of z is worth in the units of the cosine transform


def cosine_basis(frequencies: int) -> Tensor:
    """Return the lowest waves of the cosine transform of a block, shape (n, 8 * 8), orthonormal.

    They are those whose two frequencies add up to less than `frequencies`, lowest first
    (Ahmed et al., 1974), the transform that JPEG takes of each block.
    """
    place = torch.arange(BLOCK) + 0.5
    waves = torch.stack([torch.cos(math.pi * k * place / BLOCK) for k in range(BLOCK)])
    waves = waves / waves.norm(dim=1, keepdim=True)
    pairs = [(i, s - i) for s in range(frequencies) for i in range(s + 1)]
    return torch.stack([torch.outer(waves[i], waves[j]).flatten() for i, j in pairs])


def colour_waves() -> Tensor:
    """Return 27 directions in a block's 192 numbers: 21 waves of brightness, 3 of two colours."""
    colours = torch.tensor([[1.0, 1.0, 1.0], [1.0, -2.0, 1.0], [1.0, 0.0, -1.0]])
    colours = colours / colours.norm(dim=1, keepdim=True)
    parts = zip(colours, (cosine_basis(6), cosine_basis(2), cosine_basis(2)), strict=True)
    return torch.cat([torch.einsum("c,np->ncp", c, waves).flatten(1) for c, waves in parts])


class PatchAutoEncoder(nn.Module):
    """Photographs to 27 numbers for each block of 8 by 8 pixels, and back.

    Encoder and decoder are a matrix plus a small network. The matrices start as the cosine
    transform, the networks at zero. The decoder sees the neighbours of a block too.
    """

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        waves = colour_waves()
        size = len(waves)
        self.unshuffle, self.shuffle = nn.PixelUnshuffle(BLOCK), nn.PixelShuffle(BLOCK)
        self.to_codes = nn.Conv2d(PIXELS, size, 1)
        self.to_pixels = nn.Conv2d(size, PIXELS, 1)
        self.bend_codes = _bend(PIXELS, size, width, kernel=1)
        self.bend_pixels = _bend(size, PIXELS, width, kernel=3)
        self.log_scale = nn.Parameter(torch.zeros(size, 1, 1))  # of the codes, to count their bits
        with torch.no_grad():
            self.to_codes.weight.copy_(waves[:, :, None, None] / STEP)
            self.to_pixels.weight.copy_(waves.T[:, :, None, None] * STEP)
            for layer in (self.to_codes, self.to_pixels):
                assert layer.bias is not None
                layer.bias.zero_()

    def encode(self, x: Tensor) -> Tensor:
        """Map pictures (N, 3, H, W) in [0, 1] to codes (N, 27, H / 8, W / 8)."""
        blocks = self.unshuffle(x - 0.5)
        return self.to_codes(blocks) + self.bend_codes(blocks)

    def decode(self, z: Tensor) -> Tensor:
        """Map codes (N, 27, h, w) to pictures (N, 3, 8 h, 8 w)."""
        return self.shuffle(self.to_pixels(z) + self.bend_pixels(z / 4)) + 0.5

    def bits(self, z: Tensor) -> Tensor:
        """Estimate the bits of each code, like z: -log2 of the probability of its whole number.

        Each channel is taken for a logistic distribution around 0 with a scale that is learned.
        """
        scale = self.log_scale.exp()
        share = torch.sigmoid((z + 0.5) / scale) - torch.sigmoid((z - 0.5) / scale)
        return -torch.log2(share.clamp(min=1e-6))


def _bend(inputs: int, outputs: int, width: int, kernel: int) -> nn.Sequential:
    last = nn.Conv2d(width, outputs, 1)
    nn.init.zeros_(last.weight)
    assert last.bias is not None
    nn.init.zeros_(last.bias)
    return nn.Sequential(
        nn.Conv2d(inputs, width, kernel, padding=kernel // 2),
        nn.SiLU(),
        nn.Conv2d(width, width, 1),
        nn.SiLU(),
        last,
    )

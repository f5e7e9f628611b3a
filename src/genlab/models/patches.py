"""An autoencoder of colour photographs: 8 by 8 pixels become a few numbers."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BLOCK = 8
PIXELS = 3 * BLOCK * BLOCK
STEP = 0.5  # what one unit of a code is worth in the cosine transform


def cosine_basis(frequencies: int) -> Tensor:
    """Return the lowest waves of a block's cosine transform, (n, 8 * 8).

    They are those whose two frequencies add up to less than `frequencies`,
    lowest first, and orthonormal (Ahmed et al., 1974); JPEG takes the same
    transform of each block.
    """
    place = torch.arange(BLOCK) + 0.5
    turns = [math.pi * k * place / BLOCK for k in range(BLOCK)]
    waves = torch.stack([torch.cos(turn) for turn in turns])
    waves = waves / waves.norm(dim=1, keepdim=True)
    pairs = [(i, s - i) for s in range(frequencies) for i in range(s + 1)]
    planes = [torch.outer(waves[i], waves[j]) for i, j in pairs]
    return torch.stack([plane.flatten() for plane in planes])


def colour_waves() -> Tensor:
    """Return 27 directions in a block's 192 numbers, (27, 192).

    They are 21 waves of brightness, and 3 of each of two colours.
    """
    colours = torch.tensor([[1.0, 1, 1], [1, -2, 1], [1, 0, -1]])
    colours = colours / colours.norm(dim=1, keepdim=True)
    bases = (cosine_basis(6), cosine_basis(2), cosine_basis(2))
    parts = [
        torch.einsum("c,np->ncp", colour, waves).flatten(1)
        for colour, waves in zip(colours, bases, strict=True)
    ]
    return torch.cat(parts)


class PatchAutoEncoder(nn.Module):
    """Photographs to 27 numbers for each block of 8 by 8 pixels, and back.

    The encoder is the cosine transform and learns nothing, for its numbers will
    be rounded, and rounding has no gradient. The decoder is the transform's
    inverse plus a network that sees the neighbours of a block too; before
    training the network adds nothing.
    """

    waves: Tensor

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.register_buffer("waves", colour_waves(), persistent=False)
        last = nn.Conv2d(width, PIXELS, 1)
        self.add_to_pixels = nn.Sequential(
            nn.Conv2d(len(self.waves), width, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(width, width, 1),
            nn.SiLU(),
            last,
        )
        for parameter in last.parameters():
            nn.init.zeros_(parameter)

    def encode(self, x: Tensor) -> Tensor:
        """Map pictures (N, 3, H, W), 0 to 1, to codes (N, 27, H / 8, W / 8)."""
        blocks = F.pixel_unshuffle(x - 0.5, BLOCK)
        return torch.einsum("cp,nphw->nchw", self.waves, blocks) / STEP

    def decode(self, z: Tensor) -> Tensor:
        """Map codes (N, 27, h, w) to pictures (N, 3, 8 h, 8 w)."""
        z = z * STEP
        blocks = torch.einsum("cp,nchw->nphw", self.waves, z)
        return F.pixel_shuffle(blocks + self.add_to_pixels(z), BLOCK) + 0.5

"""Scenes of several digits, with what is asked of them: masks and boxes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.data import Digits

SCENE_SIDE = 64
DIGITS = 3  # in a scene, at most
NOTHING = 10  # the class of a digit that is not there
INK = 0.3  # from here on a pixel belongs to a digit


@dataclass(frozen=True)
class Scenes:
    """Images, and what is on them.

    Attributes:
        images: (N, 1, 64, 64) in [0, 1]; 1 is ink.
        masks: (N, 64, 64), int64; 0 is background, d + 1 a pixel of digit d.
        boxes: (N, 3, 4), around the ink of each digit: the centre's column and
            row, width and height, as shares of the side.
        labels: (N, 3), int64; 10 where there is no digit, and no box.
    """

    images: Tensor
    masks: Tensor
    boxes: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.images)


def draw_scenes(digits: Tensor, labels: Tensor, rng: torch.Generator) -> Scenes:
    """Put digits together to scenes, one to three on each.

    Each scene has four quarters, and its digits lie near the middles of three
    of them, of different sizes; some of the second and third are left out.

    Args:
        digits: (3 N, 1, 28, 28) in [0, 1]; three make one scene.
        labels: (3 N,), 0 to 9.
        rng: where the randomness comes from, on the digits' device.

    Raises:
        ValueError: if their number is not a multiple of three.
    """
    if len(digits) % DIGITS or len(digits) != len(labels):
        raise ValueError(
            f"got {len(digits)} digits and {len(labels)} labels; expected "
            f"equally many, a multiple of {DIGITS}"
        )
    n = len(digits) // DIGITS
    layers = _placed(digits, rng).view(n, DIGITS, SCENE_SIDE, SCENE_SIDE)
    count = torch.randint(1, DIGITS + 1, (n, 1), generator=rng)
    there = torch.arange(DIGITS) < count.to(digits.device)
    layers = layers * there[..., None, None]
    labels = labels.view(n, DIGITS).where(there, torch.tensor(NOTHING))
    ink, top = layers.max(dim=1)  # the digit with most ink owns the pixel
    owner = labels.gather(1, top.flatten(1)).view_as(top)
    masks = torch.where(ink > INK, owner + 1, 0)
    boxes = boxes_around(layers > INK)
    return Scenes(ink[:, None], masks, boxes, labels)


def fresh_scenes(digits: Digits, count: int, seed: int) -> Scenes:
    """Return `count` scenes of digits that are drawn, equal for equal seeds."""
    rng = torch.Generator().manual_seed(seed)
    chosen = torch.randint(len(digits), (DIGITS * count,), generator=rng)
    return draw_scenes(digits.images[chosen], digits.labels[chosen], rng)


def _placed(digits: Tensor, rng: torch.Generator) -> Tensor:
    """Draw each digit on an empty scene of its own, (3 N, 64, 64)."""
    n = len(digits) // DIGITS
    quarter = torch.rand(n, 4, generator=rng).argsort(dim=1)[:, :DIGITS]
    column, row = quarter.flatten() % 2, quarter.flatten() // 2
    draw = torch.rand(3, n * DIGITS, generator=rng)
    size = 0.8 + 0.45 * draw[0]
    half = SCENE_SIDE / 2
    # Middles of quarters lie at 16 and 48 pixels, and digits up to 5 off them.
    x, y = (
        half * (place + 0.5) + 10 * (shift - 0.5)
        for place, shift in ((column, draw[1]), (row, draw[2]))
    )
    # From a scene's coordinates to a digit's; both run from -1 to 1.
    shrink, zero = half / (14 * size), torch.zeros_like(size)
    rows = [
        torch.stack([shrink, zero, (half - x) / (14 * size)], dim=1),
        torch.stack([zero, shrink, (half - y) / (14 * size)], dim=1),
    ]
    theta = torch.stack(rows, dim=1).to(digits.device)
    shape = [len(digits), 1, SCENE_SIDE, SCENE_SIDE]
    grid = F.affine_grid(theta, shape, align_corners=False)
    return F.grid_sample(digits, grid, align_corners=False)[:, 0]


def boxes_around(layers: Tensor) -> Tensor:
    """Boxes (..., 4) around what is true in (..., H, W); zeros for nothing.

    Centre's column and row, width and height, as shares of W and H.
    """
    sides = []
    for dim in (-2, -1):  # over rows: which columns have ink; then over columns
        line = layers.any(dim=dim)
        length = line.shape[-1]
        first = line.int().argmax(dim=-1)
        last = length - line.flip(-1).int().argmax(dim=-1)
        some = line.any(dim=-1)
        sides.append((first * some / length, last * some / length))
    (left, right), (top, bottom) = sides
    return torch.stack(
        [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top],
        dim=-1,
    )

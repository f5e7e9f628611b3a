"""Measures of a map: of points in the plane that an encoder gives to images."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributions import Normal

# Five that differ in nothing but the seed, which is their place in this list.
AUTOENCODERS: tuple[str, ...] = (
    "autoencoder-2d",
    *(f"autoencoder-2d-seed-{seed}" for seed in (1, 2, 3, 4)),
)


def neighbours(points: Tensor, others: Tensor, k: int = 10) -> Tensor:
    """Indices of the k nearest of `others` for each of `points`, (N, k)."""
    distances = torch.cdist(points.flatten(1), others.flatten(1))
    return distances.topk(k, largest=False).indices


def area(points: Tensor) -> float:
    """Size of a cloud (N, 2): the root of its covariance's determinant."""
    return torch.linalg.det(torch.cov(points.T)).sqrt().item()


def bounding_box(z: Tensor) -> tuple[Tensor, Tensor]:
    """Lowest and highest corner of the smallest box around z (N, D)."""
    return z.min(dim=0).values, z.max(dim=0).values


def uniform(box: tuple[Tensor, Tensor], n: int, seed: int = 0) -> Tensor:
    """`n` points, uniform in the box between two corners (D,), shape (n, D)."""
    low, high = box
    rng = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(n, len(low), generator=rng)


def empty_share(place: Tensor, cells: int = 20) -> float:
    """Share of empty cells of the unit square, for points (N, 2).

    Points outside of the square count for no cell.
    """
    inside = place[((place >= 0) & (place < 1)).all(dim=1)]
    column, row = (inside * cells).long().T
    return 1 - len(torch.unique(column * cells + row)) / cells**2


def empty_in_box(z: Tensor) -> float:
    """Share of empty cells of the points' (N, 2) own bounding box."""
    low, high = bounding_box(z)
    return empty_share((z - low) / (high - low))


def whiten(points: Tensor, like: Tensor) -> Tensor:
    """Shift and stretch points (N, D) by the mean and covariance of `like`.

    Moved so, `like` (M, D) would have mean 0 and covariance I.
    """
    root = torch.linalg.cholesky(torch.cov(like.T))
    centred = (points - like.mean(dim=0)).T
    return torch.linalg.solve_triangular(root, centred, upper=False).T


def to_unit_square(points: Tensor) -> Tensor:
    """Map points (N, 2) of N(0, I) to the unit square, evenly spread."""
    return Normal(0.0, 1.0).cdf(points)


def square_cells(box: tuple[Tensor, Tensor], columns: int = 14) -> Tensor:
    """Middles of square cells over a box, by rows from the top left, (N, 2)."""
    low, high = box
    side = (high[0] - low[0]) / columns
    rows = round(((high[1] - low[1]) / side).item())
    across = low[0] + side * (torch.arange(columns) + 0.5)
    down = high[1] - side * (torch.arange(rows) + 0.5)
    z1, z0 = torch.meshgrid(down, across, indexing="ij")
    return torch.stack([z0, z1], dim=-1).reshape(-1, 2)

"""Boxes: how far two overlap, which answers which, how good answers are."""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def corners(boxes: Tensor) -> Tensor:
    """Boxes (..., 4) of centre and size to left, top, right, bottom."""
    centre, size = boxes[..., :2], boxes[..., 2:]
    return torch.cat([centre - size / 2, centre + size / 2], dim=-1)


def area(boxes: Tensor) -> Tensor:
    """Areas (...) of boxes (..., 4) given by their corners; 0 if inside out."""
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(dim=-1)


def overlap(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return the areas that boxes (..., 4), by corners, share and cover."""
    low = torch.maximum(a[..., :2], b[..., :2])
    high = torch.minimum(a[..., 2:], b[..., 2:])
    shared = area(torch.cat([low, high], dim=-1))
    return shared, area(a) + area(b) - shared


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union (...) of boxes (..., 4) of centre and size.

    0 where neither has an area.
    """
    shared, covered = overlap(corners(a), corners(b))
    return shared / covered.clamp(min=1e-12)


def generalized_iou(a: Tensor, b: Tensor) -> Tensor:
    """IoU less the share of the hull that neither covers, from -1 to 1.

    Boxes (..., 4) of centre and size. Where boxes do not meet, IoU is 0
    whatever their distance; this falls with it (Rezatofighi et al., 2019).
    """
    a, b = corners(a), corners(b)
    shared, covered = overlap(a, b)
    low = torch.minimum(a[..., :2], b[..., :2])
    high = torch.maximum(a[..., 2:], b[..., 2:])
    hull = area(torch.cat([low, high], dim=-1)).clamp(min=1e-12)
    return shared / covered.clamp(min=1e-12) - (hull - covered) / hull


def matched(cost: Tensor) -> tuple[Tensor, Tensor]:
    """Which row goes with which column of (R, C), so that the sum is least.

    Returns row and column numbers, min(R, C) of each; by SciPy's version of
    the Hungarian method.
    """
    rows, columns = linear_sum_assignment(cost.detach().cpu().double().numpy())
    return torch.as_tensor(rows), torch.as_tensor(columns)


def average_precision(hits: Tensor, scores: Tensor, truths: int) -> float:
    """Area below precision against recall, of answers sorted by their score.

    Args:
        hits: (A,), bool: does the answer have a truth of its own?
        scores: (A,), how sure each answer is.
        truths: how many there are to be found.

    Raises:
        ValueError: if there is nothing to be found.
    """
    if truths < 1:
        raise ValueError(f"got {truths} truths; expected 1 or more")
    hits = hits[scores.argsort(descending=True, stable=True)].double()
    precision = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
    return float((precision * hits).sum() / truths)


def hits(
    boxes: Tensor, scores: Tensor, truths: Tensor, least: float = 0.5
) -> Tensor:
    """Which answers of one image and class find a truth: (A,), bool.

    The surest answer takes the truth that it overlaps most, if the IoU is
    `least` or more and no surer one has it.

    Args:
        boxes: (A, 4), centre and size.
        scores: (A,).
        truths: (B, 4), centre and size.
        least: IoU from which on an answer counts.
    """
    found = torch.zeros(len(boxes), dtype=torch.bool)
    if not len(truths):
        return found
    overlaps, free = iou(boxes[:, None], truths), torch.ones(len(truths))
    for answer in scores.argsort(descending=True, stable=True):
        best = overlaps[answer].argmax()
        if overlaps[answer, best] >= least and free[best]:
            found[answer], free[best] = True, 0
    return found

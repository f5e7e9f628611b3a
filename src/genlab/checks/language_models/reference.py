"""What the checks on language models share: logits, and when two numbers are equal."""

from __future__ import annotations

import math

import torch
from torch import Tensor

CLOSE = 1e-4  # relative: single precision does better


def random_logits(rows: int = 1, columns: int = 30, scale: float = 2.0) -> Tensor:
    """Return logits (rows, columns), the same at each call."""
    rng = torch.Generator().manual_seed(0)
    return scale * torch.randn(rows, columns, generator=rng)


def near(got: float, wanted: float) -> bool:
    """Whether two numbers are equal up to rounding."""
    return math.isclose(got, wanted, rel_tol=CLOSE)

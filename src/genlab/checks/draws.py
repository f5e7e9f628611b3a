"""What several checks ask of random numbers: where they come from and how they spread."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Distribution

from genlab.checks import Hint


def seeded(seed: int = 0) -> torch.Generator:
    """Return a new generator with this seed."""
    return torch.Generator().manual_seed(seed)


def expect_source(draw: Callable[[torch.Generator], Tensor], function: str) -> None:
    """Look at where random numbers come from.

    Args:
        draw: hands a generator to the answer and returns the values that come back.
        function: the function of PyTorch that takes the generator.

    Raises:
        Hint: they do not come from the generator.
    """
    first, again, other = draw(seeded(3)), draw(seeded(3)), draw(seeded(4))
    if not torch.equal(first, again):
        raise Hint(
            "Two calls with the same seed differ: pass `generator=rng` to {function}.",
            function=function,
        )
    if torch.equal(first, other):
        raise Hint(
            "Two calls with different seeds are equal: pass `generator=rng` to {function}.",
            function=function,
        )
    one = seeded(3)
    if torch.equal(draw(one), draw(one)):
        raise Hint(
            "Two calls in a row with one rng are equal: draw from rng as it is, without setting "
            "its seed."
        )


def largest_gap(values: Tensor, wanted: Distribution) -> float:
    """Return the Kolmogorov-Smirnov distance between values (n,) and a distribution, 0 to 1.

    With n values of that distribution it is below 3 / sqrt(n), except once in 30 million times.
    """
    n = len(values)
    share = wanted.cdf(values.sort().values)
    steps = torch.arange(n + 1, dtype=share.dtype) / n
    return float(torch.maximum(share - steps[:-1], steps[1:] - share).max())


def largest_correlation(values: Tensor) -> float:
    """Return the largest correlation, in size, between two different columns of (n, D)."""
    if values.shape[1] < 2:
        return 0.0
    return float(torch.corrcoef(values.T).fill_diagonal_(0).abs().max())

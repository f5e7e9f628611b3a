"""The check of the exercise *Sample sixteen dimensions*."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Uniform

from genlab.checks import Case, Hint, Result, exercise, expect_values, run_check
from genlab.checks.draws import expect_source, largest_correlation, largest_gap, seeded

BoxSampler = Callable[[Tensor, int, torch.Generator], Tensor]

MANY = 4000
NARROW = torch.tensor([[-1.0, 4.0], [2.0, 4.0], [0.0, 4.0]])


@exercise("ex-sixteen-dimensions", points=2)
def sample_box(answer: BoxSampler) -> Result:
    """Check a function (z, n, rng) -> n points uniform in the bounding box of z.

    `z` has shape (N, D); the points shall have shape (n, D).
    """
    z = torch.randn(200, 16, generator=seeded()) * torch.arange(1, 17) + 5

    def points(codes: Tensor, n: int, rng: torch.Generator) -> Tensor:
        shape = (n, codes.shape[1])
        return expect_values(answer(codes, n, rng), shape, f"sample_box(z, {n})")

    def shape() -> None:
        points(z, 7, seeded(1))

    def many() -> Tensor:
        return points(z, MANY, seeded(1))

    def any_size() -> None:
        for codes in (z[:, :1], z[:1], torch.zeros(1, 1), NARROW):
            for n in (1, 50):
                _expect_inside(points(codes, n, seeded(1)), codes)

    def from_rng() -> None:
        expect_source(lambda rng: points(z, 5, rng), "torch.rand")

    return run_check(
        "sample_box",
        [
            Case("it returns n points with as many dimensions as z", shape),
            Case("every point lies in the box", lambda: _expect_inside(many(), z)),
            Case("the points fill the box evenly", lambda: _expect_even(many(), z)),
            Case("the same generator gives the same points", from_rng),
            Case("one point, one dimension, an empty box", any_size),
        ],
    )


def _box(z: Tensor) -> tuple[Tensor, Tensor]:
    return z.double().amin(dim=0), z.double().amax(dim=0)


def _expect_inside(points: Tensor, z: Tensor) -> None:
    low, high = _box(z)
    room = 1e-5 * (high - low + low.abs() + high.abs())  # for rounding in single precision
    outside = ((points < low - room) | (points > high + room)).any(dim=0)
    if outside.any():
        wrong = int(outside.nonzero()[0])
        raise Hint(
            "In dimension {wrong} points run from {lowest:.1f} to {highest:.1f}, the "
            "encodings from {low:.1f} to {high:.1f}. Each dimension has a smallest and a "
            "largest value of its own.",
            wrong=wrong,
            lowest=points[:, wrong].min(),
            highest=points[:, wrong].max(),
            low=low[wrong],
            high=high[wrong],
        )


def _expect_even(points: Tensor, z: Tensor) -> None:
    low, high = _box(z)
    place = (points - low) / (high - low)
    if torch.equal(points, points[:1].expand_as(points)):
        raise Hint("All points are the same: draw n random numbers for each dimension.")
    gap = max(largest_gap(column, Uniform(0.0, 1.0, validate_args=False)) for column in place.T)
    if gap > 3 / MANY**0.5:
        raise Hint(
            "The points stay inside the box but do not fill it evenly: a uniform sample has "
            "its mean in the middle and a standard deviation of 0.29 times the box's width."
        )
    if largest_correlation(place) > 0.1:
        raise Hint(
            "The points do not fill the box: they lie on lines through it, since several "
            "dimensions get the same random number. Draw one for each dimension of each point."
        )

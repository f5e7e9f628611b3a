"""The check of the exercise *Another seed*."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, expect_number, run_check, say, text
from genlab.checks.draws import seeded

Agreement = Callable[[Tensor, Tensor, int], float]

# With this seed no two distances from a point are nearly equal: rounding changes no neighbour.
SEED, POINTS = 4668, 30

ITSELF = text("A map compared with itself")
TURNED = text("The same map turned, grown and moved")
CHANCE, RELATED = text("Two unrelated maps"), text("Two related maps")
EMPTY = text("A map with empty axes added")


@exercise("ex-another-seed", points=3)
def neighbour_agreement(answer: Agreement) -> Result:
    """Check a function (z_a, z_b, k) -> mean share of common neighbours, in [0, 1].

    `z_a` and `z_b` are (N, D) and (N, E): two encodings of the same N images.
    """
    z, related, unrelated = _maps()
    turned = 3 * z @ torch.tensor([[0.6, -0.8], [0.8, 0.6]]) + 4
    empty_axes = torch.cat([z, 0 * z], dim=1)

    def compare(what: str, other: Tensor, *all_k: int) -> Callable[[], None]:
        def run() -> None:
            for k in all_k:
                _expect_agreement(answer(z, other, k), z, other, k, what)

        return run

    alike = compare(TURNED, turned, 10)
    partly = compare(RELATED, related, 5, 1, 2, POINTS - 1)
    return run_check(
        "neighbour_agreement",
        [
            Case("a map agrees wholly with itself", compare(ITSELF, z, 5)),
            Case("turning, growing and moving a map changes no neighbour", alike),
            Case("two unrelated maps agree by chance only", compare(CHANCE, unrelated, 10, 3)),
            Case("maps of different dimensions can be compared", compare(EMPTY, empty_axes, 5)),
            Case("two related maps agree in part, for each k", partly),
            Case("three points on a line", lambda: _expect_few(answer)),
        ],
    )


def _maps() -> tuple[Tensor, Tensor, Tensor]:
    """A map, one that is like it, and one that has nothing to do with it."""
    rng = seeded(SEED)
    z = torch.randn(POINTS, 2, generator=rng)
    related = z + 0.3 * torch.randn(POINTS, 2, generator=rng)
    return z, related, torch.randn(POINTS, 3, generator=rng)


def _expect_few(answer: Agreement) -> None:
    line = torch.tensor([[0.0], [1.0], [3.0]])
    for other, k in ((line, 1), (line, 2), (-(line**2), 1), (line[[2, 0, 1]], 1)):
        _expect_agreement(
            answer(line, other, k), line, other, k, say("Of 3 points, with k = {k},", k=k)
        )


def _expect_agreement(answer: object, a: Tensor, b: Tensor, k: int, what: str) -> None:
    got, wanted = expect_number(answer, "neighbour_agreement"), _share(_near(a, k), _near(b, k))
    if abs(got - wanted) < 1e-3:
        return
    mistakes = (say(why) for why, value in _mistakes(a, b, k) if abs(got - value) < 1e-3)
    raise Hint(
        "{what} should give {wanted:.2f}; yours gives {got:.3f}{about}",
        what=say(what),
        wanted=wanted,
        got=got,
        about=next(mistakes, "."),
    )


def _near(z: Tensor, k: int, skip: int = 1) -> Tensor:
    """Indices (N, k) of the nearest points, without the `skip` very nearest."""
    exact = torch.cdist(z.double(), z.double(), compute_mode="donot_use_mm_for_euclid_dist")
    return exact.argsort(dim=1)[:, skip : skip + k]


def _common(near_a: Tensor, near_b: Tensor) -> Tensor:
    """How many indices two rows share, for each row."""
    return (near_a[:, :, None] == near_b[:, None, :]).any(dim=2).double().sum(dim=1)


def _share(near_a: Tensor, near_b: Tensor) -> float:
    return float((_common(near_a, near_b) / near_a.shape[1]).mean())


def _mistakes(a: Tensor, b: Tensor, k: int) -> list[tuple[str, float]]:
    """What common mistakes would give, each with its explanation."""
    near_a, near_b = _near(a, k), _near(b, k)
    common = _common(near_a, near_b)
    far_a, far_b = (_near(z, k, skip=len(z) - k) for z in (a, b))
    found = [
        (
            text(": does a point count as its own neighbour?"),
            _share(_near(a, k, 0), _near(b, k, 0)),
        ),
        (text(": that is for the k farthest points."), _share(far_a, far_b)),
        (text(": that is for k + 1 neighbours."), _share(_near(a, k + 1), _near(b, k + 1))),
        (text(": that is the number of common neighbours, not their share."), float(common.mean())),
        (text(": that is a sum over the images, not their mean."), float((common / k).sum())),
        (
            text(": that is in per cent; a share is between 0 and 1."),
            float(100 * (common / k).mean()),
        ),
        (
            text(": divide by k, not by the size of the union."),
            float((common / (2 * k - common)).mean()),
        ),
        (
            text(": a neighbour counts wherever it stands among the k."),
            float((near_a == near_b).double().mean()),
        ),
    ]
    if k > 1:
        fewer = _near(a, k - 1), _near(b, k - 1)
        found.append((text(": that is for k - 1 neighbours."), _share(*fewer)))
    return found

"""The check of the exercise *Spherical interpolation*."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, expect_values, run_check
from genlab.checks.draws import seeded
from genlab.latents import slerp as reference_slerp

Path = Callable[[Tensor, Tensor, int], Tensor]


@exercise("ex-slerp", points=3)
def slerp(answer: Path) -> Result:
    """Check a function (a, b, steps) -> points (steps, D) on the arc from a to b."""
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])

    def path(a: Tensor, b: Tensor, steps: int) -> Tensor:
        return expect_values(answer(a, b, steps), (steps, len(a)), f"slerp(a, b, {steps})")

    def both_ends() -> None:
        for steps in (5, 2):
            _expect_ends(path(a, b, steps), a, b)

    return run_check(
        "slerp",
        [
            Case("the path has its ends and `steps` points", both_ends),
            Case(
                "between ends of one length the length stays", lambda: _expect_length(path(a, b, 5))
            ),
            Case("the angle grows evenly", lambda: _expect_even_angles(path)),
            Case(
                "between ends of different length the length changes evenly",
                lambda: _expect_even_lengths(path(a, 3 * b, 5)),
            ),
            Case("it works in sixteen dimensions", lambda: _expect_arcs(path)),
            Case("ends of different size are refused", lambda: _expect_refusals(answer)),
            Case("ends in the same direction are joined by a line", lambda: _expect_lines(path)),
        ],
    )


def _expect_ends(points: Tensor, a: Tensor, b: Tensor) -> None:
    if not torch.allclose(points[[0, -1]], torch.stack([a, b]).double(), atol=1e-5):
        raise Hint(
            "The path goes from {first} to {last}, not a to b, which are {a} and {b}.",
            first=_short(points[0]),
            last=_short(points[-1]),
            a=_short(a),
            b=_short(b),
        )


def _short(values: Tensor) -> list[float]:
    return [round(value, 2) for value in values.tolist()]


def _expect_length(points: Tensor) -> None:
    lengths = points.norm(dim=1)
    worst = int((lengths - 2).abs().argmax())
    if abs(lengths[worst] - 2) > 1e-4:
        raise Hint(
            "Both ends have length 2, but point {worst} has {length:.2f}. The middle of a "
            "straight line would have 1.41: the arc stays at 2.",
            worst=worst,
            length=lengths[worst],
        )


def _expect_even_angles(path: Path) -> None:
    for angle in (90.0, 10.0, 150.0):
        turn = torch.tensor(angle).deg2rad()
        points = path(torch.tensor([2.0, 0.0]), 2 * torch.stack([turn.cos(), turn.sin()]), 4)
        angles = torch.atan2(points[:, 1], points[:, 0]).rad2deg()
        if (angles - torch.linspace(0, angle, 4)).abs().max() > 0.1:
            raise Hint(
                "From 0 to {angle:g} degrees the angles are {angles}; even steps expected.",
                angle=angle,
                angles=_short(angles),
            )


def _expect_even_lengths(points: Tensor) -> None:
    lengths = points.norm(dim=1)
    if (lengths - torch.linspace(2, 6, 5)).abs().max() > 1e-4:
        raise Hint(
            "From length 2 to length 6 the lengths are {lengths}; they should grow evenly.",
            lengths=_short(lengths),
        )
    angles = torch.atan2(points[:, 1], points[:, 0]).rad2deg()
    if (angles - torch.linspace(0, 90, 5)).abs().max() > 0.1:
        raise Hint(
            "From length 2 to length 6 the angles are {angles}; even steps expected, "
            "whatever the lengths are.",
            angles=_short(angles),
        )


def _expect_arcs(path: Path) -> None:
    pairs = torch.randn(4, 2, 16, generator=seeded())
    for steps, (left, right) in zip((7, 2, 3, 8), pairs, strict=True):
        for end in (right, 5 * right, 0.01 * right):
            wanted = reference_slerp(left.double(), end.double(), steps)
            if not torch.allclose(path(left, end, steps), wanted, atol=1e-3):
                raise Hint("In 16 dimensions the points differ from the arc.")


def _expect_refusals(answer: Path) -> None:
    # Sizes that PyTorch refuses to combine, and one that it would stretch.
    for sizes in ((2, 3), (17, 5), (1, 4)):
        _expect_refusal(answer, *sizes)


def _expect_refusal(answer: Path, first: int, second: int) -> None:
    try:
        answer(torch.ones(first), torch.ones(second), 6)
    except Hint:
        raise
    except ValueError as error:
        if str(first) in str(error) and str(second) in str(error):
            return
        raise Hint(
            "The message {message!r} should name the two sizes, {first} and {second}.",
            message=str(error),
            first=first,
            second=second,
        ) from None
    except Exception as error:
        kind = type(error).__name__
        raise Hint(
            "For ends of different size, {first} and {second}, raise a ValueError, not {kind}.",
            first=first,
            second=second,
            kind=kind,
        ) from None
    raise Hint(
        "Ends of different size, {first} and {second}, should raise a ValueError that names both.",
        first=first,
        second=second,
    )


def _expect_lines(path: Path) -> None:
    ends = torch.randn(20, 16, generator=seeded(1))
    for a in (torch.tensor([2.0, 0.0]), torch.tensor([0.3]), *ends):
        for stretch in (1.0, 3.0, 0.2):
            _expect_line(path, a, stretch * a)


def _expect_line(path: Path, a: Tensor, b: Tensor) -> None:
    try:
        points = path(a, b, 5)
    except Hint as hint:
        raise Hint("With both ends in the same direction: {hint} (0 / 0?)", hint=hint) from None
    except Exception as error:
        kind = type(error).__name__
        raise Hint(
            "With both ends in the same direction your code stops with {kind}: the arc is "
            "a straight line then.",
            kind=kind,
        ) from None
    share = torch.linspace(0, 1, 5).double()[:, None]
    if not torch.allclose(points, (1 - share) * a.double() + share * b.double(), atol=1e-3):
        raise Hint("With both ends in the same direction the path is the straight line.")

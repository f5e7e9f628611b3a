"""The check of the exercise *How far two boxes overlap*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import (
    Case,
    Hint,
    Result,
    close,
    exercise,
    expect_values,
    refuse,
    run_check,
    text,
    tolerance,
)
from genlab.vision.boxes import area, overlap

Answer = Callable[[Tensor, Tensor], Any]

CLOSE = 1e-5
# left, top, right, bottom
WIDE = (0.0, 0.0, 4.0, 2.0)
TALL = (3.0, 0.0, 5.0, 5.0)
INSIDE = (1.0, 0.5, 2.0, 1.5)
FAR = (6.0, 5.0, 8.0, 9.0)
BESIDE = (4.0, 0.0, 6.0, 2.0)
BELOW = (0.0, 3.0, 4.0, 5.0)


@exercise("ex-iou", points=2)
def iou(answer: Answer) -> Result:
    """Check (a, b), boxes (..., 4) by their corners -> the intersection over union, (...)."""
    return run_check(
        "iou",
        [
            Case("two boxes that overlap", lambda: _pair(answer, WIDE, TALL)),
            Case("one within the other, and a box with itself", lambda: _inside(answer)),
            Case("boxes that do not meet, or only touch", lambda: _apart(answer)),
            Case("many at once, also each with each", lambda: _many(answer)),
            Case("where no box has an area, 0", lambda: _nothing(answer)),
        ],
    )


def right_iou(a: Tensor, b: Tensor) -> Tensor:
    """Return the intersection over union of boxes by corners; 0 where none has an area."""
    shared, covered = overlap(a, b)
    return torch.where(covered > 0, shared / covered.clamp(min=1e-12), 0.0)


def _ask(answer: Answer, a: Tensor, b: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, float]:
    given = answer(a.clone(), b.clone())
    return expect_values(given, shape, "iou"), tolerance(given, CLOSE)


def _pair(answer: Answer, one: tuple[float, ...], other: tuple[float, ...]) -> None:
    a, b = torch.tensor(one), torch.tensor(other)
    got, near = _ask(answer, a, b, ())
    wanted = right_iou(a, b)
    if close(got, wanted, near):
        return
    refuse(got, _known(a, b), CLOSE)
    raise Hint(
        "The boxes {one} and {other} share {shared:g} and cover {covered:g} together: "
        "{wanted:.4f} is expected; yours is {got:.4f}.",
        one=one,
        other=other,
        shared=overlap(a, b)[0].item(),
        covered=overlap(a, b)[1].item(),
        wanted=wanted.item(),
        got=got.item(),
    )


def _known(a: Tensor, b: Tensor) -> list[tuple[Tensor, str]]:
    shared, _ = overlap(a, b)
    both = area(a) + area(b)
    low, high = torch.minimum(a[:2], b[:2]), torch.maximum(a[2:], b[2:])
    hull = (high - low).prod()
    signed = (torch.minimum(a[2:], b[2:]) - torch.maximum(a[:2], b[:2])).prod()
    known = [
        (shared, text("That is what they share: divide it by what they cover.")),
        (
            shared / both,
            text("What they share counts twice in the sum of the areas: take it off once."),
        ),
        (shared / area(a), text("You divide by the area of one box: take the area of both.")),
        (shared / area(b), text("You divide by the area of one box: take the area of both.")),
        (
            shared / hull,
            text("You divide by the hull, the box around both: some of it neither covers."),
        ),
        (2 * shared / both, text("That is the Dice coefficient: close, but IoU is asked.")),
    ]
    if shared == 0:
        known = [
            (
                signed / (both - signed),
                text(
                    "These boxes do not meet: a negative width, or height, or both, is no width. "
                    "Nothing is shared from 0 down."
                ),
            )
        ]
    return known


def _inside(answer: Answer) -> None:
    _pair(answer, WIDE, INSIDE)
    _pair(answer, INSIDE, WIDE)
    _pair(answer, TALL, TALL)


def _apart(answer: Answer) -> None:
    for other in (BESIDE, BELOW, FAR):
        _pair(answer, WIDE, other)
        _pair(answer, other, WIDE)


def _many(answer: Answer) -> None:
    rng = torch.Generator().manual_seed(0)
    low, size = torch.rand(2, 2, 7, 2, generator=rng)
    boxes = torch.cat([low, low + size], dim=-1)
    for a, b, shape in (
        (boxes[0], boxes[1], (7,)),
        (boxes[0][:, None], boxes[1][:3], (7, 3)),
    ):
        got, near = _ask(answer, a, b, shape)
        if not close(got, right_iou(a, b), near):
            raise Hint(
                "For boxes {a} and {b} the largest error is {off:.2g}.",
                a=tuple(a.shape),
                b=tuple(b.shape),
                off=(got - right_iou(a, b).double()).abs().max().item(),
            )


def _nothing(answer: Answer) -> None:
    point = torch.tensor([[1.0, 1.0, 1.0, 1.0]])
    given = answer(point, point)
    got = expect_values(given, (1,), "iou", finite=False)
    if not torch.isfinite(got).all():
        raise Hint("Two boxes without an area give 0 / 0: let the answer be 0 then.")
    if got.abs().max() > CLOSE:
        raise Hint("Two boxes without an area: 0 is expected; yours is {got:g}.", got=got.item())

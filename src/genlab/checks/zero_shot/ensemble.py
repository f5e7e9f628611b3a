"""The check of the exercise *Many ways to say it*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
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

Ensemble = Callable[[Tensor], Any]

CLOSE = 1e-5
SHAPES = ((3, 4, 6), (2, 5, 5), (5, 2, 3), (4, 4, 4))


@exercise("ex-prompt-ensemble", points=1)
def ensemble(answer: Ensemble) -> Result:
    """Check vectors (templates, labels, D) -> one vector of length 1 a label, (labels, D)."""
    return run_check(
        "ensemble",
        [
            Case("one template: its vectors, at length 1", lambda: _one(answer)),
            Case("two templates, two labels, by hand", lambda: _by_hand(answer)),
            Case("more of each, of any length", lambda: _many(answer)),
        ],
    )


def right_vectors(vectors: Tensor) -> Tensor:
    """Return the mean of vectors at length 1, at length 1 again."""
    return F.normalize(F.normalize(vectors, dim=-1).mean(dim=0), dim=-1)


def _given(answer: Ensemble, vectors: Tensor) -> tuple[Tensor, float]:
    _, labels, size = vectors.shape
    given = answer(vectors)
    got = expect_values(given, (labels, size), "ensemble(vectors)")
    return got, tolerance(given, CLOSE)


def _one(answer: Ensemble) -> None:
    vectors = torch.tensor([[[3.0, 4.0], [0.0, -2.0], [0.5, 0.0]]])
    got, near = _given(answer, vectors)
    if close(got, right_vectors(vectors), near):
        return
    refuse(
        got,
        [
            (vectors[0], text("Your vectors keep their length: the length shall be 1.")),
            (
                F.normalize(vectors[0], dim=0),
                text("You normalise over the labels: each vector, a row, shall have length 1."),
            ),
        ],
        CLOSE,
    )
    raise Hint(
        "(3, 4) at length 1 is (0.6, 0.8); yours is ({first:.2f}, {second:.2f}).",
        first=got[0, 0].item(),
        second=got[0, 1].item(),
    )


def _by_hand(answer: Ensemble) -> None:
    vectors = torch.tensor([[[10.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 3.0]]])
    _expect(answer, vectors)


def _many(answer: Ensemble) -> None:
    for seed, shape in enumerate(SHAPES):
        rng = torch.Generator().manual_seed(seed)
        lengths = 0.1 + 5 * torch.rand(*shape[:2], 1, generator=rng)
        _expect(answer, lengths * torch.randn(shape, generator=rng))


def _expect(answer: Ensemble, vectors: Tensor) -> None:
    got, near = _given(answer, vectors)
    if close(got, right_vectors(vectors), near):
        return
    unit = F.normalize(vectors, dim=-1)
    refuse(
        got,
        [
            (
                F.normalize(vectors.mean(dim=0), dim=-1),
                text("A long vector outvotes the others: bring each to length 1 before the mean."),
            ),
            (
                unit.mean(dim=0),
                text("The mean of vectors of length 1 is shorter: bring it to length 1 again."),
            ),
            (unit.sum(dim=0), text("A sum of vectors is longer: bring it to length 1.")),
            (unit[0], text("The first template alone is used.")),
            (unit[-1], text("The last template alone is used.")),
            (F.normalize(unit.amax(dim=0), dim=-1), text("You take the largest, not the mean.")),
        ],
        CLOSE,
    )
    labels = vectors.shape[1]
    if len(vectors) == labels and close(got, right_vectors(vectors.transpose(0, 1)), near):
        raise Hint("The mean is over the templates, the first axis; yours is over the labels.")
    raise Hint(
        "For {templates} templates and {labels} labels the largest error is {off:.2g}.",
        templates=len(vectors),
        labels=labels,
        off=(got - right_vectors(vectors)).abs().max().item(),
    )

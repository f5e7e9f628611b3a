"""The check of the exercise *Who answers for which digit*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, run_check, text
from genlab.vision.boxes import matched

Answer = Callable[[Tensor], Any]

CLOSE = 1e-5
# Whoever takes the cheapest first pays 9 + 1 + 3 = 13; the best is 2 + 7 + 3 = 12.
THREE = ((9.0, 7.0, 6.0), (9.0, 5.0, 3.0), (2.0, 1.0, 4.0))
GREEDY = ((1.0, 2.0), (2.0, 9.0))


@exercise("ex-hungarian", points=2)
def match(answer: Answer) -> Result:
    """Check cost (Q, D) -> for each digit the query that answers for it, D whole numbers."""
    return run_check(
        "match",
        [
            Case("three queries, three digits", lambda: _expect(answer, torch.tensor(THREE))),
            Case("the cheapest pair is not always taken", lambda: _greedy(answer)),
            Case("more queries than digits", lambda: _drawn(answer, [(5, 2), (6, 3), (4, 1)])),
            Case("costs below zero", lambda: _drawn(answer, [(4, 4), (5, 3)], less=2.0)),
            Case("no digit at all", lambda: _expect(answer, torch.zeros(6, 0))),
        ],
    )


def _rows(answer: Answer, cost: Tensor) -> list[int]:
    """Return what the answer says, as whole numbers; an error says what is wrong with them."""
    queries, digits = cost.shape
    given = answer(cost.clone())
    if given is None:
        raise Hint("match gave None; {count} row numbers are expected, one a digit.", count=digits)
    try:
        listed = given.tolist() if isinstance(given, Tensor | np.ndarray) else list(given)
        rows = np.asarray(listed, dtype=float)
    except (TypeError, ValueError, NotImplementedError):  # a meta tensor has no values
        raise Hint(
            "match gave a {kind}; {count} row numbers are expected, one a digit.",
            kind=type(given).__name__,
            count=digits,
        ) from None
    if rows.shape != (digits,) and not (digits == 0 and rows.size == 0):
        raise Hint(
            "For costs of {shape} match gave numbers of shape {got}; ({count},) is expected: for "
            "each digit, a column, the row of its query.",
            shape=(queries, digits),
            got=tuple(rows.shape),
            count=digits,
        )
    if (rows != rows.round()).any() or (rows < 0).any() or (rows >= queries).any():
        raise Hint(
            "match gave {got}; whole numbers from 0 to {last} are expected.",
            got=[float(one) for one in rows],
            last=queries - 1,
        )
    return [int(one) for one in rows]


def _expect(answer: Answer, cost: Tensor) -> None:
    rows = _rows(answer, cost)
    if len(set(rows)) < len(rows):
        raise Hint(
            "match gave {got}: a query answers for two digits. Each may be taken once.", got=rows
        )
    total = sum(float(cost[row, digit]) for digit, row in enumerate(rows))
    best_rows, best_digits = matched(cost)
    best = float(cost[best_rows, best_digits].sum())
    if total <= best + CLOSE:
        return
    why = _reason(rows, cost)
    raise Hint(
        "For costs of {shape} your pairs cost {total:.2f}; the best cost {best:.2f}.{why}",
        shape=tuple(cost.shape),
        total=total,
        best=best,
        why=f" {why}" if why else "",
    )


def _reason(rows: list[int], cost: Tensor) -> str:
    if rows == greedy(cost):
        return text("You take the cheapest pair first, and the next of what is left.")
    if rows == one_by_one(cost):
        return text("You serve one digit after the other: the first takes what others need more.")
    if cost.shape[0] == cost.shape[1]:
        most = matched(-cost)[0][matched(-cost)[1].argsort()].tolist()
        if rows == most:
            return text("That is the dearest of all: the cheapest is asked.")
        turned, columns = matched(cost.T)
        other = [int(row) for row in turned[columns.argsort()]]
        if rows == other:
            return text("Rows and columns have changed places: the number of a row is asked.")
    return ""


def greedy(cost: Tensor) -> list[int]:
    """Return the rows if the cheapest pair that is left is taken again and again."""
    left, rows = cost.clone(), [0] * cost.shape[1]
    for _ in range(cost.shape[1]):
        row, digit = divmod(int(left.argmin()), cost.shape[1])
        rows[digit] = row
        left[row], left[:, digit] = torch.inf, torch.inf
    return rows


def one_by_one(cost: Tensor) -> list[int]:
    """Return the rows if each digit in turn takes the cheapest query that is left."""
    left, rows = cost.clone(), []
    for digit in range(cost.shape[1]):
        rows.append(int(left[:, digit].argmin()))
        left[rows[-1]] = torch.inf
    return rows


def _greedy(answer: Answer) -> None:
    _expect(answer, torch.tensor(GREEDY))
    _drawn(answer, [(3, 3), (4, 3), (5, 4)])


def _drawn(answer: Answer, shapes: list[tuple[int, int]], less: float = 0.0) -> None:
    rng = torch.Generator().manual_seed(1)
    for shape in shapes:
        for _ in range(6):
            _expect(answer, 3 * torch.rand(shape, generator=rng) - less)

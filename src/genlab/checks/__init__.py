"""Exercise checks: each says what is right, and what is wrong with what came.

A check runs small cases one after the other and stops at the first that fails, since the later
ones build on it. It prints and never raises, so that a page with an unfinished exercise runs on.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

import torch
from torch import Tensor


class Hint(Exception):  # noqa: N818 - it is a message to the reader, not an error of the program
    """What is wrong with an answer, in a sentence that helps."""


@dataclass(frozen=True)
class Case:
    """One thing that an answer must do: `run` raises a `Hint` if it does not."""

    shows: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Result:
    """The outcome of a check: passed or not, and the lines that were printed."""

    passed: bool
    lines: tuple[str, ...]


def run_check(title: str, cases: Sequence[Case]) -> Result:
    """Run the cases in order, print a line for each, and stop at the first that fails."""
    lines = []
    for case in cases:
        problem = _problem(case)
        lines.append(f"{'✗' if problem else '✓'} {case.shows}")
        if problem:
            lines.append(f"  {problem}")
            break
    passed = len(lines) == len(cases) and lines[-1].startswith("✓")
    lines.append(f"{title}: {'passed' if passed else 'not yet'}")
    print("\n".join(lines))
    return Result(passed, tuple(lines))


def _problem(case: Case) -> str | None:
    """Run one case; return what is wrong in words, or None."""
    try:
        case.run()
    except Hint as hint:
        return str(hint)
    except NotImplementedError:
        return "This is still the stub: write the body, then run both cells again."
    except Exception as error:  # the reader's code may fail in any way
        line = _line_of_reader(error)
        return f"Your code stopped with {type(error).__name__}{line}: {error}"
    return None


def _line_of_reader(error: Exception) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "genlab" not in f.filename]
    return f" at `{frames[-1].line}`" if frames and frames[-1].line else ""


def expect_tensor(answer: Any, shape: tuple[int | EllipsisType, ...], name: str) -> Tensor:
    """Return `answer` if it is a tensor of this shape (... fits any length); hint otherwise."""
    if answer is None:
        raise Hint(f"{name} gave None. Does every path of the function end in `return`?")
    if not isinstance(answer, Tensor):
        raise Hint(f"{name} gave a {type(answer).__name__}; a torch tensor is expected.")
    fits = answer.ndim == len(shape) and all(
        wanted is ... or wanted == got for wanted, got in zip(shape, answer.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("N" if size is ... else str(size) for size in shape)
        raise Hint(f"{name} has shape {tuple(answer.shape)}; ({wanted}) is expected.")
    if not torch.isfinite(answer).all():
        raise Hint(f"{name} holds values that are not finite (NaN or infinity).")
    return answer


def expect_number(answer: Any, name: str) -> float:
    """Return `answer` as a float if it is one number; hint otherwise."""
    if answer is None:
        raise Hint(f"{name} gave None. Does every path of the function end in `return`?")
    if isinstance(answer, Tensor) and answer.numel() == 1:
        answer = answer.item()
    try:
        return float(answer)
    except (TypeError, ValueError):
        raise Hint(f"{name} gave {answer!r}; one number is expected.") from None

"""Exercise checks: each says what is right, and what is wrong with what came.

A page takes its own module, `from genlab.checks import noise as check`, and calls a check on a
reader's function. This package only collects what those modules share: it imports none of them.
"""

from genlab.checks.answer import Answer
from genlab.checks.expect import (
    close,
    expect_number,
    expect_tensor,
    expect_values,
    refuse,
    tolerance,
)
from genlab.checks.registry import Exercise, exercise, exercises
from genlab.checks.run import Case, Hint, Result, run_check
from genlab.checks.words import say, text

__all__ = [
    "Answer",
    "Case",
    "Exercise",
    "Hint",
    "Result",
    "close",
    "exercise",
    "exercises",
    "expect_number",
    "expect_tensor",
    "expect_values",
    "refuse",
    "run_check",
    "say",
    "text",
    "tolerance",
]

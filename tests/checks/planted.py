"""Planted answers: what students write, right and wrong, and how the checks have to judge it.

A page's tests hold a list `PLANTED` and one test that calls `judged`:

    PLANTED = [
        stub(check.add_noise),
        unusual(check.add_noise, with_numpy),
        wrong(check.add_noise, without_roots, "take the square roots"),
        wrong(check.conversions, right_one, wrong_one, "changed places", name="noise first"),
    ]

    @pytest.mark.parametrize("planted", PLANTED, ids=str)
    def test_planted(planted, capsys):
        judged(planted, capsys)

The solutions on the pages are not listed: `test_registry.py` takes them from the pages themselves.
"""

import contextlib
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from genlab.checks import Result

STUB = "  This is still the stub: write the body, then run both cells again."


@dataclass(frozen=True)
class Planted:
    """Answers to one check, and the verdict that they deserve.

    Attributes:
        check: the check, as the page calls it.
        answers: what it is called with.
        hint: a part of what the reader must be told; None for a right answer.
        kind: what it is a case of.
        name: what is wrong or unusual about it.
    """

    check: Callable[..., Result]
    answers: tuple[Any, ...]
    hint: str | None
    kind: Literal["stub", "solution", "unusual", "wrong"]
    name: str

    def __str__(self) -> str:
        return f"{self.check.__name__}-{self.kind}-{self.name}"


def still_a_stub(*_inputs: Any) -> Any:
    raise NotImplementedError


def stub(check: Callable[..., Result], *answers: Any) -> Planted:
    """Plant the page's stub; say all `answers` if a check takes more than one."""
    return Planted(check, answers or (still_a_stub,), STUB, "stub", "stub")


def solution(check: Callable[..., Result], *answers: Any) -> Planted:
    """Plant an answer such as the page's own."""
    return Planted(check, answers, None, "solution", "solution")


def unusual(check: Callable[..., Result], *answers: Any, name: str = "") -> Planted:
    """Plant an answer that is right, though not what one expects."""
    return Planted(check, answers, None, "unusual", name or _named(answers))


def wrong(check: Callable[..., Result], *answers_and_hint: Any, name: str = "") -> Planted:
    """Plant a wrong answer; the last argument is a part of the hint that it must get."""
    *answers, hint = answers_and_hint
    assert isinstance(hint, str) and hint, "the hint comes last"
    return Planted(check, tuple(answers), hint, "wrong", name or _named(answers))


def _named(answers: Any) -> str:
    return ",".join(getattr(one, "__name__", type(one).__name__) for one in answers)


def judged(planted: Planted, capsys: Any) -> Result:
    """Assert that a check judges rightly, prints what it says, and leaves no trace.

    It is called twice, the second time after a reader's settings: the verdict is the same.
    """
    result = _called(planted, capsys)
    _expect_verdict(planted, result)
    with _set_by_a_reader():
        assert _called(planted, capsys) == result
    return result


def _called(planted: Planted, capsys: Any) -> Result:
    before = _surroundings()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = planted.check(*planted.answers)
    assert not warned, [str(one.message) for one in warned]
    assert _surroundings() == before
    assert capsys.readouterr().out == "\n".join(result.lines) + "\n"
    return result


def _expect_verdict(planted: Planted, result: Result) -> None:
    said = "\n".join(result.lines)
    assert result.passed == (planted.hint is None), said
    *cases, last = result.lines
    assert last == f"{planted.check.__name__}: {'passed' if result.passed else 'not yet'}", said
    if planted.hint is None:
        assert all(line.startswith("✓ ") for line in cases), said
        return
    *passed, failed, hint = cases
    assert all(line.startswith("✓ ") for line in passed), said
    assert failed.startswith("✗ ") and hint.startswith("  "), said
    assert planted.hint in hint, said


def _surroundings() -> tuple[Any, ...]:
    numpy = np.random.get_state()[1].tobytes()
    drawn = torch.get_rng_state().numpy().tobytes(), numpy, random.getstate()
    return (*drawn, torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads())


@contextlib.contextmanager
def _set_by_a_reader() -> Any:
    torch.manual_seed(12345)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.set_default_dtype(torch.float32)

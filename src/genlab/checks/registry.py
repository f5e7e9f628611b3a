"""Which exercise is judged by which check: the label on the page, the function, its points."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ParamSpec

from genlab.checks.answer import Answer
from genlab.checks.run import Result
from genlab.checks.surroundings import own_surroundings

P = ParamSpec("P")


@dataclass(frozen=True)
class Exercise:
    """An exercise that can be judged.

    Attributes:
        label: of the page's directive, such as `ex-add-noise`.
        page: the module in this package, named like the page: `simple_unet` for `simple-unet`.
        check: the function that judges answers.
        points: what it is worth, 1 for a line to 4 for a small program.
    """

    label: str
    page: str
    check: Callable[..., Result]
    points: int


_exercises: dict[str, Exercise] = {}


def exercise(
    label: str, points: int, may_change: tuple[type, ...] = ()
) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Register a check for the exercise `label`, and have it run as every check runs.

    The check gets each answer as an `Answer`, which hands out copies of the inputs; it runs in
    surroundings of its own.

    Args:
        label: of the page's directive.
        points: what the exercise is worth, from 1 to 4.
        may_change: types of arguments that the task allows an answer to change.
    """

    def register(check: Callable[P, Result]) -> Callable[P, Result]:
        @functools.wraps(check)
        def judge(*answers: P.args, **named: P.kwargs) -> Result:
            watched: Any = [Answer(answer, may_change) for answer in answers]
            by_name: Any = {name: Answer(answer, may_change) for name, answer in named.items()}
            with own_surroundings():
                return check(*watched, **by_name)

        _add(Exercise(label, _page(check), judge, points))
        return judge

    return register


def _page(check: Callable[..., Result]) -> str:
    return check.__module__.removeprefix(f"{__package__}.").split(".")[0]


def _add(new: Exercise) -> None:
    old = _exercises.get(new.label)
    # A module that is loaded again in a notebook registers its checks again.
    if old and (old.page, old.check.__name__) != (new.page, new.check.__name__):
        raise ValueError(
            f"The label {new.label!r} is registered for {old.check.__name__} already: "
            f"give the exercise of {new.check.__name__} a label of its own."
        )
    _exercises[new.label] = new


def exercises() -> Mapping[str, Exercise]:
    """Return all exercises by label: page by page, on a page in the order of its module."""
    for module in sorted(pkgutil.iter_modules([str(Path(__file__).parent)])):
        importlib.import_module(f"{__package__}.{module.name}")
    in_order = sorted(_exercises.values(), key=lambda one: one.page)
    return MappingProxyType({one.label: one for one in in_order})

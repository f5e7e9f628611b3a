"""Calling a reader's answer: it gets copies of its inputs, and must leave them as they are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor, nn

from genlab.checks.run import Hint
from genlab.checks.words import say, text

CHANGED = text(
    "Your code changes {name}, which the caller still needs: work on a copy, or compute new "
    "values instead of writing over the old (`a = a * b`, not `a *= b`)."
)


class Answer:
    """What a reader gave to a check, as a function that is watched.

    Args:
        function: what came, perhaps no function at all.
        may_change: types of arguments that the task allows to change.

    Calling it hands out copies of tensors, arrays, lists and the like, and compares them with the
    originals afterwards. A network is handed out itself, and its weights are compared. Copies of
    tensors pass gradients on to the originals.
    """

    def __init__(self, function: Any, may_change: tuple[type, ...] = ()):
        self.function = function
        self._may_change = may_change

    def __call__(self, *inputs: Any) -> Any:
        """Call the function with copies of `inputs`; hint if it changes one of them."""
        _expect_function(self.function, inputs)
        handed = [_copy(value) for value in inputs]
        weights = [_weights(value) for value in inputs]
        result = self.function(*handed)
        for place, (value, given) in enumerate(zip(inputs, handed, strict=True)):
            if isinstance(value, self._may_change):
                continue
            if not _same(weights[place], _weights(value)):
                raise Hint("The network that was given has changed: work on a copy of its weights.")
            if not _same(value, given):
                raise Hint(CHANGED, name=_argument(self.function, place))
        return result


def _expect_function(answer: Any, inputs: Sequence[Any]) -> None:
    if not callable(answer):
        about = _about_kind(answer)
        raise Hint(about, kind=type(answer).__name__)
    if isinstance(answer, type) and inputs:
        raise Hint("A function is expected, the class {kind} came.", kind=answer.__name__)


def _about_kind(answer: Any) -> str:
    if answer is None:
        return text("A function is expected, None came: give its name alone, without brackets.")
    if type(answer).__name__[0] in "aeiou":
        return text(
            "A function is expected, an {kind} came: give its name alone, without brackets."
        )
    return text("A function is expected, a {kind} came: give its name alone, without brackets.")


def _argument(function: Callable[..., Any], place: int) -> str:
    """Return the name that the reader's function has for its argument at `place`."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some built-in functions have no signature
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (
        named[place]
        if place < len(named)
        else say("its argument number {number}", number=place + 1)
    )


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_copy, value))
    if type(value) in (tuple, list):
        return type(value)(map(_copy, value))
    if type(value) is dict:
        return {key: _copy(part) for key, part in value.items()}
    return value


def _weights(value: Any) -> dict[str, Tensor]:
    if not isinstance(value, nn.Module):
        return {}
    return {key: part.detach().clone() for key, part in value.state_dict().items()}


def _same(a: Any, b: Any) -> bool:
    """Whether two values are equal; NaN equals NaN. What was not copied is never compared."""
    if isinstance(a, Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return bool(((a == b) | ((a != a) & (b != b))).all())
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and bool(((a == b) | ((a != a) & (b != b))).all())
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(_same, a, b))
    return a is b or bool(a == b)

"""Values that a reader can move, each declared once.

`t = whole(0, 999)` in a widget's class makes a synced trait. From the same declaration come the
check of what is set, with its sentence, and the range that JavaScript takes for sliders and links.
A bound may be a function of the widget, where it depends on the reader's models.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import traitlets

# As `lib/math/query.mjs` reads it.
Range = list[float] | dict[str, Any]
# Raises for a widget, a trait's name and a value that the widget cannot have.
Check = Callable[[Any, str, Any], None]
Bound = float | Callable[[Any], float | None]
Choices = Collection[Any] | Callable[[Any], Collection[Any]]


@dataclass(frozen=True)
class Declaration:
    """What is known of a value beside its type.

    Attributes:
        range_of: from a widget to the value's range; to None if the widget has no such value.
        check: raises for what the value cannot be.
        key: of the value in a page's address; None if it is the trait's name.
    """

    range_of: Callable[[Any], Range | None]
    check: Check
    key: str | None = None


def whole(low: Bound, high: Bound, default: int = 0) -> traitlets.Int[int, int]:
    """Declare a whole number from `low` to `high`, both included."""

    def check(widget: Any, name: str, value: int) -> None:
        first, last = _at(low, widget), _at(high, widget)
        if not first <= value <= last:
            raise ValueError(f"{name} is {value}; expected a whole number from {first} to {last}")

    declared = Declaration(lambda widget: {"whole": [_at(low, widget), _at(high, widget)]}, check)
    return traitlets.Int(default).tag(sync=True, declared=declared)


def number(
    low: Bound, high: Bound, default: float = 0.0, check: Check | None = None
) -> traitlets.Float[float, float]:
    """Declare a number from `low` to `high`, both included.

    Args:
        low: the lowest; a widget where it is None has no such value.
        high: the highest.
        default: what it is before it is set.
        check: for a sentence of its own, or where Python takes more than a link does.
    """

    def within(widget: Any, name: str, value: float) -> None:
        first, last = _at(low, widget), _at(high, widget)
        if not first <= value <= last:
            raise ValueError(f"{name} is {value:g}; expected a number from {first:g} to {last:g}")

    def range_of(widget: Any) -> Range | None:
        first, last = _at(low, widget), _at(high, widget)
        return None if first is None else [first, last]

    declared = Declaration(range_of, check or within)
    return traitlets.Float(default).tag(sync=True, declared=declared)


def one_of(
    choices: Choices,
    default: float = 0,
    sentence: str = "{name} is {value}; expected one of {there}",
    key: str | None = None,
) -> Any:
    """Declare one of a few numbers: whole ones, unless the default is a float.

    Args:
        choices: the numbers, or a function of the widget that gives them.
        default: what it is before it is set.
        sentence: on another number, with `{name}`, `{value}` and `{there}`.
        key: in a page's address, if it is not the trait's name.
    """

    def check(widget: Any, name: str, value: float) -> None:
        there = _at(choices, widget)
        if value not in there:
            listed = ", ".join(_plain(one) for one in there)
            raise ValueError(sentence.format(name=name, value=_plain(value), there=listed))

    kind = traitlets.Float if isinstance(default, float) else traitlets.Int
    declared = Declaration(lambda widget: {"oneOf": list(_at(choices, widget))}, check, key)
    return kind(default).tag(sync=True, declared=declared)


def word_of(
    words: Choices, default: str = "", check: Check | None = None
) -> traitlets.Unicode[str, Any]:
    """Declare one of a few words.

    Args:
        words: the words, or a function of the widget that gives them.
        default: what it is before it is set.
        check: for a sentence of its own.
    """

    def within(widget: Any, name: str, value: str) -> None:
        there = _at(words, widget)
        if value not in there:
            raise ValueError(f"{name} is {value!r}; expected one of {', '.join(there)}")

    declared = Declaration(lambda widget: {"words": list(_at(words, widget))}, check or within)
    return traitlets.Unicode(default).tag(sync=True, declared=declared)


def letters(
    known: Callable[[Any], str], most: Callable[[Any], int], check: Check
) -> traitlets.Unicode[str, Any]:
    """Declare a text, which may be empty.

    Args:
        known: the letters that it may have in a page's address.
        most: how many at most.
        check: raises for what Python refuses.
    """
    declared = Declaration(lambda widget: {"letters": known(widget), "most": most(widget)}, check)
    return traitlets.Unicode().tag(sync=True, declared=declared)


def declarations(members: Mapping[str, Any]) -> dict[str, Declaration]:
    """Return the declarations among a class's members, in the order in which they stand."""
    return {
        name: member.metadata["declared"]
        for name, member in members.items()
        if isinstance(member, traitlets.TraitType) and "declared" in member.metadata
    }


def ranges_of(widget: Any, declared: Mapping[str, Declaration]) -> dict[str, Range]:
    """Return each value's range by its key; where the trait has another name, it stands with it."""
    ranges: dict[str, Range] = {}
    for name, declaration in declared.items():
        found = declaration.range_of(widget)
        if found is None:
            continue
        if declaration.key and isinstance(found, dict):
            found["trait"] = name
        ranges[declaration.key or name] = found
    return ranges


def _at(given: Any, widget: Any) -> Any:
    """Return a bound or choices as they are for a widget now."""
    return given(widget) if callable(given) else given


def _plain(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)

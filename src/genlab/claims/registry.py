"""The measurements behind the prose, by the names that pages refer to."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from genlab import claims
from genlab.measured import Measured

NAME = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
VALUE = re.compile(r"[a-z0-9_]+")
Values = Mapping[str, Measured | float]
Function = Callable[[], Values]


@dataclass(frozen=True)
class Measurement:
    """A measurement that pages refer to.

    Attributes:
        name: `<page>/<name>`, such as `vae/gap`.
        function: runs it and returns its values by name; minutes or hours may pass.
        what: one sentence that says what is measured and how.
        over: what the errors are over, with the seeds, such as "five trainings (seeds 0 to 4)".
        orders: names of the values that are differences on which a claimed order rests.
    """

    name: str
    function: Function
    what: str
    over: str
    orders: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The page whose record holds it."""
        return self.name.partition("/")[0]

    @property
    def command(self) -> str:
        """What measures it again."""
        return f"genlab claims {self.name}"


_measurements: dict[str, Measurement] = {}


def measurement(
    name: str, over: str, orders: tuple[str, ...] = ()
) -> Callable[[Function], Function]:
    """Register a function as a measurement; its docstring's first paragraph says what it is.

    Args:
        name: `<page>/<name>`, in lower-case letters, digits and hyphens.
        over: what the errors are over, with the seeds.
        orders: names of the values that are differences on which a claimed order rests.

    Raises:
        ValueError: if the name has another form or is taken, or the docstring is missing.
    """

    def register(function: Function) -> Function:
        what = " ".join((function.__doc__ or "").strip().partition("\n\n")[0].split())
        if not NAME.fullmatch(name) or name in _measurements:
            raise ValueError(f"the measurement {name!r}: expected a new <page>/<name>")
        if not what or not over:
            raise ValueError(f"the measurement {name!r} does not say what it is, or over what")
        _measurements[name] = Measurement(name, function, what, over, orders)
        return function

    return register


def measurements() -> dict[str, Measurement]:
    """Return all measurements by name, those of every module of `genlab.claims`."""
    for module in pkgutil.iter_modules(claims.__path__):
        importlib.import_module(f"{claims.__name__}.{module.name}")
    return dict(sorted(_measurements.items()))

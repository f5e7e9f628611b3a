"""Numbers that depend on a draw or a training, with their standard errors, and what they allow."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# A difference counts when it exceeds two standard errors: about 95 % of a normal's mass.
ERRORS = 2.0
SMALLER = "smaller, by more than the error"
LARGER = "larger, by more than the error"
NO_DIFFERENCE = "no difference seen"


@dataclass(frozen=True)
class Measured:
    """A mean with its standard error.

    Attributes:
        mean: of the values.
        error: standard error of the mean, 0 or more; None where nothing is drawn, or for one value.
        n: how many values: seeds, sets of samples, pictures.
    """

    mean: float
    error: float | None = None
    n: int = 1

    def __post_init__(self) -> None:
        """Refuse what is no number, which would compare as "no difference"."""
        if not math.isfinite(self.mean) or not math.isfinite(self.error or 0.0):
            raise ValueError(
                f"got mean {self.mean} and error {self.error}; expected finite numbers"
            )
        if (self.error or 0.0) < 0 or self.n < 1:
            raise ValueError(f"got error {self.error} of n = {self.n}; expected >= 0 of 1 or more")

    @classmethod
    def of(cls, values: Sequence[float]) -> Measured:
        """Return mean and standard error of independent values.

        Raises:
            ValueError: if there are none.
        """
        values = [float(value) for value in values]
        if not values:
            raise ValueError("got no values; expected one or more")
        if len(values) == 1:
            return cls(values[0])
        error = statistics.stdev(values) / math.sqrt(len(values))
        return cls(statistics.fmean(values), error, len(values))

    def times(self, factor: float) -> Measured:
        """Return this in other units: mean and error multiplied by `factor`."""
        error = None if self.error is None else self.error * abs(factor)
        return Measured(self.mean * factor, error, self.n)

    def drawn(self) -> tuple[float, float]:
        """Return mean and error to three digits, as a figure on a page draws them."""
        return float(f"{self.mean:.3g}"), float(f"{self.error or 0.0:.3g}")

    def __format__(self, spec: str) -> str:
        """Write mean and error by one format, such as `.1f`; without a format as `str` does."""
        if not spec:
            return str(self)
        mean = format(self.mean, spec)
        return mean if self.error is None else f"{mean} ± {format(self.error, spec)}"

    def __str__(self) -> str:
        """Write the digits that the error allows: one of the error, two if it begins with 1."""
        if not self.error:
            return f"{self.mean:.3g}"
        exponent = math.floor(math.log10(self.error))
        leading = self.error / 10**exponent
        places = -exponent + (1 if leading < 1.95 else 0)
        if places <= 0:
            unit = 10**-places
            mean, error = (round(x / unit) * unit for x in (self.mean, self.error))
            return f"{mean:.0f} ± {error:.0f}"
        return f"{self.mean:.{places}f} ± {self.error:.{places}f}"


def difference(a: Measured, b: Measured) -> Measured:
    """Return b - a of two measurements that have nothing to do with each other, with its error.

    Raises:
        ValueError: if one has no error: one draw shows no order.
    """
    if a.error is None or b.error is None:
        raise ValueError(f"got {a} and {b}; an order needs the errors of both: repeat the draw")
    return Measured(b.mean - a.mean, math.hypot(a.error, b.error), min(a.n, b.n))


def compare(a: Measured, b: Measured) -> str:
    """Say how `a` lies to `b`, if their errors allow it; the two are independent.

    Returns:
        `SMALLER`, `LARGER` or `NO_DIFFERENCE`: an order is named when the difference exceeds two
        standard errors of itself.

    Raises:
        ValueError: if one has no error.
    """
    found = difference(a, b)
    if abs(found.mean) <= ERRORS * (found.error or 0.0):
        return NO_DIFFERENCE
    return SMALLER if found.mean > 0 else LARGER


def paired(a: Sequence[float], b: Sequence[float]) -> Measured:
    """Return mean and error of b[i] - a[i], for runs that share their seed pair by pair.

    Raises:
        ValueError: if there are not equally many, or fewer than two.
    """
    if len(a) != len(b) or len(a) < 2:
        raise ValueError(f"got {len(a)} and {len(b)} values; expected equally many, two or more")
    return Measured.of([y - x for x, y in zip(a, b, strict=True)])


def exceeds_error(difference: Measured) -> bool:
    """Say whether a difference is positive by more than two of its standard errors."""
    return bool(difference.error) and difference.mean > ERRORS * (difference.error or 0.0)

"""Numbers as prose writes them, and whether they are those that were measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from genlab.measured import Measured

# 1,234 or 12.5 or 97 %; a sign belongs to it unless it joins two things, as in 10-20.
MINUS = "\N{MINUS SIGN}"
NUMBER = re.compile(
    rf"(?<![\w.])(?P<sign>[-{MINUS}](?=\d))?(?P<digits>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)(?P<percent>\s?%)?(?!\w)"
)


@dataclass(frozen=True)
class Written:
    """A number as it is written.

    Attributes:
        text: with its sign and its percent sign.
        value: what it says; 97 % says 97.
        places: digits behind the point.
        percent: whether a percent sign follows.
    """

    text: str
    value: float
    places: int
    percent: bool

    def is_rounded(self, exact: float) -> bool:
        """Say whether this is `exact`, rounded as it is written.

        The sign may be said in words ("falls by 4.9"); zeros at the end of a whole number may be
        rounding ("1,230").
        """
        digits = self.text.strip(f"-{MINUS}% ").replace(",", "")
        zeros = 0 if self.places else len(digits) - len(digits.rstrip("0"))
        # Two digits are always meant: 30 is not 27, 1,200 may be 1,240.
        unit = 10.0 ** max(0, min(zeros, len(digits) - 2)) / 10.0**self.places
        return abs(abs(exact) - abs(self.value)) <= unit / 2 * (1 + 1e-6)


def numbers(text: str) -> Iterator[Written]:
    """Find the numbers of a text; those inside words, such as conv2d, are none."""
    for match in NUMBER.finditer(text):
        digits = match["digits"]
        value = float(digits.replace(",", "")) * (-1 if match["sign"] else 1)
        places = len(digits.partition(".")[2])
        yield Written(match.group().strip(), value, places, bool(match["percent"]))


def is_measured(number: Written, values: Iterable[Measured]) -> bool:
    """Say whether a number is one of some values, or the error or count of one."""
    for value in values:
        for exact in (value.mean, value.error or 0.0):
            if number.is_rounded(exact * 100 if number.percent else exact):
                return True
        if not number.percent and number.value == value.n:
            return True
    return False


def is_printed(number: Written, printed: Iterable[Written]) -> bool:
    """Say whether a number is one of those that a page's cells print, rounded as it is written."""
    for other in printed:
        if other.places < number.places and other.value != number.value:
            continue
        factor = 100 if number.percent and not other.percent else 1
        if number.is_rounded(other.value * factor):
            return True
    return False

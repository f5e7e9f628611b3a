"""What pages cost, and what they may: a report after each build, a gate only for `make budget`.

Time is kept in *reference seconds*: processor seconds divided by the factor of the calibration in
the same process (see `calibration`). A slow or busy machine does not put a page over its budget.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from genlab.course.build.files import write_atomically
from genlab.course.errors import CourseError

SECONDS_BUDGET = 45.0  # reference seconds
MEMORY_BUDGET_MB = 1500.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one execution of a page took.

    Attributes:
        seconds: processor time on one thread, kernel start included.
        calibration: how many times slower than the idle reference machine the thread was.
        reference_seconds: `seconds / calibration`; both are None where nobody calibrated.
        peak_mb: peak memory of the kernel in MB, None where Jupyter Book executed the page.
    """

    seconds: float
    calibration: float | None = None
    reference_seconds: float | None = None
    peak_mb: float | None = None

    @classmethod
    def measured(cls, seconds: float, calibration: float, peak_mb: float) -> Cost:
        """The cost by a measurement of its three figures."""
        return cls(
            seconds=seconds,
            calibration=calibration,
            reference_seconds=seconds / calibration,
            peak_mb=peak_mb,
        )

    @property
    def figures(self) -> dict[str, Any]:
        """The four figures by name, without what a subclass adds."""
        return {field.name: getattr(self, field.name) for field in fields(Cost)}

    @property
    def is_known(self) -> bool:
        """Have time and memory been measured?"""
        return self.reference_seconds is not None and self.peak_mb is not None

    @property
    def excess(self) -> list[str]:
        """Which budgets were overrun, in words."""
        found = []
        if self.reference_seconds is not None and self.reference_seconds > SECONDS_BUDGET:
            took = f"{self.reference_seconds:.1f} reference seconds"
            found.append(f"{took}, allowed are {SECONDS_BUDGET:.0f}")
        if self.peak_mb is not None and self.peak_mb > MEMORY_BUDGET_MB:
            found.append(f"{self.peak_mb:.0f} MB, allowed are {MEMORY_BUDGET_MB:.0f} MB")
        return found


@dataclass(frozen=True, kw_only=True)
class Timing(Cost):
    """What one page took.

    Attributes:
        page: its name in `_toc.yml`.
    """

    page: str


def write_timings(build: Path, rows: list[Timing]) -> None:
    """Write `timings.json`: a list of the fields of `Timing`, rounded."""
    content = [{"page": row.page, **_rounded(row.figures)} for row in rows]
    write_atomically(build / "timings.json", json.dumps(content, indent=1) + "\n")


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value is None else round(value, 2) for name, value in figures.items()}


def timing_table(rows: list[Timing]) -> str:
    """The timings as a table in plain text, overruns marked."""
    width = max([len("page"), *(len(row.page) for row in rows)])
    lines = [f"{'page':<{width}}  reference s  processor s  peak MB"]
    for row in rows:
        reference = "-" if row.reference_seconds is None else f"{row.reference_seconds:.1f}"
        peak = "-" if row.peak_mb is None else f"{row.peak_mb:.0f}"
        mark = "  OVER BUDGET" if row.excess else ""
        lines.append(f"{row.page:<{width}}  {reference:>11}  {row.seconds:>11.1f}  {peak:>7}{mark}")
    return "\n".join(lines)


def overruns(rows: list[Timing]) -> list[str]:
    """One line for each page over budget, with what it took and what is allowed."""
    return [f"page {row.page} took {', and '.join(row.excess)}" for row in rows if row.excess]


def check_budget(rows: list[Timing], unmeasured: list[str]) -> None:
    """Refuse pages that take too long or too much memory, or that nobody has measured.

    Raises:
        CourseError: names each of them, with what it took and what is allowed.
    """
    complaints = overruns(rows)
    complaints += [
        f"page {name} has not been measured: make measure PAGE={name}" for name in unmeasured
    ]
    if complaints:
        raise CourseError("\n".join(complaints))

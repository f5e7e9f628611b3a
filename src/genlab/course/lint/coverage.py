"""How much of the pages nbval compares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from genlab.course.edition import Edition
from genlab.course.lint.finding import Finding
from genlab.course.lint.stored import Outputs
from genlab.course.notebooks.outputs import IGNORING, prints_text
from genlab.course.pages.source import CodeCell, Page

MIN_COMPARED = 0.8  # of the cells that print text


@dataclass(frozen=True)
class Coverage:
    """How much of a page nbval compares.

    Attributes:
        page: Its name.
        cells: Number of code cells in its notebook.
        printing: How many print text; a cell whose output is ignored counts as one that does.
        compared: How many of those are compared.
    """

    page: str
    cells: int
    printing: int
    compared: int


_COUNTS = ("cells", "printing", "compared")


def coverage_table(coverage: list[Coverage]) -> str:
    """Set out what nbval compares.

    Args:
        coverage: One entry a page.

    Returns:
        A table with a line for each page and one for all.
    """
    total = Coverage("all", *(sum(getattr(c, k) for c in coverage) for k in _COUNTS))
    width = max(len(entry.page) for entry in (*coverage, total))
    lines = [f"{'page':{width}}  code cells  print text  compared   share"]
    for entry in (*coverage, total):
        share = f"{entry.compared / entry.printing:7.0%}" if entry.printing else "      -"
        counts = f"{entry.cells:10}  {entry.printing:10}  {entry.compared:8}"
        lines.append(f"{entry.page:{width}}  {counts} {share}")
    return "\n".join(lines)


def coverage_of(page: Page, cells: list[tuple[CodeCell, Outputs]]) -> Coverage:
    """Count a page's cells.

    Args:
        page: The page.
        cells: Its code cells with their stored outputs.

    Returns:
        The counts.
    """
    there = [(cell, outputs) for cell, outputs in cells if outputs is not None]
    ignored = sum(bool(IGNORING & set(cell.tags)) for cell, _ in there)
    compared = sum(prints_text(outputs or []) for _, outputs in there)
    return Coverage(page.name, len(there), ignored + compared, compared)


def too_little_compared(coverage: list[Coverage], edition: Edition) -> Iterator[Finding]:
    """Ask for a minimum over all pages together."""
    printing = sum(entry.printing for entry in coverage)
    compared = sum(entry.compared for entry in coverage)
    if compared < MIN_COMPARED * printing:
        due = f"{MIN_COMPARED:.0%} are due"
        message = f"nbval compares {compared} of {printing} printing cells, {due}"
        yield Finding(edition.pages, 0, message)

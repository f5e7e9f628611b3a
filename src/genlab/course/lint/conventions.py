"""What no other tool checks: the course's own conventions, on its pages and in its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from genlab.course.edition import FIRST, Edition
from genlab.course.lint.cells import in_cells
from genlab.course.lint.claims import Ledger, in_claims, is_lesson, read_claims
from genlab.course.lint.coverage import Coverage, coverage_of, too_little_compared
from genlab.course.lint.exercises import Registry, in_exercises, without_exercise
from genlab.course.lint.files import in_files
from genlab.course.lint.finding import Finding, Problem
from genlab.course.lint.stored import with_outputs
from genlab.course.lint.text import in_text, without_end
from genlab.course.pages.source import Page, read_pages


def lint(
    root: Path, edition: Edition = FIRST, registry: Registry | None = None
) -> tuple[list[Finding], list[Coverage]]:
    """Check an edition's pages, and the files of the repository.

    Args:
        root: The course's root folder.
        edition: Which edition.
        registry: Which check judges which exercise; the package's own if not given.

    Returns:
        What is to be mended, and what nbval compares of each page.
    """
    registry = _registered() if registry is None else registry
    written = read_pages(root, edition)
    # Of a draft it is only asked whether it has the exercises that checks are registered for.
    pages = [page for page in written if not page.draft]
    ledger = read_claims(root)
    coverage = [coverage_of(page, with_outputs(page)) for page in pages if page.code_cells]
    findings = [
        Finding(page.path, line, message)
        for page in pages
        for line, message in _in_page(page, registry, ledger)
    ]
    findings += without_exercise(written, registry, edition)
    findings += too_little_compared(coverage, edition)
    return [*findings, *in_files(root)], coverage


def _in_page(page: Page, registry: Registry, ledger: Ledger) -> Iterator[Problem]:
    yield from in_text(page)
    yield from in_claims(page, ledger)
    if is_lesson(page):
        yield from without_end(page)
    yield from in_exercises(page, registry)
    if page.code_cells:
        yield from in_cells(with_outputs(page))
        if not (page.root / page.notebook).exists():
            yield 0, f"has no {page.notebook}: run `make notebooks`"


def _registered() -> Registry:
    from genlab.checks.registry import exercises

    return exercises()

"""What the writers of directives and of roles ask of the page that they are on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from genlab.course.errors import CourseError
from genlab.course.pages.citations import Citations
from genlab.course.pages.labels import Book, Target
from genlab.course.pages.source import Page


class Context(Protocol):
    """The page that is being resolved.

    Attributes:
        book: All pages and their labels.
        page: The page.
        citations: Collects what the page cites.
        has_references: Whether the page placed its bibliography itself.
        exercise: Label of the exercise that is open, empty if there is none.
        words: What a notebook says in the page's language.
    """

    book: Book
    page: Page
    citations: Citations
    has_references: bool
    exercise: str
    words: Mapping[str, str]

    def text(self, text: str, line: int) -> str:
        """Resolve a piece of the page."""

    def error(self, line: int, message: str) -> CourseError:
        """Build an error at a line of this page."""

    def href(self, page: Page, anchor: str = "") -> str:
        """Link to a page: to its notebook, or to its source if it has none."""

    def relative(self, path: Path, anchor: str = "") -> str:
        """Give the way from this page's notebook to a file of the course."""

    def picture(self, source: str, line: int) -> str:
        """Give the way to a picture that the page names relative to itself."""

    def number(self, line: int) -> int:
        """Give the number on this page of the figure, equation or exercise at a line."""

    def target(self, label: str, line: int) -> Target:
        """Find what a label stands for."""

    def other_page(self, path: str, line: int) -> Page:
        """Find a page that this page names relative to itself."""

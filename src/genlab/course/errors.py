"""The error of the course tools: one message for the author, no traceback."""

from __future__ import annotations

from pathlib import Path


class CourseError(Exception):
    """Something that an author has to mend; the message says what, where and how."""


def located(page: Path | str, line: int, message: str) -> CourseError:
    """Build an error that points into a page.

    Args:
        page: The page's path as it is shown to the author.
        line: Line in the page, counted from 1.
        message: What came, what is expected, what to do.

    Returns:
        The error, to be raised by the caller.
    """
    return CourseError(f"{page}:{line}: {message}")

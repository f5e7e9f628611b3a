"""A small course in a temporary folder: two pages, a package of two modules, no kernel."""

from pathlib import Path

import nbformat
import pytest
from small_course import COST, HEADER, LESSON, TOC, with_output, write

from genlab.course.build.cost import Cost
from genlab.course.build.store import OutputStore


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Root of a course whose lesson imports the package `toy`."""
    write(tmp_path / "_toc.yml", TOC)
    write(tmp_path / "requirements.txt", "torch==1\n")
    write(tmp_path / "book/intro.md", "# Plain text\n\nNo code here.\n")
    write(tmp_path / "book/lesson.md", HEADER + LESSON)
    write(tmp_path / "toy/__init__.py", "")
    write(tmp_path / "toy/models.py", "from .base import SIZE\n\ndef size():\n    return SIZE\n")
    write(tmp_path / "toy/base.py", "SIZE = 2\n")
    write(tmp_path / "toy/unrelated.py", "X = 1\n")
    return tmp_path


@pytest.fixture
def open_pages(course: Path):
    """Open the course as a new process would: nothing is remembered but what lies on the disk."""
    return lambda: OutputStore(course, package=course / "toy")


@pytest.fixture
def store(open_pages):
    """Put outputs of the lesson into the cache, as if it had been executed."""

    def put(text: str = "2\n", cost: Cost = COST) -> None:
        pages = open_pages()
        output = nbformat.v4.new_output("stream", text=text)
        pages.keep("book/lesson", with_output(pages, "book/lesson", output), cost)

    return put

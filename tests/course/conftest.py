from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_output

from genlab.course.edition import FIRST, Edition
from genlab.course.pages.source import Page

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""


class Course:
    """A small course in a temporary folder."""

    def __init__(self, root: Path, edition: Edition = FIRST) -> None:
        self.root, self.edition = root, edition

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), "utf-8")
        return file

    def page(self, name: str, text: str) -> Path:
        return self.write(f"{self.edition.pages}/{name}.md", HEADER + dedent(text))

    def notebook(self, name: str) -> nbformat.NotebookNode:
        return nbformat.read(self.root / self.edition.notebook(name), as_version=4)

    def markdown(self, name: str) -> str:
        cells = self.notebook(name).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = Course(tmp_path)
    course.write(
        "_config.yml",
        """\
        parse:
          myst_enable_extensions: [amsmath, colon_fence, deflist, dollarmath, substitution]
        """,
    )
    (tmp_path / "book").mkdir()
    return course


def stream(text: str, name: str = "stdout") -> nbformat.NotebookNode:
    return new_output("stream", name=name, text=text)


def result(**data: str) -> nbformat.NotebookNode:
    data = {kind.replace("_", "/", 1): text for kind, text in data.items()}
    return new_output("execute_result", data=data, execution_count=77)


def executed(*outputs: list[nbformat.NotebookNode]):
    """An execution that gives these outputs to the code cells of every page, in order."""

    def of_page(page: Page) -> nbformat.NotebookNode:
        # Divided by jupytext, so that our own division of a page is held to it.
        notebook = jupytext.read(page.root / page.path)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell, given in zip(code, [*outputs, *[[]] * len(code)], strict=False):
            cell.outputs = given
        return notebook

    return of_page

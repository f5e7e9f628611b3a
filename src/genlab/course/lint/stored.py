"""The code cells of a page with the outputs that its notebook stores."""

from __future__ import annotations

from collections import defaultdict, deque

import nbformat
from nbformat import NotebookNode

from genlab.course.pages.source import CodeCell, Page

Outputs = list[NotebookNode] | None  # None for a cell that the notebook does not have


def read_notebook(page: Page) -> NotebookNode | None:
    """Read a page's notebook; None if there is none."""
    file = page.root / page.notebook
    return nbformat.read(file, as_version=4) if file.exists() else None


def with_outputs(page: Page) -> list[tuple[CodeCell, Outputs]]:
    """Give each code cell of the page the outputs of its twin in the notebook."""
    stored: dict[str, deque[Outputs]] = defaultdict(deque)
    notebook = read_notebook(page)
    for cell in notebook.cells if notebook else []:
        if cell.cell_type == "code":
            stored[cell.source].append(cell.outputs)
    return [
        (cell, stored[cell.source].popleft() if stored[cell.source] else None)
        for cell in page.code_cells
    ]

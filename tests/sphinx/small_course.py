"""What the temporary course of these tests is made of."""

from pathlib import Path

from nbformat import NotebookNode

from genlab.course.build.cost import Cost
from genlab.course.build.store import OutputStore

COST = Cost.measured(6.4, 2.0, 120.0)  # what the lesson is said to have taken

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
TOC = """\
format: jb-book
root: book/intro
chapters:
  - file: book/lesson
"""
LESSON = """\
# A lesson

Some prose about $x^2$.

```{code-cell} ipython3
:tags: [hide-input]
from toy.models import size
print(size())
```
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf8")
    return path


def with_output(pages: OutputStore, name: str, output: NotebookNode) -> NotebookNode:
    """The page's notebook as if executed, with `output` under its first code cell."""
    notebook = pages.executable(name)
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.outputs, cell.execution_count = [output], 1
    return notebook

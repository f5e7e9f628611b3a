"""The notebooks as nbval sees them: with a real kernel, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from nbclient import NotebookClient

from genlab.course.notebooks.export import write_notebooks
from genlab.course.pages.source import Page

from .conftest import executed

pytestmark = pytest.mark.tools

PAGE = """\
# Compared

```{code-cell} ipython3
import sys

import numpy as np
import pandas as pd

values = np.arange(6).reshape(2, 3) / 7
print(f"{values.mean():.3f}")
print("a warning", file=sys.stderr)
```

```{code-cell} ipython3
pd.DataFrame(values, columns=list("abc")).round(2)
```

```{code-cell} ipython3
:mystnb: {image: {alt: A line}}

import matplotlib.pyplot as plt

_, axis = plt.subplots()
_ = axis.plot(values.T)
```

```{code-cell} ipython3
import anywidget


class Widget(anywidget.AnyWidget):
    _esm = "export default {}"

    def __repr__(self):
        return "Widget()"


Widget()
```

```{code-cell} ipython3
:tags: [nbval-ignore-output]
:nbval-reason: it is random

print(np.random.default_rng().normal())
```

```{code-cell} ipython3
:tags: [raises-exception]

raise ValueError("as expected")
```
"""


SMALL = PAGE[: PAGE.index("```{code-cell} ipython3\n:mystnb")]


def nbval(notebook: Path) -> str:
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    outcome = subprocess.run(
        [*command, "-c", "/dev/null", notebook], cwd=notebook.parent, capture_output=True, text=True
    )
    return outcome.stdout


def reference(root: Path, text: str) -> Path:
    """Write a notebook with the outputs that its code really has."""

    def run(page: Page):
        return NotebookClient(executed()(page), timeout=3600).execute()

    (root / "book").mkdir()
    (root / "book/page.md").write_text(text)
    (path,) = write_notebooks(root, run)
    return root / path


def test_an_unchanged_reference_passes(tmp_path):
    report = nbval(reference(tmp_path, PAGE))
    assert "6 passed" in report, report


@pytest.mark.parametrize(
    ("printed", "changed"),
    [('"0.357\\n"', '"0.358\\n"'), ("<td>0.14</td>", "<td>0.15</td>")],
    ids=["a printed number", "a number in a table"],
)
def test_one_changed_number_fails(tmp_path, printed, changed):
    notebook = reference(tmp_path, SMALL)
    text = notebook.read_text("utf-8")
    assert text.count(printed) == 1
    notebook.write_text(text.replace(printed, changed), "utf-8")
    report = nbval(notebook)
    assert "1 failed, 1 passed" in report, report
    assert "mismatch" in report

"""The notebooks as nbval sees them: with a real kernel, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from nbclient import NotebookClient

from genlab.course.notebooks import write_notebooks

from .conftest import executed

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


def nbval(notebook: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-c", "/dev/null", notebook], cwd=notebook.parent, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Path:
    """A notebook with the outputs that its code really has."""
    root = tmp_path_factory.mktemp("course")
    (root / "book").mkdir()
    (root / "book/page.md").write_text(PAGE)

    def run(root: Path, page: str):
        notebook = executed()(root, page)
        return NotebookClient(notebook, timeout=60).execute()

    (path,) = write_notebooks(root, run)
    return root / path


def test_an_unchanged_reference_passes(reference):
    outcome = nbval(reference)
    assert outcome.returncode == 0, outcome.stdout
    assert "6 passed" in outcome.stdout


@pytest.mark.parametrize(
    ("printed", "changed"),
    [('"0.357\\n"', '"0.358\\n"'), ("<td>0.14</td>", "<td>0.15</td>")],
    ids=["a printed number", "a number in a table"],
)
def test_one_changed_number_fails(reference, tmp_path, printed, changed):
    text = reference.read_text("utf-8")
    assert text.count(printed) == 1
    notebook = tmp_path / reference.name
    notebook.write_text(text.replace(printed, changed), "utf-8")
    outcome = nbval(notebook)
    assert outcome.returncode == 1
    assert "1 failed, 5 passed" in outcome.stdout
    assert "mismatch" in outcome.stdout

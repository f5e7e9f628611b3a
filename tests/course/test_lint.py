from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from genlab import plotting
from genlab.course.edition import edition_named
from genlab.course.lint import conventions
from genlab.course.lint.coverage import coverage_table
from genlab.course.lint.drawing import PREPARING
from genlab.course.notebooks.export import write_notebooks
from genlab.course.pages.source import read_pages

from .conftest import executed, result, stream

GOOD = """\
# Good

```{code-cell} ipython3
print(1)
```

```{code-cell} ipython3
:mystnb: {image: {alt: A line that rises}}

plt.plot(x)
```

```{exercise-start} Grid
:label: ex-grid
```
{effort}`easy 10`

**Grid.** Write it.

```{code-cell} ipython3
:tags: [exercise]
def grid(): ...
```

```{code-cell} ipython3
:tags: [check]
checks.grid(grid)
```
```{exercise-end}
```

```{solution-start} ex-grid
```
```{code-cell} ipython3
grid = 1
```
```{solution-end}
```
"""
# What every lesson page has, below all that a test looks at.
END = "\n(what-next-page)=\n## What next\n"
FIGURE = [result(text_plain="<Figure size 640x480 with 1 Axes>")]


def grid(answer): ...


REGISTRY = {"ex-grid": SimpleNamespace(page="page", check=grid)}


def lint(root, registry=None):
    """Without the package's own checks, as these pages have none of its exercises."""
    return conventions.lint(root, registry=registry or {})


OUTPUTS = ([stream("1\n")], FIGURE, [], [stream("not yet\n")])


@pytest.fixture
def check(course):
    """Write a page with its notebook, and give what lint finds."""

    def of(text: str, *outputs, registry=None) -> list[str]:
        course.page("part/page", text + END)
        write_notebooks(course.root, executed(*outputs))
        return [str(finding) for finding in lint(course.root, registry)[0]]

    return of


def cell(source: str, *options: str) -> str:
    head = "".join(f"{option}\n" for option in options)
    return f"# Page\n\n```{{code-cell}} ipython3\n{head}{source}\n```\n"


def test_a_good_page_has_no_findings(check, course):
    assert check(GOOD, *OUTPUTS, registry=REGISTRY) == []
    _, (coverage,) = lint(course.root)
    assert (coverage.cells, coverage.printing, coverage.compared) == (4, 2, 2)
    table = coverage_table([coverage]).split("\n")
    assert table[1].split() == ["part/page", "4", "2", "2", "100%"]
    assert table[2].split() == ["all", "4", "2", "2", "100%"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (cell("1", ":tags: [nbval-ignore-output]"), "without `:nbval-reason:`"),
        (cell("1", ":nbval-reason: random"), "nbval-reason without the tag"),
        (cell("1", ":tags: [skip-execution]"), "skip-execution and nbval-skip belong together"),
        (cell("show(x);"), "ends in `;`"),
        (cell("from ipywidgets import HBox"), "plain ipywidgets show nothing"),
        (cell("plt.plot(x)"), "draws without alternative text"),
        (cell("draw(x)"), "draws without alternative text"),
        (cell("plt.a\n" * 11, ":mystnb: {image: {alt: x}}"), "draws in 11 lines, 10 are allowed"),
        (cell("x\n" * 11, ":mystnb: {image: {alt: x}}"), "draws in 11 lines"),
        (cell("table.plot()"), "draws without alternative text"),
        (cell("from genlab import plotting\nplotting.show_digits(x)"), "draws without"),
        (cell("from genlab import plotting as p\np.show_digits(x)"), "draws without"),
        (cell("from genlab.plotting import show_digits\nshow_digits(x)"), "draws without"),
        (cell("import genlab.plotting as p\np.show_digits(x)"), "draws without"),
        (cell("def show(): plt.plot(x)\nshow()"), "draws without alternative text"),
    ],
)
def test_findings_in_cells(check, text, message):
    output = FIGURE if "draw" in text else []
    findings = [line for line in check(text, output) if not line.startswith("book: ")]
    (finding,) = findings
    assert finding.startswith("book/part/page.md:14: ")
    assert message in finding


def test_a_line_that_would_be_cut(check):
    """In any cell, be it ignored or a solution's; counted in characters, not in bytes."""
    long, fits = "x = 1  # " + "é" * 72, "x = 1  # " + "é" * 71
    assert (len(long), len(fits)) == (81, 80)
    (finding,) = check(cell(f"{fits}\n{long}"))
    message = "code line of 81 characters, 80 are shown: break it (a checked copy: in the package)"
    assert finding == f"book/part/page.md:16: {message}"
    finding = check(cell(long, ":tags: [nbval-ignore-output]", ":nbval-reason: r"))[0]
    assert finding == f"book/part/page.md:17: {message}"
    findings = check(GOOD.replace("grid = 1\n", f"{long}\n"), *OUTPUTS, registry=REGISTRY)
    assert ["code line of 81" in finding for finding in findings] == [True]


@pytest.mark.parametrize(
    "text",
    [
        cell("def draw(): plt.plot(x)"),
        cell("from genlab import plotting\nplotting.use_style()\nplotting.digit_grid(x)"),
        cell("from genlab.plotting import digit_grid\ndigit_grid(x)"),
        cell("plt.a\n" * 11, ":tags: [long-figure]", ":mystnb: {image: {alt: x}}"),
        cell("%matplotlib inline"),
    ],
)
def test_what_is_allowed_in_cells(check, text):
    assert check(text) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[check]", "[]", ":24: exercise without a check: a code cell tagged `check`"),
        ("[exercise]", "[]", ":24: exercise without a stub"),
        (":label: ex-grid", ":class: x", ":24: exercise without `:label:`"),
        ("{effort}`easy 10`", "", ":24: exercise without difficulty and minutes"),
        ("**Grid.**", "", ":24: repeat the title in the body, in bold: **Grid.**"),
        ("# Good", "![](../figures/a.svg)", ":12: image without alternative text"),
        ("# Good", "```{figure} ../figures/a.svg\n```", ":12: {figure} without `:alt:`"),
        ("# Good", ":::{note}\n```{image} ../figures/a.svg\n```\n:::", ":13: {image} without"),
    ],
)
def test_findings_in_text(course, old, new, message):
    course.write("book/figures/a.svg", "<svg/>")
    course.page("part/page", GOOD.replace(old, new, 1))
    findings = [str(finding) for finding in lint(course.root)[0]]
    assert any(finding.startswith(f"book/part/page.md{message}") for finding in findings), findings


IMPORT = cell("from genlab import plotting")
LONG = "x = 1\n" * 10 + "plotting.show_digits(x)"
IGNORED = (":tags: [nbval-ignore-output]", ":nbval-reason: r")


def code_cell(source: str, *options: str) -> str:
    return cell(source, *options).removeprefix("# Page\n\n")


def test_drawing_is_seen_in_cells_without_outputs(check):
    """Those that are ignored, and those of solutions, by a module that another cell imports."""
    alt = ":mystnb: {image: {alt: x}}"
    ignored = code_cell(LONG, *IGNORED, alt)
    findings = check(IMPORT + "\n" + ignored)
    assert any("draws in 11 lines, 10 are allowed" in line for line in findings), findings
    solution = GOOD.replace("grid = 1\n", f"{alt}\n\n{LONG}\n")
    findings = check(IMPORT + "\n" + solution, [], *OUTPUTS, registry=REGISTRY)
    assert [line.split(": ", 1)[1][:18] for line in findings] == ["draws in 11 lines,"]


def test_what_draws_nothing_is_in_the_package():
    assert all(hasattr(plotting, name) for name in PREPARING)


OTHER = SimpleNamespace(page="other", check=grid)


@pytest.mark.parametrize(
    ("registry", "message"),
    [
        ({}, ":24: no check is registered for 'ex-grid': add @exercise('ex-grid', ...) to one"),
        ({"ex-grid": OTHER}, ":24: 'ex-grid' is registered by the checks of other, not of this"),
        (
            {"ex-grid": SimpleNamespace(page="page", check=cell)},
            ":36: the check of 'ex-grid' does not call cell, which is registered",
        ),
        (
            {**REGISTRY, "ex-lost": SimpleNamespace(page="page", check=grid)},
            ": grid is registered for 'ex-lost', which no page has",
        ),
    ],
)
def test_a_page_and_its_checks_agree(check, registry, message):
    (finding,) = check(GOOD, *OUTPUTS, registry=registry)
    assert finding.startswith(f"book/part/page.md{message}")


def test_a_notebook_has_the_cells_of_its_exercises(check, course):
    check(GOOD, *OUTPUTS, registry=REGISTRY)
    file = course.root / "notebooks/part/page.ipynb"
    file.write_text(file.read_text().replace('"role": "stub"', '"role": "x"'))
    findings = [str(finding) for finding in lint(course.root, REGISTRY)[0]]
    message = "the notebook has no stub of 'ex-grid': run `make notebooks`"
    assert [finding.split(": ", 1)[1] for finding in findings] == [message]


def test_a_later_edition_need_not_have_every_exercise(course):
    edition = edition_named("xx")
    (course.root / edition.pages).mkdir()
    assert conventions.lint(course.root, edition, REGISTRY) == ([], [])
    (finding,) = conventions.lint(course.root, registry=REGISTRY)[0]
    assert str(finding) == "book: grid is registered for 'ex-grid', which no page has"


def test_exercise_and_solution_belong_together(course):
    start = GOOD.index("```{solution-start}")
    course.page("part/page", GOOD[:start] + END)
    assert "page.md:24: exercise 'ex-grid' has no solution" in str(
        lint(course.root, REGISTRY)[0][0]
    )
    course.page("part/page", GOOD.replace("start} ex-grid", "start} ex-other"))
    findings = [str(finding) for finding in lint(course.root, REGISTRY)[0]]
    assert any("which no exercise above has" in finding for finding in findings)


def test_too_few_compared_cells(check):
    ignored = "\n```{code-cell}\n:tags: [nbval-ignore-output]\n:nbval-reason: r\n\ntrain()\n```\n"
    printed = "\n```{code-cell}\nprint(2)\n```\n" * 3
    text = "# Page\n" + printed + ignored
    outputs = [[stream("2\n")]] * 3
    assert check(text, *outputs) == ["book: nbval compares 3 of 4 printing cells, 80% are due"]
    printed = "\n```{code-cell}\nprint(2)\n```\n"
    assert check(text + printed, *outputs, [], [stream("2\n")]) == []


def test_a_page_without_its_notebook(course):
    course.page("part/page", cell("print(1)") + END)
    assert "has no notebooks/part/page.ipynb: run `make notebooks`" in str(lint(course.root)[0][0])


def test_a_draft_is_let_alone_but_for_its_exercises(course):
    course.page("part/page", GOOD.replace("print(1)", "print(0.12345)") + "It is 0.9.\n")
    page = course.root / "book/part/page.md"
    assert lint(course.root)[0]
    page.write_text("---\ndraft: true\n---\n" + page.read_text("utf8"), "utf8")
    assert lint(course.root, REGISTRY) == ([], [])
    assert write_notebooks(course.root, executed()) == []
    missing = {"ex-other": SimpleNamespace(page="page", check=grid)}
    assert "which no page has" in str(lint(course.root, missing)[0][0])


def test_only_front_matter_makes_a_draft(course):
    course.page("part/page", "# Page\n\ndraft: true\n")
    assert not read_pages(course.root)[0].draft


def test_a_static_folder_at_the_root(course):
    (course.root / "_static").mkdir()
    assert "use another folder" in str(lint(course.root)[0][0])


@pytest.mark.parametrize("with_git", [False, True])
def test_registries_are_not_named(course, with_git):
    index = "https://" + "download.pytorch" + ".org/whl/cpu"
    course.write("environment.yml", f"- --extra-index-url {index}\n")
    course.write(".github/workflows/w.yml", f"URL: {index}\n")
    course.write("README.md", f"a\nsee {index}\n")
    course.write("_build/log.txt", f"see {index}\n")
    course.write("lock.json", "https://" + "registry.npmjs" + ".org/x\n")
    course.write(".gitignore", "_build/\n")
    if with_git:
        subprocess.run(["git", "init", "-q", course.root], check=True)
    findings = [str(finding) for finding in lint(course.root)[0]]
    assert [finding.split(": names")[0] for finding in findings] == ["README.md:2", "lock.json:1"]

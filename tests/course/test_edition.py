"""A second edition goes through every tool beside the first, and touches nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genlab.course.build.execute import kernel_environment
from genlab.course.build.store import OutputStore
from genlab.course.cli import app
from genlab.course.edition import FIRST, Edition, edition_named, edition_of_toc
from genlab.course.errors import CourseError
from genlab.course.lint import conventions
from genlab.course.notebooks import texts as notebook_texts
from genlab.course.notebooks.export import check_notebooks, write_notebooks
from genlab.course.notebooks.publish import Stamp, stamp_notebooks
from genlab.course.sync import stale_cells, sync

from .conftest import Course, executed, stream

COMMIT = "0123456789abcdef0123456789abcdef01234567"
XX = edition_named("xx")
MODULE = "SIZE = 2\n\n\ndef size():\n    return SIZE\n"
PAGE = """\
# Title in {language}

{{numref}}`fig-net`, {{doc}}`other`, {{cite:t}}`someone`.

```{{figure}} ../../book/figures/net.svg
:name: fig-net
:alt: A net.

The net.
```

```{{note}}
Mind this.
```

```{{code-cell}} ipython3
# from genlab.toy: size
```

```{{exercise-start}} Grid
:label: ex-grid
```
**Grid.** Write it.

```{{code-cell}} ipython3
:tags: [exercise]
def grid(): ...
```

```{{code-cell}} ipython3
:tags: [check]
check.grid(grid)
```
```{{exercise-end}}
```

```{{solution-start}} ex-grid
```
```{{solution-end}}
```
"""
OUTPUTS = ([], [], [stream("not yet\n")])


@pytest.fixture
def editions(course) -> tuple[Course, Course]:
    """A course with a first edition and one in the language xx, which has its own texts."""
    course.write("book/figures/net.svg", "<svg/>")
    course.write("book/references.bib", '@misc{someone, author = "One, Some", year = 2020}')
    course.write("src/genlab/toy.py", MODULE)
    for language in (course, Course(course.root, XX)):
        language.page("part/page", PAGE.format(language=language.edition.language))
        language.page("part/other", "# Other\n\n```{code-cell}\nx = 1\n```\n")
    course.write("_toc.yml", "format: jb-book\nroot: book/part/page\n")
    course.write("_toc_xx.yml", "format: jb-book\nroot: book-xx/part/page\n")
    return course, Course(course.root, XX)


@pytest.fixture
def in_xx(monkeypatch):
    """Every text of a notebook in the language xx."""
    for table in (notebook_texts.TEXTS, notebook_texts.SETUP_TEXTS):
        translated = {name: f"xx {text}" for name, text in table["en"].items()}
        monkeypatch.setitem(table, "xx", translated)


def files(root: Path, folder: str) -> dict[str, bytes]:
    found = sorted((root / folder).rglob("*.*"))
    return {file.name: file.read_bytes() for file in found}


def test_the_first_edition_has_the_plain_names():
    assert (FIRST.pages, FIRST.notebooks, FIRST.toc) == tuple(
        map(Path, ("book", "notebooks", "_toc.yml"))
    )
    assert (FIRST.build, FIRST.language) == (Path("_build"), "en")
    assert edition_named("") == edition_of_toc(Path("/x/_toc.yml")) == FIRST


def test_another_is_named_after_its_language():
    edition = edition_named("zh-TW")
    assert (edition.pages, edition.notebooks, edition.toc) == tuple(
        map(Path, ("book-zh-TW", "notebooks-zh-TW", "_toc_zh-TW.yml"))
    )
    assert (edition.language, edition.sphinx_language) == ("zh-TW", "zh_TW")
    assert edition_of_toc(Path("a/_toc_zh-TW.yml")) == edition


def test_no_two_editions_share_a_place():
    def places(edition: Edition) -> set[Path]:
        return {edition.pages, edition.notebooks, edition.toc, edition.build, edition.published}

    assert not places(FIRST) & places(XX)
    assert not places(edition_named("zh-TW")) & places(XX)


@pytest.mark.parametrize("name", ["../x", "x", "en us", "xx/", "zh_TW", "-xx"])
def test_a_name_that_is_no_language_is_refused(name):
    with pytest.raises(CourseError, match="expected the tag of a language, such as zh-TW"):
        edition_named(name)


@pytest.mark.parametrize("name", ["toc.yml", "_toc.yaml", "_toc_.yml", "_toc_x/y.yml"])
def test_a_table_of_contents_that_is_no_editions_is_refused(name):
    with pytest.raises(CourseError, match="expected"):
        edition_of_toc(Path(name))


def test_notebooks_of_a_second_edition(editions, in_xx):
    first, second = editions
    write_notebooks(first.root, executed(*OUTPUTS))
    before = files(first.root, "notebooks")
    written = write_notebooks(second.root, executed(*OUTPUTS), XX)
    assert sorted(map(str, written)) == [
        "notebooks-xx/part/other.ipynb",
        "notebooks-xx/part/page.ipynb",
    ]
    check_notebooks(second.root, executed(*OUTPUTS), XX)
    assert files(first.root, "notebooks") == before
    text = second.markdown("part/page")
    assert "# Title in xx" in text
    assert "xx Figure 1, [Other](other.ipynb), One (2020)" in text
    assert "![A net.](../../book/figures/net.svg)" in text
    for words in ("xx **Figure 1.** The net.", "> **xx Note**", "xx **Exercise 1**"):
        assert words in text
    assert "xx *Solution: on the [course page](../../book-xx/part/page.md#ex-grid)" in text
    assert "## xx References" in text
    assert "xx" not in first.markdown("part/page")


def test_a_notebook_without_its_page_is_only_the_editions_own(editions):
    first, second = editions
    write_notebooks(first.root, executed(*OUTPUTS))
    second.write("notebooks-xx/old.ipynb", "{}")
    with pytest.raises(CourseError, match=r"^notebooks-xx/old.ipynb: has no page"):
        check_notebooks(second.root, executed(*OUTPUTS), XX)


def test_checked_copies_are_filled_edition_by_edition(editions):
    first, second = editions
    assert [str(cell.page) for cell in sync(second.root, XX)] == ["book-xx/part/page.md"]
    assert stale_cells(second.root, XX) == []
    assert [str(cell.page) for cell in stale_cells(first.root)] == ["book/part/page.md"]


def test_lint_looks_at_one_edition(editions):
    first, second = editions
    findings = [str(finding) for finding in conventions.lint(second.root, XX, {})[0]]
    assert "book-xx/part/page.md:0: has no notebooks-xx/part/page.ipynb" not in findings
    assert any("has no notebooks-xx/part/page.ipynb" in finding for finding in findings)
    assert all(finding.startswith("book-xx/") for finding in findings), findings
    findings = [str(finding) for finding in conventions.lint(first.root, registry={})[0]]
    assert all(finding.startswith("book/") for finding in findings), findings


def test_the_build_knows_the_editions_pages_and_place(editions):
    _, second = editions
    pages = OutputStore(second.root, edition=XX)
    assert list(pages.files) == ["book-xx/part/page"]
    assert pages.build == second.root / "_build/xx/_build"
    with pytest.raises(CourseError, match=r"no page 'x' in _toc_xx.yml"):
        pages.executed("x")


def test_a_missing_table_of_contents_is_named(editions):
    _, second = editions
    (second.root / "_toc_xx.yml").unlink()
    with pytest.raises(CourseError, match=r"no _toc_xx.yml"):
        OutputStore(second.root, edition=XX)


def test_kernels_are_told_the_language():
    assert kernel_environment(FIRST)["GENLAB_LANGUAGE"] == "en"
    assert kernel_environment(edition_named("zh-TW"))["GENLAB_LANGUAGE"] == "zh-TW"


def test_published_notebooks_of_both_editions_lie_side_by_side(editions, in_xx):
    first, _ = editions
    for name in ("requirements.txt", "requirements-smollm2.txt", "postBuild"):
        first.write(name, "")
    for name in ("LICENSE", "LICENSE-CONTENT"):
        first.write(name, "")
    first.write("environment.yml", "dependencies:\n  - pip:\n      - .\n")
    out = first.root / "_build/published"
    for one in editions:
        write_notebooks(one.root, executed(*OUTPUTS), one.edition)
        stamp_notebooks(one.root, Stamp("ada/course", COMMIT, "", one.edition), out)
    cells = json.loads((out / "xx/part/page.ipynb").read_text())["cells"]
    setup, text = "".join(cells[0]["source"]), json.dumps(cells)
    assert setup.startswith("# @title xx Setup: run this cell first { display-mode")
    assert '"ready": "xx genlab {version} is ready."' in setup
    compile(setup, "setup", "exec")
    assert "https://github.com/ada/course/blob/notebooks/xx/part/other.ipynb" in text
    assert f"https://github.com/ada/course/blob/{COMMIT}/book-xx/part/page.md" in text
    first_setup = json.loads((out / "part/page.ipynb").read_text())["cells"][0]["source"]
    assert "xx" not in "".join(first_setup)
    with pytest.raises(CourseError, match="published/xx is not empty"):
        stamp_notebooks(first.root, Stamp("ada/course", COMMIT, "", XX), out)


def test_on_the_site_links_lead_to_the_editions_pages():
    stamp = Stamp("ada/course", COMMIT, "https://ada.github.io/xx", XX)
    page = stamp.page(Path("notebooks-xx/part/other.ipynb"), "")
    assert page == "https://ada.github.io/xx/book-xx/part/other.html"


def test_the_command_takes_an_edition(editions):
    _, second = editions
    run = CliRunner().invoke
    root = ["--root", str(second.root)]
    outcome = run(app, ["sync", "--edition", "xx", *root])
    assert (outcome.exit_code, outcome.output) == (0, "book-xx/part/page.md:27: filled\n")
    outcome = run(app, ["sync", "--check", *root], env={"GENLAB_EDITION": "xx"})
    assert outcome.exit_code == 0, outcome.output
    outcome = run(app, ["notebooks", "--edition", "xx", *root])
    assert "no page 'book-xx/part/other' in _toc_xx.yml" in outcome.output
    outcome = run(app, ["lint", "--edition", "../x", *root])
    assert outcome.output == (
        "genlab lint: edition is '../x', expected the tag of a language, such as zh-TW\n"
    )

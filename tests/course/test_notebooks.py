from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_output

from genlab.course.errors import CourseError
from genlab.course.notebooks.exercises import identity_of
from genlab.course.notebooks.export import check_notebooks, write_notebooks
from genlab.course.notebooks.outputs import draws, kept_outputs, prints_text

from .conftest import executed, result, stream

PAGE = """\
# Spread

Text.

```{code-cell} ipython3
:tags: [hide-input]

print(1.5)
```

```{code-cell} ipython3
:tags: [nbval-ignore-output]
:nbval-reason: training differs from processor to processor

train()
```

## An exercise

```{exercise-start} Grid
:label: ex-grid
```
**A grid.** Write it.

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
:class: dropdown
```
The secret is

```{code-cell} ipython3
def grid(): return "secret"
```

a secret.
```{solution-end}
```

After.
"""

OUTPUTS = (
    [stream("1.5\n")],
    [stream("0.123\n")],
    [],
    [stream("not "), stream("yet\n"), stream("hm", "stderr")],
    [stream("secret\n")],
)


@pytest.fixture
def spread(course):
    course.page("part/spread", PAGE)
    return course


def write(course, *outputs):
    return [str(path) for path in write_notebooks(course.root, executed(*outputs or OUTPUTS))]


def test_a_notebook_of_a_page(spread):
    assert write(spread) == ["notebooks/part/spread.ipynb"]
    notebook = spread.notebook("part/spread")
    kinds = [cell.cell_type for cell in notebook.cells]
    text, code = ["markdown"], ["code", "code"]
    assert kinds == [*text, *code, *text, *text, *code, *text, *text]
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    first, ignored, stub, check = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert first.metadata == {"jupyter": {"source_hidden": True}}
    assert (first.execution_count, first.outputs) == (1, [stream("1.5\n")])
    assert ignored.outputs == []
    assert ignored.metadata == {
        "tags": ["nbval-ignore-output"],
        "nbval-reason": "training differs from processor to processor",
    }
    assert (stub.metadata["tags"], stub.outputs) == (["exercise"], [])
    assert check.outputs == [stream("not yet\n"), stream("hm", "stderr")]


def test_exercises_keep_stub_and_check_and_solutions_become_a_link(spread):
    write(spread)
    markdown = spread.markdown("part/spread")
    assert "## An exercise\n\n**Exercise 1**\n\n**A grid.** Write it." in markdown
    assert markdown.endswith(
        "*Solution: on the [course page](../../book/part/spread.md#ex-grid), in the box below the "
        "exercise.*\n\nAfter."
    )
    text = (spread.root / "notebooks/part/spread.ipynb").read_text()
    assert "secret" not in text
    assert "{exercise" not in text


def test_the_cells_of_an_exercise_say_which_and_as_what(spread):
    spread.page("part/spread", PAGE + "\n```{code-cell}\n:tags: [check]\nprint(1)\n```\n")
    write(spread)
    found = [identity_of(cell) for cell in spread.notebook("part/spread").cells]
    labelled = [("ex-grid", role) for role in ("prompt", "stub", "check")]
    assert found == [None, None, None, None, *labelled, None, None, None]


@pytest.mark.parametrize("held", [None, 3, "ex-grid", {}, {"exercise": "ex-grid"}])
def test_a_cell_that_says_it_in_another_way_is_of_no_exercise(held):
    assert identity_of(new_code_cell("1", metadata={"genlab": held})) is None


def test_a_second_run_changes_nothing_and_check_agrees(spread):
    write(spread)
    assert write(spread) == []
    check_notebooks(spread.root, executed(*OUTPUTS))


def test_cell_ids_are_unique_and_stay_when_a_cell_comes_in_between(spread):
    spread.page("part/spread", PAGE + "\n```{code-cell}\nprint(1.5)\n```\n")
    write(spread)
    before = [cell.id for cell in spread.notebook("part/spread").cells]
    assert len(set(before)) == len(before)
    spread.page("part/spread", "```{code-cell}\nfirst\n```\n" + PAGE)
    write(spread)
    after = [cell.id for cell in spread.notebook("part/spread").cells]
    assert after[1:] == before[:-1]


def test_check_names_what_is_stale_missing_or_without_a_page(spread):
    write(spread)
    spread.page("part/spread", PAGE.replace("Text.", "Other."))
    spread.page("part/new", PAGE.replace("ex-grid", "ex-new"))
    spread.write("notebooks/part/old.ipynb", "{}")
    with pytest.raises(CourseError) as raised:
        check_notebooks(spread.root, executed(*OUTPUTS))
    assert str(raised.value).split("\n") == [
        "notebooks/part/old.ipynb: has no page",
        "notebooks/part/new.ipynb: is missing",
        "notebooks/part/spread.ipynb: cell 1 differs in source",
        "stale notebooks: run `make notebooks`",
    ]
    write(spread)
    check_notebooks(spread.root, executed(*OUTPUTS))
    assert not (spread.root / "notebooks/part/old.ipynb").exists()


@pytest.mark.parametrize(
    ("text", "difference"),
    [('"1.5\\n"', "cell 2 differs in outputs"), ('"python3"', "differs in its metadata")],
)
def test_check_sees_a_changed_file(spread, text, difference):
    write(spread)
    file = spread.root / "notebooks/part/spread.ipynb"
    file.write_text(file.read_text().replace(text, '"x"'))
    with pytest.raises(CourseError, match=f"part/spread.ipynb: {difference}"):
        check_notebooks(spread.root, executed(*OUTPUTS))


def test_check_sees_a_file_that_is_no_notebook(spread):
    spread.write("notebooks/part/spread.ipynb", "no json")
    with pytest.raises(CourseError, match="is no notebook"):
        check_notebooks(spread.root, executed(*OUTPUTS))


def test_an_old_execution_is_refused(spread):
    old = executed(*OUTPUTS)

    def changed(page):
        notebook = old(page)
        notebook.cells[1].source = "print(2)"
        return notebook

    with pytest.raises(CourseError, match=r"book/part/spread.md: has changed .*`make book`"):
        write_notebooks(spread.root, changed)


def test_an_output_that_changes_is_refused_with_its_place(spread):
    outputs = [[stream("<object at 0x7f00aa11bb22>")]]
    with pytest.raises(CourseError, match=r"spread.md:16: this cell cannot .*'0x7f00aa11bb22'"):
        write(spread, *outputs)
    with pytest.raises(CourseError, match="differs from run to run"):
        write(spread, [stream(f"{spread.root}/data")])


def test_a_solution_without_end_is_refused(spread):
    spread.page("part/spread", PAGE.replace("```{solution-end}\n```", ""))
    with pytest.raises(CourseError, match="a solution-start has no solution-end"):
        write(spread)


def test_a_cell_with_bad_options_is_refused(spread):
    spread.page("part/spread", "```{code-cell}\n---\na: [\n---\n1\n```\n")
    with pytest.raises(CourseError, match=r"book/part/spread.md:12: the options .* no YAML"):
        write(spread)


def test_pictures_and_widget_state_are_dropped():
    figure = result(text_plain="<Figure size 640x480 with 1 Axes>", image_png="iVBOR")
    widget = result(text_plain="LatentExplorer()", text_html="<div></div>")
    widget.data["application/vnd.jupyter.widget-view+json"] = {"model_id": "f00"}
    static = result(text_plain="W()", text_html='<div data-genlab-widget="w"></div>')
    only_picture = result(image_png="iVBOR")
    kept = kept_outputs([figure, widget, static, only_picture], count=3)
    assert kept == [
        new_output("execute_result", {"text/plain": text}, execution_count=3)
        for text in ("<Figure size 640x480 with 1 Axes>", "LatentExplorer()", "W()")
    ]


def test_tables_are_kept_with_their_html():
    table = result(text_plain="   a\n0  1", text_html="<table>...</table>")
    (kept,) = kept_outputs([table], count=1)
    assert kept.data == {"text/plain": "   a\n0  1", "text/html": "<table>...</table>"}


def test_a_kind_of_output_that_cannot_be_kept_is_refused():
    output = result(text_plain="x")
    output.data["image/svg+xml"] = "<svg/>"
    with pytest.raises(ValueError, match="type image/svg"):
        kept_outputs([output], count=1)


def test_errors_are_kept_without_their_traceback():
    error = new_output("error", ename="ValueError", evalue="bad", traceback=["/home/x/cell.py"])
    (kept,) = kept_outputs([error], count=1)
    assert kept.traceback == ["ValueError: bad"]


def test_what_counts_as_text_and_as_drawing():
    figure = [result(text_plain="<Figure size 640x480 with 1 Axes>")]
    assert draws(figure)
    assert not prints_text(figure)
    assert prints_text([*figure, stream("1\n")])
    assert not draws([stream("1\n")])

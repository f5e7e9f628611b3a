"""What pages cost: a report in the build, a gate in `genlab budget`, fair to slow machines."""

import json

import pytest
from nbformat.v4 import new_output
from small_course import with_output
from typer.testing import CliRunner

from genlab.course.build import book, calibration, execute
from genlab.course.build.calibration import IDLE_SECONDS, Calibration, mean_over_time
from genlab.course.build.cost import Cost, Timing, check_budget, timing_table, write_timings
from genlab.course.build.store import OutputStore
from genlab.course.cli import app
from genlab.course.errors import CourseError

NAME = "book/lesson"
SHORT = Timing(page="book/short", **Cost.measured(4.68, 2.0, 150.2).figures)
LONG = Timing(page="book/long", **Cost.measured(46.0, 1.0, 1600.0).figures)
OLD = Timing(page="book/old", seconds=1.0)


def test_table_shows_every_page_and_marks_overruns():
    lines = timing_table([SHORT, LONG, OLD]).splitlines()
    assert lines[0].split() == ["page", "reference", "s", "processor", "s", "peak", "MB"]
    assert lines[1].split() == ["book/short", "2.3", "4.7", "150"]
    assert lines[2].split() == ["book/long", "46.0", "46.0", "1600", "OVER", "BUDGET"]
    assert lines[3].split() == ["book/old", "-", "1.0", "-"]


def test_table_of_nothing_is_its_head():
    assert len(timing_table([]).splitlines()) == 1


def test_budget_names_what_was_taken_and_what_is_allowed():
    with pytest.raises(CourseError) as error:
        check_budget([SHORT, LONG], ["book/old"])
    assert str(error.value) == (
        "page book/long took 46.0 reference seconds, allowed are 45, and 1600 MB, allowed are "
        "1500 MB\npage book/old has not been measured: make measure PAGE=book/old"
    )
    check_budget([SHORT], [])


def test_timings_file(tmp_path):
    write_timings(tmp_path, [SHORT, OLD])
    old = {"seconds": 1.0, "calibration": None, "reference_seconds": None, "peak_mb": None}
    assert json.loads((tmp_path / "timings.json").read_text()) == [
        {
            "page": "book/short",
            "seconds": 4.68,
            "calibration": 2.0,
            "reference_seconds": 2.34,
            "peak_mb": 150.2,
        },
        {"page": "book/old", **old},
    ]


# -- the calibration -------------------------------------------------------------------------------


def test_the_mean_is_over_time_and_not_over_samples():
    assert mean_over_time([(0, 1.0), (1, 1.0), (2, 1.0), (10, 3.0)]) == pytest.approx(1.8)
    assert mean_over_time([(5, 2.0)]) == 2.0
    assert mean_over_time([(5, 2.0), (5, 4.0)]) == 3.0


@pytest.mark.parametrize("slowness", [1, 5])
def test_the_factor_is_the_slowness_of_this_thread(monkeypatch, slowness):
    clock = [0.0]

    def work():
        clock[0] += slowness * IDLE_SECONDS

    monkeypatch.setattr(calibration, "fixed_work", lambda: work)
    monkeypatch.setattr(calibration.time, "thread_time", lambda: clock[0])
    measured = Calibration()
    measured.sample(rounds=3)
    measured.sample()
    assert measured.factor == pytest.approx(slowness)


def test_the_fixed_work_takes_processor_time_and_leaves_the_random_numbers_alone():
    import torch

    before = torch.random.get_rng_state()
    measured = Calibration()
    assert measured.sample() > 0
    assert torch.equal(before, torch.random.get_rng_state())


# -- from the measurement to the exit code ---------------------------------------------------------


@pytest.fixture
def command(course, monkeypatch):
    """The `genlab` command on the course, without Jupyter Book: its exit code and its text."""
    monkeypatch.setattr(book, "missing_programs", lambda root: None)
    monkeypatch.setattr(book, "run_jupyter_book", lambda root, edition: None)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*words, "--root", str(course)])
        return done.exit_code, done.output

    return run


@pytest.fixture
def kernel(monkeypatch):
    """What stands for executing a page; returns the list of executed files, and takes reports."""
    reports: list[dict] = []
    monkeypatch.setattr(execute._Runs, "run", lambda self, file, folder: reports.pop(0))
    return reports


def report(seconds: float, slowness: float, peak_mb: float = 300.0) -> dict:
    return {"seconds": seconds, "calibration": slowness, "peak_mb": peak_mb, "error": None}


@pytest.mark.parametrize(
    ("measured", "warning"),
    [
        (report(40, 1), None),
        (report(200, 5), None),
        (report(1000, 1), "page book/lesson took 1000.0 reference seconds, allowed are 45"),
        (report(5000, 5), "page book/lesson took 1000.0 reference seconds, allowed are 45"),
        (report(40, 1, 1501), "page book/lesson took 1501 MB, allowed are 1500 MB"),
    ],
)
def test_the_build_warns_and_only_the_budget_fails(command, kernel, measured, warning):
    kernel.append(measured)
    for _ in range(2):  # executed, then read from the ledger
        code, text = command("book")
        assert code == 0, text
        lines = [line for line in text.splitlines() if line.startswith("warning")]
        assert lines == ([f"warning: {warning} (see make budget)"] if warning else [])
    code, text = command("budget")
    assert code == (1 if warning else 0)
    assert (warning or "book/lesson") in text


def test_a_record_in_the_ledger_is_judged(course, command, kernel):
    kernel.append(report(10, 1))
    command("book")
    ledger = course / "_build/pages.json"
    entries = json.loads(ledger.read_text())
    entries[NAME]["reference_seconds"] = 1000
    ledger.write_text(json.dumps(entries))
    code, text = command("book")
    assert (code, text.count("warning:")) == (0, 1)
    assert command("budget")[0] == 1


def test_a_disturbed_measurement_is_made_again(command, kernel):
    kernel += [report(100, 1), report(30, 1)]
    command("book")
    assert command("budget")[0] == 1
    code, text = command("measure-page", NAME)
    assert code == 0
    assert "30.0" in text
    assert command("budget")[0] == 0
    assert not kernel


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("book/nothing", "no page 'book/nothing' in _toc.yml; there are: book/intro, book/lesson"),
        ("book/intro", "page book/intro has no code to execute; those that have: book/lesson"),
    ],
)
def test_what_cannot_be_measured_is_refused(command, page, sentence):
    code, text = command("measure-page", page)
    assert code == 1
    assert f"genlab measure-page: {sentence}" in text


def test_a_page_that_raises_keeps_its_measurement(command, kernel):
    kernel += [report(30, 1), {"error": "ZeroDivisionError"}]
    command("book")
    code, text = command("measure-page", NAME)
    assert code == 1
    assert "ZeroDivisionError" in text
    assert command("budget")[0] == 0


def test_an_old_ledger_is_read_and_its_pages_are_measured(course, command, kernel):
    pages = OutputStore(course)
    pages.keep(NAME, with_output(pages, NAME, new_output("stream", text="2\n")), Cost(seconds=3))
    ledger = course / "_build/pages.json"
    entry = json.loads(ledger.read_text())[NAME]
    old = {name: entry[name] for name in ("key", "dependencies", "seconds")} | {"peak_mb": 120.0}
    ledger.write_text(json.dumps({NAME: old}))

    assert OutputStore(course).stale() == [], "its outputs can still be shown"
    code, text = command("budget")
    assert code == 1
    assert "page book/lesson has not been measured: make measure PAGE=book/lesson" in text
    kernel.append(report(30, 1))
    assert command("book")[0] == 0
    assert command("budget")[0] == 0

"""Executing pages: real kernels, few; what is measured, failures, interrupts."""

import os
import time

import pytest
from small_course import HEADER

from genlab.course.build import execute
from genlab.course.build.execute import execute_pages, execute_stale
from genlab.course.build.store import BuildError

pytestmark = pytest.mark.tools


@pytest.mark.parametrize("jobs", [0, -1])
def test_jobs_must_be_positive(open_pages, jobs):
    with pytest.raises(ValueError, match=f"at least 1, got {jobs}"):
        execute_pages(open_pages(), [], jobs)


def test_fresh_pages_start_no_process(open_pages, store, monkeypatch):
    store()
    monkeypatch.setattr(execute.subprocess, "Popen", None)
    assert execute_stale(open_pages()) == []


def test_pages_run_and_one_that_raises_does_not_stop_the_other(course, open_pages, capfd):
    """Two real kernels: what is printed, that it is timed, and that a failure is reported."""
    code = "import os\nprint(os.environ['OMP_NUM_THREADS'], os.environ['GENLAB_SITE'])"
    good = f"# Good\n\n```{{code-cell}} ipython3\n{code}\n```\n"
    bad = "# Bad\n\n```{code-cell} ipython3\n1 / 0\n```\n"
    (course / "book/intro.md").write_text(HEADER + good)
    (course / "book/lesson.md").write_text(HEADER + bad)
    pages = open_pages()
    with pytest.raises(BuildError, match=r"(?s)page book/lesson failed.*ZeroDivisionError"):
        execute_stale(pages)

    again = open_pages()
    assert again.stale() == ["book/lesson"]
    cell = again.executed("book/intro").cells[-1]
    assert cell.outputs[0].text == "1 1\n"
    (row,) = again.timings()
    assert row.seconds > 0
    assert row.reference_seconds == pytest.approx(row.seconds / row.calibration)
    assert 20 < row.peak_mb < 1500


def test_an_interrupt_ends_the_processes_and_keeps_what_is_done(open_pages, monkeypatch):
    started = []

    class Sleeper:
        """A page that never ends unless it is told to."""

        returncode = 1

        def __init__(self, *args, **options):
            started.append(self)
            self.stopped = False

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def communicate(self):
            while not self.stopped:
                time.sleep(0.01)
            return b"", b""

        def terminate(self):
            self.stopped = True

    def interrupt(futures):
        while not started:
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(execute.subprocess, "Popen", Sleeper)
    monkeypatch.setattr(execute, "as_completed", interrupt)
    pages = open_pages()
    with pytest.raises(KeyboardInterrupt):
        execute_stale(pages)
    assert all(process.stopped for process in started)
    assert open_pages().stale() == ["book/lesson"]
    assert "GENLAB_SITE" not in os.environ or os.environ["GENLAB_SITE"] == "1"

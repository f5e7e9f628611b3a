"""`genlab book`: execute the pages, then let Jupyter Book write the site."""

import os
import subprocess
import sys
from pathlib import Path

from genlab.course.build.cost import (
    Timing,
    check_budget,
    overruns,
    timing_table,
    write_timings,
)
from genlab.course.build.execute import execute_pages, execute_stale, kernel_environment
from genlab.course.build.store import BuildError, OutputStore
from genlab.course.edition import FIRST, Edition
from genlab.course.environment import missing_programs

__all__ = ["BuildError", "build_book"]

# Strict: a warning fails the build, a broken reference is a warning, all are shown.
STRICT = ("-W", "-n", "--keep-going")


def build_book(root: Path, edition: Edition = FIRST, jobs: int = 2) -> None:
    """Build an edition's site; print how long pages took and how to open it.

    Args:
        root: the course's folder, which holds `_config.yml` and the table of contents.
        edition: which edition.
        jobs: how many pages are executed at a time, one thread each.

    Raises:
        BuildError: something to build with is missing, a page failed, or Jupyter Book
            warned. What was executed is kept: the next build goes on from there.
    """
    root = root.resolve()
    if missing := missing_programs(root):
        raise BuildError(missing)
    store = OutputStore(root, edition=edition)
    store.forget_unmeasured()
    print(f"Pages: {len(store.files)}, of which {len(store.stale())} have to be executed.")
    execute_stale(store, jobs)
    write_timings(store.build, store.timings())
    run_jupyter_book(root, edition)
    print("\n" + cost_report(store.timings()))
    print(how_to_open(store.build / "html"))


def cost_report(rows: list[Timing]) -> str:
    """The table of costs, and one line of warning for each page over its budget."""
    warnings = [f"warning: {line} (see make budget)" for line in overruns(rows)]
    return "\n".join([timing_table(rows), *warnings])


def judge_costs(root: Path, edition: Edition = FIRST) -> str:
    """Hold the costs of the last execution of each page to the budgets.

    Returns:
        The table of costs.

    Raises:
        CourseError: names the pages over their budget, and those that were not measured.
    """
    store = OutputStore(root, edition=edition)
    check_budget(store.timings(), store.unmeasured())
    return timing_table(store.timings())


def measure_page(root: Path, name: str, edition: Edition = FIRST) -> str:
    """Execute one page again and keep what it took, as its outputs.

    Returns:
        Its line in the table of costs.

    Raises:
        BuildError: there is no such page, it has no code, or it raised.
    """
    store = OutputStore(root, edition=edition)
    store.require_code(name)
    execute_pages(store, [name], jobs=1)
    write_timings(store.build, store.timings())
    return cost_report([row for row in store.timings() if row.page == name])


def run_jupyter_book(root: Path, edition: Edition = FIRST) -> None:
    """Write an edition's pages as HTML, strictly.

    Raises:
        BuildError: Jupyter Book ended with an error or a warning.
    """
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"]
    places = ["--toc", str(root / edition.toc), "--path-output", str(root / edition.output)]
    environment = {**os.environ, **kernel_environment(edition)}
    result = subprocess.run([*command, str(root), *places, *STRICT], env=environment, check=False)
    if result.returncode:
        raise BuildError("Jupyter Book found the problems above; the site is not complete.")


def how_to_open(site: Path) -> str:
    """Two lines that say where the site is and how to look at it."""
    return (
        f"\nThe site is in {site}\n"
        "Open it with `make serve` at http://localhost:8000 (widgets need a server, not a file)."
    )

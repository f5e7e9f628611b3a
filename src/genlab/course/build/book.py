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
from genlab.course.build.execute import KERNEL_ENVIRONMENT, execute_pages, execute_stale
from genlab.course.build.store import BuildError, Pages
from genlab.course.environment import missing_programs

__all__ = ["BuildError", "build_book"]

# Strict: a warning fails the build, a broken reference is a warning, all are shown.
STRICT = ("-W", "-n", "--keep-going")


def build_book(root: Path, jobs: int = 2) -> None:
    """Build the site into `root/_build/html`; print how long pages took and how to open it.

    Args:
        root: the course's folder, which holds `_config.yml` and `_toc.yml`.
        jobs: how many pages are executed at a time, one thread each.

    Raises:
        BuildError: something to build with is missing, a page failed, or Jupyter Book
            warned. What was executed is kept: the next build goes on from there.
    """
    root = root.resolve()
    if missing := missing_programs(root):
        raise BuildError(missing)
    pages = Pages(root)
    pages.forget_unmeasured()
    print(f"Pages: {len(pages.files)}, of which {len(pages.stale())} have to be executed.")
    execute_stale(pages, jobs)
    write_timings(pages.build, pages.timings())
    run_jupyter_book(root)
    print("\n" + cost_report(pages.timings()))
    print(how_to_open(pages.build / "html"))


def cost_report(rows: list[Timing]) -> str:
    """The table of costs, and one line of warning for each page over its budget."""
    warnings = [f"warning: {line} (see make budget)" for line in overruns(rows)]
    return "\n".join([timing_table(rows), *warnings])


def judge_costs(root: Path) -> str:
    """Hold the costs of the last execution of each page to the budgets.

    Returns:
        The table of costs.

    Raises:
        CourseError: names the pages over their budget, and those that were not measured.
    """
    pages = Pages(root)
    check_budget(pages.timings(), pages.unmeasured())
    return timing_table(pages.timings())


def measure_page(root: Path, name: str) -> str:
    """Execute one page again and keep what it took, as its outputs.

    Returns:
        Its line in the table of costs.

    Raises:
        BuildError: there is no such page, it has no code, or it raised.
    """
    pages = Pages(root)
    pages.require_code(name)
    execute_pages(pages, [name], jobs=1)
    write_timings(pages.build, pages.timings())
    return cost_report([row for row in pages.timings() if row.page == name])


def run_jupyter_book(root: Path) -> None:
    """Write the pages as HTML, strictly.

    Raises:
        BuildError: Jupyter Book ended with an error or a warning.
    """
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    environment = {**os.environ, **KERNEL_ENVIRONMENT}
    result = subprocess.run([*command, "build", str(root), *STRICT], env=environment, check=False)
    if result.returncode:
        raise BuildError("Jupyter Book found the problems above; the site is not complete.")


def how_to_open(site: Path) -> str:
    """Two lines that say where the site is and how to look at it."""
    return (
        f"\nThe site is in {site}\n"
        "Open it with `make serve` at http://localhost:8000 (widgets need a server, not a file)."
    )

"""`genlab book`: execute the pages, then let Jupyter Book write the site."""

import os
import subprocess
import sys
from pathlib import Path

from genlab.course.build.execute import (
    KERNEL_ENVIRONMENT,
    check_budget,
    execute_pages,
    timing_table,
    timings,
    write_timings,
)
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
        BuildError: something to build with is missing, a page failed or overran its budget, or
            Jupyter Book warned. What was executed is kept: the next build goes on from there.
    """
    root = root.resolve()
    if missing := missing_programs(root):
        raise BuildError(missing)
    pages = Pages(root)
    pages.forget_unmeasured()
    print(f"Pages: {len(pages.files)}, of which {len(pages.stale())} have to be executed.")
    execute_pages(pages, jobs)
    rows = timings(pages)
    write_timings(pages.build, rows)
    run_jupyter_book(root)
    print("\n" + timing_table(rows))
    check_budget(rows)
    print(how_to_open(pages.build / "html"))


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

"""Execute the pages that need it: some at a time, one thread each, each in its own process."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from genlab.course.build.store import BuildError, Pages, write_atomically

SECONDS_BUDGET = 60.0
MEMORY_BUDGET_MB = 1500.0
# One thread: results and times are then the same on any number of cores.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
KERNEL_ENVIRONMENT = {
    **dict.fromkeys(THREADS, "1"),
    "GENLAB_SITE": "1",  # widgets add the HTML that the page mounts
    "HF_HUB_OFFLINE": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger's warning becomes an output
}


@dataclass(frozen=True)
class Timing:
    """What one page took.

    Attributes:
        page: its name in `_toc.yml`.
        seconds: processor time on one thread, kernel start included.
        peak_mb: peak memory in MB; None if it was not measured.
    """

    page: str
    seconds: float
    peak_mb: float | None

    @property
    def excess(self) -> list[str]:
        """Which budgets the page overran, in words."""
        found = []
        if self.seconds > SECONDS_BUDGET:
            found.append(f"{self.seconds:.1f} s, allowed are {SECONDS_BUDGET:.0f} s")
        if self.peak_mb is not None and self.peak_mb > MEMORY_BUDGET_MB:
            found.append(f"{self.peak_mb:.0f} MB, allowed are {MEMORY_BUDGET_MB:.0f} MB")
        return found


@dataclass
class _Runs:
    """The processes under way, so that an interrupt ends them all."""

    environment: Mapping[str, str]
    processes: set[subprocess.Popen] = field(default_factory=set)

    def run(self, notebook_file: Path, folder: Path) -> dict:
        """Execute the notebook file in place; the report of what it took."""
        worker = [sys.executable, "-m", "genlab.course.build.worker"]
        command = [*worker, str(notebook_file), str(folder)]
        with subprocess.Popen(command, env=self.environment, stderr=subprocess.PIPE) as process:
            self.processes.add(process)
            complaint = process.communicate()[1].decode(errors="replace")
            self.processes.discard(process)
        report = notebook_file.with_suffix(".json")
        if process.returncode or not report.is_file():
            return {"error": f"the page's process ended with {process.returncode}: {complaint}"}
        return json.loads(report.read_text(encoding="utf8"))

    def stop(self) -> None:
        for process in list(self.processes):
            process.terminate()


def execute_pages(pages: Pages, jobs: int = 2) -> list[str]:
    """Execute all stale pages, `jobs` at a time; each is stored as soon as it is finished.

    Returns:
        Names of the executed pages.

    Raises:
        ValueError: `jobs` is not positive.
        BuildError: a page raised; all others have been executed and stored.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    stale = pages.evict_stale()
    runs = _Runs({**os.environ, **KERNEL_ENVIRONMENT})
    errors: dict[str, str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(_execute, pages, name, runs): name for name in stale}
        try:
            for future in as_completed(futures):
                _store(pages, futures[future], future, errors)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            runs.stop()
            raise
    if errors:
        raise BuildError("\n\n".join(f"page {name} failed:\n{errors[name]}" for name in errors))
    return stale


def _execute(pages: Pages, name: str, runs: _Runs) -> tuple[NotebookNode, dict]:
    print(f"  executing {name}\n", end="", flush=True)  # in one piece: threads share the screen
    draft = pages.build / ".execution" / f"{name.replace('/', '--')}.ipynb"
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.with_suffix(".json").unlink(missing_ok=True)
    nbformat.write(pages.executable(name), draft)
    report = runs.run(draft, pages.files[name].parent)
    return nbformat.read(draft, as_version=4), report


def _store(pages: Pages, name: str, future: Future, errors: dict[str, str]) -> None:
    executed, report = future.result()
    if report["error"]:
        errors[name] = report["error"]
        return
    pages.store(name, executed, report["seconds"], report["peak_mb"])
    print(f"  executed  {name} in {report['seconds']:.1f} s\n", end="", flush=True)


def timings(pages: Pages) -> list[Timing]:
    """What each executed page took, in the order of the course."""
    known = pages.ledger
    return [
        Timing(name, known[name].seconds, known[name].peak_mb)
        for name in pages.notebooks()
        if name in known
    ]


def write_timings(build: Path, rows: list[Timing]) -> None:
    """Write `timings.json`: a list of {page, seconds, peak_mb}."""
    content = [
        {
            "page": row.page,
            "seconds": round(row.seconds, 1),
            "peak_mb": None if row.peak_mb is None else round(row.peak_mb),
        }
        for row in rows
    ]
    write_atomically(build / "timings.json", json.dumps(content, indent=1) + "\n")


def timing_table(rows: list[Timing]) -> str:
    """The timings as a table in plain text, overruns marked."""
    width = max([len("page"), *(len(row.page) for row in rows)])
    lines = [f"{'page':<{width}}  seconds  peak MB"]
    for row in rows:
        peak = "-" if row.peak_mb is None else f"{row.peak_mb:.0f}"
        mark = "  OVER BUDGET" if row.excess else ""
        lines.append(f"{row.page:<{width}}  {row.seconds:>7.1f}  {peak:>7}{mark}")
    return "\n".join(lines)


def check_budget(rows: list[Timing]) -> None:
    """Refuse pages that take too long or too much memory.

    Raises:
        BuildError: names every page over budget, with what it took and what is allowed.
    """
    over = [f"page {row.page} took {', and '.join(row.excess)}" for row in rows if row.excess]
    if over:
        raise BuildError("\n".join(over))


def executed_notebook(root: Path, page: str) -> NotebookNode:
    """The page as a notebook with the outputs of its last execution.

    Args:
        root: the course's folder.
        page: the page's name in `_toc.yml`, such as `book/latents/latent-space`.

    Raises:
        BuildError: no such page, or it has changed since it was executed.
    """
    return Pages(root).executed(page)

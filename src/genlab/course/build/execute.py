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

from genlab.course.build.cost import Cost
from genlab.course.build.store import BuildError, OutputStore
from genlab.course.edition import FIRST, Edition

LANGUAGE_MODEL = Path("language/smollm.py")  # the module that loads it, within the package
# One thread: results and times are then the same on any number of cores.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
KERNEL_ENVIRONMENT = {
    **dict.fromkeys(THREADS, "1"),
    "GENLAB_SITE": "1",  # widgets add the HTML that the page mounts
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger's warning becomes an output
}


def kernel_environment(edition: Edition) -> dict[str, str]:
    """The variables that the kernels of an edition's pages inherit.

    Nothing is fetched from the Hub, unless whoever builds sets `HF_HUB_OFFLINE=0`: what a page
    says shall not depend on the network. The published site is built with it.
    """
    offline = {"HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1")}
    return {**KERNEL_ENVIRONMENT, **offline, "GENLAB_LANGUAGE": edition.language}


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


def execute_stale(store: OutputStore, jobs: int = 2) -> list[str]:
    """Execute all stale pages, see `execute_pages`; return their names."""
    stale = store.evict_stale()
    execute_pages(store, stale, jobs)
    return stale


def execute_pages(store: OutputStore, names: list[str], jobs: int = 2) -> None:
    """Execute pages, `jobs` at a time; each is stored and measured as soon as it is finished.

    Raises:
        ValueError: `jobs` is not positive.
        BuildError: a page raised; all others have been executed and stored.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    if names:
        convert_language_model(store, names)
    runs = _Runs({**os.environ, **kernel_environment(store.edition)})
    errors: dict[str, str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(_execute, store, name, runs): name for name in names}
        try:
            for future in as_completed(futures):
                _keep(store, futures[future], future, errors)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            runs.stop()
            raise
    if errors:
        raise BuildError("\n\n".join(f"page {name} failed:\n{errors[name]}" for name in errors))


def _execute(store: OutputStore, name: str, runs: _Runs) -> tuple[NotebookNode, dict]:
    print(f"  executing {name}\n", end="", flush=True)  # in one piece: threads share the screen
    draft = store.build / ".execution" / f"{name.replace('/', '--')}.ipynb"
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.with_suffix(".json").unlink(missing_ok=True)
    nbformat.write(store.executable(name), draft)
    report = runs.run(draft, store.files[name].parent)
    return nbformat.read(draft, as_version=4), report


def _keep(store: OutputStore, name: str, future: Future, errors: dict[str, str]) -> None:
    executed, report = future.result()
    if report["error"]:
        errors[name] = report["error"]
        return
    cost = Cost.measured(report["seconds"], report["calibration"], report["peak_mb"])
    store.keep(name, executed, cost)
    print(f"  executed  {name} in {cost.seconds:.1f} s\n", end="", flush=True)


def convert_language_model(store: OutputStore, names: list[str]) -> None:
    """Have SmolLM2 converted if one of the pages may load it, so that no page is charged for it.

    In a process of its own, as it needs `transformers` and much memory. What goes wrong there is
    for the page that needs the model to report, with the cell.
    """
    module = store.package.folder / LANGUAGE_MODEL
    if any(module in store.reached(name) for name in names):
        command = [sys.executable, "-m", "genlab.language.smollm"]
        subprocess.run(command, env={**os.environ, **KERNEL_ENVIRONMENT}, check=False)


def executed_notebook(root: Path, page: str, edition: Edition = FIRST) -> NotebookNode:
    """The page as a notebook with the outputs of its last execution.

    Args:
        root: the course's folder.
        page: the page's name in the table of contents, such as `book/latents/latent-space`.
        edition: whose page.

    Raises:
        BuildError: no such page, or it has changed since it was executed.
    """
    return OutputStore(root, edition=edition).executed(page)

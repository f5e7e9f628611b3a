"""Execute one notebook in a process of its own, so that its peak memory can be measured.

Started by `genlab.course.build.execute`; talks by files: reads a notebook, writes the executed one
and a small report beside it.
"""

import json
import resource
import sys
import traceback
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

CELL_TIMEOUT = 600  # seconds; the budget of a whole page is checked after it has run
FAILURES = (CellExecutionError, CellTimeoutError, DeadKernelError, NoSuchKernel)


def used_by_kernel() -> dict[str, float]:
    """What the ended child process (the kernel) has used.

    Returns:
        `seconds` of CPU time, which with one thread is how long the page runs on an idle machine,
        however busy this one is; `peak_mb`, its peak resident memory in MB.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1e6 if sys.platform == "darwin" else 1024  # maxrss: bytes there, KiB on Linux
    return {"seconds": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / unit}


def execute(notebook: nbformat.NotebookNode, folder: Path) -> str | None:
    """Execute `notebook` in place with `folder` as working directory; return the error, if any."""
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,  # jupyter-cache would take it for a change of the cell
        store_widget_state=False,  # the page's widgets carry their state in their HTML
    )
    try:
        client.execute()
    except FAILURES:
        return traceback.format_exc(limit=0)
    return None


def main(notebook_file: Path, folder: Path) -> None:
    """Execute `notebook_file` in place and write `<notebook_file>.json` with what it took."""
    notebook = nbformat.read(notebook_file, as_version=4)
    error = execute(notebook, folder)
    nbformat.write(notebook, notebook_file)
    report = {**used_by_kernel(), "error": error}
    notebook_file.with_suffix(".json").write_text(json.dumps(report), encoding="utf8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

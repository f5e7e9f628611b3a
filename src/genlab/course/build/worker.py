"""Execute one notebook in a process of its own, so that what it takes can be measured.

Started by `genlab.course.build.execute`; talks by files: reads a notebook, writes the executed one
and a small report beside it. The calibration runs in this process and not in the kernel, whose
state and memory are the page's; but at the same time and under the same load: before the page,
after it, and between cells, while the kernel waits.
"""

import json
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from genlab.course.build.calibration import Calibration

CELL_TIMEOUT = 3600  # seconds: against cells that hang, on machines of any speed
ROUNDS_AT_THE_ENDS = 4  # of the calibration: more than half a second
CALIBRATE_AFTER = 1.0  # seconds since the last time; cells that take less share a sample
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


def execute(notebook: nbformat.NotebookNode, folder: Path, calibration: Calibration) -> str | None:
    """Execute `notebook` in place with `folder` as working directory; return the error, if any."""

    def calibrate(**_: Any) -> None:
        if calibration.seconds_since > CALIBRATE_AFTER:
            calibration.sample()

    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,  # jupyter-cache would take it for a change of the cell
        store_widget_state=False,  # the page's widgets carry their state in their HTML
        on_cell_executed=calibrate,
    )
    try:
        client.execute()
    except FAILURES:
        return traceback.format_exc(limit=0)
    return None


def main(notebook_file: Path, folder: Path) -> None:
    """Execute `notebook_file` in place and write `<notebook_file>.json` with what it took."""
    notebook = nbformat.read(notebook_file, as_version=4)
    calibration = Calibration()
    calibration.sample(ROUNDS_AT_THE_ENDS)
    error = execute(notebook, folder, calibration)
    calibration.sample(ROUNDS_AT_THE_ENDS)
    nbformat.write(notebook, notebook_file)
    report = {**used_by_kernel(), "calibration": calibration.factor, "error": error}
    notebook_file.with_suffix(".json").write_text(json.dumps(report), encoding="utf8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

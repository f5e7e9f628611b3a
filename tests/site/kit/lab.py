"""A real JupyterLab with a kernel, all of whose files are in a folder of the test."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
from playwright.sync_api import Browser, Page, expect

from kit.watch import Watch

# Off-screen cells stay in the page; nothing is asked of the network.
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": '{"windowingMode": "none"}',
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": (
        '{"fetchNews": "false", "checkForUpdates": false}'
    ),
}


@contextmanager
def running_lab(folder: Path) -> Iterator[str]:
    """Serve `folder` by JupyterLab; give the address of a notebook there, but for its name."""
    port, token = free_port(), secrets.token_hex(16)
    home = folder / ".home"
    for name, text in SETTINGS.items():
        file = home / "settings" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "IdentityProvider.token": token,
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        "LabApp.expose_app_in_browser": True,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *arguments],
            env={**os.environ, **own_folders(home), "OMP_NUM_THREADS": "1"},
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(server, f"http://127.0.0.1:{port}/api", folder / "lab.log")
            yield f"http://localhost:{port}/lab/tree/{{name}}?token={token}"
        finally:
            server.terminate()  # it ends its kernels
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def own_folders(home: Path) -> dict[str, str]:
    """Nothing of the user's is read or written."""
    names = {
        "HOME": "",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "MPLCONFIGDIR": "matplotlib",
    }
    return {name: str(home / folder) for name, folder in names.items()}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(server: subprocess.Popen, address: str, log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urlopen(address, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"JupyterLab did not start; it said:\n{log.read_text()[-3000:]}")


def write_notebook(path: Path, *cells: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)


def run_all_cells(page: Page) -> None:
    """As the menu's `Run All Cells` does; wait for the last cell, fail on one that raises."""
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext", timeout=60_000)
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.ready")
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    expect(prompts.last).to_have_text(f"[{prompts.count()}]:", timeout=60_000)
    errors = page.locator("[data-mime-type='application/vnd.jupyter.stderr'], .jp-RenderedError")
    assert errors.count() == 0, errors.all_inner_texts()


@contextmanager
def opened_notebook(
    browser: Browser, watch: Watch, folder: Path, *cells: str, height: int = 1000
) -> Iterator[Page]:
    """A notebook in a JupyterLab of its own, of which every cell has run."""
    write_notebook(folder / "widgets.ipynb", *cells)
    with running_lab(folder) as address:
        context = browser.new_context(viewport={"width": 1400, "height": height})
        context.set_default_timeout(30_000)
        watch.attach(context)
        page = context.new_page()
        page.goto(address.format(name="widgets.ipynb"))
        run_all_cells(page)
        yield page
        context.close()

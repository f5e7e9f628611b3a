"""A real JupyterLab, its notebooks in folders of the test, and a notebook with a widget in it."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar
from urllib.error import URLError
from urllib.request import Request, urlopen

import nbformat
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from kit.waiting import PATIENCE, eventually
from kit.watch import Watch
from kit.widget import WidgetOnPage

NOTEBOOK = "notebook.ipynb"
# Off-screen cells stay in the page; nothing is asked of the network.
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": '{"windowingMode": "none"}',
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": (
        '{"fetchNews": "false", "checkForUpdates": false}'
    ),
}


@contextmanager
def running_lab(folder: Path) -> Iterator[str]:
    """Serve `folder` by JupyterLab; give the address of a notebook, but for its folder's name."""
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
            yield f"http://localhost:{port}/lab/workspaces/{{name}}/tree/{{name}}/{NOTEBOOK}?token={token}"
        finally:
            server.terminate()  # it ends its kernels
            try:
                server.wait(PATIENCE)
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


def wait_for(server: subprocess.Popen, address: str, log: Path, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urlopen(address, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"JupyterLab did not start; it said:\n{log.read_text()[-3000:]}")


def end_kernels(address: str) -> None:
    """End the kernels of a running JupyterLab: each holds half a gigabyte."""
    server, token = address.partition("/lab/")[0], address.rpartition("token=")[2]

    def ask(path: str, method: str) -> bytes:
        headers = {"Authorization": f"token {token}"}
        request = Request(f"{server}/api/kernels{path}", method=method, headers=headers)
        with urlopen(request, timeout=PATIENCE) as response:
            return response.read()

    for kernel in json.loads(ask("", "GET")):
        ask(f"/{kernel['id']}", "DELETE")


def write_notebook(path: Path, *cells: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)


def run_all_cells(page: Page) -> None:
    """As the menu's `Run All Cells` does; wait for the last cell, fail on one that raises."""
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext")
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.ready")
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    # A kernel imports PyTorch and trains a little.
    expect(prompts.last).to_have_text(f"[{prompts.count()}]:", timeout=3000 * PATIENCE)
    errors = page.locator("[data-mime-type='application/vnd.jupyter.stderr'], .jp-RenderedError")
    assert errors.count() == 0, errors.all_inner_texts()


# The first cell of every notebook.
PRELUDE = """
import json
from pathlib import Path

import ipywidgets
import torch

torch.manual_seed(0)
torch.set_num_threads(1)

def save(model, file):
    "Whole or not at all: the test reads the file at any moment."
    torch.save(model.state_dict(), "part.pt")
    Path("part.pt").replace(file)

def train_on(model, loss, images, steps, file, **config):
    from genlab.training import TrainConfig, train
    for _ in train(model, loss, (images,), TrainConfig(steps=steps, **config)):
        pass
    save(model, file)

def keep(widget, names, file="heard.jsonl"):
    "Writes down what an observer hears."
    def hear(change):
        with Path(file).open("a") as heard:
            heard.write(json.dumps([change["name"], change["new"]]) + "\\n")
    widget.observe(hear, names)

def button(text, action):
    one = ipywidgets.Button(description=text)
    one.on_click(lambda _: action())
    return one
"""


class LabNotebook:
    """A notebook of which every cell has run, with a widget on the reader's own model.

    Attributes:
        kind: the widget.
        cells: what follows the prelude. They keep what observers hear, link the widget with
            another one, and let buttons move it from Python.
        count: how many widgets there are.
        height: of the window, in pixels.
    """

    kind: ClassVar[type[WidgetOnPage]]
    cells: ClassVar[tuple[str, ...]]
    count: ClassVar[int] = 1
    height: ClassVar[int] = 1000

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder

    @property
    def widget(self) -> Any:
        """The widget as it is now: after more training it is drawn anew."""
        return self.kind(self.page)

    @property
    def readout(self) -> Locator:
        """The number beside the linked slider."""
        return self.page.locator(".widget-readout")

    def heard(self, file: str = "heard.jsonl") -> dict[str, Any]:
        """The newest value of each trait that an observer in the kernel has heard."""
        path = self.folder / file
        return dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}

    def expect_heard(self, **values: Any) -> None:
        eventually(
            lambda: values.items() <= self.heard().items(),
            lambda: f"the kernel heard {self.heard()}, not {values}",
            self.page,
        )

    def loaded(self, model: Any, file: str = "model.pt") -> Any:
        """The kernel's model, from its weights."""
        model.load_state_dict(torch.load(self.folder / file))
        return model.eval()

    def expect_other_weights(self, model: Any, file: str, than: dict[str, torch.Tensor]) -> None:
        """The kernel's model comes to have other weights than these."""

        def others() -> bool:
            now = self.loaded(model, file).state_dict()
            return any((than[name] != value).any() for name, value in now.items())

        eventually(others, lambda: f"{file} was not trained further", self.page)

    def press_button(self, text: str) -> None:
        self.page.get_by_role("button", name=text).click()

    def set_linked(self, value: float) -> None:
        """Write a number beside the linked slider."""
        self.readout.fill(f"{value:g}")
        self.readout.press("Enter")

    def expect_at_home(self) -> None:
        """The widgets are there, and leave the address to the notebook."""
        assert self.page.locator(self.kind.selector()).count() == self.count
        assert self.kind.name not in self.page.url


@contextmanager
def opened_notebook(
    kind: type[LabNotebook], browser: Browser, watch: Watch, address: str, folder: Path
) -> Iterator[LabNotebook]:
    """A notebook in a folder of its own in a running JupyterLab."""
    folder.mkdir()
    write_notebook(folder / NOTEBOOK, PRELUDE, *kind.cells)
    context = browser.new_context(viewport={"width": 1400, "height": kind.height})
    context.set_default_timeout(1000 * PATIENCE)
    watch.attach(context)
    page = context.new_page()
    page.goto(address.format(name=folder.name))
    run_all_cells(page)
    yield kind(page, folder)
    context.close()
    end_kernels(address)

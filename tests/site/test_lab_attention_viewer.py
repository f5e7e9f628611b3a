"""The attention viewer in a real JupyterLab, on a model that was made there."""

import numpy as np
import pytest
import torch
from kit.attention import Attention
from kit.lab import LabNotebook
from playwright.sync_api import expect

from genlab.models.llama import Llama, LlamaConfig, attentions

pytestmark = pytest.mark.lab

SIZES = {"vocabulary": 128, "width": 24, "depth": 3, "heads": 4, "kv_heads": 2, "hidden": 8}
MODEL = f"""
from genlab.models.llama import Llama, LlamaConfig
from genlab.widgets import AttentionViewer

class Letters:
    def encode(self, text):
        return [ord(letter) % 128 for letter in text]
    def decode(self, tokens):
        return "".join(map(chr, tokens))

model = Llama(LlamaConfig(**{SIZES}))
save(model, "model.pt")
"""

LINKED = """
viewer = AttentionViewer(model, Letters(), ["one two", "to be or not"])
keep(viewer, ["sentence", "layer", "head", "token"])
layer = ipywidgets.IntSlider(min=1, max=3)
ipywidgets.link((viewer, "layer"), (layer, "value"))
ipywidgets.HBox([viewer, layer, button("From Python", lambda: viewer.show("python"))])
"""


class Lab(LabNotebook):
    kind = Attention
    cells = (MODEL, LINKED)

    def row(self, text: str, layer: int, head: int, token: int) -> np.ndarray:
        model = self.loaded(Llama(LlamaConfig(**SIZES)))
        seen = attentions(model, torch.tensor([[ord(letter) for letter in text]]))
        return seen[0, layer - 1, head - 1, token - 1].numpy()

    def write(self, text: str) -> None:
        self.widget.own.fill(text)
        self.widget.own.press("Enter")

    def expect_token(self, token: int) -> None:
        self.widget.eventually(lambda: self.widget.shown()[2] == token, f"token {token}")


def test_the_readers_own_model_is_shown(lab: Lab) -> None:
    viewer = lab.widget
    viewer.sentences.select_option(index=1)
    viewer.slider.press("End")
    viewer.head(4).check()
    viewer.token(9).check()
    viewer.expect_shown(3, 4, 9)
    viewer.expect_row(lab.row("to be or not", 3, 4, 9))
    lab.expect_heard(sentence=2, layer=3, head=4, token=9)
    lab.expect_at_home()


def test_a_text_of_ones_own_is_computed_by_the_kernel(lab: Lab) -> None:
    viewer = lab.widget
    viewer.slider.press("Home")
    viewer.head(2).check()
    lab.write("my own text")
    viewer.expect_state("ready")
    viewer.expect_shown(1, 2, 11)
    viewer.expect_row(lab.row("my own text", 1, 2, 11))
    expect(viewer.sentences.locator("option")).to_have_count(3)
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
    expect(lab.widget.status).to_have_text(said)
    lab.widget.expect_state("error")
    lab.write("good")
    lab.widget.expect_state("ready")
    lab.expect_token(4)


def test_python_and_a_linked_slider_move_it(lab: Lab) -> None:
    lab.press_button("From Python")
    lab.expect_token(6)
    lab.set_linked(2)
    lab.widget.eventually(lambda: lab.widget.shown()[0] == 2, "layer 2")

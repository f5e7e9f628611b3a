"""The patch explorer in JupyterLab: the reader's own ViT answers, Python hears and moves it."""

from typing import Any

import numpy as np
import pytest
import torch
from kit.lab import LabNotebook
from kit.patches import Patches, digit_of, hidden

from genlab.models.vit import ViT
from genlab.widgets.patch_explorer.networks import looks_of

pytestmark = pytest.mark.lab

OWN = """
from genlab.data import load_digits
from genlab.models.vit import ViT
from genlab.training import classification_loss
from genlab.widgets import PatchExplorer

digits = load_digits("train")
vit = ViT(patch=7, width=16, depth=3, heads=2)

def further(steps):
    from genlab.training import TrainConfig, train
    data = digits.images[:500], digits.labels[:500]
    for _ in train(vit, classification_loss, data, TrainConfig(steps=steps)):
        pass
    save(vit, "model.pt")

further(20)
"""

LINKED = """
explorer = PatchExplorer({7: vit})
keep(explorer, ["patch", "digit", "block", "head", "covered"])
number = ipywidgets.IntSlider(min=1, max=3)
ipywidgets.link((explorer, "block"), (number, "value"))
ipywidgets.HBox([explorer, number])
"""

BUTTONS = """
ipywidgets.VBox([
    button("From Python", lambda: explorer.set_trait("covered", "6.7")),
    button("Other digit", lambda: explorer.set_trait("digit", 8)),
    button("Train on", lambda: (further(10), explorer.refresh())),
])
"""


class Lab(LabNotebook):
    kind = Patches
    cells = (OWN, LINKED, BUTTONS)
    height = 1400

    @property
    def model(self) -> Any:
        return self.loaded(ViT(patch=7, width=16, depth=3, heads=2))

    def expect_answer(self, digit: int, *covered: int) -> None:
        """The answer comes to be that of the reader's model."""
        with torch.no_grad():
            wanted = self.model(hidden(digit_of(digit), 7, covered))[0].softmax(dim=0).numpy()
        self.widget.expect_same(self.widget.shares, wanted, 0.01, "the bars")


def test_the_readers_own_network_answers(lab: Lab) -> None:
    explorer = lab.widget
    explorer.click_patch(6, 4)
    explorer.expect_shown(digit="A 3", covered=1)
    lab.expect_answer(3, 6)
    lab.expect_heard(covered="6")
    x = torch.rand(5, 1, 28, 28)
    with torch.no_grad():
        wanted = looks_of(lab.model, 7)(x).numpy()
    assert np.abs(explorer.run("looks-7", x.numpy()) - wanted).max() <= 1e-4
    lab.expect_at_home()


def test_the_next_digit_uncovers_in_the_kernel_too(lab: Lab) -> None:
    lab.widget.button("Next digit").click()
    lab.widget.expect_shown(digit="A 4", covered=0)
    lab.expect_heard(digit=4, covered="")
    lab.expect_answer(4)


def test_python_and_a_linked_slider_move_it(lab: Lab) -> None:
    lab.set_linked(1)
    lab.widget.expect_shown(block=1)
    lab.press_button("From Python")
    lab.widget.expect_shown(covered=2)
    lab.expect_answer(4, 6, 7)
    lab.press_button("Other digit")
    lab.widget.expect_shown(digit="A 8", covered=0)
    lab.expect_answer(8)
    lab.expect_heard(block=1, digit=8, covered="")


def test_after_more_training_it_answers_anew(lab: Lab) -> None:
    old = lab.model.state_dict()
    lab.press_button("Train on")
    lab.expect_other_weights(ViT(patch=7, width=16, depth=3, heads=2), "model.pt", than=old)
    lab.expect_answer(8)

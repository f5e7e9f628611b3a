"""The zero-shot classifier in JupyterLab: the reader's own CLIP answers."""

from typing import Any

import numpy as np
import pytest
import torch
from kit.lab import LabNotebook
from kit.labels import Labels, painted

from genlab.models.clip import DigitCLIP
from genlab.vision.captions import CONTEXT, VOCABULARY, encode
from genlab.widgets.zero_shot_classifier.networks import image_tower, text_tower

pytestmark = pytest.mark.lab

SIZES = "width=16, depth=1"
OWN = f"""
from genlab.data import load_digits
from genlab.models.clip import DigitCLIP
from genlab.vision.captions import CONTEXT, VOCABULARY
from genlab.vision.contrast import clip_loss
from genlab.widgets import ZeroShotClassifier

digits = load_digits("train")
clip = DigitCLIP(len(VOCABULARY), CONTEXT, {SIZES})

def further(steps):
    from genlab.training import TrainConfig, train
    data = digits.images[:500], digits.labels[:500]
    for _ in train(clip, clip_loss, data, TrainConfig(steps=steps, batch_size=16)):
        pass
    save(clip, "model.pt")

further(5)
"""

LINKED = """
classifier = ZeroShotClassifier(clip, ["red", "blue", "a red three"])
keep(classifier, ["digit", "colour", "labels", "scale"])
number = ipywidgets.IntSlider(min=0, max=9)
ipywidgets.link((classifier, "digit"), (number, "value"))
ipywidgets.HBox([classifier, number])
"""

BUTTONS = """
ipywidgets.VBox([
    button("From Python", lambda: classifier.set_trait("labels", "three\\nfour")),
    button("Other colour", lambda: classifier.set_trait("colour", "blue")),
    button("Train on", lambda: (further(5), classifier.refresh())),
])
"""


class Lab(LabNotebook):
    kind = Labels
    cells = (OWN, LINKED, BUTTONS)
    height = 1400

    @property
    def model(self) -> Any:
        return self.loaded(DigitCLIP(len(VOCABULARY), CONTEXT, width=16, depth=1))

    def expect_answer(self, digit: int, colour: str, *labels: str) -> None:
        """The cosines come to be those of the reader's model."""
        with torch.no_grad():
            image = image_tower(self.model)(painted(digit, colour))
            texts = text_tower(self.model)(encode(labels).float())
        wanted = (texts @ image.T)[:, 0].numpy()
        order = np.argsort(-wanted, kind="stable")

        def cosines() -> np.ndarray:
            return np.array([near for near, _ in self.widget.rows().values()])

        self.widget.expect_same(cosines, wanted[order], 0.0052, "the cosines")


def test_the_readers_own_network_answers(lab: Lab) -> None:
    lab.widget.colour("green").click()
    lab.widget.expect_shown(picture="A 0", colour="green", count=3)
    lab.expect_answer(0, "green", "red", "blue", "a red three")
    lab.expect_heard(colour="green")
    x = torch.rand(5, 3, 28, 28)
    with torch.no_grad():
        wanted = image_tower(lab.model)(x).numpy()
    assert np.abs(lab.widget.run("image", x.numpy()) - wanted).max() <= 1e-4
    lab.expect_at_home()


def test_typed_labels_reach_python(lab: Lab) -> None:
    lab.widget.write("a green zero", "a red cat")
    lab.widget.expect_said('never read "cat"')
    lab.widget.write("a green zero", "a red two")
    lab.expect_heard(labels="a green zero\na red two")
    lab.expect_answer(0, "green", "a green zero", "a red two")


def test_python_and_a_linked_slider_move_it(lab: Lab) -> None:
    lab.set_linked(4)
    lab.widget.expect_shown(picture="A 4", colour="green")
    lab.press_button("From Python")
    lab.widget.expect_shown(picture="A 4", count=2)
    lab.expect_answer(4, "green", "three", "four")
    lab.press_button("Other colour")
    lab.widget.expect_shown(picture="A 4", colour="blue")
    lab.expect_answer(4, "blue", "three", "four")


def test_after_more_training_it_answers_anew(lab: Lab) -> None:
    old = lab.model.state_dict()
    lab.press_button("Train on")
    other = DigitCLIP(len(VOCABULARY), CONTEXT, width=16, depth=1)
    lab.expect_other_weights(other, "model.pt", than=old)
    lab.expect_answer(4, "blue", "three", "four")

"""The bottleneck slider in a real JupyterLab, on models of two sizes that were made there."""

import numpy as np
import pytest
import torch
from kit.bottleneck import Slider
from kit.lab import LabNotebook
from playwright.sync_api import expect

from genlab.models.autoencoder import AutoEncoder

pytestmark = pytest.mark.lab

MODELS = """
from genlab.data import load_digits
from genlab.latents import reconstruction_loss
from genlab.models.autoencoder import AutoEncoder
from genlab.widgets import BottleneckSlider

images = load_digits("train").images[:500]

def further(size, steps):
    train_on(models[size], reconstruction_loss, images, steps, f"model-{size}.pt")

models = {2: AutoEncoder(2), 16: AutoEncoder(16)}
for size in models:
    further(size, 20)
"""

LINKED = """
slider = BottleneckSlider(models)
choice = ipywidgets.Dropdown(options=[2, 16], description="numbers")
ipywidgets.link((slider, "latent_size"), (choice, "value"))
keep(slider, ["latent_size", "row"])
ipywidgets.HBox([slider, choice])
"""

BUTTONS = """
ipywidgets.VBox([
    button("Train on", lambda: (further(16, 5), slider.refresh())),
    button("From Python", lambda: slider.set_trait("latent_size", 16)),
])
"""


class Lab(LabNotebook):
    kind = Slider
    cells = (MODELS, LINKED, BUTTONS)

    def model(self, size: int) -> AutoEncoder:
        return self.loaded(AutoEncoder(size), f"model-{size}.pt")

    def rebuilt(self, size: int) -> np.ndarray:
        """What that model makes of the digits on show, (10, 784)."""
        shown = self.widget.pictures(self.widget.originals).astype(np.float32)
        with torch.no_grad():
            return self.model(size)(torch.from_numpy(shown).view(-1, 1, 28, 28)).flatten(1).numpy()

    def expect_rebuilt(self, size: int) -> None:
        """The lower row is the model's; the canvas has rounded what went in, too."""

        def near() -> bool:
            shown = self.widget.pictures(self.widget.rebuilt)
            return bool(np.abs(shown - self.rebuilt(size)).max() < 0.03)

        self.widget.eventually(near, f"rebuilt by size {size}")


def test_the_readers_models_answer_and_the_kernel_hears(lab: Lab) -> None:
    slider = lab.widget
    slider.press("End", "Home", "End")
    slider.expect_size(16)
    lab.expect_rebuilt(16)
    lab.expect_heard(latent_size=16)
    slider.press("Home")
    slider.expect_size(2)
    lab.expect_rebuilt(2)
    lab.expect_heard(latent_size=2)
    lab.expect_at_home()


def test_next_digits_are_heard(lab: Lab) -> None:
    lab.widget.next.click()
    lab.expect_heard(row=2)
    lab.expect_rebuilt(2)


def test_a_linked_control_moves_the_slider_and_follows_it(lab: Lab) -> None:
    choice = lab.page.get_by_label("numbers", exact=True)
    choice.select_option("16")
    lab.widget.expect_size(16)
    lab.widget.press("Home")
    lab.widget.expect_size(2)
    expect(choice).to_have_value("2")


def test_python_sets_the_size(lab: Lab) -> None:
    lab.widget.press("Home")
    lab.widget.expect_size(2)
    lab.press_button("From Python")
    lab.widget.expect_size(16)
    lab.expect_rebuilt(16)


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    codes = np.random.default_rng(0).normal(size=(50, 16)).astype(np.float32)
    with torch.no_grad():
        wanted = lab.model(16).decode(torch.from_numpy(codes)).numpy()
    assert np.abs(lab.widget.run("decoder-16", codes) - wanted).max() <= 1e-4


def test_a_drawing_goes_through_the_readers_model(lab: Lab) -> None:
    lab.widget.draw([(0.5, 0.2), (0.5, 0.8)])
    lab.widget.expect_said("Of your drawing:")


def test_after_more_training_everything_is_rebuilt_anew(lab: Lab) -> None:
    lab.press_button("From Python")
    lab.widget.expect_size(16)
    old = lab.model(16).state_dict()
    lab.press_button("Train on")
    lab.expect_other_weights(AutoEncoder(16), "model-16.pt", than=old)
    lab.expect_rebuilt(16)
    lab.expect_at_home()

"""The beta slider in a real JupyterLab, on VAEs that were trained there."""

import numpy as np
import pytest
import torch
from kit.beta import Beta
from kit.lab import LabNotebook

from genlab.latents import normal_grid
from genlab.models.vae import VAE
from genlab.plotting import digit_grid

pytestmark = pytest.mark.lab

TRAIN = """
from genlab.data import load_digits
from genlab.latents import vae_loss
from genlab.models.vae import VAE
from genlab.widgets import BetaSlider

images = load_digits("train").images[:500]
models = {0.5: VAE(2), 2: VAE(2)}
for beta, model in models.items():
    train_on(model, vae_loss(beta), images, 20, f"model-{beta:g}.pt")
"""

LINKED = """
slider = BetaSlider(models)
keep(slider, ["beta", "row", "column"])
row = ipywidgets.IntSlider(min=1, max=20)
ipywidgets.link((slider, "row"), (row, "value"))
python = button("From Python", lambda: slider.set_trait("beta", 2))
ipywidgets.VBox([ipywidgets.HBox([slider, row]), python])  # wide enough for all 400 cells
"""


class Lab(LabNotebook):
    kind = Beta
    cells = (TRAIN, LINKED)

    def model(self, beta: float) -> VAE:
        return self.loaded(VAE(2), f"model-{beta:g}.pt")


def test_the_kernels_own_models_answer(lab: Lab) -> None:
    slider = lab.widget
    slider.slider.press("Home")
    slider.press("Control+Home", "ArrowDown")
    slider.expect_shown(0.5, 2, 1)
    with torch.no_grad():
        whole = digit_grid(lab.model(0.5).decode(normal_grid(20)), 20)
    slider.expect_grid(whole)
    slider.expect_digit(whole[28:56, :28])
    lab.expect_at_home()


def test_the_other_beta_is_the_other_model(lab: Lab) -> None:
    slider = lab.widget
    slider.slider.press("End")
    slider.press("Control+Home")
    slider.expect_shown(2, 1, 1)
    points = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    with torch.no_grad():
        wanted = lab.model(2).decode(torch.from_numpy(points)).numpy()
    assert np.abs(slider.run("decoder-2", points) - wanted).max() <= 1e-4


def test_moves_are_heard_in_the_kernel(lab: Lab) -> None:
    slider = lab.widget
    slider.slider.press("Home")
    slider.press("Control+Home", "ArrowRight", "ArrowDown", "ArrowDown")
    slider.expect_shown(0.5, 3, 2)
    lab.expect_heard(beta=0.5, row=3, column=2)


def test_python_and_a_linked_slider_move_it(lab: Lab) -> None:
    slider = lab.widget
    slider.slider.press("Home")
    slider.press("Control+Home")
    slider.expect_shown(0.5, 1, 1)
    lab.press_button("From Python")
    slider.expect_shown(2, 1, 1)
    lab.set_linked(9)
    slider.expect_shown(2, 9, 1)
    lab.expect_heard(beta=2, row=9)

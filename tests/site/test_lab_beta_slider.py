"""The beta slider in a real JupyterLab, on VAEs that were trained there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kit.beta import SELECTOR, Beta
from kit.explorer import eventually
from kit.lab import opened_notebook
from kit.report import fail_on_faults, pages_of
from kit.watch import Watch
from playwright.sync_api import Browser, Page

from genlab.latents import normal_grid
from genlab.models.vae import VAE
from genlab.plotting import digit_grid

pytestmark = pytest.mark.lab

TRAIN = """
import json
from pathlib import Path

import ipywidgets
import torch

from genlab.data import load_digits
from genlab.models.vae import VAE
from genlab.latents import vae_loss
from genlab.training import TrainConfig, train
from genlab.widgets import BetaSlider

torch.manual_seed(0)
torch.set_num_threads(1)
images = load_digits("train").images[:500]

def trained(beta):
    model = VAE(2)
    for _ in train(model, vae_loss(beta), (images,), TrainConfig(steps=20)):
        pass
    torch.save(model.state_dict(), f"model-{beta:g}.pt")
    return model

models = {0.5: trained(0.5), 2: trained(2)}
"""

LINKED = """
slider = BetaSlider(models)

def hear(change):
    with Path("heard.jsonl").open("a") as file:
        file.write(json.dumps([change["name"], change["new"]]) + "\\n")

slider.observe(hear, ["beta", "row", "column"])
row = ipywidgets.IntSlider(min=1, max=20)
ipywidgets.link((slider, "row"), (row, "value"))
ipywidgets.HBox([slider, row])
"""

BUTTON = """
def from_python(_):
    slider.beta = 2

button = ipywidgets.Button(description="From Python")
button.on_click(from_python)
button
"""


class Lab:
    """The notebook with its slider."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder, self.slider = page, folder, Beta(page)

    def heard(self) -> dict[str, float]:
        path = self.folder / "heard.jsonl"
        return dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}

    def expect_heard(self, **values: float) -> None:
        eventually(
            lambda: values.items() <= self.heard().items(),
            lambda: f"the kernel heard {self.heard()}, not {values}",
            self.page,
        )

    def model(self, beta: float) -> VAE:
        model = VAE(2)
        model.load_state_dict(torch.load(self.folder / f"model-{beta:g}.pt"))
        return model.eval()


@pytest.fixture(scope="module")
def lab_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, lab_watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A notebook of which every cell has run."""
    folder = tmp_path_factory.mktemp("lab")
    with opened_notebook(browser, lab_watch, folder, TRAIN, LINKED, BUTTON) as page:
        yield Lab(page, folder)


@pytest.fixture
def lab(notebook: Lab, lab_watch: Watch, request: Any) -> Iterator[Lab]:
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


def test_the_kernels_own_models_answer(lab: Lab) -> None:
    lab.slider.slider.press("Home")
    lab.slider.press("Control+Home", "ArrowDown")
    lab.slider.expect_shown(0.5, 2, 1)
    with torch.no_grad():
        whole = digit_grid(lab.model(0.5).decode(normal_grid(20)), 20)
    lab.slider.expect_grid(whole)
    lab.slider.expect_picture(whole[28:56, :28])
    assert lab.page.locator(SELECTOR).count() == 1
    assert "beta-slider" not in lab.page.url


def test_the_other_beta_is_the_other_model(lab: Lab) -> None:
    lab.slider.slider.press("End")
    lab.slider.press("Control+Home")
    lab.slider.expect_shown(2, 1, 1)
    points = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    with torch.no_grad():
        wanted = lab.model(2).decode(torch.from_numpy(points)).numpy()
    assert np.abs(lab.slider.run("decoder-2", points) - wanted).max() <= 1e-4


def test_moves_are_heard_in_the_kernel(lab: Lab) -> None:
    lab.slider.slider.press("Home")
    lab.slider.press("Control+Home", "ArrowRight", "ArrowDown", "ArrowDown")
    lab.slider.expect_shown(0.5, 3, 2)
    lab.expect_heard(beta=0.5, row=3, column=2)


def test_python_and_a_linked_slider_move_it(lab: Lab) -> None:
    lab.slider.slider.press("Home")
    lab.slider.press("Control+Home")
    lab.slider.expect_shown(0.5, 1, 1)
    lab.page.get_by_role("button", name="From Python").click()
    lab.slider.expect_shown(2, 1, 1)
    value = lab.page.locator(".widget-hbox .widget-readout")
    value.fill("9")
    value.press("Enter")
    lab.slider.expect_shown(2, 9, 1)
    lab.expect_heard(beta=2, row=9)

"""The bottleneck slider in a real JupyterLab, on models of two sizes that were made there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kit.bottleneck import SELECTOR, Slider
from kit.explorer import eventually
from kit.lab import opened_notebook
from kit.report import fail_on_faults, pages_of
from kit.watch import Watch
from playwright.sync_api import Browser, Page, expect

from genlab.models.autoencoder import AutoEncoder

pytestmark = pytest.mark.lab

MODELS = """
import json
from pathlib import Path

import ipywidgets
import torch

from genlab.data import load_digits
from genlab.models.autoencoder import AutoEncoder
from genlab.latents import reconstruction_loss
from genlab.training import TrainConfig, train
from genlab.widgets import BottleneckSlider

torch.manual_seed(0)
torch.set_num_threads(1)
images = load_digits("train").images[:500]

def train_on(model, steps):
    for _ in train(model, reconstruction_loss, (images,), TrainConfig(steps=steps)):
        pass
    # Whole or not at all: the test reads the file at any moment.
    torch.save(model.state_dict(), "new.pt")
    Path("new.pt").replace(f"model-{model.latent_size}.pt")

models = {2: AutoEncoder(2), 16: AutoEncoder(16)}
for model in models.values():
    train_on(model, 20)
"""

LINKED = """
slider = BottleneckSlider(models)
choice = ipywidgets.Dropdown(options=[2, 16], description="numbers")
ipywidgets.link((slider, "latent_size"), (choice, "value"))

def hear(change):
    with Path("heard.jsonl").open("a") as heard:
        heard.write(json.dumps([change["name"], change["new"]]) + "\\n")

slider.observe(hear, ["latent_size", "row"])
ipywidgets.HBox([slider, choice])
"""

BUTTONS = """
def further(_):
    train_on(models[16], 5)
    slider.refresh()

def from_python(_):
    slider.latent_size = 16

def button(text, action):
    one = ipywidgets.Button(description=text)
    one.on_click(action)
    return one

ipywidgets.VBox([button("Train on", further), button("From Python", from_python)])
"""


class Lab:
    """The notebook with its slider."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder

    @property
    def slider(self) -> Slider:
        """The slider as it is now: after more training it is drawn anew."""
        return Slider(self.page)

    def expect_heard(self, name: str, value: int) -> None:
        def newest() -> int | None:
            path = self.folder / "heard.jsonl"
            heard = map(json.loads, path.read_text().splitlines()) if path.exists() else []
            return dict(heard).get(name)

        eventually(
            lambda: newest() == value, lambda: f"heard {name} {newest()}, not {value}", self.page
        )

    def model(self, size: int) -> AutoEncoder:
        """The kernel's model, from its weights."""
        model = AutoEncoder(size)
        model.load_state_dict(torch.load(self.folder / f"model-{size}.pt"))
        return model.eval()

    def rebuilt(self, size: int) -> np.ndarray:
        """What that model makes of the digits on show, (10, 784)."""
        shown = self.slider.pictures(self.slider.originals).astype(np.float32)
        with torch.no_grad():
            return self.model(size)(torch.from_numpy(shown).view(-1, 1, 28, 28)).flatten(1).numpy()

    def expect_rebuilt(self, size: int) -> None:
        """The lower row is the model's; the canvas has rounded what went in, too."""

        def near() -> bool:
            shown = self.slider.pictures(self.slider.rebuilt)
            return bool(np.abs(shown - self.rebuilt(size)).max() < 0.03)

        eventually(near, lambda: f"not rebuilt by size {size}: {self.slider.said!r}", self.page)


@pytest.fixture(scope="module")
def lab_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, lab_watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A notebook of which every cell has run."""
    folder = tmp_path_factory.mktemp("lab")
    with opened_notebook(browser, lab_watch, folder, MODELS, LINKED, BUTTONS) as page:
        yield Lab(page, folder)


@pytest.fixture
def lab(notebook: Lab, lab_watch: Watch, request: Any) -> Iterator[Lab]:
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


def test_the_readers_models_answer_and_the_kernel_hears(lab: Lab) -> None:
    slider = lab.slider
    slider.press("End", "Home", "End")
    slider.expect_said(16)
    lab.expect_rebuilt(16)
    lab.expect_heard("latent_size", 16)
    slider.press("Home")
    slider.expect_said(2)
    lab.expect_rebuilt(2)
    lab.expect_heard("latent_size", 2)
    assert lab.page.locator(SELECTOR).count() == 1
    assert "bottleneck-slider" not in lab.page.url


def test_next_digits_are_heard(lab: Lab) -> None:
    lab.slider.next.click()
    lab.expect_heard("row", 2)
    lab.expect_rebuilt(2)


def test_a_linked_control_moves_the_slider_and_follows_it(lab: Lab) -> None:
    choice = lab.page.get_by_label("numbers", exact=True)
    choice.select_option("16")
    lab.slider.expect_said(16)
    lab.slider.press("Home")
    lab.slider.expect_said(2)
    expect(choice).to_have_value("2")


def test_python_sets_the_size(lab: Lab) -> None:
    lab.slider.press("Home")
    lab.slider.expect_said(2)
    lab.page.get_by_role("button", name="From Python").click()
    lab.slider.expect_said(16)
    lab.expect_rebuilt(16)


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    codes = np.random.default_rng(0).normal(size=(50, 16)).astype(np.float32)
    with torch.no_grad():
        wanted = lab.model(16).decode(torch.from_numpy(codes)).numpy()
    assert np.abs(lab.slider.run("decoder-16", codes) - wanted).max() <= 1e-4


def test_a_drawing_goes_through_the_readers_model(lab: Lab) -> None:
    lab.slider.draw([(0.5, 0.2), (0.5, 0.8)])
    expect(lab.slider.status).to_contain_text("Of your drawing:")


def test_after_more_training_everything_is_rebuilt_anew(lab: Lab) -> None:
    lab.page.get_by_role("button", name="From Python").click()
    lab.slider.expect_said(16)
    old = lab.model(16).state_dict()
    lab.page.get_by_role("button", name="Train on").click()
    eventually(
        lambda: any((old[key] != value).any() for key, value in lab.model(16).state_dict().items()),
        lambda: "the model was not trained further",
        lab.page,
    )
    lab.expect_rebuilt(16)
    assert lab.page.locator(SELECTOR).count() == 1

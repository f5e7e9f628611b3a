"""The latent explorer in a real JupyterLab, on a model that was trained there.

The tests share one notebook, each starts from whatever it shows and any of them runs alone.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kit.explorer import SELECTOR, Explorer, eventually
from kit.lab import opened_notebook
from kit.report import fail_on_faults, pages_of
from kit.watch import Watch
from playwright.sync_api import Browser, Page, expect

from genlab.models.autoencoder import AutoEncoder

pytestmark = pytest.mark.lab

TRAIN = """
import json
from pathlib import Path

import ipywidgets
import torch

from genlab.data import load_digits
from genlab.models.autoencoder import AutoEncoder
from genlab.latents import reconstruction_loss
from genlab.training import TrainConfig, train
from genlab.widgets import LatentExplorer

torch.manual_seed(0)
torch.set_num_threads(1)
images = load_digits("train").images[:500]

def train_on(model, steps):
    for _ in train(model, reconstruction_loss, (images,), TrainConfig(steps=steps)):
        pass
    # Whole or not at all: the test reads the file at any moment.
    torch.save(model.state_dict(), "new.pt")
    Path("new.pt").replace("model.pt")

model = AutoEncoder(2)
train_on(model, 20)

def keep(file):
    "Writes what an observer hears."
    def hear(change):
        with Path(file).open("a") as heard:
            heard.write(json.dumps([change["name"], change["new"]]) + "\\n")
    return hear
"""

LINKED = """
explorer = LatentExplorer(model)
explorer.observe(keep("first.jsonl"), ["z0", "z1"])
slider = ipywidgets.FloatSlider(min=-50, max=50, step=0.001, readout_format=".3f")
ipywidgets.link((explorer, "z0"), (slider, "value"))
ipywidgets.HBox([explorer, slider])
"""

SECOND = """
pair = LatentExplorer({"One": model, "Other": model}, z0=0.0, z1=0.0)
pair.observe(keep("second.jsonl"), ["z0", "z1", "right_z0", "right_z1"])
pair
"""

BUTTONS = """
def further(_):
    train_on(model, 5)
    explorer.refresh()

def from_python(_):
    explorer.z1 = explorer.z1 + 0.25

def button(text, action):
    one = ipywidgets.Button(description=text)
    one.on_click(action)
    return one

ipywidgets.VBox([button("Train on", further), button("From Python", from_python)])
"""


class Lab:
    """The notebook with its two explorers."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.first, self.second = Explorer(page, 0), Explorer(page, 1)

    def heard(self, file: str) -> dict[str, float]:
        """The newest value of each trait that the kernel's observer has heard."""
        path = self.folder / file
        return dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}

    def expect_heard(self, file: str, **values: float) -> None:
        def as_wanted() -> bool:
            heard = self.heard(file)
            return all(abs(heard.get(name, 1e9) - value) < 0.006 for name, value in values.items())

        eventually(
            as_wanted, lambda: f"the kernel heard {self.heard(file)}, not {values}", self.page
        )

    def model(self) -> AutoEncoder:
        """The kernel's model, from its weights."""
        model = AutoEncoder(2)
        model.load_state_dict(torch.load(self.folder / "model.pt"))
        return model.eval()

    def press_button(self, text: str) -> None:
        self.page.get_by_role("button", name=text).click()


@pytest.fixture(scope="module")
def lab_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, lab_watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A notebook of which every cell has run."""
    folder = tmp_path_factory.mktemp("lab")
    with opened_notebook(browser, lab_watch, folder, TRAIN, LINKED, SECOND, BUTTONS) as page:
        yield Lab(page, folder)


@pytest.fixture
def lab(notebook: Lab, lab_watch: Watch, request: Any) -> Iterator[Lab]:
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


def test_mounts_and_answers(lab: Lab) -> None:
    for explorer in (lab.first, lab.second):
        explorer.wake()
        expect(explorer.status).to_contain_text("nearest encoding is a ")
    assert lab.page.locator(SELECTOR).count() == 2
    assert "latent-explorer" not in lab.page.url, "the notebook's address is not the explorer's"


def test_a_move_is_heard_in_the_kernel(lab: Lab) -> None:
    lab.first.press(0, "Home", "Shift+ArrowRight", "Shift+ArrowUp")
    [(z0, z1)] = lab.first.expect_settled()
    lab.expect_heard("first.jsonl", z0=z0, z1=z1)


def test_the_mouse_works_too(lab: Lab) -> None:
    explorer, mouse = lab.second, lab.page.mouse
    explorer.maps.first.scroll_into_view_if_needed()
    mouse.move(*explorer.place(0, 0.3, 0.3))
    mouse.down()
    mouse.move(*explorer.place(0, 0.8, 0.35), steps=6)
    mouse.up()
    eventually(
        lambda: np.allclose(explorer.cross(0), (0.8, 0.35), atol=0.02),
        lambda: f"the crosshair is at {explorer.cross(0)}",
        lab.page,
    )
    z0, z1 = explorer.expect_settled()[0]
    lab.expect_heard("second.jsonl", z0=z0, z1=z1)


def test_the_picture_is_what_the_kernels_model_makes(lab: Lab) -> None:
    lab.first.press(0, "Home", "Shift+ArrowLeft")
    lab.first.expect_state("ready")
    points = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    with torch.no_grad():
        wanted = lab.model().decode(torch.from_numpy(points)).numpy()
    found = np.concatenate([lab.first.run("decoder-0", point[None]) for point in points])
    assert np.abs(found - wanted).max() <= 1e-4
    heard = lab.heard("first.jsonl")
    lab.first.expect_picture_of((heard["z0"], heard["z1"]))


def test_a_linked_slider_moves_the_explorer_and_follows_it(lab: Lab) -> None:
    box = lab.page.locator(".widget-hbox", has=lab.page.locator(SELECTOR))
    value = box.locator(".widget-readout")

    def expect_agreement() -> None:
        eventually(
            lambda: abs(float(value.inner_text()) - lab.first.points()[0][0]) < 0.006,
            lambda: f"the slider says {value.inner_text()}; the explorer {lab.first.said!r}",
            lab.page,
        )

    lab.first.press(0, "Home", "Shift+ArrowRight")
    lab.first.expect_settled()
    expect_agreement()
    before = lab.first.pixels()
    value.fill("-1.5")
    value.press("Enter")
    lab.expect_heard("first.jsonl", z0=-1.5)
    [(z0, _)] = lab.first.expect_settled()
    assert z0 == -1.5
    assert (lab.first.pixels() != before).any(), "the picture is the same as before"


def test_python_moves_the_point(lab: Lab) -> None:
    lab.first.press(0, "Home", "ArrowLeft")
    [(z0, z1)] = lab.first.expect_settled()
    lab.press_button("From Python")
    lab.first.expect_point(0, (z0, z1 + 0.25), atol=0.011)
    lab.first.expect_picture_of((lab.heard("first.jsonl")["z0"], lab.heard("first.jsonl")["z1"]))


def test_two_explorers_do_not_touch(lab: Lab) -> None:
    lab.second.expect_settled()
    said, pixels = lab.second.said, [lab.second.pixels(index) for index in (0, 1)]
    heard = lab.heard("second.jsonl")
    lab.first.press(0, "Home", "ArrowLeft", "Shift+ArrowDown")
    [(z0, z1)] = lab.first.expect_settled()
    lab.expect_heard("first.jsonl", z0=z0, z1=z1)
    assert lab.second.said == said and lab.heard("second.jsonl") == heard
    for index in (0, 1):
        assert (lab.second.pixels(index) == pixels[index]).all()


def test_a_drawing_is_encoded_by_the_kernels_model(lab: Lab) -> None:
    lab.second.draw([(0.5, 0.2), (0.5, 0.8)])
    expect(lab.second.status).to_contain_text("Encoded: your drawing.")
    one, other = lab.second.expect_settled()
    assert one == other, "the same model twice, yet two places"
    lab.expect_heard("second.jsonl", z0=one[0], z1=one[1], right_z0=one[0], right_z1=one[1])


def test_after_more_training_the_map_is_drawn_anew(lab: Lab) -> None:
    lab.first.press(0, "Home", "ArrowUp")
    [point] = lab.first.expect_settled()
    before = lab.first.pixels()
    old = lab.model().state_dict()
    lab.press_button("Train on")
    eventually(
        lambda: (lab.first.pixels() != before).any(), lambda: "the picture is the old one", lab.page
    )
    assert any((old[name] != value).any() for name, value in lab.model().state_dict().items())
    explorer = Explorer(lab.page, 0)
    assert lab.page.locator(SELECTOR).count() == 2
    assert explorer.points()[0] == point, "the point has moved"
    with torch.no_grad():
        wanted = lab.model().decode(torch.tensor([point])).numpy()
    assert (
        np.abs(explorer.run("decoder-0", np.array([point], dtype=np.float32)) - wanted).max() < 1e-4
    )

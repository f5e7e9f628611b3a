"""The latent explorer in a real JupyterLab, on a model that was trained there.

The tests share one notebook, each starts from whatever it shows and any of them runs alone.
"""

from typing import Any

import numpy as np
import pytest
import torch
from kit.explorer import Explorer
from kit.lab import LabNotebook
from kit.waiting import eventually
from playwright.sync_api import Page

from genlab.models.autoencoder import AutoEncoder

pytestmark = pytest.mark.lab

TRAIN = """
from genlab.data import load_digits
from genlab.latents import reconstruction_loss
from genlab.models.autoencoder import AutoEncoder
from genlab.widgets import LatentExplorer

images = load_digits("train").images[:500]
model = AutoEncoder(2)

def further(steps):
    train_on(model, reconstruction_loss, images, steps, "model.pt")

further(20)
"""

LINKED = """
explorer = LatentExplorer(model)
keep(explorer, ["z0", "z1"], "first.jsonl")
slider = ipywidgets.FloatSlider(min=-50, max=50, step=0.001, readout_format=".3f")
ipywidgets.link((explorer, "z0"), (slider, "value"))
ipywidgets.HBox([explorer, slider])
"""

SECOND = """
pair = LatentExplorer({"One": model, "Other": model}, z0=0.0, z1=0.0)
keep(pair, ["z0", "z1", "right_z0", "right_z1"], "second.jsonl")
pair
"""

BUTTONS = """
ipywidgets.VBox([
    button("Train on", lambda: (further(5), explorer.refresh())),
    button("From Python", lambda: explorer.set_trait("z1", explorer.z1 + 0.25)),
])
"""


class Lab(LabNotebook):
    kind = Explorer
    cells = (TRAIN, LINKED, SECOND, BUTTONS)
    count = 2

    def __init__(self, page: Page, folder: Any) -> None:
        super().__init__(page, folder)
        self.first, self.second = Explorer(page, 0), Explorer(page, 1)

    def expect_near(self, file: str, **values: float) -> None:
        """The kernel hears these values, but for what the status line rounds."""

        def as_wanted() -> bool:
            heard = self.heard(file)
            return all(abs(heard.get(name, 1e9) - value) < 0.006 for name, value in values.items())

        eventually(
            as_wanted, lambda: f"the kernel heard {self.heard(file)}, not {values}", self.page
        )

    def model(self) -> AutoEncoder:
        return self.loaded(AutoEncoder(2))


def test_mounts_and_answers(lab: Lab) -> None:
    for explorer in (lab.first, lab.second):
        explorer.wake()
        explorer.expect_said("nearest encoding is a ")
    lab.expect_at_home()


def test_a_move_is_heard_in_the_kernel(lab: Lab) -> None:
    lab.first.press(0, "Home", "Shift+ArrowRight", "Shift+ArrowUp")
    [(z0, z1)] = lab.first.expect_settled()
    lab.expect_near("first.jsonl", z0=z0, z1=z1)


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
    lab.expect_near("second.jsonl", z0=z0, z1=z1)


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
    box = lab.page.locator(".widget-hbox", has=lab.page.locator(Explorer.selector()))
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
    lab.expect_near("first.jsonl", z0=-1.5)
    lab.first.eventually(lambda: lab.first.points()[0][0] == -1.5, "z0 as the slider says it")
    lab.first.expect_settled()
    assert (lab.first.pixels() != before).any(), "the picture is the same as before"


def test_python_moves_the_point(lab: Lab) -> None:
    lab.first.press(0, "Home", "ArrowLeft")
    [(z0, z1)] = lab.first.expect_settled()
    lab.press_button("From Python")
    lab.first.expect_point(0, (z0, z1 + 0.25), atol=0.011)
    heard = lab.heard("first.jsonl")
    lab.first.expect_picture_of((heard["z0"], heard["z1"]))


def test_two_explorers_do_not_touch(lab: Lab) -> None:
    lab.second.expect_settled()
    said, pixels = lab.second.said, [lab.second.pixels(index) for index in (0, 1)]
    heard = lab.heard("second.jsonl")
    lab.first.press(0, "Home", "ArrowLeft", "Shift+ArrowDown")
    [(z0, z1)] = lab.first.expect_settled()
    lab.expect_near("first.jsonl", z0=z0, z1=z1)
    assert lab.second.said == said and lab.heard("second.jsonl") == heard
    for index in (0, 1):
        assert (lab.second.pixels(index) == pixels[index]).all()


def test_a_drawing_is_encoded_by_the_kernels_model(lab: Lab) -> None:
    lab.second.draw([(0.5, 0.2), (0.5, 0.8)])
    lab.second.expect_said("Encoded: your drawing.")
    one, other = lab.second.expect_settled()
    assert one == other, "the same model twice, yet two places"
    lab.expect_near("second.jsonl", z0=one[0], z1=one[1], right_z0=one[0], right_z1=one[1])


def test_after_more_training_the_map_is_drawn_anew(lab: Lab) -> None:
    lab.first.press(0, "Home", "ArrowUp")
    [point] = lab.first.expect_settled()
    before = lab.first.pixels()
    old = lab.model().state_dict()
    lab.press_button("Train on")
    eventually(
        lambda: (lab.first.pixels() != before).any(), lambda: "the picture is the old one", lab.page
    )
    lab.expect_other_weights(AutoEncoder(2), "model.pt", than=old)
    lab.expect_at_home()
    explorer = Explorer(lab.page, 0)
    assert explorer.points()[0] == point, "the point has moved"
    with torch.no_grad():
        wanted = lab.model().decode(torch.tensor([point])).numpy()
    found = explorer.run("decoder-0", np.array([point], dtype=np.float32))
    assert np.abs(found - wanted).max() < 1e-4

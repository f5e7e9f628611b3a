"""The timestep scrubber in a real JupyterLab, on a denoiser that was trained there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kit.explorer import eventually, ink_of
from kit.lab import opened_notebook
from kit.report import fail_on_faults, pages_of
from kit.scrubber import SELECTOR, Scrubber, ink, x0_of, xt_of
from kit.watch import Watch
from playwright.sync_api import Browser, Page, expect

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.time_unet import TimeUNet

pytestmark = pytest.mark.lab

MODEL = """
import json
from pathlib import Path

import ipywidgets
import torch

from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import diffusion_loss
from genlab.models.time_unet import TimeUNet
from genlab.training import TrainConfig, train
from genlab.widgets import TimestepScrubber

torch.manual_seed(0)
torch.set_num_threads(1)
images = load_digits("train").images[:200]
schedule = NoiseSchedule("linear")
denoiser = Denoiser(TimeUNet(), schedule, "sample")

def train_on(steps):
    config = TrainConfig(steps=steps, batch_size=16)
    for _ in train(denoiser.model, diffusion_loss(schedule, "sample"), (images,), config):
        pass
    # Whole or not at all: the test reads the file at any moment.
    torch.save(denoiser.model.state_dict(), "new.pt")
    Path("new.pt").replace("model.pt")

train_on(5)
"""

LINKED = """
scrubber = TimestepScrubber(denoiser)
number = ipywidgets.IntText(description="time")
ipywidgets.link((scrubber, "t"), (number, "value"))

def hear(change):
    with Path("heard.jsonl").open("a") as heard:
        heard.write(json.dumps([change["name"], change["new"]]) + "\\n")

scrubber.observe(hear, ["t", "schedule", "seed", "digit"])
ipywidgets.HBox([scrubber, number])
"""

BUTTONS = """
def further(_):
    train_on(3)
    scrubber.refresh()

def from_python(_):
    scrubber.schedule = "squaredcos_cap_v2"
    scrubber.digit = 8

def button(text, action):
    one = ipywidgets.Button(description=text)
    one.on_click(action)
    return one

ipywidgets.VBox([button("Train on", further), button("From Python", from_python)])
"""


class Lab:
    """The notebook with its scrubber."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder

    @property
    def scrubber(self) -> Scrubber:
        """The scrubber as it is now: after more training it is drawn anew."""
        return Scrubber(self.page)

    def expect_heard(self, name: str, value: object) -> None:
        def newest() -> object:
            path = self.folder / "heard.jsonl"
            heard = map(json.loads, path.read_text().splitlines()) if path.exists() else []
            return dict(heard).get(name)

        eventually(
            lambda: newest() == value, lambda: f"heard {name} {newest()}, not {value}", self.page
        )

    def denoiser(self) -> Denoiser:
        """The kernel's denoiser, from its weights."""
        model = TimeUNet()
        model.load_state_dict(torch.load(self.folder / "model.pt"))
        return Denoiser(model.eval(), NoiseSchedule("linear"), "sample")

    def expect_guess(self, t: int) -> None:
        """The guess on show is that of the kernel's denoiser for the five, seed 0."""
        with torch.no_grad():
            wanted = self.denoiser().predict(xt_of(t, "linear"), t).x0
        self.scrubber.expect_picture(self.scrubber.guess, ink(wanted), level=0.02)


@pytest.fixture(scope="module")
def lab_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, lab_watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A notebook of which every cell has run."""
    folder = tmp_path_factory.mktemp("lab")
    with opened_notebook(browser, lab_watch, folder, MODEL, LINKED, BUTTONS) as page:
        yield Lab(page, folder)


@pytest.fixture
def lab(notebook: Lab, lab_watch: Watch, request: Any) -> Iterator[Lab]:
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


def test_the_readers_network_answers_and_the_kernel_hears(lab: Lab) -> None:
    scrubber = lab.scrubber
    scrubber.press("End")
    scrubber.expect_said(999, "linear")
    lab.expect_heard("t", 999)
    lab.expect_guess(999)
    scrubber.press("Home")
    scrubber.expect_said(0, "linear")
    lab.expect_guess(0)
    assert lab.page.locator(SELECTOR).count() == 1
    assert "timestep-scrubber" not in lab.page.url


def test_a_linked_control_moves_the_scrubber_and_follows_it(lab: Lab) -> None:
    number = lab.page.get_by_label("time", exact=True)
    number.fill("300")
    number.press("Enter")
    lab.scrubber.expect_said(300, "linear")
    lab.expect_guess(300)
    lab.scrubber.press("ArrowRight")  # which JupyterLab has a shortcut on
    lab.scrubber.expect_said(301, "linear")
    expect(number).to_have_value("301", timeout=20_000)


def test_arrow_keys_choose_the_schedule(lab: Lab) -> None:
    lab.scrubber.schedule("linear").focus()
    lab.page.keyboard.press("ArrowDown")
    expect(lab.scrubber.schedule("scaled_linear")).to_be_checked()
    lab.expect_heard("schedule", "scaled_linear")
    lab.page.keyboard.press("ArrowUp")
    lab.expect_heard("schedule", "linear")


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    rng = np.random.default_rng(0)
    xt = rng.standard_normal((50, 1, 28, 28)).astype(np.float32)
    t = rng.integers(0, 1000, 50)
    with torch.no_grad():
        wanted = lab.denoiser().model(torch.from_numpy(xt), torch.from_numpy(t)).numpy()
    assert np.abs(lab.scrubber.run(xt, t.astype(np.float32)) - wanted).max() <= 1e-4


def test_noise_and_digit_are_heard_and_set(lab: Lab) -> None:
    lab.scrubber.noise.click()
    lab.expect_heard("seed", 1)
    lab.scrubber.next.click()
    lab.expect_heard("digit", 6)
    lab.page.get_by_role("button", name="From Python").click()
    lab.scrubber.expect_picture(lab.scrubber.seen, ink(x0_of(8)))
    expect(lab.scrubber.schedule("squaredcos_cap_v2")).to_be_checked()
    expect(lab.scrubber.status).to_contain_text("The network was trained with linear")


def test_a_drawing_goes_through_the_readers_network(lab: Lab) -> None:
    lab.scrubber.draw([(0.5, 0.2), (0.5, 0.8)])
    expect(lab.scrubber.status).to_contain_text("Your drawing.")
    eventually(lab.scrubber.is_current, lambda: "no guess of the drawing", lab.page)


def test_after_more_training_the_guess_is_made_anew(lab: Lab) -> None:
    before = ink_of(lab.scrubber.guess)
    old = lab.denoiser().model.state_dict()
    lab.page.get_by_role("button", name="Train on").click()
    eventually(
        lambda: any((old[key] != value).any() for key, value in _weights(lab).items()),
        lambda: "the network was not trained further",
        lab.page,
    )
    eventually(
        lambda: bool(np.abs(ink_of(lab.scrubber.guess) - before).max() > 0.01),
        lambda: "the guess is still the one from before",
        lab.page,
    )
    assert lab.page.locator(SELECTOR).count() == 1


def _weights(lab: Lab) -> dict[str, torch.Tensor]:
    return dict(lab.denoiser().model.state_dict())

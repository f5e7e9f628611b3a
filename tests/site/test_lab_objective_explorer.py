"""The objective explorer in a real JupyterLab, on denoisers that were made there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kit.explorer import eventually
from kit.lab import opened_notebook
from kit.objectives import SELECTOR, Objectives
from kit.report import fail_on_faults, pages_of
from kit.watch import Watch
from playwright.sync_api import Browser, Page

from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.time_unet import TimeUNet
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.lab

DENOISERS = """
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
from genlab.widgets import ObjectiveExplorer

torch.manual_seed(0)
torch.set_num_threads(1)
schedule = NoiseSchedule("linear")
images = load_digits("train").images[:500]
denoisers = {
    "mine": Denoiser(TimeUNet(16, 16), schedule, "sample"),
    "yours": Denoiser(TimeUNet(16, 16), schedule, "v_prediction"),
}

def train_on(name, steps):
    denoiser = denoisers[name]
    loss = diffusion_loss(schedule, denoiser.prediction_type)
    for _ in train(denoiser.model, loss, (images,), TrainConfig(steps=steps, batch_size=16)):
        pass
    # Whole or not at all: the test reads the file at any moment.
    torch.save(denoiser.model.state_dict(), "new.pt")
    Path("new.pt").replace(f"{name}.pt")

for name in denoisers:
    train_on(name, 5)
"""

LINKED = """
explorer = ObjectiveExplorer(denoisers, t=300)
other = ipywidgets.IntSlider(min=0, max=999, description="timestep")
ipywidgets.link((explorer, "t"), (other, "value"))

def hear(change):
    with Path("heard.jsonl").open("a") as heard:
        heard.write(json.dumps([change["name"], change["new"]]) + "\\n")

explorer.observe(hear, ["t", "seed", "digit"])
ipywidgets.VBox([explorer, other])
"""

BUTTONS = """
def further(_):
    train_on("mine", 5)
    explorer.refresh()

def from_python(_):
    explorer.t = 750

def button(text, action):
    one = ipywidgets.Button(description=text)
    one.on_click(action)
    return one

ipywidgets.VBox([button("Train on", further), button("From Python", from_python)])
"""


class Lab:
    """The notebook with its explorer."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder

    @property
    def explorer(self) -> Objectives:
        """The explorer as it is now: after more training it is drawn anew."""
        return Objectives(self.page)

    def denoiser(self, name: str) -> Denoiser:
        """The kernel's denoiser, from its weights."""
        model = TimeUNet(16, 16)
        model.load_state_dict(torch.load(self.folder / f"{name}.pt"))
        objective = {"mine": "sample", "yours": "v_prediction"}[name]
        return Denoiser(model.eval(), NoiseSchedule("linear"), objective)

    def expect_guess(self, name: str, t: int, seed: int = 1, digit: int = 5) -> None:
        """The picture of x0 is what that denoiser makes of what is shown."""
        denoiser = self.denoiser(name)
        x0 = to_diffusion_range(load_digits("test").of_class(digit)[:1])
        with torch.no_grad():
            xt = add_noise(x0, page_noise(seed), t, denoiser.schedule)
            wanted = to_image_range(denoiser.predict(xt, t).x0).flatten().numpy()
        eventually(
            lambda: np.abs(self.explorer.pictures(name)[2] - wanted).max() < 0.02,
            lambda: f"not the x0 of {name}: {self.explorer.said!r}",
            self.page,
        )

    def expect_heard(self, name: str, value: int) -> None:
        def newest() -> int | None:
            path = self.folder / "heard.jsonl"
            heard = map(json.loads, path.read_text().splitlines()) if path.exists() else []
            return dict(heard).get(name)

        eventually(
            lambda: newest() == value, lambda: f"heard {name} {newest()}, not {value}", self.page
        )


@pytest.fixture(scope="module")
def lab_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, lab_watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A notebook of which every cell has run."""
    folder = tmp_path_factory.mktemp("lab")
    with opened_notebook(browser, lab_watch, folder, DENOISERS, LINKED, BUTTONS) as page:
        yield Lab(page, folder)


@pytest.fixture
def lab(notebook: Lab, lab_watch: Watch, request: Any) -> Iterator[Lab]:
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


def test_the_readers_denoisers_answer_and_the_kernel_hears(lab: Lab) -> None:
    lab.explorer.go_to(640)
    lab.explorer.expect_shown(640)
    lab.expect_heard("t", 640)
    for name in ("mine", "yours"):
        lab.expect_guess(name, 640)
    assert list(lab.explorer.errors()) == ["mine", "yours"]
    assert "50 test digits" in (lab.explorer.charts.first.get_attribute("aria-label") or "")
    assert lab.page.locator(SELECTOR).count() == 1
    assert "objective-explorer" not in lab.page.url


def test_python_and_a_linked_control_move_it(lab: Lab) -> None:
    lab.page.get_by_role("button", name="From Python").click()
    lab.explorer.expect_shown(750)
    lab.expect_guess("yours", 750)
    lab.explorer.go_to(100)
    lab.explorer.expect_shown(100)
    eventually(
        lambda: lab.page.locator(".widget-readout").inner_text() == "100",
        lambda: "the linked slider did not follow",
        lab.page,
    )


def test_buttons_are_heard_and_a_drawing_stays_in_the_browser(lab: Lab) -> None:
    lab.explorer.noise.click()
    lab.expect_heard("seed", 2)
    lab.explorer.next.click()
    lab.expect_heard("digit", 6)
    lab.explorer.expect_shown(100, 2, "a 6")
    lab.explorer.draw([(0.5, 0.2), (0.5, 0.8)])
    lab.explorer.expect_shown(100, 2, "your drawing")
    lab.explorer.clear.click()
    lab.explorer.expect_shown(100, 2, "a 6")


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    rng = np.random.default_rng(0)
    xt = rng.standard_normal((50, 1, 28, 28)).astype(np.float32)
    t = rng.integers(0, 1000, 50)
    with torch.no_grad():
        wanted = lab.denoiser("mine").model(torch.from_numpy(xt), torch.from_numpy(t)).numpy()
    assert np.abs(lab.explorer.run("denoiser-mine", xt, t) - wanted).max() <= 1e-4


def test_after_more_training_everything_is_new(lab: Lab) -> None:
    lab.page.get_by_role("button", name="From Python").click()
    lab.explorer.expect_shown(750, 2, "a 6")
    old = lab.denoiser("mine").model.state_dict()
    lab.page.get_by_role("button", name="Train on").click()
    eventually(
        lambda: any(
            (old[key] != value).any()
            for key, value in lab.denoiser("mine").model.state_dict().items()
        ),
        lambda: "the denoiser was not trained further",
        lab.page,
        30,
    )
    lab.expect_guess("mine", 750, seed=2, digit=6)
    assert lab.page.locator(SELECTOR).count() == 1

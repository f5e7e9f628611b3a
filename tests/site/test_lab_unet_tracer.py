"""The UNet tracer in JupyterLab: the reader's own UNet answers, Python hears and moves it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kit.explorer import eventually
from kit.lab import opened_notebook
from kit.report import fail_on_faults, pages_of
from kit.tracer import SELECTOR, Tracer
from kit.watch import Watch
from playwright.sync_api import Browser, Page

from genlab.data import load_digits
from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.unet import ConcatUNet, stages_of, walk
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.lab

OWN = """
import json
from pathlib import Path

import ipywidgets
import torch

from genlab.models.unet import ConcatUNet
from genlab.widgets import UNetTracer

torch.manual_seed(0)
torch.set_num_threads(1)
unet = ConcatUNet()
torch.save(unet.state_dict(), "own.part")
_ = Path("own.part").replace("own.pt")
"""

LINKED = """
tracer = UNetTracer(unet)

def hear(change):
    with Path("heard.jsonl").open("a") as file:
        file.write(json.dumps([change["name"], change["new"]]) + "\\n")

tracer.observe(hear, ["stage", "map", "t", "seed", "digit"])
number = ipywidgets.IntSlider(min=0, max=999)
ipywidgets.link((tracer, "t"), (number, "value"))
ipywidgets.HBox([tracer, number])
"""

BUTTON = """
def from_python(_):
    tracer.stage = 5

button = ipywidgets.Button(description="From Python")
button.on_click(from_python)
button
"""


class Lab:
    """The notebook with its tracer."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder, self.tracer = page, folder, Tracer(page)

    def heard(self) -> dict[str, int]:
        path = self.folder / "heard.jsonl"
        return dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}

    def expect_heard(self, **values: int) -> None:
        eventually(
            lambda: values.items() <= self.heard().items(),
            lambda: f"the kernel heard {self.heard()}, not {values}",
            self.page,
        )

    def model(self) -> ConcatUNet:
        model = ConcatUNet()
        model.load_state_dict(torch.load(self.folder / "own.pt"))
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
    with opened_notebook(browser, lab_watch, folder, OWN, LINKED, BUTTON, height=1400) as page:
        yield Lab(page, folder)


@pytest.fixture
def lab(notebook: Lab, lab_watch: Watch, request: Any) -> Iterator[Lab]:
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


def test_the_readers_own_unet_answers(lab: Lab) -> None:
    lab.tracer.choose(3)
    lab.tracer.press("Home", "ArrowRight")
    shown = lab.tracer.expect_shown(name="down2", map=2)
    x0 = to_diffusion_range(load_digits("test").of_class(7)[:1])
    xt = add_noise(x0, page_noise(1), shown["t"], NoiseSchedule("linear"))
    with torch.no_grad():
        lab.tracer.expect_sheet(walk(lab.model(), xt)[2][1][0].numpy())
        wanted = stages_of(lab.model())(xt).numpy()
    assert np.abs(lab.tracer.run("stages", xt.numpy()) - wanted).max() <= 1e-4
    assert lab.page.locator(SELECTOR).count() == 1
    assert "unet-tracer" not in lab.page.url
    lab.expect_heard(stage=3, map=2)


def test_it_samples_with_the_kernel(lab: Lab) -> None:
    lab.tracer.button("Sample").click()
    lab.tracer.expect_sampled()


def test_python_and_a_linked_slider_move_it(lab: Lab) -> None:
    lab.page.get_by_role("button", name="From Python").click()
    lab.tracer.expect_shown(name="down3", side=7)
    value = lab.page.locator(".widget-hbox .widget-readout")
    value.fill("600")
    value.press("Enter")
    lab.tracer.expect_shown(t=600)
    lab.expect_heard(stage=5, t=600)

"""The UNet tracer in JupyterLab: the reader's own UNet answers, Python hears and moves it."""

import numpy as np
import pytest
import torch
from kit.lab import LabNotebook
from kit.tracer import Tracer, noisy

from genlab.models.unet import ConcatUNet, stages_of, walk

pytestmark = pytest.mark.lab

OWN = """
from genlab.models.unet import ConcatUNet
from genlab.widgets import UNetTracer

unet = ConcatUNet()
save(unet, "model.pt")
"""

LINKED = """
tracer = UNetTracer(unet)
keep(tracer, ["stage", "map", "t", "seed", "digit"])
number = ipywidgets.IntSlider(min=0, max=999)
ipywidgets.link((tracer, "t"), (number, "value"))
ipywidgets.HBox([tracer, number])
"""

BUTTON = """
button("From Python", lambda: tracer.set_trait("stage", 5))
"""


class Lab(LabNotebook):
    kind = Tracer
    cells = (OWN, LINKED, BUTTON)
    height = 1400


def test_the_readers_own_unet_answers(lab: Lab) -> None:
    tracer = lab.widget
    tracer.choose(3)
    tracer.press("Home", "ArrowRight")
    shown = tracer.expect_shown(name="down2", map=2)
    xt, model = noisy(7, shown["t"], 1), lab.loaded(ConcatUNet())
    with torch.no_grad():
        tracer.expect_sheet(walk(model, xt)[2][1][0].numpy())
        wanted = stages_of(model)(xt).numpy()
    assert np.abs(tracer.run("stages", xt.numpy()) - wanted).max() <= 1e-4
    lab.expect_at_home()
    lab.expect_heard(stage=3, map=2)


def test_it_samples_with_the_kernel(lab: Lab) -> None:
    lab.widget.button("Sample").click()
    lab.widget.expect_sampled()


def test_python_and_a_linked_slider_move_it(lab: Lab) -> None:
    lab.press_button("From Python")
    lab.widget.expect_shown(name="down3", side=7)
    lab.set_linked(600)
    lab.widget.expect_shown(t=600)
    lab.expect_heard(stage=5, t=600)

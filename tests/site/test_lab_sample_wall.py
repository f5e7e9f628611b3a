"""The sample wall in a real JupyterLab, on denoisers that were made there."""

import numpy as np
import pytest
from kit.denoising import answers_of, noisy_batch
from kit.own_denoisers import OBJECTIVES, OwnDenoisers, made_for
from kit.waiting import eventually
from kit.wall import Wall, way_of

from genlab.models.time_unet import TimeUNet

pytestmark = pytest.mark.lab

LINKED = """
wall = SampleWall(denoisers, progress=40, steps=5)
other = ipywidgets.IntSlider(min=0, max=99, description="seed")
ipywidgets.link((wall, "seed"), (other, "value"))
keep(wall, ["progress", "seed", "steps", "guess"])
ipywidgets.VBox([wall, other])
"""

BUTTONS = """
ipywidgets.VBox([
    button("Train on", lambda: (further("mine"), wall.refresh())),
    button("From Python", lambda: wall.set_trait("progress", 80)),
])
"""


class Lab(OwnDenoisers):
    kind = Wall
    cells = (made_for("SampleWall"), LINKED, BUTTONS)

    def expect_rows(self, step: int, seed: int, steps: int) -> None:
        """The rows are what those denoisers sample."""
        self.widget.expect_shown(step, seed, steps)
        for name in OBJECTIVES:
            self.widget.expect_images(name, way_of(self.denoiser(name), seed, steps)[step])


def test_the_readers_denoisers_sample_and_the_kernel_hears(lab: Lab) -> None:
    lab.expect_rows(2, 1, 5)
    lab.widget.press("ArrowRight")
    lab.expect_rows(3, 1, 5)
    lab.expect_heard(progress=60)
    assert lab.widget.root.locator(".gl-row-name").all_inner_texts() == list(OBJECTIVES)
    lab.expect_at_home()


def test_python_and_a_linked_control_move_it(lab: Lab) -> None:
    lab.press_button("From Python")
    lab.expect_rows(4, 1, 5)
    lab.widget.seed.press("ArrowRight")
    eventually(
        lambda: lab.readout.inner_text() == "2",
        lambda: "the linked slider did not follow",
        lab.page,
    )
    lab.expect_rows(4, 2, 5)
    lab.set_linked(7)
    lab.expect_rows(4, 7, 5)
    lab.widget.steps.press("ArrowRight")
    lab.expect_heard(steps=10, seed=7)
    lab.expect_rows(8, 7, 10)


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    wanted = answers_of(lab.denoiser("mine").model)
    assert np.abs(lab.widget.run("denoiser-mine", *noisy_batch()) - wanted).max() <= 1e-4


def test_after_more_training_the_rows_are_new(lab: Lab) -> None:
    old = lab.denoiser("mine").model.state_dict()
    lab.press_button("Train on")
    lab.expect_other_weights(TimeUNet(16, 16), "mine.pt", than=old)
    lab.expect_rows(8, 7, 10)
    lab.expect_at_home()

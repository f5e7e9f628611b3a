"""The timestep scrubber in a real JupyterLab, on a denoiser that was trained there."""

import numpy as np
import pytest
import torch
from kit.denoising import answers_of, ink, noisy_batch, x0_of
from kit.lab import LabNotebook
from kit.pictures import ink_of
from kit.scrubber import Scrubber, noisy
from playwright.sync_api import expect

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.time_unet import TimeUNet

pytestmark = pytest.mark.lab

MODEL = """
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import diffusion_loss
from genlab.models.time_unet import TimeUNet
from genlab.widgets import TimestepScrubber

images = load_digits("train").images[:200]
schedule = NoiseSchedule("linear")
denoiser = Denoiser(TimeUNet(), schedule, "sample")

def further(steps):
    loss = diffusion_loss(schedule, "sample")
    train_on(denoiser.model, loss, images, steps, "model.pt", batch_size=16)

further(5)
"""

LINKED = """
scrubber = TimestepScrubber(denoiser)
number = ipywidgets.IntText(description="time")
ipywidgets.link((scrubber, "t"), (number, "value"))
keep(scrubber, ["t", "schedule", "seed", "digit"])
ipywidgets.HBox([scrubber, number])
"""

BUTTONS = """
def from_python():
    scrubber.schedule = "squaredcos_cap_v2"
    scrubber.digit = 8

ipywidgets.VBox([
    button("Train on", lambda: (further(3), scrubber.refresh())),
    button("From Python", from_python),
])
"""


class Lab(LabNotebook):
    kind = Scrubber
    cells = (MODEL, LINKED, BUTTONS)

    def denoiser(self) -> Denoiser:
        """The kernel's denoiser, from its weights."""
        return Denoiser(self.loaded(TimeUNet()), NoiseSchedule("linear"), "sample")

    def expect_guess(self, t: int) -> None:
        """The guess on show is that of the kernel's denoiser for the five, seed 0."""
        with torch.no_grad():
            wanted = self.denoiser().predict(noisy(t, "linear"), t).x0
        self.widget.expect_ink(self.widget.guess, ink(wanted), level=0.02)


def test_the_readers_network_answers_and_the_kernel_hears(lab: Lab) -> None:
    scrubber = lab.widget
    scrubber.press("End")
    scrubber.expect_guess(999, "linear")
    lab.expect_heard(t=999)
    lab.expect_guess(999)
    scrubber.press("Home")
    scrubber.expect_guess(0, "linear")
    lab.expect_guess(0)
    lab.expect_at_home()


def test_a_linked_control_moves_the_scrubber_and_follows_it(lab: Lab) -> None:
    number = lab.page.get_by_label("time", exact=True)
    number.fill("300")
    number.press("Enter")
    lab.widget.expect_guess(300, "linear")
    lab.expect_guess(300)
    lab.widget.press("ArrowRight")  # which JupyterLab has a shortcut on
    lab.widget.expect_guess(301, "linear")
    expect(number).to_have_value("301")


def test_arrow_keys_choose_the_schedule(lab: Lab) -> None:
    lab.widget.schedule("linear").focus()
    lab.page.keyboard.press("ArrowDown")
    expect(lab.widget.schedule("scaled_linear")).to_be_checked()
    lab.expect_heard(schedule="scaled_linear")
    lab.page.keyboard.press("ArrowUp")
    lab.expect_heard(schedule="linear")


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    wanted = answers_of(lab.denoiser().model)
    assert np.abs(lab.widget.run("denoiser", *noisy_batch()) - wanted).max() <= 1e-4


def test_noise_and_digit_are_heard_and_set(lab: Lab) -> None:
    lab.widget.noise.click()
    lab.expect_heard(seed=1)
    lab.widget.next.click()
    lab.expect_heard(digit=6)
    lab.press_button("From Python")
    lab.widget.expect_ink(lab.widget.seen, ink(x0_of(8)))
    expect(lab.widget.schedule("squaredcos_cap_v2")).to_be_checked()
    lab.widget.expect_said("The network was trained with linear")


def test_a_drawing_goes_through_the_readers_network(lab: Lab) -> None:
    lab.widget.draw([(0.5, 0.2), (0.5, 0.8)])
    lab.widget.expect_said("Your drawing.")
    lab.widget.eventually(lab.widget.is_current, "a guess of the drawing")


def test_after_more_training_the_guess_is_made_anew(lab: Lab) -> None:
    before = ink_of(lab.widget.guess)
    old = lab.denoiser().model.state_dict()
    lab.press_button("Train on")
    lab.expect_other_weights(TimeUNet(), "model.pt", than=old)
    lab.widget.eventually(
        lambda: bool(np.abs(ink_of(lab.widget.guess) - before).max() > 0.01), "another guess"
    )
    lab.expect_at_home()

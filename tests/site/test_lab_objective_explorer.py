"""The objective explorer in a real JupyterLab, on denoisers that were made there."""

import numpy as np
import pytest
import torch
from kit.denoising import answers_of, noisy_batch, x0_of
from kit.objectives import Objectives
from kit.own_denoisers import OBJECTIVES, OwnDenoisers, made_for
from kit.waiting import eventually

from genlab.diffusion.forward import add_noise, to_image_range
from genlab.models.time_unet import TimeUNet
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.lab

LINKED = """
explorer = ObjectiveExplorer(denoisers, t=300)
other = ipywidgets.IntSlider(min=0, max=999, description="timestep")
ipywidgets.link((explorer, "t"), (other, "value"))
keep(explorer, ["t", "seed", "digit"])
ipywidgets.VBox([explorer, other])
"""

BUTTONS = """
ipywidgets.VBox([
    button("Train on", lambda: (further("mine"), explorer.refresh())),
    button("From Python", lambda: explorer.set_trait("t", 750)),
])
"""


class Lab(OwnDenoisers):
    kind = Objectives
    cells = (made_for("ObjectiveExplorer"), LINKED, BUTTONS)

    def expect_guess(self, name: str, t: int, seed: int = 1, digit: int = 5) -> None:
        """The picture of x0 is what that denoiser makes of what is shown."""
        denoiser = self.denoiser(name)
        with torch.no_grad():
            xt = add_noise(x0_of(digit), page_noise(seed), t, denoiser.schedule)
            wanted = to_image_range(denoiser.predict(xt, t).x0).flatten().numpy()
        shown = self.widget
        shown.expect_same(lambda: shown.pictures(name)[2], wanted, 0.02, f"the x0 of {name}")


def test_the_readers_denoisers_answer_and_the_kernel_hears(lab: Lab) -> None:
    lab.widget.go_to(640)
    lab.widget.expect_shown(640)
    lab.expect_heard(t=640)
    for name in OBJECTIVES:
        lab.expect_guess(name, 640)
    assert list(lab.widget.errors()) == ["mine", "yours"]
    assert "50 test digits" in (lab.widget.chart.get_attribute("aria-label") or "")
    lab.expect_at_home()


def test_python_and_a_linked_control_move_it(lab: Lab) -> None:
    lab.press_button("From Python")
    lab.widget.expect_shown(750)
    lab.expect_guess("yours", 750)
    lab.widget.go_to(100)
    lab.widget.expect_shown(100)
    eventually(
        lambda: lab.readout.inner_text() == "100",
        lambda: "the linked slider did not follow",
        lab.page,
    )


def test_buttons_are_heard_and_a_drawing_stays_in_the_browser(lab: Lab) -> None:
    lab.widget.noise.click()
    lab.expect_heard(seed=2)
    lab.widget.next.click()
    lab.expect_heard(digit=6)
    lab.widget.expect_shown(100, 2, "a 6")
    lab.widget.draw([(0.5, 0.2), (0.5, 0.8)])
    lab.widget.expect_shown(100, 2, "your drawing")
    lab.widget.clear.click()
    lab.widget.expect_shown(100, 2, "a 6")


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    wanted = answers_of(lab.denoiser("mine").model)
    assert np.abs(lab.widget.run("denoiser-mine", *noisy_batch()) - wanted).max() <= 1e-4


def test_after_more_training_everything_is_new(lab: Lab) -> None:
    lab.press_button("From Python")
    lab.widget.expect_shown(750, 2, "a 6")
    old = lab.denoiser("mine").model.state_dict()
    lab.press_button("Train on")
    lab.expect_other_weights(TimeUNet(16, 16), "mine.pt", than=old)
    lab.expect_guess("mine", 750, seed=2, digit=6)
    lab.expect_at_home()

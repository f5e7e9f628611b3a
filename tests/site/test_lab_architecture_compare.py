"""The comparison of architectures in a real JupyterLab, on networks that were made there."""

import numpy as np
import pytest
from kit.compare import Compare, joined, way_of
from kit.denoising import noisy_batch
from kit.lab import LabNotebook
from kit.waiting import eventually

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.rin import RIN
from genlab.models.time_unet import TimeUNet

pytestmark = pytest.mark.lab

MADE = """
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.self_conditioning import self_conditioned
from genlab.diffusion.training import diffusion_loss
from genlab.models.rin import RIN
from genlab.models.time_unet import TimeUNet
from genlab.widgets import ArchitectureCompare

schedule = NoiseSchedule("linear")
images = load_digits("train").images[:500]
loss = diffusion_loss(schedule, "sample")
models = {"UNet": TimeUNet(16, 16), "RIN": RIN(4, 16, 4, 16, 1)}
denoisers = {name: Denoiser(model, schedule, "sample") for name, model in models.items()}

def further(name):
    own = self_conditioned(loss) if name == "RIN" else loss
    train_on(models[name], own, images, 5, f"{name}.pt", batch_size=16)

for name in models:
    further(name)
"""

LINKED = """
compare = ArchitectureCompare(denoisers, progress=40, steps=5)
other = ipywidgets.IntSlider(min=0, max=99, description="seed")
ipywidgets.link((compare, "seed"), (other, "value"))
keep(compare, ["progress", "seed", "steps", "guess", "latents"])
ipywidgets.VBox([compare, other])
"""

BUTTONS = """
ipywidgets.VBox([
    button("Train on", lambda: (further("RIN"), compare.refresh())),
    button("From Python", lambda: compare.set_trait("latents", "zero")),
])
"""


class Lab(LabNotebook):
    kind = Compare
    cells = (MADE, LINKED, BUTTONS)

    def denoiser(self, name: str) -> Denoiser:
        """The kernel's denoiser, from its weights."""
        fresh = TimeUNet(16, 16) if name == "UNet" else RIN(4, 16, 4, 16, 1)
        return Denoiser(self.loaded(fresh, f"{name}.pt"), NoiseSchedule("linear"), "sample")

    def expect_panels(self, step: int, seed: int, steps: int, latents: str = "handed on") -> None:
        """The panels are what those denoisers sample."""
        self.widget.expect_shown(step, seed, steps, latents)
        for name in ("UNet", "RIN"):
            way = way_of(self.denoiser(name), seed, steps, zero=latents != "handed on")
            self.widget.expect_images(name, way[step])


def test_the_readers_networks_sample_and_the_kernel_hears(lab: Lab) -> None:
    lab.expect_panels(2, 1, 5)
    lab.widget.press("ArrowRight")
    lab.expect_panels(3, 1, 5)
    lab.expect_heard(progress=60)
    lab.expect_at_home()


def test_python_and_a_linked_control_move_it(lab: Lab) -> None:
    lab.press_button("From Python")
    lab.expect_panels(3, 1, 5, "zero at each step")
    lab.widget.seed.press("ArrowRight")
    eventually(
        lambda: lab.readout.inner_text() == "2",
        lambda: "the linked slider did not follow",
        lab.page,
    )
    lab.expect_panels(3, 2, 5, "zero at each step")
    lab.set_linked(7)
    lab.widget.choose("handed on")
    lab.expect_panels(3, 7, 5)
    lab.expect_heard(seed=7, latents="handed_on")


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    xt, t = noisy_batch()
    latents = np.random.default_rng(1).standard_normal((50, 4, 16)).astype(np.float32)
    wanted = joined(lab.denoiser("RIN").model, xt, t, latents)
    assert np.abs(lab.widget.run("denoiser-RIN", xt, t, latents) - wanted).max() <= 1e-4


def test_after_more_training_the_panels_are_new(lab: Lab) -> None:
    old = lab.denoiser("RIN").model.state_dict()
    lab.press_button("Train on")
    lab.expect_other_weights(RIN(4, 16, 4, 16, 1), "RIN.pt", than=old)
    lab.expect_panels(3, 7, 5)
    lab.expect_at_home()

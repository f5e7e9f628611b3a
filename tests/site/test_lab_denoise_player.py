"""The denoise player in a real JupyterLab, on networks that were made there."""

import numpy as np
import pytest
import torch
from kit.lab import LabNotebook
from kit.pictures import LEVEL
from kit.player import COUNT, Player
from kit.waiting import eventually

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.flow import Flow
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.class_unet import ClassUNet
from genlab.widgets import DenoisePlayer

pytestmark = pytest.mark.lab

NETWORKS = """
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.flow import Flow, flow_loss
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import class_conditional, diffusion_loss
from genlab.models.class_unet import ClassUNet
from genlab.training import TrainConfig, train
from genlab.widgets import DenoisePlayer

schedule = NoiseSchedule("linear")
digits = load_digits("train")
data = (digits.images[:500], digits.labels[:500])
denoiser = Denoiser(ClassUNet(16, 16), schedule, "v_prediction")
flow = Flow(ClassUNet(16, 16))

def further(one, loss, file):
    for _ in train(one.model, class_conditional(loss), data, TrainConfig(steps=5, batch_size=16)):
        pass
    save(one.model, file)

further(denoiser, diffusion_loss(schedule, "v_prediction"), "denoiser.pt")
further(flow, flow_loss(), "flow.pt")
"""

LINKED = """
player = DenoisePlayer(denoiser, flow, progress=40, steps=5, label=7)
other = ipywidgets.IntSlider(min=0, max=10, description="label")
ipywidgets.link((player, "label"), (other, "value"))
keep(player, ["progress", "chosen", "label", "guidance", "sampler", "steps", "seed"])
ipywidgets.VBox([player, other])
"""

BUTTONS = """
def train_on_and_show():
    further(denoiser, diffusion_loss(schedule, "v_prediction"), "denoiser.pt")
    player.refresh()

ipywidgets.VBox([
    button("Train on", train_on_and_show),
    button("From Python", lambda: player.set_trait("sampler", "dpm_solver")),
])
"""


class Lab(LabNotebook):
    kind = Player
    cells = (NETWORKS, LINKED, BUTTONS)
    height = 1400

    def networks(self) -> tuple[Denoiser, Flow]:
        """The kernel's networks, from their weights."""
        one = self.loaded(ClassUNet(16, 16), "denoiser.pt")
        two = self.loaded(ClassUNet(16, 16), "flow.pt")
        return Denoiser(one, NoiseSchedule("linear"), "v_prediction"), Flow(two)

    def expect_samples(self, **values: object) -> None:
        """The samples are what those networks make."""
        images = DenoisePlayer(*self.networks(), **values).way().images[-1]
        wanted = to_image_range(images).reshape(COUNT, -1).numpy()
        self.widget.expect_same(self.widget.images, wanted, LEVEL, "samples")


def test_the_readers_networks_sample_and_the_kernel_hears(lab: Lab) -> None:
    lab.expect_samples(progress=40, steps=5, label=7)
    lab.widget.press("ArrowRight")
    lab.expect_samples(progress=60, steps=5, label=7)
    lab.expect_heard(progress=60)
    lab.widget.choose("flow, Euler")
    lab.expect_samples(progress=60, steps=5, label=7, sampler="flow_euler")
    lab.expect_heard(sampler="flow_euler")
    lab.widget.choose("2")
    lab.expect_heard(label=2)
    eventually(
        lambda: lab.readout.inner_text() == "2",
        lambda: "the linked slider did not follow",
        lab.page,
    )
    lab.expect_at_home()


def test_python_and_a_linked_control_move_it(lab: Lab) -> None:
    lab.press_button("From Python")
    lab.expect_samples(progress=60, steps=5, label=2, sampler="dpm_solver")
    lab.set_linked(10)
    lab.expect_samples(progress=60, steps=5, label=10, sampler="dpm_solver")
    lab.widget.expect_said("of any digit")


def test_the_answers_are_pytorchs(lab: Lab) -> None:
    rng = np.random.default_rng(0)
    xt = rng.standard_normal((20, 1, 28, 28)).astype(np.float32)
    t, label = rng.integers(0, 1000, 20), np.arange(20) % 11
    denoiser, flow = lab.networks()
    told = [torch.from_numpy(one) for one in (xt, t, label)]
    with torch.no_grad():
        wanted = {"denoiser": denoiser.model(*told), "flow": flow.model(told[0], told[1], told[2])}
    for name, answer in wanted.items():
        assert np.abs(lab.widget.run(name, xt, t, label) - answer.numpy()).max() <= 1e-4


def test_after_more_training_the_samples_are_new(lab: Lab) -> None:
    old = lab.networks()[0].model.state_dict()
    lab.press_button("Train on")
    lab.expect_other_weights(ClassUNet(16, 16), "denoiser.pt", than=old)
    lab.expect_samples(progress=60, steps=5, label=10, sampler="dpm_solver")
    lab.expect_at_home()

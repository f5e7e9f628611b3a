"""A notebook whose reader makes two small denoisers, trains them briefly, and shows them."""

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.time_unet import TimeUNet
from kit.lab import LabNotebook

OBJECTIVES = {"mine": "sample", "yours": "v_prediction"}


def made_for(widget: str) -> str:
    """The cell that makes the denoisers, and has a widget's class at hand."""
    return f"""
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import diffusion_loss
from genlab.models.time_unet import TimeUNet
from genlab.widgets import {widget}

schedule = NoiseSchedule("linear")
images = load_digits("train").images[:500]
denoisers = {{
    name: Denoiser(TimeUNet(16, 16), schedule, objective)
    for name, objective in {OBJECTIVES}.items()
}}

def further(name):
    loss = diffusion_loss(schedule, denoisers[name].prediction_type)
    train_on(denoisers[name].model, loss, images, 5, f"{{name}}.pt", batch_size=16)

for name in denoisers:
    further(name)
"""


class OwnDenoisers(LabNotebook):
    """What the kernel made, to compare with."""

    def denoiser(self, name: str) -> Denoiser:
        """The kernel's denoiser, from its weights."""
        model = self.loaded(TimeUNet(16, 16), f"{name}.pt")
        return Denoiser(model, NoiseSchedule("linear"), OBJECTIVES[name])

"""What the widgets on diffusion share: denoisers as they take and offer them."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from genlab.data import IMAGE_SHAPE
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.widgets.base import Network
from genlab.widgets.coding import same_weights

# The browser computes schedules by itself; these are all that it knows.
PAGE_TIMESTEPS, PAGE_BETAS = 1000, (0.0001, 0.02)


def check_denoiser(name: str, denoiser: Any) -> Denoiser:
    """Return `denoiser` if the widgets can show it.

    Args:
        name: of the argument, for the message.
        denoiser: what the reader gave.

    Raises:
        TypeError: if it is no `Denoiser`.
        ValueError: if its schedule is none of the three with the usual betas and 1,000 timesteps.
    """
    if not isinstance(denoiser, Denoiser):
        raise TypeError(
            f"{name} is a {type(denoiser).__name__}; expected a genlab Denoiser, "
            'for example Denoiser(my_model, NoiseSchedule("linear"), "epsilon")'
        )
    schedule = denoiser.schedule
    if schedule != NoiseSchedule(schedule.beta_schedule):
        raise ValueError(
            f"{name} has the schedule {schedule}; expected one with {PAGE_TIMESTEPS} timesteps and "
            f"betas from {PAGE_BETAS[0]} to {PAGE_BETAS[1]}"
        )
    return denoiser


def denoiser_network(denoiser: Denoiser) -> Network:
    """Return a denoiser's network as the browser may ask for it: with xt and t, both float32."""

    def forward(xt: Tensor, t: Tensor) -> Tensor:
        return denoiser.model(xt, t.round().long())

    return Network(denoiser.model, forward, IMAGE_SHAPE, ((),))


def site_network(model: Any, part: str) -> str | None:
    """Return the site's name of a model's part; None if the model is no checkpoint any more."""
    checkpoint = getattr(model, "checkpoint_name", None)
    if checkpoint is None or not same_weights(model, checkpoint):
        return None
    return f"{checkpoint}.{part}"

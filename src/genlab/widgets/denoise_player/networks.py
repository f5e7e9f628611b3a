"""The networks of the denoise player: the site's own, and a reader's as it offers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from genlab.data import IMAGE_SHAPE
from genlab.diffusion.denoiser import TIME_CHECKPOINTS, Denoiser
from genlab.diffusion.flow import Flow
from genlab.diffusion.guidance import takes_label
from genlab.models.readers import adapted
from genlab.widgets.kernel.denoising import denoiser_network, page_noise, site_denoiser
from genlab.widgets.kernel.protocol import Network, SiteNetwork, by_name

CLASS_CHECKPOINT, FLOW_CHECKPOINT = "unet-class", "unet-flow"
ASKED = "asked"  # the part's name: a network with an input for the class


def asked_for_class(model: Any) -> Callable[..., Tensor]:
    """Return a model's pass from images, timesteps and labels, all float32."""

    def forward(xt: Tensor, t: Tensor, label: Tensor) -> Tensor:
        return model(xt, t, label.round().long())

    return forward


SITE_NETWORKS = by_name(
    *(
        SiteNetwork(f"{name}.{ASKED}", asked_for_class, (IMAGE_SHAPE, (), ()))
        for name in (CLASS_CHECKPOINT, FLOW_CHECKPOINT)
    ),
    *(site_denoiser(f"{name}.denoiser") for name in TIME_CHECKPOINTS.values()),
)


def check_flow(flow: Any, denoiser: Denoiser) -> Flow | None:
    """Return `flow` if the player can show it beside `denoiser`.

    Raises:
        TypeError: if it is no `Flow`.
        ValueError: if only one of the two can be asked for a class.
    """
    if flow is None:
        return None
    if not isinstance(flow, Flow):
        raise TypeError(
            f"flow is a {type(flow).__name__}; expected a genlab Flow, for example Flow(my_model)"
        )
    if takes_label(flow.model) != takes_label(denoiser.model):
        with_it, without = ("flow", "denoiser") if takes_label(flow.model) else ("denoiser", "flow")
        raise ValueError(
            f"the network of the {with_it} has an input `label` and that of the {without} has "
            "none; expected both or neither"
        )
    return flow


def class_network(one: Denoiser | Flow) -> Network:
    """Return a network as the browser may ask for it: with images, t and a label if it takes one.

    All are float32; a denoiser is given whole timesteps, a flow fractions too.
    """
    model: Any = one.model
    if isinstance(one, Denoiser) and not takes_label(model):
        return denoiser_network(one)
    whole_steps = isinstance(one, Denoiser)

    def forward(xt: Tensor, t: Tensor, *labels: Tensor) -> Any:
        return model(xt, t.round().long() if whole_steps else t, *(each.long() for each in labels))

    further = ((), ()) if takes_label(model) else ((),)
    part = ASKED if takes_label(model) else "flow"
    return Network(model, adapted(model, forward), IMAGE_SHAPE, further, part=part)


def fresh_noise(seed: int, step: int, count: int) -> Tensor:
    """Return DDPM's new noise of a step, as `freshSeed` in math.mjs has it."""
    return page_noise(1000 * (seed + 1) + step, count)


def place_of(image: Tensor, noise: Tensor) -> tuple[float, float]:
    """Return which share of the first noise is in an image, and how strong the rest is, a pixel.

    It is `placeOf` in math.mjs.
    """
    share = (image * noise).sum() / (noise**2).sum()
    rest = (image - share * noise).square().mean().sqrt()
    return round(share.item(), 3), round(rest.item(), 3)

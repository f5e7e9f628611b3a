"""The networks of the comparison: the site's own, and a reader's as it offers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from genlab.checkpoints import count_parameters
from genlab.data import IMAGE_SHAPE
from genlab.diffusion.costs import Cost, multiply_adds
from genlab.diffusion.denoiser import Denoiser
from genlab.models.readers import as_wanted, evaluating, modules_of
from genlab.widgets.kernel.denoising import denoiser_network, page_noise, site_denoiser
from genlab.widgets.kernel.protocol import Network, SiteNetwork, by_name

# Of each panel its checkpoint.
CHECKPOINTS: Mapping[str, str] = {"DiT": "dit", "U-ViT": "uvit", "RIN": "rin"}
RIN_LATENTS = (16, 80)
STEP = "step"  # the part's name: a network that takes latents and gives new ones


def step_of(model: Any) -> Callable[..., Tensor]:
    """Return a recurrent model's pass from images, timesteps and latents, all float32.

    For each image it gives its estimate, and after it in the same row its new latents: a network of
    the page has one output.
    """

    def forward(xt: Tensor, t: Tensor, latents: Tensor) -> Tensor:
        estimate, new = model.step(xt, t, latents)
        return torch.cat([estimate.flatten(1), new.flatten(1)], dim=1)

    return forward


SITE_NETWORKS = by_name(
    *(site_denoiser(f"{name}.denoiser") for name in ("dit", "uvit", "unet-time-sample")),
    SiteNetwork(f"rin.{STEP}", step_of, (IMAGE_SHAPE, (), RIN_LATENTS)),
)


def latents_shape(name: str, denoiser: Denoiser) -> tuple[int, ...]:
    """Return the shape of an image's latents; () for a network that has none.

    Args:
        name: of the denoiser, for the message.
        denoiser: one whose network is recurrent if it has a method `step`.

    Raises:
        TypeError: if `step` does not give an estimate and latents.
        ValueError: if there are not latents for each image.
    """
    model: Any = denoiser.model
    if not callable(getattr(model, "step", None)):
        return ()
    xt = as_wanted(model, page_noise(0, 2))
    with evaluating(model):
        answer = model.step(xt, torch.full((2,), 500, device=xt.device))
    match answer:
        case (Tensor(), Tensor() as latents):
            pass
        case _:
            raise TypeError(
                f"`step` of {name} gives a {type(answer).__name__}; expected a tuple of two "
                "tensors, the estimate and the new latents, as genlab.models.rin.RIN gives"
            )
    if latents.ndim < 2 or len(latents) != 2:
        raise ValueError(
            f"`step` of {name} gives latents of shape {tuple(latents.shape)} for 2 images; "
            "expected (2, ...), those of each image"
        )
    return tuple(latents.shape[1:])


def offered(denoiser: Denoiser, shape: tuple[int, ...]) -> Network:
    """Return a denoiser's network as the browser may ask for it: with images, t, and latents.

    Args:
        denoiser: the reader's.
        shape: of an image's latents; () for a network that has none.
    """
    if not shape:
        return denoiser_network(denoiser)
    model: Any = denoiser.model
    step = step_of(model)

    def forward(xt: Tensor, t: Tensor, latents: Tensor) -> Tensor:
        return step(as_wanted(model, xt), t.round().long(), as_wanted(model, latents))

    return Network(model, forward, IMAGE_SHAPE, ((), shape), part=STEP)


def handing_on(denoiser: Denoiser) -> Denoiser:
    """Return a recurrent denoiser for one run, whose latents go on from step to step.

    It is `remembering` of genlab.diffusion.self_conditioning, without what that needs for training:
    a page with the widget would depend on it.
    """
    model: Any = denoiser.model
    latents: Tensor | None = None

    def network(xt: Tensor, t: Tensor) -> Tensor:
        nonlocal latents
        estimate, latents = model.step(xt, t, latents)
        return estimate

    return replace(denoiser, model=network)


def cost_of_denoiser(denoiser: Denoiser) -> Cost:
    """Count what a denoiser learns, and its multiply-adds for one image in one step."""
    model: Any = denoiser.model  # also a function: it is only called
    xt = as_wanted(model, page_noise(0))
    t = torch.full((1,), 500, device=xt.device)
    parameters = sum(count_parameters(one) for one in modules_of(model))
    return Cost(parameters, multiply_adds(model, xt, t))

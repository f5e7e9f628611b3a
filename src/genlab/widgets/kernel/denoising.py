"""What the widgets on diffusion share: denoisers as they take and offer them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from genlab.data import IMAGE_SHAPE
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.samplers import SamplingStep
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.readers import adapted
from genlab.widgets.kernel.protocol import Network, SiteNetwork

# The browser computes schedules by itself; these are all that it knows.
PAGE_TIMESTEPS, PAGE_BETAS = 1000, (0.0001, 0.02)
WORD = 0xFFFFFFFF
WHOLE_WAY = 100  # of a sampler, in percent of its steps
SEEDS = 100  # of the noise that a reader chooses from


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


def check_denoisers(denoisers: Any, most: int, example: str) -> dict[str, Denoiser]:
    """Return denoisers by name, in their order, if a widget can show all of them.

    Args:
        denoisers: what the reader gave.
        most: how many it may be.
        example: the widget that is called in the message.

    Raises:
        TypeError: if it is no mapping, or to something else than `Denoiser`s.
        ValueError: if there are none or too many, a name is none, or one does not fit.
    """
    if not isinstance(denoisers, Mapping):
        raise TypeError(
            f"denoisers is a {type(denoisers).__name__}; expected a Denoiser for each name, "
            f'as {example}({{"epsilon": my_denoiser}})'
        )
    wrong = [name for name in denoisers if not isinstance(name, str) or not name.strip()]
    if wrong or not 1 <= len(denoisers) <= most:
        got = ", ".join(repr(name) for name in wrong) or f"{len(denoisers)} denoisers"
        raise ValueError(f"got {got}; expected 1 to {most} denoisers with names as keys")
    return {name: check_denoiser(name, one) for name, one in denoisers.items()}


def denoiser_network(denoiser: Denoiser) -> Network:
    """Return a denoiser's network as the browser may ask for it: with xt and t, both float32."""

    def forward(xt: Tensor, t: Tensor) -> Any:
        return denoiser.model(xt, t.round().long())

    forward_wanted = adapted(denoiser.model, forward)
    return Network(denoiser.model, forward_wanted, IMAGE_SHAPE, ((),), part="denoiser")


def whole_model(model: Any) -> Callable[..., Tensor]:
    """Return a model itself: what its page network computes."""
    return model


def site_denoiser(name: str) -> SiteNetwork:
    """Declare a denoiser of the site that knows t, such as "unet-time-sample.denoiser"."""
    return SiteNetwork(name, whole_model, (IMAGE_SHAPE, ()))


def steps_made(progress: int, steps: int) -> int:
    """Return how many of a sampler's steps are made at a progress in percent.

    It is `stepAt` in lib/math/samplers.mjs.
    """
    return (2 * progress * steps + WHOLE_WAY) // (2 * WHOLE_WAY)  # halves go up


def shown_of(way: Iterator[SamplingStep], noise: Tensor, step: int, guess: bool) -> Tensor:
    """Return the images of a sampler after so many steps, or what the network takes them for.

    Args:
        way: the sampler, from `noise` on.
        noise: what is shown of the images before the first step.
        step: how many are made.
        guess: whether it is the guess of x0 that the next step begins with; of the last images,
            which no network is shown, it is the guess before.
    """
    images = noise
    for made in islice(way, step + guess):
        images = made.x0 if guess else made.prev_sample
    return images


def page_noise(seed: int, count: int = 1) -> Tensor:
    """Return the noise of `gaussianNoise(seed, 784 * count)` in lib/math/diffusion.mjs.

    What is stored for the start of a widget has to have the noise that the browser will have. Its
    shape is (count, 1, 28, 28).
    """
    uniform = _mulberry32(seed)
    size = count * math.prod(IMAGE_SHAPE)
    pairs = [(next(uniform), next(uniform)) for _ in range(size)]
    values = [math.sqrt(-2 * math.log(1 - a)) * math.cos(2 * math.pi * b) for a, b in pairs]
    return torch.tensor(values, dtype=torch.float32).reshape(count, *IMAGE_SHAPE)


def _mulberry32(seed: int) -> Iterator[float]:
    """Yield uniform numbers in [0, 1), the same as in lib/diffusion.mjs."""
    state = seed & WORD
    while True:
        state = (state + 0x6D2B79F5) & WORD
        mixed = ((state ^ (state >> 15)) * (state | 1)) & WORD
        mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) & WORD
        yield (mixed ^ (mixed >> 14)) / 2**32

"""Latents that a network hands on from step to step: training and sampling.

For networks with a method `step(xt, t, latents)` that returns the estimate and
new latents, as `genlab.models.rin.RIN` has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import torch
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser
from genlab.training import Batch, LossFn

AT_ONCE = 100  # a processor's cache holds the maps of so many digits


class Recurrent(Protocol):
    """A network whose latents go from one step of a sampler to the next."""

    def __call__(
        self, xt: Tensor, t: Tensor, latents: Tensor | None = None
    ) -> Tensor:
        """Return the estimate, (N, 1, 28, 28)."""
        ...

    def step(
        self, xt: Tensor, t: Tensor, latents: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the estimate and the new latents, (N, L, width)."""
        ...


def self_conditioned(loss: LossFn, share: float = 0.9) -> LossFn:
    """Return the same loss with latents from a first pass, in most steps.

    Jabri et al. (2023): in a share of the steps the network runs twice on the
    same xt and t, first without old latents and without gradients, and then
    with those it made. In the others it has none, as at a sampler's start.

    Args:
        loss: calls the network as model(xt, t), as `diffusion_loss` does.
        share: of the steps that have a first pass, 0 to 1.

    Raises:
        ValueError: if `share` is outside.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}; expected 0 to 1")

    def conditioned(
        model: Recurrent, batch: Batch, rng: torch.Generator
    ) -> Tensor:
        def twice(xt: Tensor, t: Tensor) -> Tensor:
            with torch.no_grad():
                latents = model.step(xt, t)[1]
            return model(xt, t, latents)

        drawn = torch.rand((), generator=rng, device=rng.device)
        return loss(twice if drawn < share else model, batch, rng)

    return conditioned


class Remembering:
    """A network for one run of a sampler, whose latents go on step by step.

    They are zero at the first call. Make a new one for each run.

    Args:
        model: the network.
    """

    def __init__(self, model: Recurrent) -> None:
        self.model = model
        self.latents: tuple[Tensor, ...] | None = None

    def __call__(self, xt: Tensor, t: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) and (N,) to (N, 1, 28, 28), some at a time."""
        parts = xt.split(AT_ONCE)
        known = [None] * len(parts) if self.latents is None else self.latents
        done = [
            self.model.step(*part)
            for part in zip(parts, t.split(AT_ONCE), known, strict=True)
        ]
        outputs, self.latents = zip(*done, strict=True)
        return torch.cat(outputs)


def remembering(denoiser: Denoiser) -> Denoiser:
    """Return a denoiser for one run, whose network remembers its latents.

    Raises:
        TypeError: if its network has no latents to remember.
    """
    network: Any = denoiser.model
    if not hasattr(network, "step"):
        raise TypeError(
            f"the network is a {type(network).__name__}; expected one "
            "with a method `step(xt, t, latents)`, such as a RIN"
        )
    return replace(denoiser, model=Remembering(network))

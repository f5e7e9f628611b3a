"""The processes that train one network together, as `accelerate launch` starts them.

A process that was started in the usual way is a team of one: nothing is imported, nothing waits.
In a team each process has the whole network, computes the gradient of its share of the batch, and
then all take the mean of their gradients; so their weights stay equal.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn


class Team:
    """One process alone; what a team of several does is in `Several`."""

    size = 1
    index = 0

    def average_gradients(self, model: nn.Module) -> None:
        """Set each gradient to the mean over the team's."""

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of the team's values, shape ()."""
        return value

    def wait(self) -> None:
        """Go on when all have come here."""

    @property
    def device(self) -> torch.device:
        """Where this process computes: its GPU where there is one, else the CPU."""
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


class Several(Team):
    """One of several processes, which Hugging Face's `accelerate` connects."""

    def __init__(self) -> None:
        try:
            from accelerate import Accelerator
        except ImportError as error:
            raise RuntimeError(
                "several processes were started, and the package `accelerate` is not there: "
                "install it with `pip install accelerate`, or start one process"
            ) from error
        # without a GPU it has to be told: then its processes talk by gloo
        self._accelerator: Any = Accelerator(cpu=not torch.cuda.is_available())
        self.size = self._accelerator.num_processes
        self.index = self._accelerator.process_index

    def average_gradients(self, model: nn.Module) -> None:
        """Set each gradient to the mean over the team's: one message for all of them."""
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        mean = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, part in zip(gradients, _cut(mean, gradients), strict=True):
            gradient.copy_(part.view_as(gradient))

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of the team's values, of whatever shape."""
        result: Tensor = self._accelerator.reduce(value.detach(), reduction="mean")
        return result

    def wait(self) -> None:
        """Go on when all have come here."""
        self._accelerator.wait_for_everyone()

    @property
    def device(self) -> torch.device:
        """Where this process computes, as `accelerate` was told."""
        device: torch.device = self._accelerator.device
        return device


def _cut(flat: Tensor, like: Iterable[Tensor]) -> tuple[Tensor, ...]:
    return flat.split([one.numel() for one in like])


@lru_cache(maxsize=1)
def team() -> Team:
    """Return the team that this process belongs to; most belong to a team of one.

    Raises:
        RuntimeError: if there are several processes and `accelerate` is not installed.
    """
    return Several() if int(os.environ.get("WORLD_SIZE", "1")) > 1 else Team()

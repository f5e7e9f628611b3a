"""A small autoencoder that notes how it is trained."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook


@dataclass
class Call:
    """One pass of images through the network.

    Attributes:
        rows: a number for each image that was passed through, the same for the same image.
        weights: the network's parameters at that time, one after the other.
        with_gradients: whether a gradient could be computed.
        loss: the mean squared error between what went in and what came out.
        trained: whether `backward` reached this pass.
        scale: how many times the gradient of the mean squared error came back.
        misfit: what that leaves of the gradient unexplained, as a share of it.
        left_over: whether the gradient of an earlier step was still there.
    """

    rows: tuple[int, ...]
    weights: Tensor
    with_gradients: bool
    loss: float
    trained: bool = False
    scale: float = 0.0
    misfit: float = 0.0
    left_over: bool = False


@dataclass
class Update:
    """One `step` of an optimizer that holds parameters of the network."""

    optimizer: Optimizer
    rates: list[float]
    holds_first: bool  # the network's first parameter
    without_gradient: bool  # all gradients are gone, or zero


@dataclass
class Log:
    """What happened to a network, and to the copies that were made of it."""

    calls: list[Call] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)

    def __deepcopy__(self, _: Any) -> Log:
        """A copy of the network writes into the same log."""
        return self

    @property
    def trained(self) -> list[Call]:
        """The passes that a gradient was computed for."""
        return [call for call in self.calls if call.trained]


def rows_of(images: Tensor) -> tuple[int, ...]:
    """Return a number for each image, the same for the same image."""
    values = images.detach().flatten(1).float() + 0.0  # no negative zeros
    return tuple(hash(row.tobytes()) for row in values.numpy())


class Spy(nn.Module):
    """A small autoencoder that notes how it is trained."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):  # the same weights, whatever was drawn before
            torch.manual_seed(0)
            layers = nn.Flatten(), nn.Linear(784, 4), nn.Linear(4, 784), nn.Sigmoid()
        self.layers = nn.Sequential(*layers)
        self.all_parameters = list(self.parameters())
        self.log = Log()

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) to the same shape."""
        out = self.layers(x).reshape(x.shape)
        error = out.detach() - x.detach()
        loss = float((error**2).mean())
        call = Call(rows_of(x), self.weights(), out.requires_grad, loss)
        self.log.calls.append(call)
        if out.requires_grad:
            out.register_hook(lambda gradient: self._note(call, gradient, error))
        return out

    def _note(self, call: Call, gradient: Tensor, error: Tensor) -> None:
        # The hook runs before this step's gradient is added to what is there.
        call.trained = True
        # The gradient of the mean squared error, of some images only: it is the same for all.
        wanted, gradient = 2 * error[::8] / error.numel(), gradient[::8]
        call.scale = float((gradient * wanted).sum() / (wanted**2).sum())
        call.misfit = float((gradient - call.scale * wanted).norm() / gradient.norm())
        call.left_over = self.has_gradient()

    def has_gradient(self) -> bool:
        """Whether any parameter has a gradient other than zero."""
        gradients = [parameter.grad for parameter in self.all_parameters]
        return any(gradient is not None and bool(gradient.any()) for gradient in gradients)

    def weights(self) -> Tensor:
        """Return all parameters as they are now, one after the other."""
        return parameters_to_vector([part.detach() for part in self.all_parameters])

    @torch.no_grad()
    def error_with(self, weights: Tensor, images: Tensor) -> float:
        """Return the mean squared error on images that a network of these weights makes."""
        other = Spy()
        vector_to_parameters(weights, other.parameters())
        return float(((other.layers(images).reshape(images.shape) - images) ** 2).mean())


@contextlib.contextmanager
def watch_optimizers(spy: Spy) -> Iterator[None]:
    """Note each step of an optimizer that holds parameters of `spy`."""
    first, *others = spy.parameters()
    own = {id(part) for part in (first, *others)}

    def note(optimizer: Optimizer, *_: Any) -> None:
        held = [(group, {id(p) for p in group["params"]} & own) for group in optimizer.param_groups]
        rates = [float(group["lr"]) for group, parts in held if parts]
        holds_first = any(id(first) in parts for _, parts in held)
        if rates:
            spy.log.updates.append(Update(optimizer, rates, holds_first, not spy.has_gradient()))

    handle = register_optimizer_step_pre_hook(note)
    try:
        yield
    finally:
        handle.remove()

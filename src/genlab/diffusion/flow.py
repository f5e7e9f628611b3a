"""Flow matching: a straight line from each digit to its noise.

    xs = (1 - s) x0 + s noise          s from 0, the digit, to 1, the noise

The network predicts how xs changes with s, the velocity noise - x0 (Lipman et
al., 2023; Liu et al., 2023). Signs and names are those of the FlowMatch
schedulers of `diffusers`, where s is called sigma. The network is given
t = 1000 s, a float, in the place of the timestep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from genlab.diffusion.denoiser import Network
from genlab.diffusion.forward import check_same_shape, to_diffusion_range
from genlab.models.readers import as_wanted, in_eval_mode, tensor_of
from genlab.training import Batch, LossFn

TIME_SCALE = 1000  # what s = 1 is called in the network's timesteps


def interpolate(x0: Tensor, noise: Tensor, s: float | Tensor) -> Tensor:
    """Return xs = (1 - s) x0 + s noise.

    Args:
        x0: clean images in [-1, 1], (N, C, H, W).
        noise: standard normal, same shape.
        s: one for all images, or one an image, (N,), 0 to 1.

    Raises:
        ValueError: if the shapes differ or `s` leaves [0, 1].
    """
    check_same_shape(x0, noise, "x0", "noise")
    each = _checked_s(s, x0)
    return (1 - each) * x0 + each * noise


def flow_loss() -> LossFn:
    """Return the loss of a flow: squared error of the velocity.

    Each digit is noised to an s drawn evenly from [0, 1).
    """

    def loss(model: Network, batch: Batch, rng: torch.Generator) -> Tensor:
        x0 = to_diffusion_range(batch[0])
        s = torch.rand(len(x0), generator=rng, device=rng.device)
        noise = torch.randn(x0.shape, generator=rng, device=rng.device)
        output = model(interpolate(x0, noise, s), TIME_SCALE * s)
        check_same_shape(x0, output, "x0", "the network's output")
        return ((output - (noise - x0)) ** 2).mean()

    return loss


class FlowPrediction(NamedTuple):
    """One prediction of a flow in its three forms, each of the shape of xs."""

    velocity: Tensor
    x0: Tensor
    noise: Tensor


@dataclass(frozen=True)
class Flow:
    """A network that predicts velocities.

    Attributes:
        model: called with xs, (N, 1, 28, 28), and 1000 s, float32, (N,).
    """

    model: Network

    def predict(self, xs: Tensor, s: float | Tensor) -> FlowPrediction:
        """Return the network's velocity at s, and what it says of x0 and noise.

        Args:
            xs: noisy images, (N, 1, 28, 28).
            s: one for all images, or one an image, (N,), 0 to 1.

        Raises:
            TypeError: if the network gives no tensor.
            ValueError: if `s` does not fit, or the output has another shape.
        """
        each = _checked_s(s, xs)
        t = TIME_SCALE * each.flatten().expand(len(xs))
        with in_eval_mode(self.model):
            answer = self.model(as_wanted(self.model, xs), t)
        velocity = tensor_of(answer, "the network").to(xs)
        check_same_shape(xs, velocity, "xs", "the network's output")
        return FlowPrediction(
            velocity, xs - each * velocity, xs + (1 - each) * velocity
        )


def _checked_s(s: float | Tensor, x: Tensor) -> Tensor:
    """Return s as float32 in a shape that multiplies `x`."""
    each = torch.as_tensor(s, dtype=torch.float32, device=x.device)
    if each.ndim > 1 or (each.ndim == 1 and len(each) != len(x)):
        raise ValueError(
            f"s has shape {tuple(each.shape)}; expected ({len(x)},), "
            "one an image"
        )
    outside = each[~((each >= 0) & (each <= 1))]
    if outside.numel():
        got = float(outside.flatten()[0])
        raise ValueError(
            f"s is {got:g}; expected 0, the digit, to 1, the noise"
        )
    return each.view(-1, *[1] * (x.ndim - 1)) if each.ndim else each

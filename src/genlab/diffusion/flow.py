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

from genlab import checkpoints
from genlab.diffusion.denoiser import Denoiser, Network
from genlab.diffusion.forward import check_same_shape, to_diffusion_range
from genlab.diffusion.schedules import timestep_of_snr
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


def load_flow(name: str) -> Flow:
    """Return a checkpoint's flow.

    Raises:
        CheckpointError: if there is no such checkpoint, or it is no flow's.
    """
    if "flow_sampler" not in checkpoints.load_card(name).recipe:
        raise checkpoints.CheckpointError(
            f"{name!r} is no flow: its card names no sampler of flows"
        )
    return Flow(checkpoints.load_model(name))


def flow_snr(s: Tensor) -> Tensor:
    """Return the signal-to-noise ratio ((1 - s) / s)^2, any shape.

    The shift of `genlab.diffusion.flow_samplers.shifted` divides it by
    shift^2, at every s: it is another name for each noise level.
    """
    return ((1 - s) / s) ** 2


def as_flow(denoiser: Denoiser) -> Flow:
    """Return a denoiser as a flow, without any training.

    xs at s and xt at the t of the same SNR are one image but for a factor: the
    squares of the shares sum to 1 in xt, the shares themselves in xs. So the
    denoiser is asked about xs, scaled, at the nearest t, and the velocity is
    (xs - x0) / s.
    """

    def network(xs: Tensor, t: Tensor) -> Tensor:
        s = float(t[0]) / TIME_SCALE  # a sampler asks at one s for all
        scale = (s**2 + (1 - s) ** 2) ** 0.5
        same = _nearest_timestep(s, denoiser)
        return (xs - denoiser.predict(xs / scale, same).x0) / s

    return Flow(network)


def _nearest_timestep(s: float, denoiser: Denoiser) -> int:
    schedule = denoiser.schedule
    if s >= 1:  # nothing but noise: no SNR to look for
        return schedule.num_train_timesteps - 1
    return timestep_of_snr(flow_snr(torch.tensor(s)), schedule)


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

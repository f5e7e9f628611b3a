"""From noise to digits along a flow, by Euler's or Heun's method.

Step for step as `FlowMatchEulerDiscreteScheduler` and
`FlowMatchHeunDiscreteScheduler` of `diffusers`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from genlab.diffusion.flow import TIME_SCALE, Flow
from genlab.diffusion.samplers import SamplingStep


@dataclass(frozen=True)
class FlowStep(SamplingStep):
    """One step of a flow's sampler; `t` is 1000 s, rounded.

    Attributes:
        s: how much of `xt` is noise, 0 to 1.
    """

    s: float


def shifted(s: Tensor, shift: float) -> Tensor:
    """Return shift s / (1 + (shift - 1) s): more noise for a shift above 1.

    Args:
        s: how much is noise, 0 to 1, any shape.
        shift: more than 0; 1 leaves s as it is.

    Raises:
        ValueError: if `shift` is not a number above 0.
    """
    if not 0 < shift < math.inf:
        raise ValueError(f"shift is {shift}; expected a number above 0")
    return shift * s / (1 + (shift - 1) * s)


def flow_sigmas(num_inference_steps: int, shift: float = 1.0) -> list[float]:
    """Choose the s that a sampler visits, from 1, the noise, to 0, the digits.

    They are evenly spaced before they are shifted, and down to 1 / 1000
    (shifted too, as `diffusers` has it); then comes 0.

    Args:
        num_inference_steps: how many, from 1 to 1000.
        shift: see `shifted`.

    Returns:
        num_inference_steps + 1 numbers.

    Raises:
        ValueError: if there are none or too many, or the shift does not fit.
    """
    count = num_inference_steps
    if not isinstance(count, int) or not 1 <= count <= TIME_SCALE:
        raise ValueError(
            f"num_inference_steps is {count!r}; expected a whole number "
            f"from 1 to {TIME_SCALE}, the timesteps of the flow"
        )
    lowest = float(shifted(torch.tensor(1 / TIME_SCALE), shift))
    even = torch.linspace(1.0, lowest, count, dtype=torch.float64)
    return [*shifted(even, shift).tolist(), 0.0]


@torch.no_grad()
def _euler(flow: Flow, xs: Tensor, sigmas: list[float]) -> Iterator[FlowStep]:
    for s, next_s in pairwise(sigmas):
        velocity, x0, _ = flow.predict(xs, s)
        prev_sample = xs + (next_s - s) * velocity
        yield FlowStep(round(TIME_SCALE * s), xs, x0, prev_sample, s)
        xs = prev_sample


def flow_euler(
    flow: Flow, noise: Tensor, num_inference_steps: int = 50, shift: float = 1.0
) -> Iterator[SamplingStep]:
    """Follow a flow by Euler's method: one step along the velocity at hand.

    Args:
        flow: the network.
        noise: where to start, standard normal, (N, 1, 28, 28).
        num_inference_steps: how many.
        shift: above 1, more of the steps are spent at much noise.

    Raises:
        ValueError: if the number of steps or the shift does not fit.
    """
    return _euler(flow, noise, flow_sigmas(num_inference_steps, shift))


@torch.no_grad()
def _heun(flow: Flow, xs: Tensor, sigmas: list[float]) -> Iterator[FlowStep]:
    for s, next_s in pairwise(sigmas):
        velocity, x0, _ = flow.predict(xs, s)
        prev_sample = xs + (next_s - s) * velocity
        if next_s > 0:  # at 0 no network was trained
            there = flow.predict(prev_sample, next_s).velocity
            prev_sample = xs + (next_s - s) * (velocity + there) / 2
        yield FlowStep(round(TIME_SCALE * s), xs, x0, prev_sample, s)
        xs = prev_sample


def flow_heun(
    flow: Flow, noise: Tensor, num_inference_steps: int = 50, shift: float = 1.0
) -> Iterator[SamplingStep]:
    """Follow a flow by Heun's method: the mean of two velocities a step.

    It asks the network twice a step, once in the last.

    Args:
        flow: the network.
        noise: where to start, standard normal, (N, 1, 28, 28).
        num_inference_steps: how many.
        shift: above 1, more of the steps are spent at much noise.

    Raises:
        ValueError: if the number of steps or the shift does not fit.
    """
    return _heun(flow, noise, flow_sigmas(num_inference_steps, shift))

"""What a network is trained to predict: the noise, the clean image, or v.

All three are equivalent: with xt and t known, each gives the other two.
`prediction_type` has the names of `diffusers`; the maths' symbols are
a = sqrt(alpha-bar) and s = sqrt(1 - alpha-bar), here `rates.signal` and
`rates.noise`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from genlab.diffusion.schedules import Rates

PredictionType = Literal["epsilon", "sample", "v_prediction"]
Weighting = Literal["uniform", "snr", "min_snr"]
MIN_SNR_GAMMA = 5.0


@dataclass(frozen=True)
class Prediction:
    """One prediction in its three forms, each of the shape of xt.

    Attributes:
        x0: the clean image, in about [-1, 1].
        eps: the noise, about N(0, 1).
        v: a eps - s x0 (Salimans & Ho, 2022).
    """

    x0: Tensor
    eps: Tensor
    v: Tensor

    def clipped(self) -> Prediction:
        """Cut x0 off at -1 and 1, as diffusers' `clip_sample`; eps, v stay."""
        return replace(self, x0=self.x0.clamp(-1, 1))


class Objective(ABC):
    """A target, and how an output that estimates it becomes x0, eps and v.

    Shapes: x0, eps, xt and output (N, C, H, W); rates () or (N, 1, 1, 1).
    """

    @abstractmethod
    def target(self, x0: Tensor, eps: Tensor, rates: Rates) -> Tensor:
        """Return what the network's output is compared with."""

    @abstractmethod
    def to_x0(self, output: Tensor, xt: Tensor, rates: Rates) -> Tensor:
        """Return the clean image that an output means."""

    @abstractmethod
    def to_eps(self, output: Tensor, xt: Tensor, rates: Rates) -> Tensor:
        """Return the noise that an output means."""

    @abstractmethod
    def x0_weight(self, snr: Tensor) -> Tensor:
        """Return k: |error of the output|^2 = k |error of x0|^2 at this SNR."""

    def read(self, output: Tensor, xt: Tensor, rates: Rates) -> Prediction:
        """Return an output in its three forms."""
        x0, eps = self.to_x0(output, xt, rates), self.to_eps(output, xt, rates)
        return Prediction(x0, eps, velocity(x0, eps, rates))


def velocity(x0: Tensor, eps: Tensor, rates: Rates) -> Tensor:
    """Return v = a eps - s x0."""
    return rates.signal * eps - rates.noise * x0


class Epsilon(Objective):
    """Predict the noise (Ho et al., 2020)."""

    def target(self, x0: Tensor, eps: Tensor, rates: Rates) -> Tensor:
        """Return eps."""
        return eps

    def to_x0(self, output: Tensor, xt: Tensor, rates: Rates) -> Tensor:
        """Return (xt - s eps) / a: at little signal, errors grow by s / a."""
        return (xt - rates.noise * output) / rates.signal

    def to_eps(self, output: Tensor, xt: Tensor, rates: Rates) -> Tensor:
        """Return the output."""
        return output

    def x0_weight(self, snr: Tensor) -> Tensor:
        """Return SNR."""
        return snr


class Sample(Objective):
    """Predict the clean image."""

    def target(self, x0: Tensor, eps: Tensor, rates: Rates) -> Tensor:
        """Return x0."""
        return x0

    def to_x0(self, output: Tensor, xt: Tensor, rates: Rates) -> Tensor:
        """Return the output."""
        return output

    def to_eps(self, output: Tensor, xt: Tensor, rates: Rates) -> Tensor:
        """Return (xt - a x0) / s: at little noise, errors grow by a / s."""
        return (xt - rates.signal * output) / rates.noise

    def x0_weight(self, snr: Tensor) -> Tensor:
        """Return 1."""
        return torch.ones_like(snr)


class VPrediction(Objective):
    """Predict v = a eps - s x0: xt and v are x0 and eps, turned."""

    def target(self, x0: Tensor, eps: Tensor, rates: Rates) -> Tensor:
        """Return v."""
        return velocity(x0, eps, rates)

    def to_x0(self, output: Tensor, xt: Tensor, rates: Rates) -> Tensor:
        """Return a xt - s v; no error grows."""
        return rates.signal * xt - rates.noise * output

    def to_eps(self, output: Tensor, xt: Tensor, rates: Rates) -> Tensor:
        """Return s xt + a v; no error grows."""
        return rates.noise * xt + rates.signal * output

    def x0_weight(self, snr: Tensor) -> Tensor:
        """Return SNR + 1."""
        return snr + 1


OBJECTIVES: dict[PredictionType, Objective] = {
    "epsilon": Epsilon(),
    "sample": Sample(),
    "v_prediction": VPrediction(),
}


def get_objective(prediction_type: PredictionType) -> Objective:
    """Return the objective of this name.

    Raises:
        ValueError: if there is none.
    """
    if prediction_type not in OBJECTIVES:
        known = ", ".join(OBJECTIVES)
        raise ValueError(
            f"prediction_type is {prediction_type!r}; expected one of {known}"
        )
    return OBJECTIVES[prediction_type]


def loss_weight(
    weighting: Weighting,
    prediction_type: PredictionType,
    snr: Tensor,
    gamma: float = MIN_SNR_GAMMA,
) -> Tensor:
    """Return the factors on an output's squared errors, shaped like `snr`.

    "uniform" leaves the error as it is. The other two set what the error of
    **x0** weighs, whichever the output is: SNR, or min(SNR, gamma) (Hang et
    al., 2023).

    Args:
        weighting: "uniform", "snr" or "min_snr".
        prediction_type: what the output estimates.
        snr: signal-to-noise ratios, more than 0.
        gamma: where min-SNR stops to grow.

    Raises:
        ValueError: if a name is unknown or `gamma` is not more than 0.
    """
    implied = get_objective(prediction_type).x0_weight(snr)
    if weighting not in get_args(Weighting):
        known = ", ".join(get_args(Weighting))
        raise ValueError(f"weighting is {weighting!r}; expected one of {known}")
    if not gamma > 0:
        raise ValueError(f"gamma is {gamma}; expected more than 0")
    if weighting == "uniform":
        return torch.ones_like(snr)
    return (snr if weighting == "snr" else snr.clamp(max=gamma)) / implied

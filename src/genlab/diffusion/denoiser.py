"""The contract between a network and everything that calls it.

    output = model(xt, t)

    xt      float32, (N, 1, 28, 28): digits in the range of [-1, 1] plus noise
    t       int64, (N,): the timestep of each, 0 ... num_train_timesteps - 1
    output  float32, (N, 1, 28, 28): an estimate of the target that
            `prediction_type` names

A network that does not know the timestep takes `t` and ignores it. One that
computes in another dtype, on another device, or answers with an output class of
`diffusers` is a network too: it gets `xt` as it wants it, and its answer comes
back as float32 where `xt` is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from genlab import checkpoints
from genlab.diffusion.forward import check_same_shape
from genlab.diffusion.objectives import (
    Prediction,
    PredictionType,
    get_objective,
)
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.readers import as_wanted, device_of, in_eval_mode, tensor_of

Network = Callable[[Tensor, Tensor], Tensor]

# One architecture and schedule, equally many images, three objectives.
TIME_CHECKPOINTS: dict[PredictionType, str] = {
    name: f"unet-time-{name}" for name in get_args(PredictionType)
}


@dataclass(frozen=True)
class Denoiser:
    """A network with what is needed to read its output.

    Attributes:
        model: called as this module's docstring says.
        schedule: the schedule that it was trained with.
        prediction_type: "epsilon", "sample" or "v_prediction".
    """

    model: Network
    schedule: NoiseSchedule
    prediction_type: PredictionType = "epsilon"

    def __post_init__(self) -> None:
        """Refuse an unknown prediction type at once, not at the first step."""
        get_objective(self.prediction_type)

    def predict(self, xt: Tensor, t: int | Tensor) -> Prediction:
        """Return the network's x0, eps and v, each (N, 1, 28, 28).

        Args:
            xt: noisy images, (N, 1, 28, 28).
            t: one timestep for all, or one an image, int64, (N,).

        Raises:
            TypeError: if `t` is not whole numbers, or the network gives no
                tensor.
            ValueError: if `t` does not fit, or the output has another shape
                than `xt`.
        """
        rates = self.schedule.rates(t, xt)
        steps = torch.as_tensor(t, device=self.device).expand(len(xt))
        with in_eval_mode(self.model):
            answer = self.model(as_wanted(self.model, xt), steps)
        output = tensor_of(answer, "the network").to(xt)
        check_same_shape(xt, output, "xt", "the network's output")
        return get_objective(self.prediction_type).read(output, xt, rates)

    @property
    def device(self) -> torch.device:
        """Where the network's weights are."""
        return device_of(self.model)


def load_denoiser(name: str) -> Denoiser:
    """Return a checkpoint's denoiser, with its card's schedule and objective.

    Raises:
        CheckpointError: if there is no such checkpoint, or it is no denoiser's.
    """
    recipe = checkpoints.load_card(name).recipe
    if "prediction_type" not in recipe:
        raise checkpoints.CheckpointError(
            f"{name!r} is no denoiser: its card names no objective"
        )
    schedule = NoiseSchedule(recipe["beta_schedule"])
    model = checkpoints.load_model(name)
    return Denoiser(model, schedule, recipe["prediction_type"])

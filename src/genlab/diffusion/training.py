"""The loss of a denoiser, for `genlab.training.train`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genlab.diffusion.denoiser import Network
from genlab.diffusion.forward import (
    add_noise,
    check_same_shape,
    to_diffusion_range,
)
from genlab.diffusion.objectives import (
    PredictionType,
    Weighting,
    get_objective,
    loss_weight,
)
from genlab.diffusion.schedules import NoiseSchedule
from genlab.training import Batch, LossFn

Augment = Callable[[Tensor, torch.Generator], Tensor]


def diffusion_loss(
    schedule: NoiseSchedule,
    prediction_type: PredictionType = "epsilon",
    weighting: Weighting = "uniform",
    augment: Augment | None = None,
) -> LossFn:
    """Return the loss of a denoiser: squared error against its target.

    Each digit is noised to a timestep drawn at random.

    Args:
        schedule: how much noise a timestep has.
        prediction_type: the target: "epsilon", "sample" or "v_prediction".
        weighting: "uniform", "snr" or "min_snr".
        augment: changes images (N, 1, 28, 28) in [0, 1], given a generator.

    Raises:
        ValueError: if a name is unknown.
    """
    objective = get_objective(prediction_type)
    weights = loss_weight(weighting, prediction_type, schedule.snr)

    def loss(model: Network, batch: Batch, rng: torch.Generator) -> Tensor:
        images = augment(batch[0], rng) if augment else batch[0]
        x0 = to_diffusion_range(images)
        t = torch.randint(
            len(weights), (len(x0),), generator=rng, device=rng.device
        )
        eps = torch.randn(x0.shape, generator=rng, device=rng.device)
        xt = add_noise(x0, eps, t, schedule)
        output = model(xt, t)
        check_same_shape(xt, output, "xt", "the network's output")
        target = objective.target(x0, eps, schedule.rates(t, x0))
        error = ((output - target) ** 2).flatten(1).mean(dim=1)  # one an image
        return (weights.to(error.device)[t] * error).mean()

    return loss

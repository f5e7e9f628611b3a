"""The losses of a denoiser, for `genlab.training.train`."""

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
from genlab.models.class_unet import NO_CLASS
from genlab.training import Batch, LossFn

Augment = Callable[[Tensor, torch.Generator], Tensor]
ClassNetwork = Callable[[Tensor, Tensor, Tensor], Tensor]  # of xt, t and label


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


def class_conditional(loss: LossFn, drop: float = 0.1) -> LossFn:
    """Return a loss whose network is told the class, most of the time.

    Now and then it is told "no class", so that one network learns both what
    guidance compares (Ho & Salimans, 2022).

    Args:
        loss: of a network that is called with xt and t, such as
            `diffusion_loss`; the returned loss is of one that is called with
            xt, t and label, and of batches (images, labels).
        drop: the probability of "no class", an image, 0 to 1.

    Raises:
        ValueError: if `drop` is not a probability.
    """
    if not 0 <= drop <= 1:
        raise ValueError(f"drop is {drop}; expected a probability, 0 to 1")

    def told(model: ClassNetwork, batch: Batch, rng: torch.Generator) -> Tensor:
        images, labels = batch
        dropped = (
            torch.rand(len(labels), generator=rng, device=rng.device) < drop
        )
        label = labels.masked_fill(dropped, NO_CLASS)
        return loss(lambda xt, t: model(xt, t, label), (images,), rng)

    return told

"""How the networks of the page on sampling are made: one that knows the class, and a flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from genlab import metrics
from genlab.data import CLASSES, load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.evaluation import errors_against_t
from genlab.diffusion.flow import Flow, flow_loss
from genlab.diffusion.flow_samplers import flow_euler
from genlab.diffusion.guidance import Sampled, guided
from genlab.diffusion.objectives import PredictionType
from genlab.diffusion.samplers import ddim, final_images, initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import class_conditional, diffusion_loss
from genlab.measured import Measured
from genlab.recipes.diffusion import SAMPLER, as_figures, chunked
from genlab.recipes.recipe import Recipe, quality_of
from genlab.training import TrainConfig

CLASS_CHECKPOINT = "unet-class"
FLOW_CHECKPOINT = "unet-flow"
DROP = 0.1  # how often the class is hidden in training


def balanced_labels(count: int = metrics.SAMPLES) -> Tensor:
    """Return equally many of each class, int64, (count,): 0 ... 9, 0 ... 9 and so on."""
    return torch.arange(count) % CLASSES


def asked_in_chunks(denoiser: Sampled, scale: float = 1.0, count: int = metrics.SAMPLES) -> Sampled:
    """Return a denoiser, or a flow, of equally many digits of each class, quick on a CPU.

    Args:
        denoiser: its network takes a label.
        scale: of the guidance.
        count: how many images it will be given.
    """
    quick = chunked(denoiser.model)

    def network(xt: Tensor, t: Tensor, label: Tensor) -> Tensor:  # named as `guided` wants it
        return quick(xt, t, label)

    asked = replace(denoiser, model=network)  # type: ignore[arg-type]
    return guided(asked, balanced_labels(count), scale)


def class_samples(
    denoiser: Denoiser,
    sampler: dict[str, Any],
    scale: float = 1.0,
    count: int = metrics.SAMPLES,
    seed: int = 0,
) -> Tensor:
    """Return samples, equally many of each class, (count, 1, 28, 28) in [0, 1].

    Args:
        denoiser: its network takes a label.
        sampler: options of `genlab.diffusion.samplers.ddim`, as a card's recipe has them.
        scale: of the guidance.
        count: how many.
        seed: of the noise that sampling starts from, and of the noise on the way.
    """
    asked = asked_in_chunks(denoiser, scale, count)
    # Far from every seed of the first noise, so that no stream of numbers is used twice.
    return final_images(ddim(asked, initial_noise(count, seed), seed=1000 + seed, **sampler))


def flow_samples(
    flow: Flow,
    sampler: dict[str, Any],
    scale: float = 1.0,
    count: int = metrics.SAMPLES,
    seed: int = 0,
) -> Tensor:
    """Return samples of a flow that takes a label, as `class_samples` does of a denoiser.

    Args:
        flow: its network takes a label.
        sampler: options of `genlab.diffusion.flow_samplers.flow_euler`.
        scale: of the guidance.
        count: how many.
        seed: of the noise that sampling starts from.
    """
    asked = asked_in_chunks(flow, scale, count)
    return final_images(flow_euler(asked, initial_noise(count, seed), **sampler))


def class_accuracy(images: Tensor, labels: Tensor, classifier: str) -> float:
    """Return the share of images (N, 1, 28, 28) that a classifier takes for the digit asked for."""
    taken_for = metrics.class_probabilities(images, classifier).argmax(dim=1)
    return float((taken_for == labels).float().mean())


def quality_by_class(sets: dict[int, Tensor]) -> dict[str, Any]:
    """Quality of balanced sets of samples by their seed, and the share of digits as asked for."""
    accuracy = {
        name: Measured.of(
            [class_accuracy(images, balanced_labels(len(images)), name) for images in sets.values()]
        )
        for name in metrics.CLASSIFIERS
    }
    return {
        **quality_of(sets.__getitem__, list(sets)),
        "class_accuracy": {
            name: {"mean": round(share.mean, 4), "error": round(share.error or 0.0, 5)}
            for name, share in accuracy.items()
        },
    }


def evaluate_class(
    model: Any,
    seeds: Sequence[int],
    schedule: NoiseSchedule,
    prediction_type: PredictionType,
    sampler: dict[str, Any],
) -> dict[str, Any]:
    """Quality of 500 samples a seed, 50 of each class, and the test digits' errors against t."""
    denoiser = Denoiser(model, schedule, prediction_type)
    test = load_digits("test")
    errors = errors_against_t(guided(denoiser, test.labels), test.images)
    return {
        **quality_by_class({seed: class_samples(denoiser, sampler, seed=seed) for seed in seeds}),
        **as_figures(errors),
    }


def evaluate_flow(model: Any, seeds: Sequence[int], sampler: dict[str, Any]) -> dict[str, Any]:
    """Quality of 500 samples a seed, 50 of each class."""
    return quality_by_class({seed: flow_samples(Flow(model), sampler, seed=seed) for seed in seeds})


def class_recipe(config: TrainConfig, prediction_type: PredictionType = "sample") -> Recipe:
    """The network that is told the class, most of the time."""
    schedule = NoiseSchedule("squaredcos_cap_v2")
    return Recipe(
        model="genlab.models.class_unet.ClassUNet",
        arguments={},
        loss=class_conditional(diffusion_loss(schedule, prediction_type), DROP),
        config=config,
        evaluate=partial(
            evaluate_class, schedule=schedule, prediction_type=prediction_type, sampler=SAMPLER
        ),
        note="digit_fid is that of 500 samples, 50 of each class, without guidance (scale 1), "
        "by ddim with the options under `sampler`",
        settings={
            "prediction_type": prediction_type,
            "beta_schedule": schedule.beta_schedule,
            "class_drop": DROP,
            "sampler": SAMPLER,
        },
    )


def flow_recipe(config: TrainConfig) -> Recipe:
    """A flow that is told the class, most of the time; a smaller network, trained for less long."""
    return Recipe(
        model="genlab.models.class_unet.ClassUNet",
        arguments={"width": 32, "middle": 64},
        loss=class_conditional(flow_loss(), DROP),
        config=config,
        evaluate=partial(evaluate_flow, sampler=FLOW_SAMPLER),
        note="digit_fid is that of 500 samples, 50 of each class, without guidance (scale 1), "
        "by flow_euler with the options under `flow_sampler`",
        settings={"class_drop": DROP, "flow_sampler": FLOW_SAMPLER},
    )


FLOW_SAMPLER: dict[str, Any] = {"num_inference_steps": 50}

SAMPLING_RECIPES: dict[str, Recipe] = {
    CLASS_CHECKPOINT: class_recipe(TrainConfig(steps=4000, batch_size=64, lr=2e-3, ema=0.999)),
    FLOW_CHECKPOINT: flow_recipe(TrainConfig(steps=2000, batch_size=64, lr=2e-3, ema=0.999)),
}

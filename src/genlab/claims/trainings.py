"""Trainings behind claims over several seeds: they leave numbers, not checkpoints.

Each run is kept under `_build/training/`, so that an interrupted one goes on and a finished one is
loaded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from genlab import checkpoints
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import diffusion_loss
from genlab.models.unet import NoSkipUNet, StridedUNet
from genlab.recipes.recipe import Recipe
from genlab.recipes.run import RUNS, recipe_of
from genlab.training import Batch, LossFn, TrainConfig, train

SEEDS = (0, 1, 2)
# Steps are a multiple of 200, after which a run is saved: so that its end is.
NO_SKIPS = TrainConfig(steps=400, batch_size=8, lr=1e-3, ema=0.98)


def finished(model: nn.Module, loss: LossFn, data: Batch, config: TrainConfig, name: str) -> Any:
    """Train a model to the end, resumably under a name, and return it."""
    # A CPU's convolutions are quicker so; PyTorch's type stubs do not know this argument.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for _ in train(model, loss, data, config, RUNS / "claims" / f"{name}.pt"):
        pass
    return model.requires_grad_(False)


def new_model(recipe: Recipe, seed: int) -> Any:
    """Return a recipe's network, untrained, with first weights drawn with this seed."""
    torch.manual_seed(seed)
    return checkpoints.build(recipe.model, recipe.arguments)


def with_snapshots(
    recipe: Recipe, name: str, seed: int, every: int
) -> dict[int, dict[str, Tensor]]:
    """Train a recipe's network with a seed, resumably, and return its weights by step.

    Args:
        recipe: what is trained, and how; its weights are averaged.
        name: of the run's files.
        seed: of the first weights and of the training.
        every: after so many steps the weights that training would end with are kept.
    """
    config = replace(recipe.config, seed=seed)
    folder = RUNS / "claims"
    files = {
        step: folder / f"{name}-seed-{seed}-step-{step}.pt"
        for step in range(every, config.steps + 1, every)
    }
    if not all(file.exists() for file in files.values()):
        model = new_model(recipe, seed)
        model.to(memory_format=torch.channels_last)
        run = folder / f"{name}-seed-{seed}.pt"
        run.parent.mkdir(parents=True, exist_ok=True)
        for step in train(model, recipe.loss, recipe.data(), config, run):
            if step.step in files:
                torch.save(step.model.state_dict(), files[step.step])
    return {step: torch.load(file) for step, file in files.items()}


def retrained(name: str, seed: int) -> Any:
    """Return a checkpoint's network trained by its recipe with a seed; as shipped for its own."""
    recipe = recipe_of(name)
    if seed == recipe.config.seed:
        return checkpoints.load_model(name)
    model = new_model(recipe, seed)
    config = replace(recipe.config, seed=seed)
    return finished(model, recipe.loss, recipe.data(), config, f"{name}-seed-{seed}")


def no_skip_denoiser(model: type[NoSkipUNet | StridedUNet], seed: int) -> Denoiser:
    """Return a basic UNet without skips after 400 steps with the linear schedule and this seed.

    Within a comparison all networks see equally many images in the same order.
    """
    schedule, data = NoiseSchedule("linear"), (load_digits("train").images,)
    torch.manual_seed(seed)
    loss, config = diffusion_loss(schedule, "epsilon"), replace(NO_SKIPS, seed=seed)
    name = f"{model.__name__}-{config.steps}-seed-{seed}"
    return Denoiser(finished(model(), loss, data, config, name), schedule, "epsilon")

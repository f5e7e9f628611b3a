"""What the page on autoencoders says of several trainings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from genlab import checkpoints
from genlab.recipes.run import RUNS, recipe_of
from genlab.training import train

SEEDS = (0, 1, 2)


def trained(name: str, seed: int, **changes: Any) -> Any:
    """Train a checkpoint's recipe with another seed, resumably; the shipped one for its own."""
    recipe = recipe_of(name)
    config = replace(recipe.config, seed=seed, **changes)
    if config == recipe.config:
        return checkpoints.load_model(name)
    torch.manual_seed(seed)
    model = checkpoints.build(recipe.model, recipe.arguments)
    for _ in train(model, recipe.loss, recipe.data(), config, RUNS / f"{name}-{seed}.pt"):
        pass
    return model.requires_grad_(False)

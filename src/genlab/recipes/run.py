"""How each checkpoint is made. `make checkpoints NAME=...` runs one of these, resumably."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import nn

from genlab import checkpoints, metrics
from genlab.checkpoints import Card, save_model, with_metrics
from genlab.recipes.classifier import CLASSIFIER_RECIPES
from genlab.recipes.diffusion import DIFFUSION_RECIPES
from genlab.recipes.language import LANGUAGE_RECIPES
from genlab.recipes.latents import LATENT_RECIPES
from genlab.recipes.recipe import SAMPLE_SEEDS, Recipe
from genlab.recipes.sampling import SAMPLING_RECIPES
from genlab.training import pick_device, train

MOST_SETS = 100
LAST_SEED = 2**31
RUNS = Path("_build") / "training"

RECIPES: dict[str, Recipe] = {
    **CLASSIFIER_RECIPES,
    **LATENT_RECIPES,
    **DIFFUSION_RECIPES,
    **LANGUAGE_RECIPES,
    **SAMPLING_RECIPES,
}


def train_checkpoints(names: list[str] | None = None, runs: Path = RUNS) -> None:
    """Train the named checkpoints, or all that are missing; go on where a run was interrupted.

    Raises:
        ValueError: if a name has no recipe.
    """
    missing = [name for name in RECIPES if name not in checkpoints.names()]
    for name in missing if names is None else names:
        train_checkpoint(name, runs)


def train_checkpoint(name: str, runs: Path = RUNS, folder: Path = checkpoints.FOLDER) -> Card:
    """Train one checkpoint by its recipe, write it with its card, and return the card.

    Raises:
        ValueError: if `name` has no recipe.
    """
    recipe = recipe_of(name)
    torch.manual_seed(recipe.config.seed)
    model = checkpoints.build(recipe.model, recipe.arguments).to(pick_device())
    # A CPU's convolutions are quicker so; PyTorch's type stubs do not know this argument.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seconds = _run(name, recipe, model, runs / f"{name}.pt")
    card = Card(
        name=name,
        model=recipe.model,
        arguments=recipe.arguments,
        recipe={
            **asdict(recipe.config),
            **recipe.settings,
            "note": recipe.note,
            "seconds": round(seconds),
        },
        data=recipe.data_name,
        sha256="",
    )
    save_model(model, card, folder)
    (runs / f"{name}.pt").unlink(missing_ok=True)
    return measure_checkpoint(name, folder)


def measure_checkpoint(
    name: str, folder: Path = checkpoints.FOLDER, seeds: Sequence[int] = SAMPLE_SEEDS
) -> Card:
    """Measure a checkpoint as its recipe says, anew after the yardstick or the sampler changed.

    Args:
        name: the checkpoint's.
        folder: where it lies.
        seeds: a set of 500 samples is drawn with each, where samples are drawn.

    Raises:
        CheckpointError: if there is no such checkpoint.
        ValueError: if `name` has no recipe.
    """
    recipe, card = recipe_of(name), checkpoints.load_card(name, folder)
    settings = {**card.recipe, **recipe.settings, "note": recipe.note}
    measured = recipe.evaluate(checkpoints.load_model(name, folder), seeds)
    card = with_metrics(replace(card, recipe=settings), measured, folder)
    print(f"{name}: {card.metrics}", flush=True)
    return card


def sampling_seeds(sets: int, first_seed: int) -> range:
    """Return the seeds of a number of sets of samples.

    Raises:
        ValueError: if there are fewer sets than an error needs, or a seed is out of range.
    """
    if not metrics.SETS <= sets <= MOST_SETS:
        raise ValueError(
            f"got {sets} sets of samples; expected {metrics.SETS} to {MOST_SETS}, "
            f"each of {metrics.SAMPLES} samples: a mean over fewer has no error worth the name"
        )
    if not 0 <= first_seed < LAST_SEED - sets:
        raise ValueError(f"the first seed is {first_seed}; expected 0 to {LAST_SEED - sets - 1}")
    return range(first_seed, first_seed + sets)


def recipe_of(name: str) -> Recipe:
    """Return the recipe of a checkpoint.

    Raises:
        ValueError: if it has none.
    """
    if name not in RECIPES:
        raise ValueError(f"{name!r} has no recipe; there are: {', '.join(RECIPES)}")
    return RECIPES[name]


def _run(name: str, recipe: Recipe, model: nn.Module, save_to: Path) -> float:
    started, mean = time.monotonic(), 0.0
    for step in train(model, recipe.loss, recipe.data(), recipe.config, save_to):
        mean = step.loss if not mean else 0.98 * mean + 0.02 * step.loss
        if step.step % 100 == 0:
            line = f"{name}: step {step.step}/{recipe.config.steps}, loss {mean:.5f}"
            print(line, end="\r" if sys.stdout.isatty() else "\n", flush=True)
    return time.monotonic() - started

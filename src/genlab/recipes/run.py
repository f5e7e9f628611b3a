"""How each checkpoint is made. `make checkpoints NAME=...` runs one of these, resumably."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import torch
from torch import nn

from genlab import checkpoints, metrics
from genlab.checkpoints import Card, save_model, with_metrics
from genlab.data import HUB_DATASET, Source
from genlab.recipes.architectures import ARCHITECTURE_RECIPES
from genlab.recipes.classifier import CLASSIFIER_RECIPES
from genlab.recipes.diffusion import DIFFUSION_RECIPES
from genlab.recipes.families import FAMILY_RECIPES
from genlab.recipes.ladder import LADDER_RECIPES, LONG_RECIPES
from genlab.recipes.language import LANGUAGE_RECIPES
from genlab.recipes.latents import LATENT_RECIPES
from genlab.recipes.recipe import SAMPLE_SEEDS, Recipe, training_digits
from genlab.recipes.sampling import SAMPLING_RECIPES
from genlab.recipes.vision import VISION_RECIPES
from genlab.recipes.vision_tasks import VISION_TASK_RECIPES
from genlab.recipes.zero_shot import ZERO_SHOT_RECIPES
from genlab.team import team
from genlab.training import train

MOST_SETS = 100
LAST_SEED = 2**31
RUNS = Path("_build") / "training"

RECIPES: dict[str, Recipe] = {
    **CLASSIFIER_RECIPES,
    **LATENT_RECIPES,
    **DIFFUSION_RECIPES,
    **LADDER_RECIPES,
    **LONG_RECIPES,
    **SAMPLING_RECIPES,
    **ARCHITECTURE_RECIPES,
    **LANGUAGE_RECIPES,
    **FAMILY_RECIPES,
    **ZERO_SHOT_RECIPES,
    **VISION_RECIPES,
}
# They can be trained by name, and are not shipped yet: they are of pages that are still drafts.
COMING: dict[str, Recipe] = dict(VISION_TASK_RECIPES)


def train_checkpoints(
    names: list[str] | None = None,
    runs: Path = RUNS,
    shards: int = 0,
    source: Source = "embedded",
) -> None:
    """Train the named checkpoints, or all that are missing; go on where a run was interrupted.

    Args:
        names: of the checkpoints.
        runs: where the states of runs are.
        shards: see `in_parts`.
        source: of the digits. Networks of the full data set are written into `runs`, so that they
            do not take the place of the course's.

    Raises:
        ValueError: if a name has no recipe, or a recipe does not train on the digits of a source.
    """
    missing = [name for name in RECIPES if name not in checkpoints.names()]
    own = source == "embedded"
    folder, runs = (checkpoints.FOLDER, runs) if own else (runs / source, runs / source)
    for name in missing if names is None else names:
        recipe = in_parts(with_digits(recipe_of(name), source), shards)
        train_checkpoint(name, runs, folder, recipe)


def with_digits(recipe: Recipe, source: Source) -> Recipe:
    """Return a recipe that trains on the digits of a source.

    Raises:
        ValueError: if it trains on other things than digits.
    """
    if source == "embedded":
        return recipe
    if recipe.data is not training_digits:
        raise ValueError(f"this recipe trains on {recipe.data_name}: there is no other source")
    data = partial(training_digits, source)
    return replace(recipe, data=data, data_name=f"the training digits of {HUB_DATASET}")


def in_parts(recipe: Recipe, shards: int = 0) -> Recipe:
    """Return a recipe whose batches are cut into parts that a team of processes shares.

    Args:
        recipe: as for one process.
        shards: how many parts; one a process of this team, if 0. Equal numbers of parts give equal
            losses, whether one process computes them or several.
    """
    parts = shards or team().size
    return replace(recipe, config=replace(recipe.config, shards=parts)) if parts > 1 else recipe


def train_checkpoint(
    name: str, runs: Path = RUNS, folder: Path = checkpoints.FOLDER, recipe: Recipe | None = None
) -> Card:
    """Train one checkpoint by its recipe, write it with its card, and return the card.

    In a team of processes all train; the first one writes and measures, the others return a card
    without figures.

    Args:
        name: of the checkpoint.
        runs: where the run's state is kept.
        folder: where the checkpoint is written.
        recipe: instead of the one of this name.

    Raises:
        ValueError: if `name` has no recipe.
    """
    recipe = recipe or recipe_of(name)
    torch.manual_seed(recipe.config.seed)
    model = checkpoints.build(recipe.model, recipe.arguments).to(team().device)
    # A CPU's convolutions are quicker so; PyTorch's type stubs do not know this argument.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seconds, losses = _run(name, recipe, model, runs / f"{name}.pt")
    ran = {"seconds": round(seconds), "loss_curve": losses}
    card = Card(
        name=name,
        model=recipe.model,
        arguments=recipe.arguments,
        recipe={**asdict(recipe.config), **recipe.settings, "note": recipe.note, **ran},
        data=recipe.data_name,
        sha256="",
    )
    if team().index:
        return card
    save_model(model.cpu(), card, folder)
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
    known = {**RECIPES, **COMING}
    if name not in known:
        raise ValueError(f"{name!r} has no recipe; there are: {', '.join(known)}")
    return known[name]


def _run(name: str, recipe: Recipe, model: nn.Module, save_to: Path) -> tuple[float, list[float]]:
    """Train to the end; return the seconds, and the mean losses of 50 equal parts of the run."""
    started, mean, log = time.monotonic(), 0.0, LossLog(save_to.with_suffix(".losses"))
    for step in train(model, recipe.loss, recipe.data(), recipe.config, save_to):
        if team().index:  # the loss is the team's: the first one tells
            continue
        log.add(step.step, step.loss)
        mean = step.loss if not mean else 0.98 * mean + 0.02 * step.loss
        if step.step % 100 == 0:
            line = f"{name}: step {step.step}/{recipe.config.steps}, loss {mean:.5f}"
            print(line, end="\r" if sys.stdout.isatty() else "\n", flush=True)
    losses = log.parts(recipe.config.steps)
    log.path.unlink(missing_ok=True)
    return time.monotonic() - started, losses


class LossLog:
    """The losses of a run by step, in a file beside its state; an interrupted run adds to it."""

    def __init__(self, path: Path) -> None:
        self.path, self._by_step = path, dict[int, float]()
        if path.exists():
            for line in path.read_text(encoding="utf8").splitlines():
                step, _, loss = line.partition(" ")
                self._by_step[int(step)] = float(loss)

    def add(self, step: int, loss: float) -> None:
        """Note a step's loss; a step that is run again takes the place of the first."""
        self._by_step[step] = loss
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf8") as file:
            file.write(f"{step} {loss:.6g}\n")

    def parts(self, steps: int, count: int = 50) -> list[float]:
        """Return the means of `count` equal parts of the steps, to four digits.

        Parts of which nothing was noted are left out.
        """
        of_part: dict[int, list[float]] = {}
        for step, loss in sorted(self._by_step.items()):
            of_part.setdefault((step - 1) * count // steps, []).append(loss)
        return [float(f"{sum(part) / len(part):.4g}") for part in of_part.values()]

"""How each checkpoint is made. `make checkpoints NAME=...` runs one of these, resumably."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from genlab import checkpoints, metrics
from genlab.augment import jitter
from genlab.checkpoints import Card, save_model, with_metrics
from genlab.data import load_digits
from genlab.latents import reconstruction_loss, vae_loss
from genlab.models.autoencoder import AutoEncoder
from genlab.models.vae import VAE, kl_divergence
from genlab.recipes.diffusion import DIFFUSION_RECIPES
from genlab.recipes.language import LANGUAGE_RECIPES
from genlab.recipes.recipe import Recipe
from genlab.training import (
    Batch,
    TrainConfig,
    classification_loss,
    pick_device,
    train,
)

RUNS = Path("_build") / "training"
SAMPLE_SEED = 0


def augmented_classification_loss(model: nn.Module, batch: Batch, rng: torch.Generator) -> Tensor:
    """Cross-entropy on slightly rotated, scaled and shifted digits."""
    images, labels = batch
    return classification_loss(model, (jitter(images, rng), labels), rng)


@torch.no_grad()
def evaluate_classifier(model: nn.Module) -> dict[str, Any]:
    """Share of the test and validation digits that are recognised."""
    result = {}
    for split in ("validation", "test"):
        digits = load_digits(split)
        hits = (model(digits.images).argmax(dim=1) == digits.labels).float().mean()
        result[f"{split}_accuracy"] = round(float(hits), 4)
    return result


def evaluate_autoencoder(
    model: AutoEncoder | VAE, sample: Callable[[Any], Tensor]
) -> dict[str, Any]:
    """Reconstruction error, and the quality of 500 samples drawn by `sample`."""
    quality = metrics.sample_quality(sample(model))
    return {
        "test_mse": round(metrics.reconstruction_mse(model, load_digits("test").images), 5),
        "digit_fid": round(quality.fid, 2),
        "digit_fid_floor": round(quality.floor, 2),
        "copy_ratio": round(quality.copy_ratio, 3),
        "classifier_sha256": checkpoints.load_card(metrics.CLASSIFIER).sha256,
    }


@torch.no_grad()
def evaluate_vae(model: VAE) -> dict[str, Any]:
    """As for the autoencoder, with samples from N(0, I), and the KL in nats an image."""
    kl = kl_divergence(*model.encode(load_digits("test").images)).mean()
    return {**evaluate_autoencoder(model, sample_prior), "test_kl": round(float(kl), 3)}


@torch.no_grad()
def sample_prior(model: VAE) -> Tensor:
    """500 images decoded from z ~ N(0, I)."""
    rng = torch.Generator().manual_seed(SAMPLE_SEED)
    return model.decode(torch.randn(metrics.SAMPLES, model.latent_size, generator=rng))


@torch.no_grad()
def sample_bounding_box(model: AutoEncoder) -> Tensor:
    """500 images decoded from the smallest box that holds the training encodings."""
    z = model.encode(load_digits("train").images)
    low, high = z.min(dim=0).values, z.max(dim=0).values
    rng = torch.Generator().manual_seed(SAMPLE_SEED)
    return model.decode(low + (high - low) * torch.rand(metrics.SAMPLES, z.shape[1], generator=rng))


def autoencoder_recipe(latent_size: int, seed: int = 0) -> Recipe:
    """An autoencoder of this latent size; every size and seed is trained in the same way."""
    return Recipe(
        model="genlab.models.autoencoder.AutoEncoder",
        arguments={"latent_size": latent_size},
        loss=reconstruction_loss,
        config=TrainConfig(steps=8000, batch_size=64, lr=3e-3, seed=seed),
        evaluate=partial(evaluate_autoencoder, sample=sample_bounding_box),
        note="digit_fid is that of samples from the bounding box of the encodings",
    )


def vae_recipe(latent_size: int, beta: float) -> Recipe:
    """A VAE with the autoencoder's decoder, trained for as many steps."""
    return Recipe(
        model="genlab.models.vae.VAE",
        arguments={"latent_size": latent_size},
        loss=vae_loss(beta),
        config=TrainConfig(steps=8000, batch_size=64, lr=3e-3),
        evaluate=evaluate_vae,
        note=f"beta = {beta:g}; digit_fid is that of samples from N(0, I)",
    )


RECIPES: dict[str, Recipe] = {
    "digit-classifier": Recipe(
        model="genlab.models.classifier.DigitClassifier",
        arguments={},
        loss=augmented_classification_loss,
        config=TrainConfig(steps=2500, batch_size=64, lr=3e-3, ema=0.99),
        evaluate=evaluate_classifier,
        note="digits slightly rotated, scaled and shifted in training",
    ),
    **{f"autoencoder-{size}d": autoencoder_recipe(size) for size in (1, 2, 4, 8, 16, 32)},
    **{f"autoencoder-2d-seed-{seed}": autoencoder_recipe(2, seed) for seed in (1, 2, 3, 4)},
    "vae-2d": vae_recipe(2, beta=0.5),
    **{f"vae-2d-beta-{beta:g}": vae_recipe(2, beta) for beta in (0.1, 1.0, 2.0, 5.0, 20.0)},
    **DIFFUSION_RECIPES,
    **LANGUAGE_RECIPES,
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


def measure_checkpoint(name: str, folder: Path = checkpoints.FOLDER) -> Card:
    """Measure a checkpoint as its recipe says, anew after the yardstick or the sampler changed.

    Raises:
        CheckpointError: if there is no such checkpoint.
        ValueError: if `name` has no recipe.
    """
    recipe, card = recipe_of(name), checkpoints.load_card(name, folder)
    settings = {**card.recipe, **recipe.settings, "note": recipe.note}
    measured = recipe.evaluate(checkpoints.load_model(name, folder))
    card = with_metrics(replace(card, recipe=settings), measured, folder)
    print(f"{name}: {card.metrics}")
    return card


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

"""How the checkpoints of autoencoders and VAEs are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from genlab import compression, metrics
from genlab.data import load_digits
from genlab.latents import reconstruction_loss, rounded_loss, vae_loss
from genlab.latents.maps import bounding_box, uniform
from genlab.models.autoencoder import AutoEncoder
from genlab.models.patches import PatchAutoEncoder
from genlab.models.vae import VAE, kl_divergence
from genlab.photos import TEST_PHOTOS, load_crops, load_photo
from genlab.recipes.recipe import Recipe, quality_of
from genlab.training import Batch, TrainConfig


def evaluate_autoencoder(
    model: AutoEncoder | VAE, seeds: Sequence[int], sample: Callable[[Any, int], Tensor]
) -> dict[str, Any]:
    """Reconstruction error, and the quality of 500 samples a seed, drawn by `sample`."""
    return {
        "test_mse": round(metrics.reconstruction_mse(model, load_digits("test").images), 5),
        **quality_of(partial(sample, model), seeds),
    }


@torch.no_grad()
def evaluate_vae(model: VAE, seeds: Sequence[int]) -> dict[str, Any]:
    """As for the autoencoder, with samples from N(0, I), and the KL in nats an image."""
    kl = kl_divergence(*model.encode(load_digits("test").images)).mean()
    return {**evaluate_autoencoder(model, seeds, sample_prior), "test_kl": round(float(kl), 3)}


@torch.no_grad()
def sample_prior(model: VAE, seed: int = 0) -> Tensor:
    """500 images decoded from z ~ N(0, I)."""
    rng = torch.Generator().manual_seed(seed)
    return model.decode(torch.randn(metrics.SAMPLES, model.latent_size, generator=rng))


@torch.no_grad()
def sample_bounding_box(model: AutoEncoder, seed: int = 0) -> Tensor:
    """500 images decoded from the smallest box that holds the training encodings."""
    box = bounding_box(model.encode(load_digits("train").images))
    return model.decode(uniform(box, metrics.SAMPLES, seed))


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


@torch.no_grad()
def evaluate_photos(model: PatchAutoEncoder, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Bytes of the held-out photographs' codes, and the PSNR beside JPEG's at as many bytes."""
    measured: dict[str, Any] = {}
    for name in TEST_PHOTOS:
        photo = load_photo(name)
        codes = model.encode(photo[None]).round()
        size = compression.packed_bytes(codes[0])
        measured[name] = {
            "bytes": size,
            "psnr": round(compression.psnr(model.decode(codes)[0], photo), 2),
            "jpeg_psnr": round(compression.jpeg_at(photo, size), 2),
        }
    return measured


def training_crops() -> Batch:
    """Return the pieces of photographs that the colour autoencoder is trained on."""
    return (load_crops(),)


def photo_recipe() -> Recipe:
    """The autoencoder of colour patches; only its decoder is trained."""
    return Recipe(
        model="genlab.models.patches.PatchAutoEncoder",
        arguments={},
        loss=rounded_loss,
        config=TrainConfig(steps=1000, batch_size=16, lr=1e-3, ema=0.99),
        evaluate=evaluate_photos,
        note="bytes are those of the rounded codes, packed with zlib; JPEG's without its header",
        data=training_crops,
        data_name="2,000 pieces of five colour photographs that come with scikit-image",
    )


LATENT_RECIPES: dict[str, Recipe] = {
    **{f"autoencoder-{size}d": autoencoder_recipe(size) for size in (1, 2, 4, 8, 16, 32)},
    **{f"autoencoder-2d-seed-{seed}": autoencoder_recipe(2, seed) for seed in (1, 2, 3, 4)},
    "photo-autoencoder": photo_recipe(),
    "vae-2d": vae_recipe(2, beta=0.5),
    **{f"vae-2d-beta-{beta:g}": vae_recipe(2, beta) for beta in (0.1, 1.0, 2.0, 5.0, 20.0)},
}

"""What the page on autoencoders says of several trainings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab import checkpoints, compression, metrics
from genlab.claims.registry import Values, measurement
from genlab.claims.trainings import SEEDS, retrained
from genlab.data import load_digits
from genlab.latents import reconstruction_loss
from genlab.latents.maps import AUTOENCODERS, neighbours
from genlab.measured import Measured, paired
from genlab.models.autoencoder import AutoEncoder
from genlab.models.patches import PatchAutoEncoder
from genlab.photos import TEST_PHOTOS, load_photo
from genlab.training import TrainConfig, train

SHORT = TrainConfig(steps=200, batch_size=64, lr=3e-3)
FINENESS = {"coarse": 0.5, "middle": 1.0, "fine": 2.0}


@measurement("autoencoders/average", over="five trainings (seeds 0 to 4)")
@torch.no_grad()
def average() -> Values:
    """What two numbers give back: MSE to the digit, and to the mean of its ten neighbours by z."""
    seen, x = load_digits("train").images, load_digits("test").images
    to_digit, to_average = [], []
    for name in AUTOENCODERS:
        net: Any = checkpoints.load_model(name)
        nearest = neighbours(net.encode(x), net.encode(seen))
        to_digit.append(F.mse_loss(net(x), x).item())
        to_average.append(F.mse_loss(net(x), seen[nearest].mean(dim=1)).item())
    return {"to_digit": Measured.of(to_digit), "to_average": Measured.of(to_average)}


def _short(images: Tensor, test: Tensor, seed: int) -> float:
    torch.manual_seed(seed)
    model = AutoEncoder(16)
    for _ in train(model, reconstruction_loss, (images,), replace(SHORT, seed=seed)):
        pass
    return metrics.reconstruction_mse(model, test)


@measurement("autoencoders/locality", over="three trainings (seeds 0 to 2)", orders=("difference",))
def locality() -> Values:
    """Test MSE of 16 numbers after 200 steps, on digits and on digits of shuffled pixels."""
    order = torch.randperm(784, generator=torch.Generator().manual_seed(0))
    digits = load_digits("train").images, load_digits("test").images
    seen, x = (images.flatten(1)[:, order].reshape(images.shape) for images in digits)
    on_digits = [_short(*digits, seed) for seed in SEEDS]
    on_shuffled = [_short(seen, x, seed) for seed in SEEDS]
    return {
        "digits": Measured.of(on_digits),
        "shuffled": Measured.of(on_shuffled),
        "difference": paired(on_digits, on_shuffled),
    }


@torch.no_grad()
def _squeezed(net: PatchAutoEncoder, photo: Tensor, fineness: float) -> tuple[int, float]:
    """Bytes of a photograph's rounded codes, and the PSNR of what is decoded from them."""
    codes = (net.encode(photo[None]) * fineness).round()
    psnr = compression.psnr(net.decode(codes / fineness)[0], photo)
    return compression.packed_bytes(codes[0]), psnr


@measurement(
    "autoencoders/photos",
    over="three trainings (seeds 0 to 2)",
    orders=tuple(f"{name}_{grid}_gain" for name in TEST_PHOTOS for grid in ("coarse", "middle")),
)
def photos() -> Values:
    """Decibels that a learned decoder gains on the waves alone, and on JPEG at equal bytes."""
    values: dict[str, Measured | float] = {}
    nets = [retrained("photo-autoencoder", seed) for seed in SEEDS]
    for name in TEST_PHOTOS:
        photo = load_photo(name)
        for grid, fineness in FINENESS.items():
            size, before = _squeezed(PatchAutoEncoder(), photo, fineness)
            after = [_squeezed(net, photo, fineness)[1] for net in nets]
            jpeg = compression.jpeg_at(photo, size)
            values[f"{name}_{grid}_bytes"] = size
            values[f"{name}_{grid}_gain"] = Measured.of([psnr - before for psnr in after])
            values[f"{name}_{grid}_ahead_of_jpeg"] = Measured.of([psnr - jpeg for psnr in after])
    return values

"""Sets of 500 samples that several claims are measured on, kept under `_build/training/`.

A set that is there is loaded: remove the folder to draw all of them anew.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genlab.diffusion.denoiser import TIME_CHECKPOINTS, Denoiser, load_denoiser
from genlab.diffusion.objectives import PredictionType
from genlab.metrics import CLASSIFIERS, digit_fid, digit_fid_floor
from genlab.recipes.diffusion import SAMPLER, samples_of
from genlab.recipes.run import RUNS

SAMPLING_SEEDS = (0, 1, 2, 3, 4)
# How values are named after the classifier that judged.
JUDGES = dict(zip(("first", "second"), CLASSIFIERS, strict=True))


def kept(name: str, draw: Callable[[], Tensor]) -> Tensor:
    """Return the images kept under this name, (N, 1, 28, 28); draw and keep them if there are none.

    Args:
        name: of the file, without ending.
        draw: makes the images.
    """
    path = RUNS / "samples" / f"{name}.pt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")  # a set that was interrupted is none
        torch.save(draw(), part)
        part.replace(path)
    images: Tensor = torch.load(path)
    return images


def switched(above: Denoiser, below: Denoiser, switch: int) -> Denoiser:
    """Return a denoiser that asks `above` at timesteps from `switch` on, and `below` before.

    Its own answer is v, from which no error grows on the way to x0 and eps.
    """

    def network(xt: Tensor, t: Tensor) -> Tensor:
        return (above if int(t[0]) >= switch else below).predict(xt, t).v

    return Denoiser(network, above.schedule, "v_prediction")


def samples_with(denoiser: Denoiser, seed: int, eta: float = 1.0) -> Tensor:
    """Return 500 samples as a card's, with another share of fresh noise a step, in [0, 1]."""
    return samples_of(denoiser, {**SAMPLER, "eta": eta}, seed=seed)


def floors(images: Tensor, classifier: str) -> float:
    """Return the digit-FID of 500 samples as a multiple of the floor."""
    return digit_fid(images, classifier) / digit_fid_floor(classifier)


def of_time_unet(objective: PredictionType, seed: int, eta: float = 1.0) -> Tensor:
    """Return 500 samples of a shipped UNet that knows t, (500, 1, 28, 28)."""

    def draw() -> Tensor:
        return samples_with(load_denoiser(TIME_CHECKPOINTS[objective]), seed, eta)

    return kept(f"time-{objective}-eta-{eta:g}-seed-{seed}", draw)


def of_switched(above: PredictionType, below: PredictionType, switch: int, seed: int) -> Tensor:
    """Return 500 samples of two shipped UNets, one from `switch` on and one before."""

    def draw() -> Tensor:
        first, then = (load_denoiser(TIME_CHECKPOINTS[name]) for name in (above, below))
        return samples_with(switched(first, then, switch), seed)

    return kept(f"switched-{above}-{below}-{switch}-seed-{seed}", draw)

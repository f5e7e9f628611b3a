"""Short trainings of denoisers, three seeds each: they leave numbers, not checkpoints.

Each run is kept under `_build/training/`, so that an interrupted one goes on and a finished one is
loaded. Within a comparison all networks see equally many images in the same order.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.objectives import PredictionType
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import diffusion_loss
from genlab.models.unet import NoSkipUNet, StridedUNet
from genlab.recipes.run import RUNS
from genlab.training import TrainConfig, train

SEEDS = (0, 1, 2)
# Steps are a multiple of 200, after which a run is saved: so that its end is.
NO_SKIPS = TrainConfig(steps=400, batch_size=8, lr=1e-3, ema=0.98)


def no_skip_denoiser(model: type[NoSkipUNet | StridedUNet], seed: int) -> Denoiser:
    """Return a basic UNet without skips after 400 steps with the linear schedule and this seed."""
    return _trained(model, NoiseSchedule("linear"), "epsilon", replace(NO_SKIPS, seed=seed))


def _trained(
    kind: type[nn.Module], schedule: NoiseSchedule, objective: PredictionType, config: TrainConfig
) -> Denoiser:
    torch.manual_seed(config.seed)
    model = kind()
    # A CPU's convolutions are quicker so; PyTorch's type stubs do not know this argument.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    name = f"short-{kind.__name__}-{objective}-{config.steps}-seed-{config.seed}.pt"
    data = (load_digits("train").images,)
    for _ in train(model, diffusion_loss(schedule, objective), data, config, RUNS / name):
        pass
    return Denoiser(model, schedule, objective)

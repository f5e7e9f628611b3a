"""How the networks of the page "A better UNet" are made: one change a rung."""

from __future__ import annotations

from typing import Any

from genlab.diffusion.objectives import PredictionType
from genlab.diffusion.schedules import NoiseSchedule
from genlab.recipes.diffusion import SAMPLER, denoiser_recipe
from genlab.recipes.recipe import Recipe
from genlab.training import TrainConfig

SCHEDULE = NoiseSchedule("squaredcos_cap_v2")
OBJECTIVE: PredictionType = "sample"

# Each rung keeps what the rungs before it have. Batch normalisation and dropout are side steps:
# the rungs after them have group normalisation and no dropout.
TIME = {"time": True}
STRIDED = {**TIME, "strided": True}
RESIDUAL = {**STRIDED, "residual": True}
BATCH = {**RESIDUAL, "norm": "batch"}
GROUP = {**RESIDUAL, "norm": "group"}
WIDE = {**GROUP, "width": 24}
DROPOUT = {**WIDE, "dropout": 0.1}
ATTENTION = {**WIDE, "attention": True}
RUNGS: dict[str, dict[str, Any]] = {
    "basic": {},
    "time": TIME,
    "strided": STRIDED,
    "residual": RESIDUAL,
    "batch": BATCH,
    "group": GROUP,
    "wide": WIDE,
    "dropout": DROPOUT,
    "attention": ATTENTION,
}
# With which rung each is compared: the one that it changes in one thing.
BEFORE = {
    "time": "basic",
    "strided": "time",
    "residual": "strided",
    "batch": "residual",
    "group": "residual",
    "wide": "group",
    "dropout": "wide",
    "attention": "wide",
}
# The rate is constant so that the state after n steps is that of a run of n steps: quality at equal
# seconds is read off the runs that quality at equal images is.
SHORT = TrainConfig(steps=1000, batch_size=32, lr=1e-3, ema=0.99, lr_schedule="constant")
LONG = TrainConfig(steps=3000, batch_size=64, lr=2e-3, ema=0.995)
MODEL = "ladder.LadderUNet"


def rung_recipe(rung: str, config: TrainConfig = SHORT) -> Recipe:
    """A rung of the ladder; all see equally many images in the same order."""
    return denoiser_recipe(MODEL, SCHEDULE, OBJECTIVE, config, SAMPLER, RUNGS[rung])


# Those that the page's widget samples from, and the last one after a longer training.
LADDER_CHECKPOINTS = ("basic", "time", "group", "wide", "attention")
LADDER_RECIPES: dict[str, Recipe] = {
    f"ladder-{rung}": rung_recipe(rung) for rung in LADDER_CHECKPOINTS
}
LONG_RECIPES: dict[str, Recipe] = {
    "ladder-long": rung_recipe("attention", LONG),
    # The same things, as `diffusers` builds them: concatenated skips, two convolutions a block.
    "unet2d": denoiser_recipe("unet2d.DigitUNet2D", SCHEDULE, OBJECTIVE, LONG, SAMPLER),
}

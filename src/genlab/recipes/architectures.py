"""How DiT, U-ViT and RIN are trained: alike, on equally many images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from genlab.diffusion.objectives import PredictionType
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.self_conditioning import self_conditioned
from genlab.recipes.diffusion import SAMPLER, denoiser_recipe
from genlab.recipes.recipe import Recipe
from genlab.training import TrainConfig

COSINE = NoiseSchedule("squaredcos_cap_v2")
# The slowest takes about twenty minutes on one thread of the build machine.
SHIPPED = TrainConfig(steps=2800, batch_size=64, lr=3e-3, ema=0.999)


def architecture_recipe(
    model: str,
    config: TrainConfig = SHIPPED,
    prediction_type: PredictionType = "sample",
    **arguments: Any,
) -> Recipe:
    """A network with the schedule and the sampler that all of them have.

    Args:
        model: the class, in `genlab.models`.
        config: how long and how fast.
        prediction_type: what it predicts.
        arguments: what the class is called with.
    """
    recipe = denoiser_recipe(model, COSINE, prediction_type, config, SAMPLER)
    return replace(recipe, arguments=arguments)


def rin_recipe(config: TrainConfig = SHIPPED, share: float = 0.9, **arguments: Any) -> Recipe:
    """A RIN, trained on latents of its own in most steps.

    Args:
        config: how long and how fast.
        share: of the steps in which it has old latents.
        arguments: what the class is called with.
    """
    recipe = architecture_recipe("rin.RIN", config, **arguments)
    return replace(
        recipe,
        loss=self_conditioned(recipe.loss, share),
        note=f"{recipe.note}, with latents handed on; errors against t without old latents",
        settings={**recipe.settings, "self_conditioning": share},
    )


ARCHITECTURE_RECIPES: dict[str, Recipe] = {
    "dit": architecture_recipe("dit.DiT"),
    "uvit": architecture_recipe("uvit.UViT"),
    "rin": rin_recipe(),
}

"""How DigitCLIP is trained: on coloured digits and what can be said about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genlab.recipes.recipe import Recipe
from genlab.training import TrainConfig
from genlab.vision.captions import CONTEXT, HELD_OUT, TEMPLATES, TRAINED, VOCABULARY
from genlab.vision.contrast import clip_loss
from genlab.vision.zero_shot import recognised


def evaluate_clip(model: Any, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Share of the test digits that are recognised among all 60 captions; it draws nothing."""
    return {
        f"{kind}_{part}": round(share, 3)
        for kind, pairs in (("held_out", HELD_OUT), ("trained", TRAINED))
        for part, share in recognised(model, pairs, TEMPLATES).items()
    }


ZERO_SHOT_RECIPES: dict[str, Recipe] = {
    "digit-clip": Recipe(
        model="genlab.models.clip.DigitCLIP",
        arguments={"vocabulary": len(VOCABULARY), "context": CONTEXT},
        loss=clip_loss,
        config=TrainConfig(steps=1400, batch_size=64, lr=3e-3, ema=0.99, weight_decay=0.05),
        evaluate=evaluate_clip,
        note="48 of 60 pairs of a colour and a digit; the figures are those of all templates' mean",
    )
}

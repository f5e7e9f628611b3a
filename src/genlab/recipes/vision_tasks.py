"""How the networks that find and outline digits in scenes are trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from genlab.data import load_digits
from genlab.measured import Measured
from genlab.recipes.recipe import Recipe
from genlab.training import TrainConfig
from genlab.vision.masks import mean_iou, segmentation_loss
from genlab.vision.scenes import Scenes, fresh_scenes
from genlab.vision.sets import detection_loss, mean_average_precision

SCENES = 200
NOTE = "scenes of one to three digits, drawn anew at each step; the figures are of 200 fresh ones"


def over_scenes(
    measure: Callable[[Any, Scenes], float], model: Any, seeds: Sequence[int]
) -> Measured:
    """Return a measure over several sets of fresh scenes, one a seed."""
    test = load_digits("test")
    return Measured.of([measure(model, fresh_scenes(test, SCENES, seed)) for seed in seeds])


def evaluate_masks(model: Any, seeds: Sequence[int]) -> dict[str, Any]:
    """Mean IoU of the ten digits, background left out."""
    found = over_scenes(mean_iou, model, seeds)
    return {"mean_iou": round(found.mean, 3), "error": round(found.error or 0, 4)}


def evaluate_boxes(model: Any, seeds: Sequence[int]) -> dict[str, Any]:
    """Mean average precision of the ten digits, at an IoU of 0.5."""
    found = over_scenes(mean_average_precision, model, seeds)
    return {"average_precision": round(found.mean, 3), "error": round(found.error or 0, 4)}


def _segments(name: str, steps: int) -> Recipe:
    return Recipe(
        model=f"genlab.models.{name}",
        arguments={},
        loss=segmentation_loss,
        config=TrainConfig(steps=steps, batch_size=48, lr=2e-3, ema=0.99),
        evaluate=evaluate_masks,
        note=NOTE,
    )


VISION_TASK_RECIPES: dict[str, Recipe] = {
    "segformer-scenes": _segments("segformer.SegFormer", 3000),
    "swin-scenes": _segments("swin.SwinSegmenter", 3000),
    "detr-scenes": Recipe(
        model="genlab.models.detr.DETR",
        arguments={},
        loss=detection_loss,
        config=TrainConfig(steps=2500, batch_size=96, lr=1e-3, ema=0.99),
        evaluate=evaluate_boxes,
        note=NOTE,
    ),
}

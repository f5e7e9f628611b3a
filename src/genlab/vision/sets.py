"""Detection as a set: DETR's loss (Carion et al., 2020), and its measure."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.data import CLASSES
from genlab.models.detr import DETR
from genlab.training import Batch
from genlab.vision.boxes import (
    average_precision,
    generalized_iou,
    hits,
    matched,
)
from genlab.vision.scenes import NOTHING, Scenes, draw_scenes

BOX, OVERLAP = 5.0, 2.0  # weights of the box's distance and of its overlap
QUIET = 0.1  # weight of a query that has nothing to find


def matching_cost(
    logits: Tensor, boxes: Tensor, labels: Tensor, truths: Tensor
) -> Tensor:
    """What it costs that a query answers for a digit, (Q, D).

    Args:
        logits: (Q, 11).
        boxes: (Q, 4), centre and size.
        labels: (D,), of the digits that are there.
        truths: (D, 4).
    """
    unlikely = -logits.softmax(dim=-1)[:, labels]
    far = (boxes[:, None] - truths).abs().sum(dim=-1)
    apart = -generalized_iou(boxes[:, None], truths)
    return unlikely + BOX * far + OVERLAP * apart


def set_loss(logits: Tensor, boxes: Tensor, scenes: Scenes) -> Tensor:
    """Loss of answers (N, Q, 11) and (N, Q, 4), each digit matched to one."""
    wanted = torch.full(logits.shape[:2], NOTHING, device=logits.device)
    found, truths = [], []
    for i in range(len(scenes)):
        there = scenes.labels[i] != NOTHING
        labels, truth = scenes.labels[i][there], scenes.boxes[i][there]
        with torch.no_grad():
            cost = matching_cost(logits[i], boxes[i], labels, truth)
        queries, digits = matched(cost)
        wanted[i, queries] = labels[digits]
        found.append(boxes[i, queries])
        truths.append(truth[digits])
    weights = torch.ones(NOTHING + 1, device=logits.device)
    weights[NOTHING] = QUIET
    classes = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), weights)
    a, b = torch.cat(found), torch.cat(truths)
    far = (a - b).abs().sum(dim=-1).mean()
    return classes + BOX * far + OVERLAP * (1 - generalized_iou(a, b)).mean()


def detection_loss(model: DETR, batch: Batch, rng: torch.Generator) -> Tensor:
    """The loss on fresh scenes of a batch (digits, labels)."""
    digits, labels = batch
    scenes = draw_scenes(digits, labels, rng)
    logits, boxes = model(scenes.images)
    return set_loss(logits, boxes, scenes)


@torch.no_grad()
def mean_average_precision(
    model: nn.Module, scenes: Scenes, least: float = 0.5
) -> float:
    """Mean over the ten classes of the average precision at an IoU of 0.5."""
    logits, boxes = model(scenes.images)
    chances = logits.softmax(dim=-1)
    precisions = []
    for digit in range(CLASSES):
        found, scores, truths = [], [], 0
        for i in range(len(scenes)):
            truth = scenes.boxes[i][scenes.labels[i] == digit]
            score = chances[i, :, digit]
            found.append(hits(boxes[i], score, truth, least))
            scores.append(score)
            truths += len(truth)
        precisions.append(
            average_precision(torch.cat(found), torch.cat(scores), truths)
        )
    return sum(precisions) / CLASSES

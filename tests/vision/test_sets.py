"""Detection as a set: whom the loss asks, and what the measure says of known answers."""

import pytest
import torch

from genlab.data import load_digits
from genlab.models.detr import DETR
from genlab.vision.masks import mean_iou, segmentation_loss
from genlab.vision.scenes import NOTHING, draw_scenes
from genlab.vision.sets import detection_loss, matching_cost, mean_average_precision, set_loss


@pytest.fixture(scope="module")
def scenes():
    test = load_digits("test")
    return draw_scenes(test.images[:150], test.labels[:150], torch.Generator().manual_seed(0))


def told(scenes, order=(0, 1, 2, 3, 4, 5)):
    """What a network says that knows the scenes: logits and boxes of six queries."""
    n = len(scenes)
    labels = torch.cat([scenes.labels, torch.full((n, 3), NOTHING)], dim=1)[:, order]
    boxes = torch.cat([scenes.boxes, torch.full((n, 3, 4), 0.5)], dim=1)[:, order]
    return 20.0 * torch.nn.functional.one_hot(labels, NOTHING + 1), boxes


class Knows(torch.nn.Module):
    """Answers with what it was told."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = answers

    def forward(self, x):
        return self.answers


def test_the_right_set_has_no_loss_whatever_its_order(scenes):
    for order in ((0, 1, 2, 3, 4, 5), (5, 2, 4, 0, 3, 1)):
        assert set_loss(*told(scenes, order), scenes) < 1e-4


def test_a_wrong_class_a_wrong_box_and_a_false_alarm_cost(scenes):
    logits, boxes = told(scenes)
    assert set_loss(logits.roll(1, dims=-1), boxes, scenes) > 5
    assert set_loss(logits, boxes + 0.1, scenes) > 1
    alarm = logits.clone()
    alarm[:, 5] = alarm[:, 0]
    assert set_loss(alarm, boxes, scenes) > 0.1


def test_the_cost_is_least_for_the_right_query(scenes):
    logits, boxes = told(scenes)
    there = scenes.labels[0] != NOTHING
    cost = matching_cost(logits[0], boxes[0], scenes.labels[0][there], scenes.boxes[0][there])
    assert cost.argmin(dim=0).tolist() == list(range(int(there.sum())))


def test_precision_is_one_for_who_knows_and_falls_with_what_is_missed(scenes):
    logits, boxes = told(scenes)
    assert mean_average_precision(Knows(logits, boxes), scenes) == pytest.approx(1)
    far = boxes.clone()
    far[:25, :, 0] += 0.5  # half of the scenes
    part = mean_average_precision(Knows(logits, far), scenes)
    assert 0.1 < part < 0.7


def test_gradients_reach_the_whole_detector():
    torch.manual_seed(0)
    model, test = DETR(), load_digits("test")
    batch = test.images[:12], test.labels[:12]
    detection_loss(model, batch, torch.Generator().manual_seed(0)).backward()
    without = [name for name, p in model.named_parameters() if p.grad is None]
    assert without == []


def test_masks_are_judged_over_the_digits_alone(scenes):
    exact = torch.nn.functional.one_hot(scenes.masks, 11).permute(0, 3, 1, 2).float()

    class Told(torch.nn.Module):
        def __init__(self, logits):
            super().__init__()
            self.parts = iter(logits.split(50))

        def forward(self, x):
            return next(self.parts)

    assert mean_iou(Told(exact), scenes) == 1
    empty = torch.zeros_like(exact)
    empty[:, 0] = 1
    assert mean_iou(Told(empty), scenes) == 0


def test_the_loss_of_masks_falls_when_a_network_knows_them():
    test = load_digits("test")
    batch = test.images[:12], test.labels[:12]

    def rng():
        return torch.Generator().manual_seed(0)

    drawn = draw_scenes(*batch, rng())
    exact = torch.nn.functional.one_hot(drawn.masks, 11).permute(0, 3, 1, 2).float()
    assert segmentation_loss(lambda x: 20 * exact, batch, rng()) < 1e-4
    assert segmentation_loss(lambda x: 0 * exact, batch, rng()) > 2

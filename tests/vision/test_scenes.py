"""Scenes: what is drawn is what masks, boxes and labels say."""

import pytest
import torch

from genlab.data import load_digits
from genlab.vision.scenes import INK, NOTHING, SCENE_SIDE, boxes_around, draw_scenes


@pytest.fixture(scope="module")
def scenes():
    test = load_digits("test")
    rng = torch.Generator().manual_seed(0)
    return draw_scenes(test.images[:300], test.labels[:300], rng)


def test_shapes_and_ranges(scenes):
    assert len(scenes) == 100
    assert scenes.images.shape == (100, 1, SCENE_SIDE, SCENE_SIDE)
    assert scenes.images.min() >= 0 and scenes.images.max() <= 1
    assert scenes.masks.shape == (100, SCENE_SIDE, SCENE_SIDE)
    assert scenes.masks.dtype == scenes.labels.dtype == torch.int64
    assert scenes.boxes.shape == (100, 3, 4)


def test_one_to_three_digits_are_there_the_first_always(scenes):
    there = scenes.labels != NOTHING
    assert there[:, 0].all()
    assert set(there.sum(dim=1).tolist()) == {1, 2, 3}
    assert not (there[:, 2] & ~there[:, 1]).any()
    assert not scenes.boxes[~there].any()


def test_masks_are_where_the_ink_is_and_name_the_digits(scenes):
    assert torch.equal(scenes.masks > 0, scenes.images[:, 0] > INK)
    for mask, labels in zip(scenes.masks, scenes.labels, strict=True):
        named = {int(label) + 1 for label in labels if label != NOTHING}
        assert set(mask.unique().tolist()) - {0} == named


def test_boxes_hold_the_pixels_of_their_digit_and_no_more(scenes):
    for i in range(len(scenes)):
        labels = scenes.labels[i].tolist()
        for label, box in zip(labels, scenes.boxes[i], strict=True):
            if label == NOTHING or labels.count(label) > 1:
                continue
            x, y, w, h = (box * SCENE_SIDE).tolist()
            rows, columns = (scenes.masks[i] == label + 1).nonzero().T
            # Another digit may lie over a pixel or two of the edge.
            assert abs(columns.min() - (x - w / 2)) <= 2
            assert abs(columns.max() + 1 - (x + w / 2)) <= 2
            assert abs(rows.min() - (y - h / 2)) <= 2
            assert abs(rows.max() + 1 - (y + h / 2)) <= 2


def test_digits_keep_within_the_scene(scenes):
    sides = scenes.boxes[..., :2] - scenes.boxes[..., 2:] / 2
    assert (sides >= 0).all()
    assert (scenes.boxes[..., :2] + scenes.boxes[..., 2:] / 2 <= 1).all()


def test_one_seed_draws_one_scene():
    test = load_digits("test")
    one, same, other = (
        draw_scenes(test.images[:6], test.labels[:6], torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    )
    assert torch.equal(one.images, same.images)
    assert not torch.equal(one.images, other.images)


def test_a_box_around_nothing_is_zero_and_around_a_pixel_is_its_square():
    layers = torch.zeros(2, 4, 8, dtype=torch.bool)
    layers[1, 2, 5] = True
    assert torch.equal(boxes_around(layers)[0], torch.zeros(4))
    assert torch.equal(boxes_around(layers)[1], torch.tensor([5.5 / 8, 2.5 / 4, 1 / 8, 1 / 4]))


def test_digits_that_make_no_whole_scenes_are_refused():
    with pytest.raises(ValueError, match="got 4 digits and 4 labels; expected equally many"):
        draw_scenes(torch.zeros(4, 1, 28, 28), torch.zeros(4).long(), torch.Generator())

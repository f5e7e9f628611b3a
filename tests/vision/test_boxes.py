"""Boxes: overlap by counting pixels, matching by trying all, precision by scikit-learn."""

from itertools import permutations

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from genlab.vision.boxes import average_precision, generalized_iou, hits, iou, matched


def painted(box, side=200):
    """The pixels of a box of whole pixels, as a mask."""
    x, y, w, h = (float(value) * side for value in box)
    mask = torch.zeros(side, side, dtype=torch.bool)
    mask[round(y - h / 2) : round(y + h / 2), round(x - w / 2) : round(x + w / 2)] = True
    return mask


def random_boxes(count, rng, side=200):
    ends = torch.randint(0, side, (count, 2, 2), generator=rng).sort(dim=1).values
    ends[:, 1] += 1
    return torch.cat([ends.double().mean(dim=1), (ends[:, 1] - ends[:, 0]).double()], dim=1) / side


def test_overlap_is_that_of_the_pixels(rng):
    a, b = random_boxes(60, rng), random_boxes(60, rng)
    for one, other, found in zip(a, b, iou(a, b), strict=True):
        x, y = painted(one), painted(other)
        assert abs(found - (x & y).sum() / (x | y).sum()) < 1e-6


def test_boxes_without_an_area_do_not_overlap():
    nothing = torch.zeros(4)
    assert iou(nothing, nothing) == 0
    assert iou(nothing, torch.tensor([0.5, 0.5, 1.0, 1.0])) == 0


def test_the_generalized_one_falls_with_the_distance():
    here = torch.tensor([0.1, 0.5, 0.1, 0.1])
    values = [generalized_iou(here, here + torch.tensor([d, 0, 0, 0])) for d in (0, 0.05, 0.3, 0.7)]
    assert values[0] == pytest.approx(1, abs=1e-5)
    assert values == sorted(values, reverse=True)
    # Two squares of a tenth, two tenths of a free width between them.
    apart = here + torch.tensor([0.3, 0, 0, 0])
    assert generalized_iou(here, apart) == pytest.approx(-0.5, abs=1e-5)


def test_matching_is_the_best_of_all(rng):
    for rows, columns in ((3, 3), (5, 3), (4, 1), (6, 0)):
        cost = torch.rand(rows, columns, generator=rng)
        found = cost[matched(cost)].sum()
        every = permutations(range(rows), columns)
        best = min(sum(cost[r, c] for c, r in enumerate(chosen)) for chosen in every)
        assert abs(found - best) < 1e-6


def test_precision_is_scikit_learns_where_nothing_is_missed(rng):
    answers, scores = torch.rand(50, generator=rng) < 0.4, torch.rand(50, generator=rng)
    expected = average_precision_score(answers.numpy(), scores.numpy())
    assert abs(average_precision(answers, scores, int(answers.sum())) - expected) < 1e-12
    # What no answer finds lowers it in proportion.
    missed = average_precision(answers, scores, 2 * int(answers.sum()))
    assert abs(missed - expected / 2) < 1e-12


def test_precision_of_nothing_to_find_is_refused():
    with pytest.raises(ValueError, match="got 0 truths"):
        average_precision(torch.tensor([True]), torch.tensor([1.0]), 0)


def test_a_truth_is_found_once_by_the_surest():
    truth = torch.tensor([[0.5, 0.5, 0.2, 0.2], [0.2, 0.2, 0.1, 0.1]])
    answers = torch.tensor(
        [[0.5, 0.5, 0.2, 0.2], [0.51, 0.5, 0.2, 0.2], [0.2, 0.2, 0.3, 0.3], [0.2, 0.2, 0.1, 0.1]]
    )
    found = hits(answers, torch.tensor([0.3, 0.9, 0.8, 0.7]), truth)
    assert found.tolist() == [False, True, False, True]
    assert not hits(answers, torch.rand(4), truth[:0]).any()
    assert np.isclose(float(iou(answers[2], truth[1])), 1 / 9, atol=1e-6)

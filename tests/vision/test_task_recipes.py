"""Recipes of vision tasks: fresh scenes, and figures with an error over them."""

import pytest
import torch

from genlab.data import load_digits
from genlab.recipes.vision_tasks import SCENES, over_scenes
from genlab.vision.scenes import fresh_scenes


def test_fresh_scenes_are_drawn_by_their_seed_alone():
    digits = load_digits("test")
    one, same, other = (fresh_scenes(digits, SCENES, seed) for seed in (0, 0, 1))
    assert len(one) == SCENES
    assert torch.equal(one.images, same.images)
    assert not torch.equal(one.images, other.images)


def test_a_figure_has_an_error_over_sets_of_scenes():
    figures = iter([0.1, 0.2, 0.3, 0.4, 0.5])
    found = over_scenes(lambda model, scenes: next(figures), None, range(5))
    assert (found.mean, found.n) == (pytest.approx(0.3), 5)
    assert found.error == pytest.approx(0.0707, abs=1e-4)

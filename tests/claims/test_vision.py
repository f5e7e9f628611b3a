"""The trainings behind the page on vision transformers: alike but for what is compared."""

from dataclasses import asdict, replace

import pytest
import torch
from torch import nn

from genlab import checkpoints
from genlab.checkpoints import count_parameters
from genlab.claims import vision
from genlab.claims.vision import SIZES, accuracies, compared, recognised, training_set
from genlab.data import Digits, load_digits
from genlab.models.vit import DeiT
from genlab.recipes.run import COMING, RECIPES
from genlab.recipes.vision import COMPARED, DECAY, VISION_RECIPES
from genlab.training import classification_loss
from genlab.vision import augmented_loss, smoothed_loss


def test_all_make_equally_many_steps_on_equally_many_images():
    plain = {replace(recipe.config, weight_decay=0.01) for recipe in COMPARED.values()}
    assert len(plain) == 1
    assert plain.pop().steps % 200 == 0  # so that a run's end is kept
    decayed = {name for name, one in COMPARED.items() if one.config.weight_decay == DECAY}
    assert decayed == {"vit-regular", "deit"}


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("cnn", "teacher", {"loss"}),
        ("vit", "vit-augmented", {"loss"}),
        ("vit-augmented", "vit-regular", {"loss", "weight_decay"}),
        ("vit", "vit-sine", {"positions"}),
        ("vit", "vit-no-positions", {"positions"}),
        ("vit", "vit-mean", {"pool"}),
        ("vit", "vit-patch-4", {"patch"}),
    ],
)
def test_what_is_compared_differs_in_what_is_compared(one, other, difference):
    def told(name):
        recipe = COMPARED[name]
        known = {"model": recipe.model, "loss": recipe.loss}
        return {**asdict(recipe.config), **recipe.arguments, **known}

    first, second = told(one), told(other)
    keys = first.keys() | second.keys()
    assert {key for key in keys if first.get(key) != second.get(key)} == difference


def test_the_losses_are_named_after_what_they_do():
    assert COMPARED["cnn"].loss is COMPARED["vit"].loss is classification_loss
    assert COMPARED["teacher"].loss is COMPARED["vit-augmented"].loss is augmented_loss
    assert COMPARED["vit-regular"].loss is smoothed_loss


def test_networks_have_about_equally_many_parameters():
    counts = {
        name: count_parameters(checkpoints.build(recipe.model, recipe.arguments))
        for name, recipe in COMPARED.items()
    }
    assert all(120_000 < count < 220_000 for count in counts.values()), counts


def test_what_ships_differs_in_its_patch_alone_and_is_small():
    known = {**RECIPES, **COMING}
    assert all(known[name] is recipe for name, recipe in VISION_RECIPES.items())
    assert len({recipe.config for recipe in VISION_RECIPES.values()}) == 1
    for recipe in VISION_RECIPES.values():
        model = checkpoints.build(recipe.model, recipe.arguments)
        assert 2 * count_parameters(model) < 500_000
        assert recipe.config.steps % 200 == 0


@pytest.mark.parametrize("size", SIZES)
def test_training_sets_are_balanced_and_differ_by_seed(size):
    one, again, other = (training_set(size, seed) for seed in (0, 0, 1))
    assert len(one) == size
    assert torch.bincount(one.labels).tolist() == [size // 10] * 10
    assert torch.equal(one.images, again.images)
    assert not torch.equal(one.images, other.images)


class Bright(nn.Module):
    """Says 1 where the first pixel is bright, else 0."""

    def forward(self, x):
        return torch.stack([x[:, 0, 0, 0] * 0 + 0.5, x[:, 0, 0, 0]], dim=1)


def test_recognised_is_a_share_in_per_cent():
    images = torch.zeros(8, 1, 28, 28)
    images[:6, 0, 0, 0] = 1
    assert recognised(Bright(), Digits(images, torch.ones(8).long())) == 75


def test_a_teacher_saw_the_digits_of_its_pupil(monkeypatch):
    asked = []

    def trained(name, size, seed):
        asked.append((name, size, seed))
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

    monkeypatch.setattr(vision, "trained", trained)
    loss = vision.loss_of("deit", 250, 2)
    batch = load_digits("test").images[:4], load_digits("test").labels[:4]
    assert loss(DeiT(depth=1), batch, torch.Generator().manual_seed(0)) > 0
    assert asked == [("teacher", 250, 2)]
    assert vision.loss_of("vit", 250, 2) is classification_loss


@pytest.fixture
def invented(monkeypatch):
    """Accuracies that follow a rule, so that nothing is trained."""
    accuracies.cache_clear()
    names = list(COMPARED)

    def made_up(name, size, seed):
        return 50.0 + names.index(name) + size / 1000 + seed, 100.0

    monkeypatch.setattr(vision, "accuracies", made_up)


def test_a_network_that_is_trained_is_judged_on_both_sets(monkeypatch):
    accuracies.cache_clear()
    monkeypatch.setattr(vision, "trained", lambda name, size, seed: Bright())
    on_test, on_taught = accuracies("vit", 250, 0)
    assert 0 <= on_test <= 100 and 0 <= on_taught <= 100
    accuracies.cache_clear()


def test_figures_are_compared_seed_by_seed():
    values = compared({"a": [1.0, 2.0, 3.0], "b": [2.0, 4.0, 3.0]}, "_end")
    assert values["a_end"].mean == 2
    assert values["b_minus_a_end"].mean == 1
    assert values["a_minus_b_end"].mean == -1
    assert values["b_minus_a_end"].n == 3


@pytest.mark.parametrize("measure", [vision.data, vision.parts, vision.positions, vision.hybrid])
def test_a_measurement_gives_values_and_their_differences(measure, invented):
    values = measure()
    assert all(value.n == 3 for value in values.values())
    assert all(name.replace("_", "").isalnum() for name in values)


def test_the_distance_to_the_cnn_is_compared_between_few_and_many(invented):
    values = vision.data()
    assert values["cnn_minus_vit_250"].mean == pytest.approx(-2)
    assert values["cnn_minus_vit_shrinks"].mean == pytest.approx(0)
    assert values["deit_4000"].mean == pytest.approx(50 + 5 + 4 + 1)

"""How the networks of the page on sampling are trained and measured."""

import pytest
import torch

from genlab import metrics
from genlab.checkpoints import build, count_parameters
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.flow import Flow
from genlab.diffusion.guidance import guided
from genlab.diffusion.samplers import ddim, final_images, initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.class_unet import ClassUNet
from genlab.recipes.sampling import (
    SAMPLING_RECIPES,
    balanced_labels,
    class_samples,
    flow_samples,
    quality_by_class,
)

TWO_STEPS = {"num_inference_steps": 2}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = ClassUNet(16, 16).requires_grad_(False)
    torch.nn.init.normal_(model.up1.conv2.weight, std=0.05)
    torch.nn.init.normal_(model.label.weight)
    return model


def test_labels_are_balanced():
    labels = balanced_labels(500)
    assert labels.bincount().tolist() == [50] * 10
    assert labels[:12].tolist() == [*range(10), 0, 1]


def test_samples_in_chunks_are_those_of_one_batch(model):
    denoiser = Denoiser(model, NoiseSchedule(), "sample")
    got = class_samples(denoiser, TWO_STEPS, scale=2.0, count=120, seed=3)
    asked = guided(denoiser, balanced_labels(120), 2.0)
    assert torch.allclose(got, final_images(ddim(asked, initial_noise(120, 3), 2)), atol=1e-5)
    assert not torch.allclose(got, class_samples(denoiser, TWO_STEPS, count=120, seed=3), atol=1e-2)


def test_a_flow_is_sampled_likewise(model):
    got = flow_samples(Flow(model), TWO_STEPS, count=120)
    assert got.shape == (120, 1, 28, 28)
    again = flow_samples(Flow(model), TWO_STEPS, count=20)
    assert torch.allclose(got[:20], again, atol=1e-5)


def test_real_digits_in_order_are_taken_for_what_was_asked():
    test = load_digits("test")
    order = test.labels.argsort(stable=True).view(10, 50).T.flatten()
    assert torch.equal(test.labels[order], balanced_labels(500))
    measured = quality_by_class({0: test.images[order], 1: test.images[order.flip(0)]})
    assert measured["sampling_seeds"] == [0, 1]
    for name in metrics.CLASSIFIERS:
        share = measured["class_accuracy"][name]
        # In one order nearly all are what was asked for, in the other (9, 8, ... 0) none is.
        assert share["mean"] == pytest.approx(0.5, abs=0.03)
        assert share["error"] > 0.4


@pytest.mark.parametrize("name", SAMPLING_RECIPES)
def test_a_step_of_training_can_be_made(name):
    recipe = SAMPLING_RECIPES[name]
    torch.manual_seed(0)
    network = build(recipe.model, recipe.arguments)
    assert 2 * count_parameters(network) <= 3_000_000
    batch = tuple(part[:4] for part in recipe.data())
    loss = recipe.loss(network, batch, torch.Generator().manual_seed(0))
    loss.backward()
    assert 0 < loss.item() < 5

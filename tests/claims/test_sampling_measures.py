"""What the claims on sampling measure: diversity within a class, ink, and each set drawn once."""

import pytest
import torch

from genlab.claims import sample_sets
from genlab.claims import sampling as claims
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.flow import Flow
from genlab.diffusion.samplers import final_images, initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.metrics import CLASSIFIERS
from genlab.models.class_unet import ClassUNet
from genlab.recipes.sampling import asked_in_chunks, balanced_labels


def in_order():
    test = load_digits("test")
    order = test.labels.argsort(stable=True).view(10, 50).T.flatten()
    assert torch.equal(test.labels[order], balanced_labels())
    return test.images[order]


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_diversity_is_one_for_test_digits_and_zero_for_copies(classifier):
    images = in_order()
    assert claims.diversity(images, classifier) == pytest.approx(1)
    one_of_each = images[:10].repeat(50, 1, 1, 1)
    assert claims.diversity(one_of_each, classifier) == pytest.approx(0, abs=1e-6)
    half = torch.cat([images[:250], one_of_each[:250]])
    assert 0.5 < claims.diversity(half, classifier) < 0.9


def test_ink_is_counted_within_strokes():
    images = torch.zeros(2, 1, 28, 28)
    images[:, :, 5:15, 5] = 0.8
    images[:, :, 5:10, 5] = 1.0
    images[:, :, 20, :] = 0.4  # no stroke
    assert claims.full_ink(images) == pytest.approx(0.5)


def test_names_of_values():
    assert [claims.named(x) for x in (0.0, 1.0, 1.5, 0.25)] == ["0", "1", "1_5", "0_25"]


@pytest.mark.parametrize("sampler", claims.SAMPLERS)
def test_every_sampler_draws_from_what_it_asks(sampler):
    torch.manual_seed(0)
    model, schedule = ClassUNet(16, 16).requires_grad_(False), NoiseSchedule("squaredcos_cap_v2")
    flowing = sampler in ("flow", "heun")
    asked = asked_in_chunks(
        Flow(model) if flowing else Denoiser(model, schedule, "sample"), 1.0, 20
    )
    run = claims.SAMPLERS[sampler]
    steps = [*run(asked, initial_noise(20), 2, 1000)]
    assert len(steps) == 2
    assert steps[0].t in (999, 1000)
    again, other = (final_images(run(asked, initial_noise(20), 2, seed)) for seed in (1000, 1001))
    assert torch.equal(again, final_images(iter(steps)))
    assert torch.equal(again, other) == (sampler != "ddpm")  # the others draw nothing on the way


def test_sets_are_kept_under_the_weights_they_come_from(tmp_path, monkeypatch):
    class Card:
        sha256 = "0123456789abcdef"

    monkeypatch.setattr(sample_sets, "RUNS", tmp_path)
    monkeypatch.setattr(claims, "load_card", lambda name: Card)
    monkeypatch.setattr(claims, "of_network", lambda sampler, scale: scale)
    draws = []

    def run(network, noise, steps, seed):
        draws.append((network, steps, seed))
        yield from [claims.SamplingStep(0, noise, noise, noise)]

    for _ in range(2):
        assert claims.samples("dpm-5", "dpm", run, 5, 3, 2.0).shape == (500, 1, 28, 28)
    assert draws == [(2.0, 5, 1003)]
    assert [path.name for path in tmp_path.glob("samples/*")] == [
        "unet-class-01234567-dpm-5-seed-3.pt"
    ]

"""Asking for a class, and guidance: the formula in x0, eps and v, and what is refused."""

import pytest
import torch

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.flow import Flow
from genlab.diffusion.guidance import guided, takes_label
from genlab.diffusion.samplers import ddim, final_images, initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.class_unet import NO_CLASS, ClassUNet
from genlab.models.time_unet import TimeUNet

from .conftest import PREDICTION_TYPES

LABELS = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])


@pytest.fixture
def network(network):
    """The shared random function, moved by the class."""
    return lambda xt, t, label: network(xt, t) + 0.1 * (label - 4.0).view(-1, 1, 1, 1)


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 3.0])
def test_guidance_is_the_formula_in_each_form(prediction_type, scale, network, eps):
    denoiser = Denoiser(network, NoiseSchedule(), prediction_type)
    got = guided(denoiser, LABELS, scale).predict(eps, 500)
    asked, none = (
        Denoiser(
            lambda xt, t, label=label: network(xt, t, label), denoiser.schedule, prediction_type
        ).predict(eps, 500)
        for label in (LABELS, torch.full((8,), NO_CLASS))
    )
    for form in ("x0", "eps", "v"):
        a, n = getattr(asked, form), getattr(none, form)
        wanted = n + scale * (a - n)
        assert (getattr(got, form) - wanted).abs().max() <= 1e-4 * wanted.abs().max()


def test_a_step_is_one_batch_twice_as_long(eps):
    seen = []

    def network(xt, t, label):
        seen.append((len(xt), len(t), label.tolist()))
        return xt

    for scale in (2.0, 1.0, 0.0):
        guided(Denoiser(network, NoiseSchedule()), 7, scale).predict(eps, 500)
    assert seen == [
        (16, 16, [7] * 8 + [NO_CLASS] * 8),
        (8, 8, [7] * 8),
        (8, 8, [NO_CLASS] * 8),
    ]


def test_it_is_a_denoiser_for_every_sampler_and_a_flow(network):
    asked = guided(Denoiser(network, NoiseSchedule(), "v_prediction"), 3, 2.0)
    assert asked.prediction_type == "v_prediction"
    assert final_images(ddim(asked, initial_noise(2), 3)).shape == (2, 1, 28, 28)
    flow = guided(Flow(network), LABELS[:2], 2.0)
    noise = initial_noise(2)
    asked_for, none = (
        network(noise, torch.full((2,), 700.0), label)
        for label in (LABELS[:2], torch.full((2,), NO_CLASS))
    )
    got = flow.predict(noise, 0.7).velocity
    assert torch.allclose(got, none + 2 * (asked_for - none), atol=1e-5)


def test_the_network_is_found_and_judged_in_eval_mode(eps):
    model = ClassUNet(16, 24).double().train()
    prediction = guided(Denoiser(model, NoiseSchedule(), "sample"), LABELS).predict(eps, 3)
    assert prediction.x0.dtype == torch.float32
    assert model.training


@pytest.mark.parametrize("scale", [-0.5, float("nan"), float("inf")])
def test_a_scale_that_is_not_from_zero_on_is_refused(scale, network):
    with pytest.raises(ValueError, match=r"scale is .*; expected a number from 0 on"):
        guided(Denoiser(network, NoiseSchedule()), 3, scale)


@pytest.mark.parametrize("label", [-1, 10, torch.tensor([0, 12])])
def test_a_class_out_of_range_is_refused(label, network):
    with pytest.raises(ValueError, match=r"label is (-1|10|12); expected a class from 0 to 9"):
        guided(Denoiser(network, NoiseSchedule()), label)


def test_labels_that_are_no_whole_numbers_or_too_many_are_refused(network, eps):
    denoiser = Denoiser(network, NoiseSchedule())
    with pytest.raises(TypeError, match=r"label is torch.float32; expected a whole number"):
        guided(denoiser, 3.0)
    with pytest.raises(ValueError, match=r"label has shape \(2, 2\); expected \(N,\)"):
        guided(denoiser, torch.zeros(2, 2).long())
    with pytest.raises(ValueError, match=r"label has shape \(3,\); expected \(8,\)"):
        guided(denoiser, torch.zeros(3).long(), 2.0).predict(eps, 500)


@pytest.mark.parametrize("model", [TimeUNet(16, 16), lambda xt, t: xt, 7])
def test_a_network_without_a_class_input_is_refused(model):
    wanted = r"the network, a \w+, has no input `label`; expected one that can be asked"
    assert not takes_label(model)
    with pytest.raises(TypeError, match=wanted):
        guided(Denoiser(model, NoiseSchedule()), 3)

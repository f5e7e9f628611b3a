"""Objectives: each form gives the others, the losses' identity, the weights."""

import pytest
import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.evaluation import prediction_errors
from genlab.diffusion.forward import add_noise
from genlab.diffusion.objectives import OBJECTIVES, get_objective, loss_weight
from genlab.diffusion.schedules import NoiseSchedule

from .conftest import PREDICTION_TYPES, SCHEDULES


def usable_timesteps(schedule: NoiseSchedule, every: int = 1) -> list[int]:
    """Where both rates are at least 0.05."""
    alpha_bar = schedule.alphas_cumprod
    fits = (alpha_bar.sqrt() >= 0.05) & ((1 - alpha_bar).sqrt() >= 0.05)
    return fits.nonzero().flatten().tolist()[::every]


@pytest.mark.parametrize("name", SCHEDULES)
def test_epsilon_to_sample_to_v_to_epsilon_returns(name, rng):
    schedule = NoiseSchedule(name)
    xt, eps = torch.randn(2, 64, 1, 28, 28, generator=rng)
    for t in usable_timesteps(schedule, every=7):
        rates = schedule.rates(t, xt)
        x0 = OBJECTIVES["epsilon"].to_x0(eps, xt, rates)
        v = OBJECTIVES["sample"].read(x0, xt, rates).v
        back = OBJECTIVES["v_prediction"].to_eps(v, xt, rates)
        assert (back - eps).abs().max() <= 1e-5


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("name", SCHEDULES)
def test_the_exact_target_is_read_as_the_exact_x0_eps_and_v(name, prediction_type, x0, eps):
    schedule, objective = NoiseSchedule(name), get_objective(prediction_type)
    for t in usable_timesteps(schedule, every=50):
        rates = schedule.rates(t, x0)
        target = objective.target(x0, eps, rates)
        read = objective.read(target, add_noise(x0, eps, t, schedule), rates)
        assert (read.x0 - x0).abs().max() <= 1e-5
        assert (read.eps - eps).abs().max() <= 1e-5
        v = DDPMScheduler(beta_schedule=name).get_velocity(x0, eps, torch.full((8,), t))
        assert (read.v - v).abs().max() <= 1e-5


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("name", SCHEDULES)
def test_for_one_denoiser_the_v_loss_is_the_sum_of_the_others(
    name, prediction_type, x0, eps, network
):
    schedule = NoiseSchedule(name)
    denoiser = Denoiser(network, schedule, prediction_type)
    for t in usable_timesteps(schedule, every=50):
        of_x0, of_eps, of_v = prediction_errors(denoiser, x0, eps, t)
        assert of_v == pytest.approx(of_x0 + of_eps, rel=1e-4)


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
def test_the_implied_weight_is_how_the_target_sees_an_error_of_x0(prediction_type, x0, eps, rng):
    schedule, objective = NoiseSchedule(), get_objective(prediction_type)
    for t in (50, 300, 700):
        rates, xt = schedule.rates(t, x0), add_noise(x0, eps, t, schedule)
        output = torch.randn(x0.shape, generator=rng)
        of_x0 = ((objective.to_x0(output, xt, rates) - x0) ** 2).mean()
        of_output = ((output - objective.target(x0, eps, rates)) ** 2).mean()
        weight = objective.x0_weight(schedule.snr[t])
        assert of_output.item() == pytest.approx((weight * of_x0).item(), rel=1e-3)


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
def test_loss_weights_set_what_an_error_of_x0_weighs(prediction_type):
    snr = NoiseSchedule().snr
    implied = get_objective(prediction_type).x0_weight(snr)
    assert torch.equal(loss_weight("uniform", prediction_type, snr), torch.ones(1000))
    by_snr = loss_weight("snr", prediction_type, snr) * implied
    assert torch.allclose(by_snr, snr, rtol=1e-5)
    by_min_snr = loss_weight("min_snr", prediction_type, snr, gamma=5) * implied
    assert torch.allclose(by_min_snr, snr.clamp(max=5), rtol=1e-5)


def test_min_snr_has_the_factors_of_its_paper():
    snr = torch.tensor([0.1, 5.0, 100.0])
    assert torch.allclose(loss_weight("min_snr", "epsilon", snr), torch.tensor([1, 1, 0.05]))
    assert torch.allclose(loss_weight("min_snr", "sample", snr), torch.tensor([0.1, 5, 5]))
    assert torch.allclose(loss_weight("min_snr", "v_prediction", snr), snr.clamp(max=5) / (snr + 1))


def test_unknown_names_are_refused():
    snr = torch.ones(3)
    wanted = "prediction_type is 'noise'; expected one of epsilon, sample, v_prediction"
    with pytest.raises(ValueError, match=wanted):
        get_objective("noise")
    with pytest.raises(ValueError, match=wanted):
        loss_weight("snr", "noise", snr)
    with pytest.raises(ValueError, match="weighting is 'max_snr'; expected one of uniform, snr"):
        loss_weight("max_snr", "epsilon", snr)
    with pytest.raises(ValueError, match="gamma is 0; expected more than 0"):
        loss_weight("min_snr", "epsilon", snr, gamma=0)

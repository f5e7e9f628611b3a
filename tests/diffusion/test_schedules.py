"""Schedules: diffusers' numbers, the identities among them, what bad input is told."""

import pytest
import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from genlab.diffusion.schedules import NoiseSchedule, cosine_betas, timestep_of_snr

from .conftest import SCHEDULES


@pytest.mark.parametrize("steps", [1000, 7, 1])
@pytest.mark.parametrize("name", SCHEDULES)
def test_numbers_are_those_of_diffusers(name, steps):
    ours, theirs = NoiseSchedule(name, steps), DDPMScheduler(steps, beta_schedule=name)
    for attribute in ("betas", "alphas", "alphas_cumprod"):
        a, b = getattr(ours, attribute), getattr(theirs, attribute)
        assert a.dtype == b.dtype == torch.float32
        assert a.shape == (steps,)
        assert (a - b).abs().max() <= 1e-6


@pytest.mark.parametrize("name", SCHEDULES)
def test_other_betas_are_those_of_diffusers(name):
    ours = NoiseSchedule(name, beta_start=0.001, beta_end=0.03).alphas_cumprod
    theirs = DDPMScheduler(beta_schedule=name, beta_start=0.001, beta_end=0.03).alphas_cumprod
    assert (ours - theirs).abs().max() <= 1e-6


@pytest.mark.parametrize("name", SCHEDULES)
def test_noise_only_grows_from_almost_none_to_almost_all(name):
    schedule = NoiseSchedule(name)
    assert (schedule.alphas_cumprod.diff() < 0).all()
    assert (schedule.snr.diff() < 0).all()
    assert schedule.alphas_cumprod[0] > 0.999
    assert schedule.alphas_cumprod[-1] < 0.005


def test_the_cosine_is_the_one_of_the_paper():
    at = torch.arange(1001, dtype=torch.float64) / 1000
    wanted = torch.cos((at + 0.008) / 1.008 * torch.pi / 2) ** 2
    got = torch.cumprod(1 - cosine_betas(1000).double(), dim=0)
    assert torch.allclose(got[:-1], (wanted / wanted[0])[1:-1], atol=1e-6)
    assert cosine_betas(1000)[-1] == pytest.approx(0.999)  # the cap


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_are_a_point_on_the_unit_circle(name, x0):
    schedule = NoiseSchedule(name)
    t = torch.tensor([0, 1, 100, 300, 500, 700, 998, 999])
    signal, noise = schedule.rates(t, x0)
    assert signal.shape == noise.shape == (8, 1, 1, 1)
    assert torch.allclose(signal**2 + noise**2, torch.ones(8, 1, 1, 1), atol=1e-6)
    assert torch.allclose((signal / noise).flatten() ** 2, schedule.snr[t], rtol=1e-4)
    one = schedule.rates(300, x0)
    assert one.signal.shape == ()
    assert one.signal == signal[3]


def test_alpha_bar_is_one_before_any_noise():
    schedule = NoiseSchedule()
    assert schedule.alpha_bar(-1) == 1
    assert schedule.alpha_bar(999) == schedule.alphas_cumprod[999]
    with pytest.raises(ValueError, match="t is -2; the schedule runs from 0 to 999"):
        schedule.alpha_bar(-2)


@pytest.mark.parametrize("t", [-1, 1000, torch.tensor([0] * 7 + [1000])])
def test_t_outside_the_schedule_is_refused(t, x0):
    with pytest.raises(ValueError, match=r"t is (-1|1000); the schedule runs from 0 to 999"):
        NoiseSchedule().rates(t, x0)


@pytest.mark.parametrize("t", [torch.zeros(3, dtype=torch.long), torch.zeros(8, 1).long()])
def test_a_batch_of_t_of_the_wrong_length_is_refused(t, x0):
    with pytest.raises(ValueError, match=r"t has shape .*; expected \(8,\), one timestep an image"):
        NoiseSchedule().rates(t, x0)


@pytest.mark.parametrize("t", [0.5, torch.zeros(8), True])
def test_t_must_be_whole_numbers(t, x0):
    with pytest.raises(TypeError, match=r"t is torch\.(float32|bool); expected a whole number"):
        NoiseSchedule().rates(t, x0)


def test_an_unknown_schedule_is_refused():
    with pytest.raises(
        ValueError, match=r"beta_schedule is 'cosine'; expected one of linear, .*v2"
    ):
        NoiseSchedule("cosine")


@pytest.mark.parametrize("steps", [0, -1, 10.0, True])
def test_a_schedule_has_at_least_one_timestep(steps):
    with pytest.raises(ValueError, match="num_train_timesteps is"):
        NoiseSchedule(num_train_timesteps=steps)


@pytest.mark.parametrize("betas", [(0, 0.02), (0.02, 0.0001), (0.0001, 1), (float("nan"), 0.02)])
def test_betas_are_variances_that_do_not_fall(betas):
    with pytest.raises(ValueError, match="expected 0 < beta_start <= beta_end < 1"):
        NoiseSchedule(beta_start=betas[0], beta_end=betas[1])


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_timestep_is_found_by_its_snr(name):
    schedule = NoiseSchedule(name)
    for t in (0, 1, 500, 998, 999):
        assert timestep_of_snr(schedule.snr[t], schedule) == t
    assert timestep_of_snr(1e-30, schedule) == 999
    assert timestep_of_snr(1e30, schedule) == 0


def test_the_nearest_snr_is_nearest_as_a_ratio():
    schedule = NoiseSchedule(num_train_timesteps=2, beta_start=1 / 101, beta_end=10 / 11)
    assert schedule.snr.tolist() == pytest.approx([100, 0.0989], rel=0.01)
    assert timestep_of_snr(10, schedule) == 0
    assert timestep_of_snr(1, schedule) == 1


@pytest.mark.parametrize("snr", [0, -1, float("nan"), float("inf")])
def test_an_snr_is_a_number_above_zero(snr):
    with pytest.raises(ValueError, match=r"snr is .*; expected a number above 0"):
        timestep_of_snr(snr, NoiseSchedule())

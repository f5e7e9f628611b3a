"""Sampling without the timestep: the noise is measured on the way."""

import pytest
import torch

from genlab.diffusion.blind import blind_ddim, rates_in, unit_noise
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.forward import add_noise
from genlab.diffusion.samplers import ddim, initial_noise
from genlab.diffusion.schedules import NoiseSchedule

LINEAR = NoiseSchedule("linear")


def test_noise_is_scaled_to_mean_square_one(eps):
    for scaled in (unit_noise(eps), unit_noise(7 * eps)):
        assert torch.allclose((scaled**2).mean(dim=(1, 2, 3)), torch.ones(len(eps)), atol=1e-5)
        assert torch.allclose(scaled, unit_noise(eps), atol=1e-5)


@pytest.mark.parametrize("t", [100, 400, 800])
def test_the_noise_level_is_read_off_the_images(x0, eps, t):
    eps = unit_noise(eps)
    noise = LINEAR.rates(t, x0).noise
    found = rates_in(add_noise(x0, eps, t, LINEAR), eps, LINEAR)
    assert found.noise.shape == found.signal.shape == (len(x0), 1, 1, 1)
    assert (found.noise - noise).abs().max() < 0.12  # digit and noise are a little alike by chance
    assert torch.allclose(found.signal**2 + found.noise**2, torch.ones(len(x0), 1, 1, 1), atol=1e-5)


def test_the_answer_stays_within_the_schedule(eps):
    eps = unit_noise(eps)
    last = LINEAR.rates(999, eps).noise
    assert torch.allclose(rates_in(5 * eps, eps, LINEAR).noise, last)
    assert torch.allclose(rates_in(0 * eps, eps, LINEAR).noise, LINEAR.rates(0, eps).noise)


def test_a_network_that_makes_noise_louder_runs_away_under_plain_ddim_only():
    """The output grows with the input, as a network's does that never saw stronger noise."""
    loud = Denoiser(lambda xt, t: 1.1 * xt, LINEAR, "epsilon")
    noise = initial_noise(2)
    plain = [step.xt.std() for step in ddim(loud, noise, 50)]
    blind = [step.xt.std() for step in blind_ddim(loud, noise, 50)]
    assert max(plain) > 4
    assert max(blind) < 1.5


def test_steps_are_those_of_ddim():
    denoiser = Denoiser(lambda xt, t: xt, LINEAR, "epsilon")
    steps = list(blind_ddim(denoiser, initial_noise(1), 10))
    assert [step.t for step in steps] == [900, 800, 700, 600, 500, 400, 300, 200, 100, 0]
    assert torch.equal(steps[1].xt, steps[0].prev_sample)
    assert all(step.x0.abs().max() <= 1 for step in steps)


def test_only_noise_can_be_measured():
    denoiser = Denoiser(lambda xt, t: xt, LINEAR, "sample")
    with pytest.raises(ValueError, match="prediction_type is 'sample'; expected 'epsilon'"):
        next(blind_ddim(denoiser, initial_noise(1)))

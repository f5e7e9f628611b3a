"""Sampling without the timestep: strengths are held on the way."""

from itertools import pairwise

import pytest
import torch

from genlab.data import load_digits
from genlab.diffusion.blind import DIGIT_STRENGTH, at_strength, blind_ddim
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.diffusion.samplers import ddim, initial_noise
from genlab.diffusion.schedules import NoiseSchedule

LINEAR = NoiseSchedule("linear")


def test_an_image_gets_the_strength_asked_for(eps):
    for scaled in (at_strength(eps, 0.5), at_strength(7 * eps, 0.5)):
        assert torch.allclose((scaled**2).mean(dim=(1, 2, 3)), torch.tensor(0.5), atol=1e-5)
        assert torch.allclose(scaled, at_strength(eps, 0.5), atol=1e-5)


def test_the_strength_of_digits_is_that_of_the_training_digits():
    x0 = to_diffusion_range(load_digits("train").images)
    assert (x0**2).mean().item() == pytest.approx(DIGIT_STRENGTH, abs=5e-4)


@pytest.mark.parametrize("t", [100, 400, 800])
def test_noisy_digits_have_the_strength_that_is_asked_of_them(t):
    x0 = to_diffusion_range(load_digits("test").images)
    eps = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
    alpha_bar = LINEAR.alpha_bar(t)
    found = (add_noise(x0, eps, t, LINEAR) ** 2).mean()
    assert found.item() == pytest.approx(
        (alpha_bar * DIGIT_STRENGTH + 1 - alpha_bar).item(), abs=0.01
    )


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
    for earlier, later in pairwise(steps):
        ratio = later.xt / earlier.prev_sample
        assert torch.allclose(ratio, ratio.mean(), rtol=1e-3)  # scaled, and nothing else


def test_a_perfect_denoiser_arrives_at_the_digit():
    """Noise of a known digit is found exactly: the brake has hardly anything to do."""
    x0 = to_diffusion_range(load_digits("train").images[:4])
    x0 = at_strength(x0, DIGIT_STRENGTH)

    def perfect(xt, t):
        signal, noise = LINEAR.rates(t, xt)
        return (xt - signal * x0) / noise

    *_, last = blind_ddim(Denoiser(perfect, LINEAR), initial_noise(4))
    assert (last.prev_sample - x0).abs().mean() < 0.02


def test_only_noise_can_be_measured():
    denoiser = Denoiser(lambda xt, t: xt, LINEAR, "sample")
    with pytest.raises(ValueError, match="prediction_type is 'sample'; expected 'epsilon'"):
        next(blind_ddim(denoiser, initial_noise(1)))

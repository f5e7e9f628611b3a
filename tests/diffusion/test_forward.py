"""The forward process: diffusers' numbers; one jump is as good as t small steps."""

import pytest
import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from genlab.data import load_digits
from genlab.diffusion.forward import (
    add_noise,
    add_noise_step,
    to_diffusion_range,
    to_image_range,
)
from genlab.diffusion.schedules import NoiseSchedule

from .conftest import SCHEDULES


@pytest.mark.parametrize("name", SCHEDULES)
def test_add_noise_is_that_of_diffusers(name, x0, eps):
    t = torch.tensor([0, 1, 100, 300, 500, 700, 998, 999])
    ours = add_noise(x0, eps, t, NoiseSchedule(name))
    theirs = DDPMScheduler(beta_schedule=name).add_noise(x0, eps, t)
    assert (ours - theirs).abs().max() <= 1e-6


@pytest.mark.parametrize("t", [0, 10, 200, 999])
@pytest.mark.parametrize("name", SCHEDULES)
def test_one_jump_has_the_moments_of_small_steps(name, t, rng):
    # 20,000 copies of two pixels: the mean is then known to 0.007, the variance to 0.01.
    schedule, copies = NoiseSchedule(name), 20_000
    start = torch.tensor([-1.0, 0.6]).expand(copies, 2).view(copies, 1, 1, 2)
    walked = start
    for step in range(t + 1):
        walked = add_noise_step(walked, torch.randn(walked.shape, generator=rng), step, schedule)
    jumped = add_noise(start, torch.randn(start.shape, generator=rng), t, schedule)
    alpha_bar = schedule.alphas_cumprod[t]
    for x in (walked, jumped):
        assert torch.allclose(x.mean(dim=0), alpha_bar.sqrt() * start[0], atol=0.03)
        assert torch.allclose(x.var(dim=0), (1 - alpha_bar).expand(1, 1, 2), atol=0.04)


@pytest.mark.parametrize("name", SCHEDULES)
def test_one_jump_has_exactly_the_mean_and_variance_of_small_steps(name):
    schedule = NoiseSchedule(name)
    mean, variance = 1.0, 0.0
    for alpha, beta, alpha_bar in zip(
        *(part.tolist() for part in (schedule.alphas, schedule.betas, schedule.alphas_cumprod)),
        strict=True,
    ):
        mean, variance = alpha**0.5 * mean, alpha * variance + beta
        assert mean == pytest.approx(alpha_bar**0.5, abs=1e-6)
        assert variance == pytest.approx(1 - alpha_bar, abs=2e-5)  # rounding adds up


def test_a_small_step_has_its_beta():
    schedule = NoiseSchedule()
    x, one = torch.zeros(1), torch.ones(1)
    for t in (0, 1, 500, 999):
        step = add_noise_step(x, one, t, schedule)
        assert step.item() == pytest.approx(schedule.betas[t].sqrt().item(), rel=1e-3)


def test_the_ranges_are_changed_there_and_back():
    images = load_digits("test").images[:4]
    x0 = to_diffusion_range(images)
    assert (x0.min(), x0.max()) == (-1, 1)
    assert torch.allclose(to_image_range(x0), images, atol=1e-7)
    assert to_image_range(torch.tensor([-3.0, 3.0])).tolist() == [0, 1]


def test_images_of_another_range_are_refused():
    with pytest.raises(ValueError, match=r"values from -1 to 1; expected \[0, 1\]"):
        to_diffusion_range(to_diffusion_range(load_digits("test").images))


def test_shapes_of_x0_and_noise_that_differ_are_refused(x0, eps):
    with pytest.raises(ValueError, match=r"x0 has shape \(8, 1, 28, 28\) and eps \(1, 1, 28, 28\)"):
        add_noise(x0, eps[:1], 5, NoiseSchedule())
    with pytest.raises(ValueError, match=r"x has shape .* and eps .*; expected the same shape"):
        add_noise_step(x0, eps[:1], 5, NoiseSchedule())

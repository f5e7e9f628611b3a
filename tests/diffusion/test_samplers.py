"""Samplers: diffusers' steps from the same noise, seeds, what bad input is told."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.samplers import (
    ddim,
    ddpm,
    final_images,
    inference_timesteps,
    initial_noise,
)
from genlab.diffusion.schedules import NoiseSchedule

from .conftest import PREDICTION_TYPES, SCHEDULES

every_network = pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
every_schedule = pytest.mark.parametrize("name", SCHEDULES)


def follow(scheduler, steps, network, **options):
    """Run diffusers' scheduler; assert that our steps are its steps, each to 1e-5."""
    xt = initial_noise(4)
    count = 0
    for ours, t in zip(steps, scheduler.timesteps.tolist(), strict=True):
        output = network(xt, torch.full((4,), t))
        theirs = scheduler.step(output, t, xt, **options)
        assert ours.t == t
        assert (ours.xt - xt).abs().max() <= 1e-5
        assert (ours.x0 - theirs.pred_original_sample).abs().max() <= 1e-5
        assert (ours.prev_sample - theirs.prev_sample).abs().max() <= 1e-5
        xt, count = theirs.prev_sample, count + 1
    return count


@every_network
@every_schedule
@pytest.mark.parametrize(("steps", "spacing"), [(50, "leading"), (7, "trailing")])
def test_ddpm_is_that_of_diffusers(name, prediction_type, steps, spacing, network):
    theirs = DDPMScheduler(
        beta_schedule=name, prediction_type=prediction_type, timestep_spacing=spacing
    )
    theirs.set_timesteps(steps)
    denoiser = Denoiser(network, NoiseSchedule(name), prediction_type)
    ours = ddpm(denoiser, initial_noise(4), steps, seed=3, timestep_spacing=spacing)
    rng = torch.Generator().manual_seed(3)
    assert follow(theirs, ours, network, generator=rng) == steps


@every_network
def test_a_thousand_steps_of_ddpm_are_those_of_diffusers(prediction_type, network):
    theirs = DDPMScheduler(prediction_type=prediction_type)
    ours = ddpm(Denoiser(network, NoiseSchedule(), prediction_type), initial_noise(4), seed=3)
    rng = torch.Generator().manual_seed(3)
    assert follow(theirs, ours, network, generator=rng) == 1000


@every_network
@every_schedule
@pytest.mark.parametrize("eta", [0.0, 0.7, 1.0])
@pytest.mark.parametrize(("steps", "spacing"), [(50, "leading"), (20, "trailing"), (1, "leading")])
def test_ddim_is_that_of_diffusers(name, prediction_type, eta, steps, spacing, network):
    theirs = DDIMScheduler(
        beta_schedule=name, prediction_type=prediction_type, timestep_spacing=spacing
    )
    theirs.set_timesteps(steps)
    denoiser = Denoiser(network, NoiseSchedule(name), prediction_type)
    ours = ddim(denoiser, initial_noise(4), steps, eta, seed=3, timestep_spacing=spacing)
    rng = torch.Generator().manual_seed(3)
    assert follow(theirs, ours, network, eta=eta, generator=rng) == steps


@every_network
def test_without_clipping_too(prediction_type, network):
    denoiser = Denoiser(network, NoiseSchedule(), prediction_type)
    theirs = DDIMScheduler(prediction_type=prediction_type, clip_sample=False)
    theirs.set_timesteps(50)
    assert follow(theirs, ddim(denoiser, initial_noise(4), clip_sample=False), network) == 50


@pytest.mark.parametrize("spacing", ["leading", "trailing"])
@pytest.mark.parametrize("steps", [1, 3, 7, 50, 333, 999, 1000])
def test_timesteps_are_those_of_diffusers(steps, spacing):
    theirs = DDPMScheduler(timestep_spacing=spacing)
    theirs.set_timesteps(steps)
    ours = inference_timesteps(NoiseSchedule(), steps, spacing)
    assert ours == theirs.timesteps.tolist()[:steps]
    assert len(ours) == steps
    assert (np.diff(ours) < 0).all()


def test_ddim_with_a_perfect_denoiser_arrives_at_the_digit(x0, eps):
    schedule = NoiseSchedule("squaredcos_cap_v2")

    def perfect(xt, t):
        return x0

    last = [*ddim(Denoiser(perfect, schedule, "sample"), eps, 10)][-1]
    assert torch.allclose(last.prev_sample, x0, atol=1e-5)


def test_every_step_is_yielded_and_hangs_together(network):
    steps = [*ddim(Denoiser(network, NoiseSchedule()), initial_noise(2), 5)]
    assert [step.t for step in steps] == [800, 600, 400, 200, 0]
    for earlier, later in pairwise(steps):
        assert torch.equal(earlier.prev_sample, later.xt)
    assert all(step.x0.abs().max() <= 1 for step in steps)


def test_the_seed_decides(network):
    denoiser = Denoiser(network, NoiseSchedule())
    noise = initial_noise(2)
    assert torch.equal(noise, initial_noise(2, seed=0))
    assert not torch.equal(noise, initial_noise(2, seed=1))
    a, b, c = (final_images(ddpm(denoiser, noise, 20, seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert torch.equal(*(final_images(ddim(denoiser, noise, 20, seed=seed)) for seed in (1, 2)))
    assert a.shape == (2, 1, 28, 28)
    assert a.min() >= 0 and a.max() <= 1


@pytest.mark.parametrize("sampler", [ddim, ddpm])
@pytest.mark.parametrize("steps", [0, -1, 1001, 2.5])
def test_zero_or_too_many_steps_are_refused_at_once(sampler, steps, network):
    wanted = r"num_inference_steps is .*; expected a whole number from 1 to 1000"
    with pytest.raises(ValueError, match=wanted):
        sampler(Denoiser(network, NoiseSchedule()), initial_noise(1), steps)


def test_other_bad_input_is_refused(network):
    denoiser = Denoiser(network, NoiseSchedule())
    with pytest.raises(ValueError, match=r"eta is 2; expected 0 \(deterministic\) to 1"):
        ddim(denoiser, initial_noise(1), eta=2)
    with pytest.raises(
        ValueError, match="timestep_spacing is 'even'; expected one of leading, tra"
    ):
        ddim(denoiser, initial_noise(1), timestep_spacing="even")
    with pytest.raises(ValueError, match="count is 0; expected 1 or more images"):
        initial_noise(0)
    with pytest.raises(ValueError, match="no step left"):
        final_images(iter([]))

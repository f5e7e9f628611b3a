"""DPM-Solver++: diffusers' steps from the same noise, its order, what bad input is told."""

import math
from itertools import pairwise

import pytest
import torch
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.samplers import ddim, initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.solvers import dpm_solver, solver_timesteps

from .conftest import PREDICTION_TYPES, SCHEDULES


def follow(scheduler, steps, network):
    """Run diffusers' solver; assert that our steps are its steps, each to 1e-5."""
    xt, count = initial_noise(4), 0
    for ours, t in zip(steps, scheduler.timesteps.tolist(), strict=True):
        assert ours.t == t
        assert (ours.xt - xt).abs().max() <= 1e-5
        xt = scheduler.step(network(xt, torch.full((4,), t)), t, xt).prev_sample
        assert (ours.prev_sample - xt).abs().max() <= 1e-5
        count += 1
    return count


def diffusers(name, prediction_type, spacing, **options):
    return DPMSolverMultistepScheduler(
        beta_schedule=name,
        prediction_type=prediction_type,
        timestep_spacing=spacing,
        solver_order=2,
        algorithm_type="dpmsolver++",
        **options,
    )


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("spacing", ["leading", "trailing"])
@pytest.mark.parametrize("steps", [1, 2, 3, 10, 14, 15, 50])
def test_the_solver_is_that_of_diffusers(name, prediction_type, spacing, steps, network):
    # thresholding=True with its greatest value at 1 is the clamp to [-1, 1].
    theirs = diffusers(name, prediction_type, spacing, thresholding=True)
    theirs.set_timesteps(steps)
    denoiser = Denoiser(network, NoiseSchedule(name), prediction_type)
    ours = dpm_solver(denoiser, initial_noise(4), steps, timestep_spacing=spacing)
    assert follow(theirs, ours, network) == steps


@pytest.mark.parametrize("prediction_type", ["sample", "v_prediction"])
@pytest.mark.parametrize("spacing", ["leading", "trailing"])
@pytest.mark.parametrize("steps", [5, 20])
def test_without_clipping_too(prediction_type, spacing, steps, network):
    theirs = diffusers("squaredcos_cap_v2", prediction_type, spacing)
    theirs.set_timesteps(steps)
    denoiser = Denoiser(network, NoiseSchedule("squaredcos_cap_v2"), prediction_type)
    noise = initial_noise(4)
    ours = dpm_solver(denoiser, noise, steps, clip_sample=False, timestep_spacing=spacing)
    assert follow(theirs, ours, network) == steps


@pytest.mark.parametrize("spacing", ["leading", "trailing"])
@pytest.mark.parametrize("steps", [1, 3, 7, 50, 333, 999])
def test_timesteps_are_those_of_diffusers(steps, spacing):
    theirs = diffusers("linear", "epsilon", spacing)
    theirs.set_timesteps(steps)
    ours = solver_timesteps(NoiseSchedule(), steps, spacing)
    assert ours == theirs.timesteps.tolist()[:steps]


def test_one_and_two_steps_are_those_of_ddim(network):
    denoiser = Denoiser(network, NoiseSchedule("squaredcos_cap_v2"), "v_prediction")
    noise = initial_noise(4)
    for steps in (1, 2):
        options = {"clip_sample": False, "timestep_spacing": "trailing"}
        for ours, plain in zip(
            dpm_solver(denoiser, noise, steps, **options),
            ddim(denoiser, noise, steps, **options),
            strict=True,
        ):
            assert (ours.prev_sample - plain.prev_sample).abs().max() <= 1e-4


def exact(spread, schedule):
    """The best denoiser of x0 ~ N(0, spread^2), whose flow is known in closed form."""

    def network(xt, t):
        a, s = schedule.rates(t, xt)
        return a * spread**2 / (a**2 * spread**2 + s**2) * xt

    return Denoiser(network, schedule, "sample")


def test_it_is_of_second_order_where_ddim_is_of_first():
    spread, schedule = 0.5, NoiseSchedule("linear")
    denoiser, noise = exact(spread, schedule), initial_noise(4)
    a, s = schedule.rates(999, noise)
    arrival = spread / math.sqrt(a**2 * spread**2 + s**2) * noise
    errors = {}
    for sampler in (ddim, dpm_solver):
        for steps in (20, 40):
            run = sampler(denoiser, noise, steps, clip_sample=False, timestep_spacing="trailing")
            errors[sampler, steps] = ([*run][-1].prev_sample - arrival).abs().mean().item()
    assert errors[dpm_solver, 20] < errors[ddim, 20] / 3
    assert errors[ddim, 40] == pytest.approx(errors[ddim, 20] / 2, rel=0.3)
    assert errors[dpm_solver, 40] < errors[dpm_solver, 20] / 3


def test_steps_hang_together_and_end_at_the_guess(network):
    steps = [*dpm_solver(Denoiser(network, NoiseSchedule()), initial_noise(2), 5)]
    for earlier, later in pairwise(steps):
        assert torch.equal(earlier.prev_sample, later.xt)
    assert all(step.x0.abs().max() <= 1 for step in steps)
    assert torch.allclose(steps[-1].prev_sample, steps[-1].x0, atol=1e-6)


@pytest.mark.parametrize("steps", [0, -1, 1001, 2.5])
def test_zero_or_too_many_steps_are_refused_at_once(steps, network):
    wanted = r"num_inference_steps is .*; expected a whole number from 1 to 1000"
    with pytest.raises(ValueError, match=wanted):
        dpm_solver(Denoiser(network, NoiseSchedule()), initial_noise(1), steps)


def test_other_bad_input_is_refused(network):
    denoiser = Denoiser(network, NoiseSchedule())
    with pytest.raises(ValueError, match="timestep_spacing is 'even'"):
        dpm_solver(denoiser, initial_noise(1), timestep_spacing="even")
    with pytest.raises(ValueError, match="num_inference_steps is 1000; expected 1 to 999 with lea"):
        dpm_solver(denoiser, initial_noise(1), 1000, timestep_spacing="leading")
    assert len([*dpm_solver(denoiser, initial_noise(1), 1000)]) == 1000

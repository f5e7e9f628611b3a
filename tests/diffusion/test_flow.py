"""Flow matching: the line, its velocity, the loss, and the samplers held against diffusers."""

from itertools import pairwise

import pytest
import torch
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.schedulers.scheduling_flow_match_heun_discrete import (
    FlowMatchHeunDiscreteScheduler,
)

from genlab.data import load_digits
from genlab.diffusion.flow import Flow, flow_loss, interpolate
from genlab.diffusion.flow_samplers import flow_euler, flow_heun, flow_sigmas, shifted
from genlab.diffusion.samplers import final_images, initial_noise
from genlab.models.time_unet import TimeUNet
from genlab.training import TrainConfig, train


def test_the_line_runs_from_the_digit_to_the_noise(x0, eps):
    assert torch.equal(interpolate(x0, eps, 0.0), x0)
    assert torch.equal(interpolate(x0, eps, 1.0), eps)
    s = torch.linspace(0, 1, len(x0))
    each = interpolate(x0, eps, s)
    for i, alone in enumerate(s):
        assert torch.allclose(each[i], interpolate(x0, eps, float(alone))[i], atol=1e-6)
    moved = (interpolate(x0, eps, 0.75) - interpolate(x0, eps, 0.25)) / 0.5
    assert torch.allclose(moved, eps - x0, atol=1e-5)


def test_the_line_is_that_of_diffusers(x0, eps):
    theirs = FlowMatchEulerDiscreteScheduler()
    theirs.set_timesteps(10)
    wanted = theirs.scale_noise(x0[:1], theirs.timesteps[3:4], eps[:1])
    got = interpolate(x0[:1], eps[:1], float(theirs.sigmas[3]))
    assert (got - wanted).abs().max() <= 1e-6


def test_a_velocity_says_what_is_digit_and_what_noise(x0, eps):
    seen = []

    def perfect(xs, t):
        seen.append(t)
        return eps - x0

    for s in (0.0, 0.3, 1.0, torch.linspace(0, 1, 8)):
        got = Flow(perfect).predict(interpolate(x0, eps, s), s)
        assert torch.allclose(got.x0, x0, atol=1e-5)
        assert torch.allclose(got.noise, eps, atol=1e-5)
    assert seen[1].tolist() == pytest.approx([300.0] * 8)
    assert seen[3].tolist() == pytest.approx([1000 * i / 7 for i in range(8)], abs=1e-3)
    assert all(t.dtype == torch.float32 for t in seen)


def test_the_loss_of_a_constant_is_known(rng):
    # An output of 0 misses by noise - x0, whose mean square is 1 + that of x0.
    images = load_digits("test").images
    wanted = 1 + ((images * 2 - 1) ** 2).mean().item()
    got = flow_loss()(lambda xs, t: torch.zeros_like(xs), (images,), rng)
    assert got.item() == pytest.approx(wanted, rel=0.01)


def test_the_loss_asks_at_every_s(rng):
    seen = []

    def network(xs, t):
        seen.append(t)
        return torch.zeros_like(xs)

    flow_loss()(network, (load_digits("test").images,), rng)
    assert 0 <= seen[0].min() < 10 and 990 < seen[0].max() < 1000
    assert seen[0].mean().item() == pytest.approx(500, abs=40)


def test_a_flow_is_learned():
    torch.manual_seed(0)
    config = TrainConfig(steps=40, batch_size=16, lr=3e-3)
    steps = [*train(TimeUNet(16, 16), flow_loss(), (load_digits("test").images,), config)]
    assert sum(step.loss for step in steps[-5:]) < 0.7 * sum(step.loss for step in steps[:5])


def test_bad_input_is_refused(x0, eps, rng):
    with pytest.raises(ValueError, match=r"s is 1.5; expected 0, the digit, to 1, the noise"):
        interpolate(x0, eps, 1.5)
    with pytest.raises(ValueError, match="s is nan"):
        interpolate(x0, eps, float("nan"))
    with pytest.raises(ValueError, match=r"s has shape \(3,\); expected \(8,\)"):
        interpolate(x0, eps, torch.zeros(3))
    with pytest.raises(ValueError, match="x0 has shape"):
        interpolate(x0, eps[:1], 0.5)
    with pytest.raises(ValueError, match="the network's output"):
        Flow(lambda xs, t: xs[:, :, :14]).predict(x0, 0.5)
    with pytest.raises(ValueError, match="the network's output"):
        flow_loss()(lambda xs, t: xs.mean(), (x0 / 2 + 0.5,), rng)


def follow(scheduler, steps, network):
    """Run diffusers' Euler scheduler; assert that our steps are its steps, each to 1e-5."""
    xs, count = initial_noise(4), 0
    for ours, t in zip(steps, scheduler.timesteps, strict=True):
        assert ours.t == pytest.approx(float(t), abs=0.51)  # rounded
        assert ours.s == pytest.approx(float(t) / 1000, abs=1e-6)
        assert (ours.xt - xs).abs().max() <= 1e-5
        xs = scheduler.step(network(xs, t.expand(4)), t, xs).prev_sample
        assert (ours.prev_sample - xs).abs().max() <= 1e-5
        count += 1
    return count


every_shift = pytest.mark.parametrize("shift", [1.0, 3.0, 0.5])


@every_shift
@pytest.mark.parametrize("steps", [1, 2, 7, 50, 1000])
def test_euler_is_that_of_diffusers(steps, shift, network):
    theirs = FlowMatchEulerDiscreteScheduler(shift=shift)
    theirs.set_timesteps(steps)
    ours = flow_euler(Flow(network), initial_noise(4), steps, shift)
    assert follow(theirs, ours, network) == steps


@every_shift
@pytest.mark.parametrize("steps", [1, 2, 7, 50])
def test_heun_is_that_of_diffusers(steps, shift, network):
    theirs = FlowMatchHeunDiscreteScheduler(shift=shift)
    theirs.set_timesteps(steps)
    calls = iter(theirs.timesteps)
    xs = initial_noise(4)

    def step():
        nonlocal xs
        t = next(calls)
        # In double precision: theirs divides by s, which at 0.001 would magnify the rounding.
        velocity = network(xs, t.expand(4)).double()
        xs = theirs.step(velocity, t, xs).prev_sample.float()

    count = 0
    for ours in flow_heun(Flow(network), initial_noise(4), steps, shift):
        assert (ours.xt - xs).abs().max() <= 1e-5
        step()
        if count < steps - 1:
            step()  # the second half of their step
        assert (ours.prev_sample - xs).abs().max() <= 1e-5
        count += 1
    assert count == steps
    assert next(calls, None) is None


def test_steps_hang_together_and_end_at_the_digits(network):
    for sampler in (flow_euler, flow_heun):
        steps = [*sampler(Flow(network), initial_noise(2), 5)]
        for earlier, later in pairwise(steps):
            assert torch.equal(earlier.prev_sample, later.xt)
        assert torch.allclose(steps[-1].prev_sample, steps[-1].x0, atol=1e-5)


@pytest.mark.parametrize("sampler", [flow_euler, flow_heun])
def test_a_straight_flow_needs_one_step(sampler, x0, eps):
    images = final_images(sampler(Flow(lambda xs, t: eps - x0), eps, 1))
    assert torch.allclose(images, (x0 + 1) / 2, atol=1e-5)


def test_heun_is_nearer_than_euler_on_a_curved_flow(rng):
    # The flow of x0 ~ N(0, 0.5^2): it maps noise z to 0.5 z exactly.
    spread = 0.5

    def velocity(xs, t):
        s = (t / 1000).view(-1, 1, 1, 1)
        variance = (1 - s) ** 2 * spread**2 + s**2
        return (s - (1 - s) * spread**2) / variance * xs

    noise = initial_noise(4)
    errors = {}
    for sampler in (flow_euler, flow_heun):
        for steps in (10, 20):
            last = [*sampler(Flow(velocity), noise, steps)][-1].prev_sample
            errors[sampler, steps] = (last - spread * noise).abs().mean().item()
    assert errors[flow_heun, 10] < errors[flow_euler, 10] / 4
    assert errors[flow_euler, 20] == pytest.approx(errors[flow_euler, 10] / 2, rel=0.3)


@pytest.mark.parametrize("sampler", [flow_euler, flow_heun])
@pytest.mark.parametrize("steps", [0, -1, 1001, 2.5])
def test_zero_or_too_many_steps_are_refused_at_once(sampler, steps, network):
    wanted = r"num_inference_steps is .*; expected a whole number from 1 to 1000"
    with pytest.raises(ValueError, match=wanted):
        sampler(Flow(network), initial_noise(1), steps)


@pytest.mark.parametrize("shift", [0, -1, float("inf"), float("nan")])
def test_a_shift_that_is_not_above_zero_is_refused(shift):
    with pytest.raises(ValueError, match=r"shift is .*; expected a number above 0"):
        flow_sigmas(5, shift)


def test_a_shift_leaves_the_ends_and_can_be_undone():
    s = torch.linspace(0, 1, 11)
    assert torch.equal(shifted(s, 1.0), s)
    there = shifted(s, 3.0)
    assert there[0] == 0 and there[-1] == 1
    assert (there[1:-1] > s[1:-1]).all()
    assert torch.allclose(shifted(there, 1 / 3), s, atol=1e-6)

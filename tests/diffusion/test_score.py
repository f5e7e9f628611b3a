"""The score against closed forms, its flow against DDIM, and a denoiser relabelled as a flow."""

import math

import pytest
import torch

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.flow import as_flow, flow_snr, interpolate
from genlab.diffusion.flow_samplers import flow_euler, shifted
from genlab.diffusion.samplers import ddim, final_images, initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.score import probability_flow, score

from .conftest import PREDICTION_TYPES, SCHEDULES

MEANS, SPREAD = (-0.8, 0.6), 0.3  # of a mixture of two, a pixel
TIMESTEPS = (0, 100, 500, 900)


def log_density(xt, a, s):
    """Log p_t of images whose pixels are, each for itself, one of two bells."""
    variance = a**2 * SPREAD**2 + s**2
    bells = [-((xt - a * mean) ** 2) / (2 * variance) for mean in MEANS]
    return torch.logsumexp(torch.stack(bells), dim=0).sum()


def best_guess(xt, a, s):
    """E[x0 | xt] of the same mixture: each bell's guess, by how likely the bell is."""
    variance = a**2 * SPREAD**2 + s**2
    bells = torch.stack([-((xt - a * mean) ** 2) / (2 * variance) for mean in MEANS])
    gain = a * SPREAD**2 / variance
    guesses = torch.stack([mean + gain * (xt - a * mean) for mean in MEANS])
    return (bells.softmax(dim=0) * guesses).sum(dim=0)


def of_mixture(schedule):
    return Denoiser(lambda xt, t: best_guess(xt, *schedule.rates(t, xt)), schedule, "sample")


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("t", TIMESTEPS)
def test_the_score_of_a_mixture_is_the_gradient_of_its_log_density(name, t):
    schedule = NoiseSchedule(name)
    xt = initial_noise(4).requires_grad_()
    a, s = schedule.rates(t, xt)
    (wanted,) = torch.autograd.grad(log_density(xt, a, s), xt)
    got = score(of_mixture(schedule), xt.detach(), t)
    assert (got - wanted).abs().max() <= 1e-3 * wanted.abs().max()


def test_each_image_at_its_own_timestep():
    denoiser, xt = of_mixture(NoiseSchedule()), initial_noise(4)
    together = score(denoiser, xt, torch.tensor(TIMESTEPS))
    for i, t in enumerate(TIMESTEPS):
        assert torch.allclose(together[i], score(denoiser, xt, t)[i], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
def test_the_flow_of_the_score_is_ddim(prediction_type, network):
    denoiser = Denoiser(network, NoiseSchedule(), prediction_type)
    noise = initial_noise(4)
    plain = ddim(denoiser, noise, 10, clip_sample=False)
    for ours, step in zip(probability_flow(denoiser, noise, 10), plain, strict=True):
        signal, _ = denoiser.schedule.rates(step.t, step.xt)
        # Without a clamp images may be large; x0 is a difference of numbers of the size of 1 / a.
        slack = 1e-5 * step.x0.abs().max().clamp(min=1) + 2e-6 / signal
        size = step.prev_sample.abs().max().clamp(min=1)
        assert ours.t == step.t
        assert (ours.x0 - step.x0).abs().max() <= slack
        assert (ours.prev_sample - step.prev_sample).abs().max() <= 1e-5 * size


def test_the_flow_of_a_gaussian_arrives_where_it_must():
    # x0 ~ N(mean, spread^2): the flow only moves and stretches.
    mean, spread, schedule = 0.4, 0.3, NoiseSchedule("linear")

    def network(xt, t):
        a, s = schedule.rates(t, xt)
        return mean + a * spread**2 / (a**2 * spread**2 + s**2) * (xt - a * mean)

    noise = initial_noise(4)
    a, s = schedule.rates(999, noise)
    wanted = mean + spread * (noise - a * mean) / math.sqrt(a**2 * spread**2 + s**2)
    run = probability_flow(
        Denoiser(network, schedule, "sample"), noise, 1000, timestep_spacing="trailing"
    )
    last = [*run][-1].prev_sample
    assert (last - wanted).abs().max() <= 0.02


def test_the_flow_fills_both_bells():
    denoiser = of_mixture(NoiseSchedule())
    last = [*probability_flow(denoiser, initial_noise(20), 200, "trailing")][-1].prev_sample
    high = last > 0
    assert high.float().mean().item() == pytest.approx(0.5, abs=0.03)
    assert last[high].mean().item() == pytest.approx(MEANS[1], abs=0.05)
    assert last[~high].mean().item() == pytest.approx(MEANS[0], abs=0.05)


def test_bad_input_is_refused(network):
    denoiser = Denoiser(network, NoiseSchedule())
    with pytest.raises(ValueError, match="t is 1000; the schedule runs from 0 to 999"):
        score(denoiser, initial_noise(1), 1000)
    with pytest.raises(ValueError, match="num_inference_steps is 0"):
        probability_flow(denoiser, initial_noise(1), 0)


# -- flows are the same noise levels under another name --------------------------------------------


@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0, 6.93])
def test_a_shift_divides_the_snr_by_its_square(shift):
    s = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    got, wanted = flow_snr(shifted(s, shift)), flow_snr(s) / shift**2
    assert torch.allclose(got, wanted, rtol=1e-9, atol=0)


def test_the_snr_of_a_flow_is_that_of_its_images(x0, eps):
    s = 0.3
    xs = interpolate(x0, eps, s)
    signal = ((1 - s) * x0).square().mean() / x0.square().mean()
    noise = (xs - (1 - s) * x0).square().mean() / eps.square().mean()
    assert (signal / noise).item() == pytest.approx(flow_snr(torch.tensor(s)).item(), rel=1e-3)


@pytest.mark.parametrize("s", [0.05, 0.3, 0.7, 0.95])
def test_a_perfect_denoiser_is_a_perfect_flow(s, x0, eps):
    denoiser = Denoiser(lambda xt, t: x0, NoiseSchedule("squaredcos_cap_v2"), "sample")
    got = as_flow(denoiser).predict(interpolate(x0, eps, s), s)
    assert torch.allclose(got.velocity, eps - x0, atol=1e-4)
    assert torch.allclose(got.x0, x0, atol=1e-4)


def test_the_network_is_shown_what_it_was_trained_on(x0, eps):
    schedule = NoiseSchedule("squaredcos_cap_v2")
    seen = []

    def network(xt, t):
        seen.append((xt, int(t[0])))
        return x0

    flow = as_flow(Denoiser(network, schedule, "sample"))
    for s in (0.1, 0.5, 0.9):
        flow.predict(interpolate(x0, eps, s), s)
        xt, t = seen[-1]
        a, sigma = schedule.rates(t, xt)
        assert (xt - (a * x0 + sigma * eps)).abs().max() <= 0.02  # but for the nearest t
    flow.predict(eps, 1.0)
    assert seen[-1][1] == 999


def test_a_flow_of_a_denoiser_arrives_where_ddim_does():
    # Both follow the score's flow, along other steps; the mixture's denoiser is exact.
    denoiser, noise = of_mixture(NoiseSchedule("squaredcos_cap_v2")), initial_noise(4)
    plain = final_images(ddim(denoiser, noise, 500, timestep_spacing="trailing"))
    flowed = final_images(flow_euler(as_flow(denoiser), noise, 500))
    assert (plain - flowed).abs().mean() <= 0.02

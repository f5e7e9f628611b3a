"""The contract between networks and their callers, the loss, and the errors against t."""

import pytest
import torch

from genlab.checkpoints import CheckpointError
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser, load_denoiser
from genlab.diffusion.evaluation import (
    SILU_MINIMUM,
    errors_against_t,
    least_error_above,
)
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import diffusion_loss
from genlab.models.unet import BasicUNet
from genlab.training import TrainConfig, train

from .conftest import PREDICTION_TYPES


def test_the_network_sees_one_timestep_an_image(x0):
    seen = []

    def network(xt, t):
        seen.append(t)
        return xt

    denoiser = Denoiser(network, NoiseSchedule())
    denoiser.predict(x0, 7)
    denoiser.predict(x0, torch.arange(8))
    assert seen[0].tolist() == [7] * 8
    assert seen[1].tolist() == list(range(8))
    assert all(t.dtype == torch.int64 for t in seen)


def test_a_prediction_can_be_clipped(x0, network):
    prediction = Denoiser(network, NoiseSchedule()).predict(x0, 999)
    assert prediction.x0.abs().max() > 1
    clipped = prediction.clipped()
    assert clipped.x0.abs().max() == 1
    assert torch.equal(clipped.eps, prediction.eps)


def test_bad_input_of_a_denoiser_is_refused(x0):
    with pytest.raises(ValueError, match="prediction_type is 'x0'"):
        Denoiser(BasicUNet(), NoiseSchedule(), "x0")
    denoiser = Denoiser(lambda xt, t: xt[:, :, :14], NoiseSchedule())
    with pytest.raises(ValueError, match=r"xt has shape .* the network's output \(8, 1, 14, 28\)"):
        denoiser.predict(x0, 3)
    with pytest.raises(ValueError, match="t is 1000; the schedule runs from 0 to 999"):
        denoiser.predict(x0, 1000)
    with pytest.raises(ValueError, match=r"t has shape \(3,\); expected \(8,\)"):
        denoiser.predict(x0, torch.zeros(3).long())


def test_a_checkpoint_that_is_no_denoiser_is_refused():
    with pytest.raises(CheckpointError, match="'vae-2d' is no denoiser"):
        load_denoiser("vae-2d")


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
def test_the_loss_of_a_constant_is_known(prediction_type, rng):
    # An output of 0 misses by the target itself: E[eps^2] = 1, E[x0^2], and the mean of both.
    images = load_digits("test").images
    mean_x0 = ((images * 2 - 1) ** 2).mean().item()
    schedule = NoiseSchedule()
    signal = schedule.alphas_cumprod.mean().item()
    wanted = {
        "epsilon": 1.0,
        "sample": mean_x0,
        "v_prediction": signal + (1 - signal) * mean_x0,
    }[prediction_type]
    loss = diffusion_loss(schedule, prediction_type)
    got = loss(lambda xt, t: torch.zeros_like(xt), (images,), rng)
    assert got.item() == pytest.approx(wanted, rel=0.02)


def test_the_loss_is_weighted_and_augmented(rng):
    images = load_digits("test").images
    schedule = NoiseSchedule()

    def zero(xt, t):
        return torch.zeros_like(xt)

    # The epsilon target's error is 1 everywhere, so that the loss is the mean weight.
    weighted = diffusion_loss(schedule, "epsilon", "min_snr")(zero, (images,), rng)
    mean_weight = (schedule.snr.clamp(max=5) / schedule.snr).mean().item()
    assert weighted.item() == pytest.approx(mean_weight, rel=0.1)
    white = diffusion_loss(schedule, "sample", augment=lambda x, rng: torch.zeros_like(x) + 0.5)
    assert white(zero, (images,), rng).item() == 0


def test_bad_input_of_the_loss_is_refused(x0, rng):
    schedule = NoiseSchedule()
    with pytest.raises(ValueError, match="prediction_type is 'velocity'"):
        diffusion_loss(schedule, "velocity")
    with pytest.raises(ValueError, match="weighting is 'none'"):
        diffusion_loss(schedule, "epsilon", "none")
    with pytest.raises(ValueError, match=r"expected \[0, 1\]"):
        diffusion_loss(schedule)(BasicUNet(), (x0,), rng)
    with pytest.raises(ValueError, match="the network's output"):
        diffusion_loss(schedule)(lambda xt, t: xt.mean(), (x0 / 2 + 0.5,), rng)


def test_a_unet_learns_from_the_loss():
    torch.manual_seed(0)
    images = load_digits("test").images
    config = TrainConfig(steps=20, batch_size=8, lr=2e-3)
    steps = [*train(BasicUNet(), diffusion_loss(NoiseSchedule()), (images,), config)]
    assert sum(step.loss for step in steps[-5:]) / 5 < 0.7


def test_errors_of_a_known_denoiser(network):
    images = load_digits("test").images
    schedule = NoiseSchedule()
    # An output of 0 for eps: its error is 1 at every t, that of x0 is 1 / SNR.
    zero = Denoiser(lambda xt, t: torch.zeros_like(xt), schedule)
    curve = errors_against_t(zero, images[:100], bins=5)
    assert curve.t == (99.5, 299.5, 499.5, 699.5, 899.5)
    assert curve.eps == pytest.approx([1] * 5, rel=0.02)
    for of_x0, of_eps, of_v in zip(curve.x0, curve.eps, curve.v, strict=True):
        assert of_v == pytest.approx(of_x0 + of_eps, rel=1e-3)
    assert list(curve.x0) == sorted(curve.x0)
    assert errors_against_t(zero, images[:100], bins=5) == curve
    with pytest.raises(ValueError, match="bins is 0; expected 1 to 1000"):
        errors_against_t(zero, images, bins=0)


def test_an_output_that_cannot_fall_low_cannot_match_noise(rng):
    lowest = torch.nn.functional.silu(torch.linspace(-3, 0, 100_001)).min().item()
    assert lowest == pytest.approx(SILU_MINIMUM, abs=1e-5)
    assert 0.31 < least_error_above(SILU_MINIMUM) < 0.32
    # The same by integration, and for the best output there could be: noise itself, cut off.
    eps = torch.linspace(-10, 10, 200_001, dtype=torch.float64)
    density = torch.exp(-(eps**2) / 2) / (2 * torch.pi) ** 0.5
    error = ((eps.clamp(min=lowest) - eps) ** 2 * density).sum() * 1e-4
    assert error.item() == pytest.approx(least_error_above(lowest), abs=1e-5)
    noise = torch.randn(1_000_000, generator=rng)
    drawn = ((noise.clamp(min=lowest) - noise) ** 2).mean().item()
    assert drawn == pytest.approx(least_error_above(lowest), abs=0.005)
    assert least_error_above(-20) == pytest.approx(0, abs=1e-9)  # no bound, no error left

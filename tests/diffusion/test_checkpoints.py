"""What the pages say about the trained basic UNets."""

from itertools import combinations
from statistics import mean

import pytest

from genlab.checkpoints import load_card
from genlab.data import load_digits
from genlab.diffusion.blind import blind_ddim
from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.evaluation import SILU_MINIMUM, errors_against_t, least_error_above
from genlab.diffusion.samplers import ddim, final_images, initial_noise
from genlab.measured import LARGER, SMALLER, compare
from genlab.metrics import CLASSIFIERS, SAMPLES, Quality, digit_fid, digit_fid_floor

BASIC = ("unet-basic", "unet-basic-concat", "unet-basic-no-skips", "unet-basic-silu-out")


def loss(name):
    """The loss on test digits, a mean over all timesteps."""
    return mean(load_card(name).metrics["eps_error"])


@pytest.mark.parametrize(("one", "other"), combinations(BASIC, 2))
def test_the_four_were_trained_alike(one, other):
    first, second = load_card(one).recipe, load_card(other).recipe
    assert first["steps"] * first["batch_size"] == second["steps"] * second["batch_size"]
    for key in ("lr", "ema", "seed", "weight_decay", "prediction_type", "beta_schedule"):
        assert first[key] == second[key], key


def test_skips_beat_no_skips():
    assert 3 * max(loss("unet-basic"), loss("unet-basic-concat")) < loss("unet-basic-no-skips")
    added, none = (load_card(f"unet-basic{end}").metrics for end in ("", "-no-skips"))
    assert all(a < b for a, b in zip(added["eps_error"], none["eps_error"], strict=True))


def test_added_and_concatenated_skips_are_close():
    assert all(0.05 < loss(name) < 0.2 for name in ("unet-basic", "unet-basic-concat"))


def test_a_silu_at_the_end_keeps_the_error_above_its_bound():
    bound = least_error_above(SILU_MINIMUM)
    assert bound == pytest.approx(0.314, abs=1e-3)
    assert min(load_card("unet-basic-silu-out").metrics["eps_error"]) > bound
    assert loss("unet-basic-silu-out") > 2 * loss("unet-basic")


@pytest.mark.parametrize("name", BASIC)
def test_errors_of_the_card_come_out_again(name):
    few = load_digits("test").images[:100]
    curve = errors_against_t(load_denoiser(name), few, bins=4)
    stored = load_card(name).metrics["eps_error"]
    for i, error in enumerate(curve.eps):
        assert error == pytest.approx(mean(stored[5 * i : 5 * i + 5]), rel=0.25)


def quality_of(name):
    return Quality.from_card(load_card(name).metrics["quality"])


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_unet_that_knows_t_is_an_order_of_magnitude_nearer(classifier):
    knows_t = quality_of("unet-time-sample").judgements[classifier]
    blind = quality_of("unet-basic").judgements[classifier]
    assert compare(knows_t.fid.times(10), blind.fid) == SMALLER
    assert compare(knows_t.fid, knows_t.perfect) == LARGER


@pytest.mark.tools  # a minute of sampling
def test_the_brake_takes_the_digit_fid_to_a_third():
    denoiser, noise = load_denoiser("unet-basic"), initial_noise(SAMPLES)
    plain = digit_fid(final_images(ddim(denoiser, noise, clip_sample=False)))
    braked = digit_fid(final_images(blind_ddim(denoiser, noise)))
    assert braked / plain == pytest.approx(1 / 3, abs=0.1)
    assert braked / digit_fid_floor() < quality_of("unet-basic").first.ratio.mean

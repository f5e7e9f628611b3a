"""What the page on objectives says about its three networks, held against the networks."""

from itertools import pairwise

import pytest
import torch

from genlab.checkpoints import load_card
from genlab.data import load_digits
from genlab.diffusion.denoiser import TIME_CHECKPOINTS, load_denoiser
from genlab.diffusion.evaluation import errors_against_t, prediction_errors
from genlab.diffusion.forward import to_diffusion_range
from genlab.measured import SMALLER, compare
from genlab.metrics import CLASSIFIERS, Quality

OWN_ERROR = {"epsilon": "eps_error", "sample": "x0_error", "v_prediction": "v_error"}


@pytest.fixture(scope="module")
def cards():
    return {name: load_card(checkpoint) for name, checkpoint in TIME_CHECKPOINTS.items()}


@pytest.fixture(scope="module")
def denoisers():
    return {name: load_denoiser(checkpoint) for name, checkpoint in TIME_CHECKPOINTS.items()}


def test_the_three_had_the_same_chance(cards):
    recipes = [card.recipe for card in cards.values()]
    for key in ("steps", "batch_size", "lr", "ema", "seed", "beta_schedule"):
        assert len({recipe[key] for recipe in recipes}) == 1, key
    assert {card.model for card in cards.values()} == {"genlab.models.time_unet.TimeUNet"}
    assert {name: card.recipe["prediction_type"] for name, card in cards.items()} == {
        name: name for name in TIME_CHECKPOINTS
    }


def test_the_loss_of_x0_grows_with_the_noise(cards):
    errors = cards["sample"].metrics["x0_error"]
    assert all(later > earlier for earlier, later in pairwise(errors))
    assert errors[-1] > 50 * errors[0]


def test_the_loss_of_eps_falls_with_the_noise(cards):
    errors = cards["epsilon"].metrics["eps_error"]
    assert all(later < earlier for earlier, later in pairwise(errors))
    assert errors[0] > 50 * errors[-1]


def test_the_loss_of_v_stays_within_a_narrow_band(cards):
    spans = {
        name: max(card.metrics[OWN_ERROR[name]]) / min(card.metrics[OWN_ERROR[name]])
        for name, card in cards.items()
    }
    assert spans["v_prediction"] < 10 < min(spans["epsilon"], spans["sample"])


def multiples(cards, form, bins):
    """Each network's errors in these bins, as multiples of the smallest of the three."""
    errors = {name: [card.metrics[form][i] for i in bins] for name, card in cards.items()}
    best = [min(column) for column in zip(*errors.values(), strict=True)]
    return {name: [e / b for e, b in zip(es, best, strict=True)] for name, es in errors.items()}


@pytest.mark.parametrize("form", ["x0_error", "eps_error"])
def test_who_wins_where_as_the_page_says(cards, form):
    found = multiples(cards, form, range(20))
    assert found["sample"][0] == max(found["sample"]) > 2
    assert max(found["sample"][5:]) < 1.01, "sample should win from t = 250 on"
    assert max(found["epsilon"][:5]) < 1.05 and min(found["epsilon"][10:]) > 1.05
    assert max(found["v_prediction"]) < 1.1, "v should never be far from the best"


def test_the_means_over_all_timesteps_contradict_each_other(cards):
    mean = {
        form: {name: sum(card.metrics[form]) for name, card in cards.items()}
        for form in ("x0_error", "eps_error")
    }
    assert max(mean["x0_error"], key=mean["x0_error"].get) == "epsilon"
    assert max(mean["eps_error"], key=mean["eps_error"].get) == "sample"


def test_samples_were_made_alike_and_those_of_sample_are_best(cards):
    samplers = [card.recipe.get("sampler") for card in cards.values()]
    assert all(sampler == samplers[0] for sampler in samplers)
    of = {name: Quality.from_card(card.metrics["quality"]) for name, card in cards.items()}
    for judge in CLASSIFIERS:
        best = of["sample"].judgements[judge].fid
        for other in ("v_prediction", "epsilon"):
            assert compare(best, of[other].judgements[judge].fid) == SMALLER, (judge, other)


@pytest.mark.parametrize("name", list(TIME_CHECKPOINTS))
def test_for_one_denoiser_the_v_loss_is_the_sum_of_the_others(denoisers, name):
    denoiser = denoisers[name]
    rng = torch.Generator().manual_seed(0)
    x0 = to_diffusion_range(load_digits("test").images[:20])
    eps = torch.randn(x0.shape, generator=rng)
    signal = denoiser.schedule.alphas_cumprod.sqrt()
    # Beyond, the epsilon network's x0 is an error divided by next to nothing, too large for 1e-4.
    for t in (signal >= 0.05).nonzero().flatten().tolist()[::45]:
        of_x0, of_eps, of_v = prediction_errors(denoiser, x0, eps, t)
        assert abs(of_v - (of_x0 + of_eps)) <= 1e-4


@pytest.mark.parametrize("name", list(TIME_CHECKPOINTS))
def test_the_card_holds_what_the_network_does(denoisers, cards, name):
    measured = errors_against_t(denoisers[name], load_digits("test").images[:60])
    card = cards[name].metrics
    assert list(measured.t) == card["t"]
    # Sixty digits in place of five hundred; the last bin of epsilon hangs on a few timesteps.
    for form, stored in ((measured.eps, "eps_error"), (measured.x0, "x0_error")):
        assert form[:18] == pytest.approx(card[stored][:18], rel=0.5)

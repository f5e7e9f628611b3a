"""The trainings behind the page on architectures: alike but for what is compared."""

from dataclasses import asdict

import pytest
import torch
from torch import nn

from genlab import checkpoints
from genlab.checkpoints import count_parameters
from genlab.claims import architectures
from genlab.claims.architectures import VARIANTS, forgetful, judged, mean_over_sets
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.rin import RIN
from genlab.recipes.architectures import ARCHITECTURE_RECIPES
from genlab.recipes.diffusion import in_chunks
from genlab.recipes.run import COMING, RECIPES

ALL = {**ARCHITECTURE_RECIPES, **VARIANTS}
BY_NAME = {**RECIPES, **COMING}  # shipped or not yet


def test_the_three_have_recipes_and_saw_equally_many_images():
    assert list(ARCHITECTURE_RECIPES) == ["dit", "uvit", "rin"]
    assert all(BY_NAME[name] is recipe for name, recipe in ARCHITECTURE_RECIPES.items())
    compared = [VARIANTS[f"{name}-equal"] for name in ("dit", "uvit", "rin", "unet")]
    assert len({recipe.config for recipe in compared}) == 1


def test_what_is_ranked_is_what_ships_but_for_how_long_it_was_trained():
    for name in ARCHITECTURE_RECIPES:
        shipped, ranked = BY_NAME[name], VARIANTS[f"{name}-equal"]
        assert (ranked.model, ranked.arguments) == (shipped.model, shipped.arguments)
        assert ranked.settings == shipped.settings
        assert ranked.config.steps < shipped.config.steps


@pytest.mark.parametrize("name", list(ALL))
def test_all_have_the_schedule_and_the_sampler_of_the_page_on_objectives(name):
    settings, other = ALL[name].settings, BY_NAME["unet-time-sample"].settings
    for key in ("beta_schedule", "sampler"):
        assert settings[key] == other[key]
    wanted = "epsilon" if name.endswith("epsilon") else "sample"
    assert settings["prediction_type"] == wanted


@pytest.mark.parametrize("name", list(ALL))
def test_each_can_be_built_and_ends_at_a_step_that_is_saved(name):
    recipe = ALL[name]
    assert recipe.config.steps % 200 == 0
    assert count_parameters(checkpoints.build(recipe.model, recipe.arguments)) > 80_000


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("dit-patch-2", "dit-patch-4", {"patch"}),
        ("dit-patch-2", "dit-patch-7", {"patch"}),
        ("dit-narrow-sample", "dit-wide-sample", {"width"}),
        ("dit-narrow-epsilon", "dit-wide-epsilon", {"width"}),
        ("dit-narrow-sample", "dit-narrow-epsilon", set()),
        ("rin-short", "rin-short-without", set()),
    ],
)
def test_what_is_compared_differs_in_one_thing(one, other, difference):
    first, second = VARIANTS[one], VARIANTS[other]
    assert asdict(first.config) == asdict(second.config)
    keys = first.arguments.keys() | second.arguments.keys()
    assert {k for k in keys if first.arguments.get(k) != second.arguments.get(k)} == difference


def test_the_narrow_network_is_narrower_than_a_patch_and_the_wide_one_is_not():
    for target in ("sample", "epsilon"):
        narrow, wide = (VARIANTS[f"dit-{width}-{target}"].arguments for width in ("narrow", "wide"))
        assert narrow["width"] < narrow["patch"] ** 2 == wide["patch"] ** 2 < wide["width"]


def test_a_forgetful_rin_has_zeros_at_every_step(rng):
    torch.manual_seed(0)
    model = RIN(patch=7, depth=1).eval()
    for parameter in (model.head.weight, model.recall.norm.weight):
        nn.init.normal_(parameter)
    denoiser = Denoiser(model, NoiseSchedule("squaredcos_cap_v2"), "sample")
    xt = torch.randn(2, 1, 28, 28, generator=rng)
    remembers, forgets = in_chunks(denoiser), in_chunks(forgetful(denoiser))
    first = remembers.predict(xt, 500).x0
    assert not torch.allclose(remembers.predict(xt, 500).x0, first, atol=1e-3)
    for _ in range(2):
        assert torch.allclose(forgets.predict(xt, 500).x0, first, atol=1e-5)


def test_ways_are_judged_by_both_classifiers_and_compared_seed_by_seed(monkeypatch):
    monkeypatch.setattr(architectures, "floors", lambda images, judge: float(images) + len(judge))
    monkeypatch.setattr(architectures, "copy_ratio", lambda images: 1.0)
    ways = {
        "a": lambda seed, noise: torch.tensor(10.0 * seed + noise),
        "b": lambda seed, noise: torch.tensor(11.0 * seed + noise + 2),
    }
    noises = sum(architectures.SETS) / len(architectures.SETS)
    assert mean_over_sets(ways["a"], 1, float) == pytest.approx(10 + noises)
    values = judged(ways)
    assert values["b_minus_a_first"].mean == values["b_minus_a_second"].mean == pytest.approx(3)
    assert values["a_minus_b_first"].mean == pytest.approx(-3)
    assert values["a_first"].n == 3
    assert values["a_second"].mean - values["a_first"].mean == len("-residual")
    assert values["b_copy_ratio"].mean == 1

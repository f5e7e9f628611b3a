"""The measurements of the page on zero-shot classification, on networks that are made up."""

import pytest
import torch

from genlab.claims import zero_shot
from genlab.claims.trainings import SEEDS
from genlab.models.clip import DigitCLIP
from genlab.recipes.run import recipe_of
from genlab.vision.captions import CONTEXT, HELD_OUT, TEMPLATES, TRAINED, VOCABULARY
from genlab.vision.contrast import clip_loss


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    zero_shot.per_cent.cache_clear()
    zero_shot.network.cache_clear()
    yield
    zero_shot.per_cent.cache_clear()
    zero_shot.network.cache_clear()


@pytest.fixture
def invented(monkeypatch):
    """Figures that follow a rule: held-out pairs lose 20, an ensemble gains 1 a template."""

    def made_up(seed, pairs, templates):
        pair = 80 + seed + len(templates) - 20 * (pairs == HELD_OUT)
        return {"pair": pair, "digit": pair + 5, "colour": pair + 15}

    monkeypatch.setattr(zero_shot, "per_cent", made_up)
    monkeypatch.setattr(zero_shot, "of_part", lambda seed, texts, part: len(texts) + seed)


def test_the_recipe_trains_by_infonce_and_its_runs_end_where_they_are_saved():
    recipe = recipe_of("digit-clip")
    assert recipe.loss is clip_loss
    assert recipe.config.steps % 200 == 0
    assert recipe.config.seed == SEEDS[0]
    assert recipe.arguments == {"vocabulary": len(VOCABULARY), "context": CONTEXT}


def test_pairs_of_training_and_held_out_are_compared_seed_by_seed(invented):
    values = zero_shot.pairs()
    assert values["held_out_pair"].mean == 62 and values["trained_pair"].mean == 82
    assert values["trained_minus_held_out_pair"].mean == 20
    assert values["trained_minus_held_out_pair"].error == 0
    assert values["held_out_colour_minus_digit"].mean == 10
    assert values["chance_pair"] == pytest.approx(1.6667, abs=1e-3)


def test_the_same_digits_are_painted_in_colours_of_training():
    assert set(zero_shot.SAME_DIGITS) <= set(TRAINED)
    assert len(set(zero_shot.SAME_DIGITS)) == len(HELD_OUT)
    assert [digit for _, digit in zero_shot.SAME_DIGITS] == [digit for _, digit in HELD_OUT]


def test_templates_alone_and_together(invented):
    values = zero_shot.templates()
    assert {f"t_{n}" for n in range(8)} | {f"new_{n}" for n in range(4)} <= values.keys()
    assert values["ensemble_minus_one"].mean == 7
    assert values["ensemble_all_minus_ensemble"].mean == 4
    assert values["best_minus_worst"].mean == 0
    assert all(value.n == 3 for value in values.values())


def test_halves_of_captions(invented):
    values = zero_shot.parts()
    assert values["digit"].mean == 11 and values["colour"].mean == 7


def test_a_network_that_knows_nothing_is_near_chance(monkeypatch):
    torch.manual_seed(0)
    model = DigitCLIP(len(VOCABULARY), CONTEXT, width=16, depth=1).eval()
    monkeypatch.setattr(zero_shot, "retrained", lambda name, seed: model)
    assert zero_shot.per_cent(0, TRAINED[:6], TEMPLATES[:1])["pair"] < 30
    colours = [f"a photo in {colour}" for colour in dict.fromkeys(c for c, _ in TRAINED)]
    assert 5 < zero_shot.of_part(0, colours, "colour") < 50

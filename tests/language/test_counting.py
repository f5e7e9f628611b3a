"""What counts: the n-gram model, the judge of locales, and the tiny model held to both."""

import math

import pytest
import torch

from genlab import checkpoints
from genlab.language.locales import LocaleClassifier, pieces, recognised
from genlab.language.names import END, IDS, LOCALES, POSSIBLE, SYMBOLS, Names, encode, load_names
from genlab.language.ngram import NGram, tuned_ngram
from genlab.language.tiny import CHECKPOINT, locales_recognised, loss_on, sample_names

LETTERS = [token for token, symbol in enumerate(SYMBOLS) if len(symbol) == 1]


@pytest.fixture(scope="module")
def trigram() -> NGram:
    return tuned_ngram(3)


@pytest.fixture(scope="module")
def tiny():
    return checkpoints.load_model(CHECKPOINT)


@pytest.mark.parametrize("name", ["", "a", "gu", "zzþ", "aino"])
def test_probabilities_sum_to_one(trigram, name):
    context = tuple(encode(name, "IS", end=False).tolist())
    total = sum(trigram.probability(token, context) for token in [*LETTERS, END])
    assert total == pytest.approx(1, abs=1e-9)


def test_a_unigram_by_hand():
    names = Names("train", ("FI", "FI"), ("aa", "ab"))
    model = NGram(names.tokens(), order=1, discounts=0.5)
    # a three times, b once, the end twice, of six; three kinds give half a count away each.
    assert model.probability(IDS["a"], ()) == pytest.approx(2.5 / 6 + 1.5 / 6 / POSSIBLE)
    assert model.probability(IDS["z"], ()) == pytest.approx(1.5 / 6 / POSSIBLE)


def test_unseen_contexts_fall_back(trigram):
    unseen = (IDS["q"], IDS["þ"])
    assert trigram.probability(IDS["a"], unseen) == trigram.probability(IDS["a"], unseen[1:])


def test_longer_contexts_help_and_tuning_does_no_harm():
    tokens = load_names("validation").tokens()
    losses = [tuned_ngram(order).loss(tokens) for order in (1, 2, 3)]
    assert losses == sorted(losses, reverse=True) and losses[0] < math.log(POSSIBLE)
    assert losses[2] <= NGram(load_names("train").tokens(), 3).loss(tokens) + 0.005


@pytest.mark.parametrize(("order", "discounts"), [(0, 0.5), (2, (0.5,)), (2, 1.0), (1, (0.0,))])
def test_wrong_orders_and_discounts(order, discounts):
    with pytest.raises(ValueError, match="expected an order from 1 and as many numbers"):
        NGram(load_names("test").tokens(), order, discounts)


def test_the_judge_knows_real_names_by_far_better_than_chance():
    test = load_names("test")
    assert recognised(LocaleClassifier(), test.names, test.locales) > 4 / len(LOCALES)


def test_the_judge_sees_letters_alone():
    assert pieces("ab") == ["^", "a", "b", "$", "^a", "ab", "b$", "^ab", "ab$"]
    judge = LocaleClassifier(Names("train", tuple(LOCALES), ("aa", *"bcdefgh")), smoothing=0.1)
    assert judge(["aaa", "h", "b"]) == ["ES", "TR", "FI"]
    with pytest.raises(ValueError, match="smoothing is 0"):
        LocaleClassifier(smoothing=0)


def test_each_locale_weighs_the_same():
    always = lambda names: ["FI"] * len(names)  # noqa: E731
    assert recognised(always, ["a", "b", "c", "d"], ["FI", "FI", "FI", "IT"]) == 0.5


# -- the tiny model --------------------------------------------------------------------------------


def test_the_tiny_model_is_well_below_the_trigram(tiny, trigram):
    for split in ("validation", "test"):
        tokens = load_names(split).tokens()
        assert loss_on(tiny, tokens) <= trigram.loss(tokens) - 0.15


def test_the_locale_of_generated_names_is_recognised(tiny):
    share = locales_recognised(tiny, LocaleClassifier(), count=60)
    assert share >= 2 / len(LOCALES)
    assert share == pytest.approx(
        checkpoints.load_card(CHECKPOINT).metrics["locale_recognised"], abs=0.1
    )


def test_drawn_names_are_names_and_a_seed_decides_them(tiny):
    first, again = (
        sample_names(tiny, "FI", 40, torch.Generator().manual_seed(2)) for _ in range(2)
    )
    assert first == again and len(set(first)) > 30
    assert all(len(name) <= 15 and set(name) <= set(SYMBOLS[10:]) for name in first)


def test_top_k_of_one_gives_one_name(tiny):
    names = sample_names(tiny, "IT", 5, torch.Generator(), top_k=1)
    assert len(set(names)) == 1 and names[0]


@pytest.mark.parametrize(
    ("locale", "count", "options", "message"),
    [
        ("XX", 1, {}, "locale is 'XX'"),
        ("FI", 0, {}, "count is 0"),
        ("FI", 1, {"top_k": 0}, "top_k is 0"),
        ("FI", 1, {"top_p": 2}, "top_p is 2"),
        ("FI", 1, {"temperature": -1}, "temperature is -1"),
    ],
)
def test_wrong_draws(tiny, locale, count, options, message):
    with pytest.raises(ValueError, match=message):
        sample_names(tiny, locale, count, torch.Generator(), **options)

"""Names as tokens: no name twice, a split that does not depend on order, errors that help."""

import faker.providers.person.fi_FI
import pytest
import torch

from genlab.language import names
from genlab.language.names import (
    ALPHABET,
    END,
    LENGTH,
    LOCALES,
    LONGEST,
    PADDING,
    SPLITS,
    SYMBOLS,
    decode,
    encode,
    load_names,
)


def test_no_name_is_in_two_splits_or_two_locales():
    every = [name for split in SPLITS for name in load_names(split).names]
    assert len(every) == len(set(every)) > 4000
    assert {locale for split in SPLITS for locale in load_names(split).locales} == set(LOCALES)


def test_each_locale_has_some_hundred_names_and_some_in_each_split():
    for locale in LOCALES:
        counts = [len(load_names(split).of_locale(locale)) for split in SPLITS]
        assert sum(counts) >= 290 and min(counts) >= 20


def test_the_split_does_not_depend_on_the_order_of_the_lists(monkeypatch):
    before = [load_names(split) for split in SPLITS]
    provider = faker.providers.person.fi_FI.Provider
    monkeypatch.setattr(provider, "first_names", tuple(reversed(list(provider.first_names))))
    names._all_names.cache_clear()
    assert [load_names(split) for split in SPLITS] == before


def test_a_new_name_changes_no_other(monkeypatch):
    before = set(load_names("validation").names)
    provider = faker.providers.person.fi_FI.Provider
    monkeypatch.setattr(provider, "first_names", [*provider.first_names, "Qqqaino"])
    names._all_names.cache_clear()
    assert set(load_names("validation").names) - {"qqqaino"} == before


@pytest.fixture(autouse=True)
def fresh():
    yield
    names._all_names.cache_clear()


def test_tokens_are_locale_letters_end_and_padding():
    tokens = load_names("validation").tokens()
    assert tokens.shape[1] == LENGTH == LONGEST + 2 and tokens.dtype == torch.int64
    for row in tokens[:50].tolist():
        end = row.index(END)
        assert SYMBOLS[row[0]][1:-1] in LOCALES
        assert all(SYMBOLS[token] in ALPHABET for token in row[1:end])
        assert set(row[end + 1 :]) <= {PADDING}


def test_a_name_comes_back_as_it_went_in():
    test = load_names("test")
    pairs = zip(test.names, test.locales, strict=True)
    assert all(decode(encode(name, locale)) == name for name, locale in pairs)
    assert [decode(row) for row in test.tokens()] == list(test.names)


def test_capitals_are_made_small_and_a_prefix_has_no_end():
    assert torch.equal(encode("İBO", "TR"), encode("ibo", "TR"))
    assert encode("", "FI", end=False).tolist() == [SYMBOLS.index("<FI>")]


@pytest.mark.parametrize(
    ("name", "locale", "message"),
    [
        ("anna-liisa", "FI", "holds '-', which the model does not know; expected letters of abc"),
        ("ян", "FI", "holds 'н', 'я'"),
        ("a" * 15, "FI", "the name has 15 letters; expected up to 14"),
        ("aino", "XX", "locale is 'XX'; expected one of ES, FI"),
    ],
)
def test_what_cannot_be_encoded(name, locale, message):
    with pytest.raises(ValueError, match=message):
        encode(name, locale)


@pytest.mark.parametrize("token", [-1, len(SYMBOLS)])
def test_unknown_tokens(token):
    with pytest.raises(ValueError, match=f"token {token} is unknown; expected 0 to 55"):
        decode([2, token])


def test_unknown_split():
    with pytest.raises(ValueError, match="split is 'dev'; expected one of train"):
        load_names("dev")

"""Tables of texts: every language says the same things, with the same gaps."""

from __future__ import annotations

import string

import pytest

from genlab.course.notebooks.texts import SETUP_TEXTS, TEXTS
from genlab.sphinx.texts import TEXTS as SITE_TEXTS
from genlab.texts import Table, choose

TABLES = {"notebooks": TEXTS, "setup cell": SETUP_TEXTS, "site": SITE_TEXTS}


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def differences(table: Table) -> list[str]:
    """Where a language says other things than English, or with other gaps."""
    english = table["en"]
    found = []
    for language, texts in table.items():
        found += [f"{language}: {name}" for name in english.keys() ^ texts.keys()]
        common = english.keys() & texts.keys()
        found += [
            f"{language}: {name}" for name in common if gaps(english[name]) != gaps(texts[name])
        ]
    return found


@pytest.mark.parametrize("name", TABLES)
def test_all_languages_have_the_same_keys_and_placeholders(name):
    assert differences(TABLES[name]) == []


def test_a_difference_is_found():
    table = {"en": {"a": "{x}", "b": "b"}, "de": {"a": "{y}"}, "fr": {"a": "", "b": "", "c": ""}}
    assert sorted(differences(table)) == ["de: a", "de: b", "fr: a", "fr: c"]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "e"), ("pt", "p"), ("pt-BR", "p"), ("zh-TW", "z"), ("fr", "e")]
)
def test_the_nearest_language_is_chosen(language, text):
    table = {"en": {"a": "e"}, "pt": {"a": "p"}, "zh-TW": {"a": "z"}, "zh": {"a": "y"}}
    assert choose(table, language)["a"] == text

"""Texts of a built page: by language, with the same keys and placeholders in each."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from string import Formatter

import pytest

from genlab.widgets import BottleneckSlider, LatentExplorer
from genlab.widgets.bottleneck_slider import picture as bottleneck_picture
from genlab.widgets.kernel import page
from genlab.widgets.kernel.bundle import WIDGETS
from genlab.widgets.kernel.page import pick_texts

TABLES = {"kernel": page.STRINGS} | {
    file.parent.name: importlib.import_module(f"genlab.widgets.{file.parent.name}.picture").STRINGS
    for file in WIDGETS.glob("*/picture.py")
    if file.parent.name != "kernel"
}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def gaps(tables: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What the tables of other languages lack or have more than the English one."""
    found = []
    for language, table in tables.items():
        found += [f"{language}: {key}" for key in table.keys() ^ tables["en"].keys()]
        for key in table.keys() & tables["en"].keys():
            if placeholders(table[key]) != placeholders(tables["en"][key]):
                found.append(f"{language}: {key} with {sorted(placeholders(table[key]))}")
    return sorted(found)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_language_has_the_same_keys_and_placeholders(name):
    assert gaps(TABLES[name]) == []
    assert len(TABLES) == 14


def test_a_gap_would_be_seen():
    english = TABLES["bottleneck_slider"]["en"]
    whole = {**english, "caption": "Oben Ziffern, unten, was aus {numbers} wurde."}
    missing = {key: text for key, text in english.items() if key != "alt"}
    strange = {**english, "caption": "Oben Ziffern, unten {number} Zahlen.", "more": ""}
    assert gaps({"en": english, "de": whole}) == []
    assert gaps({"en": english, "de": missing, "fr": strange}) == [
        "de: alt",
        "fr: caption with ['number']",
        "fr: more",
    ]


def test_a_language_is_picked_as_in_the_browser(monkeypatch):
    monkeypatch.delenv("GENLAB_LANGUAGE", raising=False)
    tables = {name: {"name": name} for name in ("en", "zh", "zh-TW", "de")}
    assert pick_texts(tables)["name"] == "en"
    assert [pick_texts(tables, one)["name"] for one in ("zh-TW", "zh-HK", "de-CH", "fr")] == [
        *("zh-TW", "zh", "de", "en")
    ]
    monkeypatch.setenv("GENLAB_LANGUAGE", "de")
    assert pick_texts(tables)["name"] == "de"
    assert pick_texts(tables, "zh")["name"] == "zh"


def test_a_page_is_built_in_its_editions_language(monkeypatch, autoencoder):
    english = bottleneck_picture.STRINGS["en"]
    german = {**english, "caption": "Oben Ziffern, unten, was aus {numbers} wurde."}
    monkeypatch.setattr(bottleneck_picture, "STRINGS", {"en": english, "de": german})
    monkeypatch.setattr(
        "genlab.widgets.bottleneck_slider.widget.STRINGS", bottleneck_picture.STRINGS
    )
    slider = BottleneckSlider({2: autoencoder})
    monkeypatch.delenv("GENLAB_LANGUAGE", raising=False)
    assert slider.picture().caption.startswith("Above: test digits.")
    monkeypatch.setenv("GENLAB_LANGUAGE", "de")
    assert slider.picture().caption == "Oben Ziffern, unten, was aus 2 numbers wurde."
    slider.language = "en"
    assert slider.picture().caption.startswith("Above: test digits.")


def test_the_language_is_stored_with_the_page(shipped_vae):
    html = LatentExplorer(shipped_vae, networks=["vae-2d"]).page_html()
    assert '"language":""' in html
    assert '"ranges":{"z0":[' in html

"""A widget on a page of the site: its picture, and beside it what brings it to life there."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genlab.texts import choose

# Texts by language, as each widget's `picture.py` has its own; `{names}` are filled in.
Texts = Mapping[str, str]
Tables = Mapping[str, Texts]

STRINGS: Tables = {
    "en": {
        "picture_only": (
            "This is a picture: the model was made by the page itself, so it answers only in a "
            "notebook."
        ),
        "without_script": "With JavaScript the picture comes to life.",
    }
}


def pick_texts(tables: Tables, language: str = "") -> Texts:
    """Return the table of a language, or the English one, as `lib/strings.mjs` does.

    Args:
        tables: of texts, by language.
        language: such as "zh-TW", for which "zh" does too; by default that of the edition which is
            being built, from the environment variable GENLAB_LANGUAGE.
    """
    return choose(tables, language or os.environ.get("GENLAB_LANGUAGE", ""))


@dataclass(frozen=True)
class Picture:
    """What stands on a page of the site until the widget is alive there.

    Attributes:
        url: the picture as a `data:` URL.
        alt: what is seen in it.
        caption: what a picture should not say by text inside it, such as what is left and right.
        maps: how many maps it shows; the page keeps as much room as the widget will take.
    """

    url: str
    alt: str
    caption: str = ""
    maps: int = 1


def picture_html(picture: Picture, texts: Texts) -> str:
    """Return a picture for a page that cannot bring it to life."""
    caption = f"{html.escape(picture.caption)} {texts['picture_only']}"
    return f'<div class="genlab-picture">{_image(picture)}<p>{caption}</p></div>'


def widget_html(
    module: str,
    picture: Picture,
    networks: Mapping[str, str],
    state: Mapping[str, Any],
    texts: Texts,
) -> str:
    """Return a widget for a page without a kernel; `host.mjs` brings it to life.

    Args:
        module: name of the widget's folder.
        picture: what stands there until then.
        networks: the site's networks by the widget's names.
        state: what its view opens with.
        texts: a table of `STRINGS`.
    """
    caption = f"{html.escape(picture.caption)} {texts['without_script']}"
    return (
        f'<div class="genlab-widget" data-genlab-widget="{module.replace("_", "-")}"'
        f' data-state="idle" data-genlab-networks="{html.escape(json.dumps(networks))}">'
        f'<script type="application/json">{_script_json(state)}</script>'
        f'<div class="gl-fallback" style="--gl-maps: {picture.maps}">{_image(picture)}'
        f"<p>{caption}</p></div></div>"
    )


def _image(picture: Picture) -> str:
    return f'<img src="{picture.url}" alt="{html.escape(picture.alt)}">'


def _script_json(value: object) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")

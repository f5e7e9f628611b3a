"""The first page: its living picture, and lists of pages as cards with their widgets' pictures.

The page itself is plain text with lists, which is what its notebook shows.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from genlab.checkpoints import CheckpointError
from genlab.sphinx.assets import FOLDER
from genlab.sphinx.living import (
    COLUMNS,
    FIRST,
    LENS,
    MAP,
    PLACE,
    ROWS,
    TILE,
    WEIGHTS,
    Living,
    data_attributes,
    write_living,
)
from genlab.sphinx.texts import site_texts
from genlab.sphinx.thumbnails import CARD, thumbnail, widgets_on

LEAD = re.compile(r"</h1>(?:\s*<p>.*?</p>)?", re.DOTALL)


def connect(app: Sphinx) -> None:
    """Draw first, then decorate what is written."""
    app.connect("builder-inited", draw)
    app.connect("env-updated", write_again)
    app.connect("doctree-resolved", decorate_lists)
    app.connect("html-page-context", add_picture, priority=910)  # after the addresses of assets


def draw(app: Sphinx) -> None:
    """Write the living picture's files.

    Raises:
        ExtensionError: a checkpoint is missing or corrupted.
    """
    try:
        app.genlab_living = write_living(Path(app.outdir) / FOLDER / "home")  # type: ignore
    except CheckpointError as error:
        raise ExtensionError(f"the first page has no picture: {error}") from error


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The first page shows other pages' widgets: it is written in every build."""
    return [app.config.root_doc]


def decorate_lists(app: Sphinx, document: nodes.document, page: str) -> None:
    """Make cards of the first page's lists whose items begin with a link or with bold words."""
    if page != app.config.root_doc:
        return
    for found in list(document.findall(nodes.bullet_list)):
        firsts = [_first(item) for item in found.children]
        if all(isinstance(first, nodes.reference) for first in firsts):
            found["classes"].append("gl-cards")
            for item, link in zip(found.children, firsts, strict=True):
                _add_thumbnail(app, page, item, link)
        elif all(isinstance(first, nodes.strong) for first in firsts):
            found["classes"].append("gl-ways")


def _first(item: nodes.Node) -> nodes.Node | None:
    """What an item's text begins with."""
    words = item.children[0].children if item.children else []
    return next((word for word in words if word.astext()), None)


def _add_thumbnail(app: Sphinx, page: str, item: Any, link: Any) -> None:
    """Put the picture of the linked page's first widget before the item's text."""
    folder = Path(page).parent
    target = (folder / link["refuri"].partition("#")[0]).with_suffix("").as_posix()
    widgets = widgets_on(app, target)
    if picture := thumbnail(app, target, widgets[0], CARD) if widgets else "":
        html = picture.replace("{root}", "../" * page.count("/"))
        item.insert(0, nodes.raw("", html, format="html"))


def add_picture(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put the living picture below the first page's title and its first paragraph."""
    context["genlab_is_home"] = pagename == app.config.root_doc
    body = context.get("body") or ""
    lead = LEAD.search(body) if context["genlab_is_home"] else None
    if lead:
        living: Living = app.genlab_living  # type: ignore[attr-defined]
        picture = picture_html(living, context["genlab_asset"], app.config.language)
        context["body"] = body[: lead.end()] + picture + body[lead.end() :]


def picture_html(living: Living, asset: Any, language: str) -> str:
    """The living picture as it stands without a script, with what its script needs."""
    texts = site_texts(language)
    data = {
        **data_attributes(living),
        "weights": asset(f"home/{WEIGHTS}"),
        **{key: texts[f"living_{key}"] for key in ("label", "near", "lost", "play", "pause")},
    }
    attributes = " ".join(f'data-{key}="{escape(value)}"' for key, value in data.items())
    lens = f'style="--u: {PLACE[0]}; --v: {PLACE[1]}"'
    return f"""
<figure class="gl-living" {attributes}>
<div class="gl-living-field">
<img class="gl-living-map" src="{asset(f"home/{MAP}")}" width="{COLUMNS * TILE}"
 height="{ROWS * TILE}" alt="{escape(alt_text(living, language))}">
<div class="gl-living-lens" {lens}>
<img src="{asset(f"home/{FIRST}")}" width="{LENS}" height="{LENS}"
 alt="{texts["living_lens"].format(digit=living.digit)}">
</div></div>
<figcaption><p>{texts["living_caption"]}
<span class="gl-js-only">{texts["living_task"]}</span></p>
<p class="gl-living-bar gl-js-only">
<span class="gl-living-readout" aria-hidden="true" hidden></span>
<button type="button" class="gl-living-button" hidden></button></p>
<p class="gl-living-status" role="status"></p></figcaption>
</figure>
<script type="module" src="{asset("widgets/site/home/living.mjs")}"></script>
"""


def alt_text(living: Living, language: str) -> str:
    """What is seen in the map and under the lens."""
    edges = {"left": [row[0] for row in living.tiles], "right": [row[-1] for row in living.tiles]}
    seen = {name: Counter(digits).most_common(1)[0][0] for name, digits in edges.items()}
    count = COLUMNS * ROWS
    return site_texts(language)["living_alt"].format(count=count, digit=living.digit, **seen)

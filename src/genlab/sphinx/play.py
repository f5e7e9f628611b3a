"""Under the title of a page with a widget: a small picture that leads to it.

The widget stands where its idea is met, often a long way down; who comes to play gets there at
once. It is a link, so it works without a script, and only the site has it, not the notebook.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from sphinx.application import Sphinx

from genlab.sphinx.assets import WIDGET
from genlab.sphinx.texts import site_texts
from genlab.sphinx.thumbnails import SMALL, Shown, thumbnail, widget_name, widgets_on

HEAD = re.compile(r'</h1>(?:\s*<p class="gl-runtime">.*?</p>)?')


def connect(app: Sphinx) -> None:
    """After the line that says how long the page runs."""
    app.connect("html-page-context", add_play, priority=800)


def add_play(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add the links under the title, and the places they lead to."""
    body = context.get("body") or ""
    widgets = [] if pagename == app.config.root_doc else widgets_on(app, pagename)
    head = HEAD.search(body)
    if not widgets or not head:
        return
    root = context["pathto"]("", 1)
    links = "\n".join(play_link(app, pagename, widget, root) for widget in widgets)
    block = f'\n<div class="gl-plays">\n{links}\n</div>'
    context["body"] = with_places(body[: head.end()] + block + body[head.end() :])


def play_link(app: Sphinx, page: str, widget: Shown, root: str) -> str:
    """A link to a widget on the same page."""
    texts = site_texts(app.config.language)
    name = escape(widget_name(widget.name, app.config.language))
    task = escape(texts.get(f"{widget.name}-task", ""))
    picture = thumbnail(app, page, widget, SMALL).replace("{root}", root)
    return (
        f'<a class="gl-play" href="#play-{widget.name}">{picture}<span class="gl-play-text">'
        f'<span class="gl-play-name">{texts["play"]}: {name}</span> '
        f'<span class="gl-play-task">{task}</span></span></a>'
    )


def with_places(body: str) -> str:
    """The HTML with a place before the first widget of each name, `play-<name>`."""
    seen: set[str] = set()

    def mark(tag: re.Match[str]) -> str:
        name = WIDGET.search(tag[0])
        if name is None or name[1] in seen:
            return tag[0]
        seen.add(name[1])
        return f'<div class="gl-place" id="play-{name[1]}"></div>{tag[0]}'

    return re.sub(r'<div class="genlab-widget"[^>]*>', mark, body)

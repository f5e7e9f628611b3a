"""Mends faults of the writers' HTML that keep assistive technology from reading it."""

from typing import Any

from sphinx.application import Sphinx

# docutils calls these lists, but their entries are not list items for a screen reader.
REPAIRS = {
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    ' role="doc-biblioentry"': "",
}


def connect(app: Sphinx) -> None:
    """Work on the written HTML of each page."""
    app.connect("html-page-context", repair)


def repair(app: Sphinx, pagename: str, template: str, context: dict[str, Any], *_: Any) -> None:
    """Replace what is faulty."""
    if "body" in context:
        context["body"] = repaired(context["body"])


def repaired(body: str) -> str:
    """The HTML `body` without the known faults."""
    for fault, better in REPAIRS.items():
        body = body.replace(fault, better)
    return body

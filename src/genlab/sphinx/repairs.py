"""Mends faults of the writers' HTML that keep assistive technology from reading it."""

import re
from html import escape, unescape
from typing import Any

from sphinx.application import Sphinx

from genlab.sphinx.texts import site_texts

# docutils calls these lists, but their entries are not list items for a screen reader.
REPAIRS = {
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    ' role="doc-biblioentry"': "",
}
# The corner above a table's row names heads no column.
EMPTY_HEAD = re.compile(r"<th(?P<attributes>[^>]*)>\s*(?:<p>\s*</p>)?\s*</th>")
HEADING = re.compile(r'(?P<start><h[1-6][^>]*>)(?P<title>.*?)(?P<link><a class="headerlink")')
TAG = re.compile(r"<[^>]*>")
PERMALINK = re.compile(r'<a class="headerlink"(?P<href> href="[^"]*") title="(?P<title>[^"]*)">')
WIDGET = re.compile(r'<div class="genlab-widget"')
FIRST_WIDGET = '<span id="gl-first-widget" tabindex="-1"></span>'


def connect(app: Sphinx) -> None:
    """Work on the written HTML of each page."""
    app.connect("html-page-context", repair)


def repair(app: Sphinx, pagename: str, template: str, context: dict[str, Any], *_: Any) -> None:
    """Replace what is faulty."""
    if "body" in context:
        context["body"] = repaired(context["body"], app.config.language)


def repaired(body: str, language: str = "en") -> str:
    """The HTML `body` without the known faults."""
    for fault, better in REPAIRS.items():
        body = body.replace(fault, better)
    body = EMPTY_HEAD.sub(r"<td\g<attributes>></td>", body)
    body = HEADING.sub(lambda match: _named(match, language), body)
    body = PERMALINK.sub(
        r'<a class="headerlink"\g<href> title="\g<title>" aria-label="\g<title>">', body
    )
    return WIDGET.sub(lambda match: FIRST_WIDGET + match[0], body, count=1)


def _named(heading: re.Match[str], language: str) -> str:
    """The heading's link says where it leads: a list of links reads `#` a dozen times otherwise."""
    title = " ".join(unescape(TAG.sub("", heading["title"])).split())
    name = escape(site_texts(language)["link_to_section"].format(title=title))
    return f'{heading[0]} aria-label="{name}"'

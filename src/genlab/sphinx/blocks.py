"""Code blocks that are laid out when they come near: most of a page's elements are in them.

Pygments makes an element of each word. A browser that may leave out what is not on the screen draws
a page in a third of the time. That nothing moves when a block is laid out after all, and that what
scrolls is known before, its size is noted: code is not wrapped, so it is lines and columns.
"""

import html
import re
from typing import Any

from sphinx.application import Sphinx

BLOCK = re.compile(r'(?<=<div class="highlight"><pre>)(.*?)(?=</pre>)', re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def connect(app: Sphinx) -> None:
    """Work on the written HTML of each page."""
    app.connect("html-page-context", note_sizes)


def note_sizes(app: Sphinx, pagename: str, template: str, context: dict[str, Any], *_: Any) -> None:
    """Note each block's lines and columns, which style/site.css makes its size."""
    if "body" in context:
        context["body"] = with_sizes(context["body"])


def with_sizes(body: str) -> str:
    """The HTML `body` with `--gl-lines` and `--gl-columns` inside each block of code."""
    return BLOCK.sub(_with_size, body)


def _with_size(match: re.Match[str]) -> str:
    lines = html.unescape(TAG.sub("", match[1])).rstrip("\n").split("\n")
    size = f"--gl-lines: {len(lines)}; --gl-columns: {max(map(len, lines))}"
    return f'<span class="gl-lines" style="{size}">{match[1]}</span>'

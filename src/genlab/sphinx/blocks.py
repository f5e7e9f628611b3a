"""Code and sections that are laid out when they come near, not before the page can be used.

Pygments makes an element of each word, KaTeX a dozen of each formula. A browser that may leave out
what is not on the screen draws a page in a third of the time. That nothing moves when a block of
code is laid out after all, and that what scrolls is known before, its size is noted: code is not
wrapped, so it is lines and columns. How high a section will be is a guess, for the scrollbar:
`static/page.mjs` has all sections laid out as soon as the reader does anything.
"""

import html
import re
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

BLOCK = re.compile(r'(?<=<div class="highlight"><pre>)(.*?)(?=</pre>)', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
SECTION = re.compile(r"<(?P<end>/?)section\b(?P<attributes>[^>]*)>")
# Sections of the page's own section, which begin with a heading of the second level.
DEPTH = 2
# Not seen, or counted by its lines.
NO_TEXT = re.compile(
    r"<(?P<name>script|details|pre|math)\b.*?</(?P=name)>|<noscript>|<[^>]*>", re.DOTALL
)
LINES = re.compile(r"--gl-lines: (\d+)")
FOLDED = re.compile(r"<details\b.*?</details>", re.DOTALL)


def connect(app: Sphinx) -> None:
    """Work on the written HTML of each page."""
    app.connect("html-page-context", note_sizes)


def note_sizes(app: Sphinx, pagename: str, template: str, context: dict[str, Any], *_: Any) -> None:
    """Note what style/site.css makes sizes of: of code its lines and columns, of sections more."""
    if "body" in context:
        context["body"] = with_far_sections(with_sizes(context["body"]))


def with_sizes(body: str) -> str:
    """The HTML `body` with `--gl-lines` and `--gl-columns` inside each block of code."""
    return BLOCK.sub(_with_size, body)


def _with_size(match: re.Match[str]) -> str:
    lines = html.unescape(TAG.sub("", match[1])).rstrip("\n").split("\n")
    size = f"--gl-lines: {len(lines)}; --gl-columns: {max(map(len, lines))}"
    return f'<span class="gl-lines" style="{size}">{match[1]}</span>'


def with_far_sections(body: str) -> str:
    """The HTML `body` whose sections of the second level are `gl-far` and tell what is in them.

    Args:
        body: HTML, its code with sizes.
    """
    parts, done = [], 0
    for start, end in _sections(body):
        content = body[start.end() : end.start()]
        parts += [body[done : start.start()], _far(start["attributes"], content), content]
        done = end.start()
    return "".join([*parts, body[done:]])


def _sections(body: str) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """The first and the last tag of each section of the second level."""
    opened: list[re.Match[str]] = []
    for tag in SECTION.finditer(body):
        if not tag["end"]:
            opened.append(tag)
        elif len(opened) == DEPTH:
            yield opened.pop(), tag
        elif opened:
            opened.pop()


def _far(attributes: str, content: str) -> str:
    """The first tag of a section, with its letters, its lines of code and its pictures."""
    seen = FOLDED.sub("", content)
    lines = sum(map(int, LINES.findall(seen)))
    size = f"--gl-letters: {len(' '.join(NO_TEXT.sub('', seen).split()))}; --gl-code: {lines}"
    size += f"; --gl-pictures: {seen.count('<img ')}"
    if 'class="' in attributes:
        attributes = attributes.replace('class="', 'class="gl-far ', 1)
    else:
        attributes += ' class="gl-far"'
    return f'<section{attributes} style="{size}">'

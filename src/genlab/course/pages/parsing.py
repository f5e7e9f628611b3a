"""Markdown tokens of a page, by the same parser as the site, with the places of inline markup.

markdown-it tells the lines of a block but not the columns of what stands inside a paragraph.
The export replaces roles, links and images in place and leaves every other character as the author
wrote it, so the three inline rules are wrapped to note where their markup begins and ends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.token import Token
from mdit_py_plugins.myst_role.index import myst_role
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

# What Jupyter Book enables when `_config.yml` names no extensions.
DEFAULT_EXTENSIONS = ("colon_fence", "dollarmath", "linkify", "substitution", "tasklist")

Rule = Callable[[StateInline, bool], bool]


def site_extensions(root: Path) -> frozenset[str]:
    """Read the MyST extensions of the site from `_config.yml`.

    Args:
        root: The course's root folder.

    Returns:
        Names as in `parse.myst_enable_extensions`; Jupyter Book's own set without that entry.
    """
    path = root / "_config.yml"
    config = yaml.safe_load(path.read_text("utf-8")) if path.exists() else None
    names = ((config or {}).get("parse") or {}).get("myst_enable_extensions")
    return frozenset(DEFAULT_EXTENSIONS if names is None else names)


@functools.cache
def parser(extensions: frozenset[str]) -> MarkdownIt:
    """Build the site's Markdown parser; its roles, links and images carry `meta["span"]`.

    Args:
        extensions: MyST extensions, see `site_extensions`.

    Returns:
        A parser; a span is (start, end) in the `content` of the inline token around it.
    """
    config = MdParserConfig(enable_extensions=set(extensions))
    markdown = create_md_parser(config, RendererHTML)
    markdown.inline.ruler.at("myst_role", _spanned(myst_role))
    markdown.inline.ruler.at("link", _spanned(link))
    markdown.inline.ruler.at("image", _spanned(image))
    return markdown


def _spanned(rule: Rule) -> Rule:
    def wrapped(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and not silent:
            # Pending text is pushed as a token of its own before the rule's first token.
            token = next(token for token in state.tokens[count:] if token.type != "text")
            token.meta["span"] = (start, state.pos)
        return found

    return wrapped


class Places:
    """Where the contents of inline tokens stand in their text.

    Args:
        text: The text that was parsed, lines ended by a newline.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        # The cells of a table row share one line: each is looked for behind the one before.
        self._columns: dict[int, int] = {}

    def of(self, inline: Token) -> Callable[[int], int | None]:
        """Locate an inline token; call it for every token, in document order.

        Args:
            inline: A token of type `inline`.

        Returns:
            A function from an offset in the token's content to one in the text; None where the
            content is not found as it stands (an escaped `|` in a table cell).
        """
        first = inline.map[0] if inline.map else 0
        places: list[tuple[int, int | None]] = []  # (offset in content, offset in text) a line
        begin = 0
        for number, part in enumerate(inline.content.split("\n"), start=first):
            places.append((begin, self._find(part, number)))
            begin += len(part) + 1
        return functools.partial(_translate, places)

    def _find(self, part: str, number: int) -> int | None:
        column = self.lines[number].find(part, self._columns.get(number, 0))
        if column < 0:
            return None
        self._columns[number] = column + len(part)
        return self.starts[number] + column


def _translate(places: list[tuple[int, int | None]], offset: int) -> int | None:
    begin, place = max((pair for pair in places if pair[0] <= offset), key=lambda pair: pair[0])
    return None if place is None else place + offset - begin

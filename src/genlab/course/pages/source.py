"""The pages of the course as the tools see them: Markdown and code cells, with their lines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jupytext.myst import MystMetadataParsingError, parse_directive_options
from markdown_it.token import Token

from genlab.course.edition import FIRST, Edition
from genlab.course.errors import CourseError, located
from genlab.course.pages.parsing import parser, site_extensions

CODE_CELL = "{code-cell}"
EXERCISE = "{exercise-start}"  # begins a cell, so that a notebook can say what is its prompt


@dataclass(frozen=True)
class MarkdownCell:
    """The text between two code cells (or `+++` breaks, or up to an exercise).

    Attributes:
        text: Its lines, joined by newlines.
        line: The page's line (from 1) on which the text begins.
    """

    text: str
    line: int


@dataclass(frozen=True)
class CodeCell:
    """A `{code-cell}` of a page.

    Attributes:
        source: The code, without the cell's options.
        line: The page's line (from 1) of the opening fence.
        source_line: The page's line (from 1) of the first line of code.
        fence: The opening backticks.
        options: The cell's options as given, with `tags`.
    """

    source: str
    line: int
    source_line: int
    fence: str = "```"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str, ...]:
        """The cell's tags."""
        tags = self.options.get("tags") or ()
        return (tags,) if isinstance(tags, str) else tuple(tags)

    def rendering(self, kind: str) -> dict[str, Any]:
        """Give myst-nb's options for the cell's output.

        Args:
            kind: `image` or `figure`.

        Returns:
            The mapping under `mystnb: <kind>:`, empty if there is none.
        """
        return (self.options.get("mystnb") or {}).get(kind) or {}


# Front matter with this line in it.
DRAFT = re.compile(r"---\n(?:(?!---\n).*\n)*?draft: true\n")


@dataclass(frozen=True)
class Page:
    """A page of the course.

    Attributes:
        root: The course's root folder.
        path: Relative to the root, such as `book/latents/latent-space.md`.
        text: The whole file.
        extensions: The MyST extensions it is read with.
        edition: The edition that it belongs to.
    """

    root: Path
    path: Path
    text: str
    extensions: frozenset[str]
    edition: Edition = FIRST

    @property
    def name(self) -> str:
        """The page below the folder of pages, without its suffix: `latents/latent-space`."""
        return self.edition.page_name(self.path)

    @property
    def notebook(self) -> Path:
        """Where its notebook belongs, relative to the root."""
        return self.edition.notebook(self.name)

    @property
    def draft(self) -> bool:
        """Whether its front matter says `draft: true`: it is kept, and not yet part of the site."""
        return DRAFT.match(self.text) is not None

    @cached_property
    def title(self) -> str:
        """The first heading, as Markdown."""
        for heading, content in itertools.pairwise(self.tokens):
            if heading.type == "heading_open":
                return content.content
        return self.name

    @cached_property
    def tokens(self) -> list[Token]:
        """The page's block tokens."""
        return parser(self.extensions).parse(self.text)

    @cached_property
    def cells(self) -> list[MarkdownCell | CodeCell]:
        """Markdown and code cells in order; the code cells are those that jupytext finds."""
        return list(_cells(self))

    @property
    def code_cells(self) -> list[CodeCell]:
        """The code cells in order."""
        return [cell for cell in self.cells if isinstance(cell, CodeCell)]


def read_pages(root: Path, edition: Edition = FIRST) -> list[Page]:
    """Read every page of an edition.

    Args:
        root: The course's root folder.
        edition: Which edition.

    Returns:
        The pages, sorted by path.

    Raises:
        CourseError: There is no such folder.
    """
    folder = root / edition.pages
    if not folder.is_dir():
        message = f"there is no folder {edition.pages} in {root.resolve()}: go to the course's root"
        raise CourseError(message)
    extensions = site_extensions(root)
    return [
        Page(root, path.relative_to(root), page_text(path), extensions, edition)
        for path in sorted(folder.rglob("*.md"))
    ]


def page_text(path: Path) -> str:
    """Read a page, without the byte-order mark that some editors put before it."""
    return path.read_text("utf-8-sig")


def _cells(page: Page) -> Iterator[MarkdownCell | CodeCell]:
    lines = page.text.split("\n")
    start, depth = 0, 0
    for token in page.tokens:
        depth += token.nesting
        if depth or token.map is None:
            continue
        if token.info.startswith(EXERCISE):
            yield from _markdown(lines, start, token.map[0])
            start = token.map[0]
        is_code = token.type == "fence" and token.info.startswith(CODE_CELL)
        if is_code or token.type in ("myst_block_break", "front_matter"):
            if token.type != "front_matter":
                yield from _markdown(lines, start, token.map[0])
            if is_code:
                yield _code_cell(page, token)
            start = token.map[1]
    yield from _markdown(lines, start, len(lines))


def _markdown(lines: list[str], start: int, end: int) -> Iterator[MarkdownCell]:
    while start < end and not lines[start].strip():
        start += 1
    text = "\n".join(lines[start:end]).rstrip()
    if text:
        yield MarkdownCell(text, start + 1)


def _code_cell(page: Page, token: Token) -> CodeCell:
    line = (token.map or [0])[0] + 1
    try:
        body, options = parse_directive_options(token.content, "")
    except MystMetadataParsingError as error:
        raise located(page.path, line, f"the options of this cell are no YAML: {error}") from error
    skipped = len(token.content.splitlines()) - len(body)
    if body and not body[0].strip():  # one empty line may part the options from the code
        body, skipped = body[1:], skipped + 1
    return CodeCell("\n".join(body), line, line + 1 + skipped, token.markup, options)

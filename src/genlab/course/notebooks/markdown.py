"""From MyST to the Markdown that Colab, JupyterLab and GitHub render.

Directives, roles, targets and page links are replaced in place; everything else stays, character
by character, as the author wrote it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from markdown_it.token import Token

from genlab.course.errors import CourseError, located
from genlab.course.notebooks.rendering import RENDERERS, equation
from genlab.course.notebooks.roles import reference, role
from genlab.course.notebooks.texts import notebook_texts
from genlab.course.pages.citations import Citations
from genlab.course.pages.directives import Directive, directive_name, read_directive
from genlab.course.pages.labels import Book, Target
from genlab.course.pages.parsing import Places, parser
from genlab.course.pages.source import MarkdownCell, Page

EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)

# Parsed by the site, rendered by no notebook.
REFUSED = {
    "substitution_block": "a substitution {{...}}",
    "substitution_inline": "a substitution {{...}}",
    "dl_open": "a definition list; write a table or a list",
    "footnote_ref": "a footnote",
    "footnote_reference_open": "a footnote",
    "fieldlist_open": "a field list",
}


@dataclass(frozen=True)
class Edit:
    """Replace `text[start:end]` by `new`."""

    start: int
    end: int
    new: str


class Resolver:
    """Resolves the Markdown cells of one page, in order.

    Args:
        book: All pages and their labels.
        page: The page to resolve.
        citations: Collects what the page cites.

    Attributes:
        in_solution: Whether the last cell ended inside a solution; its code cells are left out.
        has_references: Whether the page placed its bibliography itself.
        exercise: Label of the exercise that is open after the last cell, empty if there is none.
        words: What a notebook says in the page's language.
    """

    def __init__(self, book: Book, page: Page, citations: Citations) -> None:
        self.book, self.page, self.citations = book, page, citations
        self.in_solution = False
        self.has_references = False
        self.exercise = ""
        self.words = notebook_texts(page.edition.language)

    def cell(self, cell: MarkdownCell) -> str:
        """Resolve one Markdown cell.

        Args:
            cell: The next Markdown cell of the page.

        Returns:
            Plain Markdown; empty if nothing of the cell belongs into a notebook.

        Raises:
            CourseError: Something that the export does not know, with page and line.
        """
        return self.text(cell.text, cell.line).strip("\n")

    def text(self, text: str, line: int) -> str:
        """Resolve a piece of the page.

        Args:
            text: MyST Markdown.
            line: The page's line (from 1) on which it begins.

        Returns:
            Plain Markdown.
        """
        places = Places(text)
        for edit in sorted(self._edits(places, text, line), key=lambda e: e.start, reverse=True):
            text = text[: edit.start] + edit.new + text[edit.end :]
        return text

    def error(self, line: int, message: str) -> CourseError:
        """Build an error at a line of this page."""
        return located(self.page.path, line, message)

    def href(self, page: Page, anchor: str = "") -> str:
        """Link to a page: to its notebook, or to its source if it has none.

        Publishing makes such links absolute; in the repository they work as they are.
        """
        return self.relative(page.notebook if page.code_cells else page.path, anchor)

    def relative(self, path: Path, anchor: str = "") -> str:
        """Give the way from this page's notebook to a file of the course."""
        way = PurePosixPath(os.path.relpath(path, self.page.notebook.parent)).as_posix()
        return f"{way}#{anchor}" if anchor else way

    def picture(self, source: str, line: int) -> str:
        """Give the way to a picture that the page names relative to itself."""
        if EXTERNAL.match(source):
            return source
        path = Path(os.path.normpath(self._from_page(source)))
        if not (self.page.root / path).is_file():
            raise self.error(line, f"there is no picture {path}")
        return self.relative(path)

    def number(self, line: int) -> int:
        """Give the number on this page of the figure, equation or exercise at a line."""
        return self.book.numbers[self.page.name, line]

    def target(self, label: str, line: int) -> Target:
        """Find what a label stands for."""
        target = self.book.targets.get(label.lower())
        if target is None:
            raise self.error(line, f"no page has the label {label!r}")
        return target

    def other_page(self, path: str, line: int) -> Page:
        """Find a page that this page names relative to itself."""
        way = Path(os.path.normpath(self._from_page(path))).as_posix()
        page = self.book.pages.get(self.page.edition.page_name(way))
        if page is None:
            raise self.error(line, f"there is no page {way}.md")
        return page

    def _from_page(self, path: str) -> Path:
        return Path(path.lstrip("/")) if path.startswith("/") else self.page.path.parent / path

    # -- blocks ---------------------------------------------------------------------------------

    def _edits(self, places: Places, text: str, line: int) -> Iterator[Edit]:
        begin, link = 0, ""  # of a solution that is open
        for token in parser(self.page.extensions).parse(text):
            here = line + (token.map[0] if token.map else 0)
            name = directive_name(token)
            if name == "solution-end":
                if not self.in_solution:
                    raise self.error(here, "solution-end without solution-start")
                yield Edit(begin, _block(places, token).end, link)
                self.in_solution = False
            elif self.in_solution:
                continue
            elif name == "solution-start":
                begin, link = _block(places, token).start, self._directive(token, here)
                self.in_solution = True
            else:
                yield from self._edit(token, places, here)
        if self.in_solution:
            yield Edit(begin, len(text), link)

    def _edit(self, token: Token, places: Places, line: int) -> Iterator[Edit]:
        if token.type in REFUSED:
            raise self.error(line, f"the notebook export does not know {REFUSED[token.type]}")
        if token.type == "inline":
            yield from self._inline(token, places, line)
        elif directive_name(token):
            yield _block(places, token, self._directive(token, line))
        elif token.type == "math_block_label":
            yield _block(places, token, equation(token.content, self.number(line)))
        elif token.type in ("myst_target", "myst_line_comment"):
            yield _block(places, token)

    def _directive(self, token: Token, line: int) -> str:
        directive: Directive = read_directive(token, self.page.path, line)
        return RENDERERS[directive.name](self, directive)

    # -- inline ---------------------------------------------------------------------------------

    def _inline(self, token: Token, places: Places, line: int) -> Iterator[Edit]:
        place = places.of(token)
        for child in token.children or []:
            if child.type in REFUSED:
                raise self.error(line, f"the notebook export does not know {REFUSED[child.type]}")
            if "span" not in child.meta:
                continue
            start, end = child.meta["span"]
            here = line + token.content.count("\n", 0, start)
            for edit in self._markup(child, token.content[start:end], here):
                first, last = place(start + edit.start), place(start + edit.end - 1)
                if first is None or last is None:
                    raise self.error(here, "a reference beside an escaped | in a table")
                yield Edit(first, last + 1, edit.new)

    def _markup(self, child: Token, markup: str, line: int) -> Iterator[Edit]:
        """Edits inside the markup of a role, a link or an image."""
        if child.type == "myst_role":
            yield Edit(0, len(markup), role(self, child.meta["name"], child.content, line))
        elif child.type == "image":
            source = str(child.attrs["src"])
            yield from _destination(markup, source, self.picture(source, line))
        elif child.type == "link_open":
            yield from self._link(str(child.attrs["href"]), markup, line)

    def _link(self, href: str, markup: str, line: int) -> Iterator[Edit]:
        path, _, label = href.partition("#")
        if EXTERNAL.match(href):
            return
        if label:
            yield from self._label_link(self.target(label, line), href, markup, line)
        elif path.endswith(".md"):
            yield from _destination(markup, href, self.href(self.other_page(path[:-3], line)))
        else:
            raise self.error(line, f"a link to {href!r}: write a page (x.md), #label or a full URL")

    def _label_link(self, target: Target, href: str, markup: str, line: int) -> Iterator[Edit]:
        middle = markup.rindex("](")
        if middle == 1:  # [](#label) takes the title
            yield Edit(0, len(markup), reference(self, target, "", line))
        elif target.page is not self.page:
            yield from _destination(markup, href, self.href(target.page))
        else:
            yield Edit(0, 1, "**")
            yield Edit(middle, len(markup), "**")


def _block(places: Places, token: Token, new: str = "") -> Edit:
    """Replace a block; what comes instead keeps the margin of a list item or quotation.

    A directive may touch the text around it, the paragraphs that it becomes may not.
    """
    first, last = token.map or [0, 0]
    while last > first + 1 and not places.lines[last - 1].strip():
        last -= 1
    if not new:  # whole lines, with the empty one below
        below = last < len(places.lines) and not places.lines[last].strip()
        return Edit(places.starts[first], places.starts[last + below], "")
    column = _column(places.lines[first], token)
    before = places.lines[first][:column]
    margin = "".join(char if char in "> \t" else " " for char in before)
    if first and margin == before and places.lines[first - 1].strip(" >\t"):
        new = "\n" + new
    if last < len(places.lines) and places.lines[last].strip(" >\t"):
        new += "\n"
    start, end = places.starts[first] + column, places.starts[last] - 1
    return Edit(start, end, new.replace("\n", "\n" + margin))


def _column(line: str, token: Token) -> int:
    return max(line.find(token.markup or line.lstrip(" >\t")), 0)


def _destination(markup: str, old: str, new: str) -> Iterator[Edit]:
    at = markup.find(old, markup.rfind("](") + 2)
    if at >= 0:
        yield Edit(at, at + len(old), new)

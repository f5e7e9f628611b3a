"""What a reference can point to: the sections, figures, equations, exercises and terms of the book.

Numbers are counted by page. In a notebook a figure is "Figure 2" of that notebook.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from markdown_it.token import Token

from genlab.course.errors import located
from genlab.course.pages.directives import SPECS, Directive, directive_name, read_directive
from genlab.course.pages.parsing import parser
from genlab.course.pages.source import CodeCell, MarkdownCell, Page

Kind = Literal["section", "figure", "equation", "exercise", "place"]


@dataclass(frozen=True)
class Target:
    """Something with a label.

    Attributes:
        page: The page that holds it.
        kind: What it is; a `place` is a label before anything without a title.
        title: Its title as Markdown, empty if it has none.
        number: Its number on the page (figures, equations, exercises), from 1.
        line: The page's line (from 1).
    """

    page: Page
    kind: Kind
    title: str = ""
    number: int = 0
    line: int = 0


@dataclass
class Book:
    """All pages with what can be referred to.

    Attributes:
        pages: By name, such as `latents/latent-space`.
        targets: By label, in lower case as Sphinx has it.
        terms: The page of each glossary term, in lower case.
        numbers: Of figures, equations and exercises, by page name and line.
    """

    pages: dict[str, Page]
    targets: dict[str, Target] = field(default_factory=dict)
    terms: dict[str, Page] = field(default_factory=dict)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, pages: list[Page]) -> Book:
        """Collect the targets of all pages.

        Args:
            pages: The pages of the course.

        Returns:
            The book.

        Raises:
            CourseError: A label is there twice, or a page with code cells has a directive that
                the export does not know.
        """
        book = cls({page.name: page for page in pages})
        for page in pages:
            _Collector(book, page).collect()
        return book


def glossary_entries(directive: Directive) -> Iterator[tuple[str, str]]:
    """Divide a glossary: a term stands at the margin, its definition indented below.

    Args:
        directive: A `glossary`.

    Yields:
        Term and definition.
    """
    term, definition = "", ""
    for line in directive.body.split("\n"):
        if line.strip() and not line[0].isspace():
            if term:
                yield term, definition
            term, definition = line.strip(), ""
        else:
            definition = f"{definition} {line.strip()}".strip()
    if term:
        yield term, definition


class _Collector:
    def __init__(self, book: Book, page: Page) -> None:
        self.book, self.page = book, page
        self.counts = {"figure": 0, "equation": 0, "exercise": 0}
        self.pending = ""  # a `(label)=` that waits for what it labels

    def collect(self) -> None:
        for cell in self.page.cells:
            if isinstance(cell, MarkdownCell):
                self._text(cell.text, cell.line)
            else:
                self._code(cell)
        self._settle("place", 0)

    def _text(self, text: str, line: int) -> None:
        tokens = parser(self.page.extensions).parse(text)
        for index, token in enumerate(tokens):
            here = line + (token.map[0] if token.map else 0)
            if token.type == "heading_open":
                self._settle("section", here, tokens[index + 1].content)
            elif token.type == "myst_target":
                self._settle("place", here)
                self.pending = token.content
            elif token.type == "math_block_label":
                self._numbered("equation", token.info, here)
            elif directive_name(token):
                self._directive(token, here)
            elif token.type == "paragraph_open":
                self._settle("place", here)

    def _directive(self, token: Token, line: int) -> None:
        # Pages without code cells give no notebook, so they may use any directive of the site.
        if directive_name(token) not in SPECS and not self.page.code_cells:
            return
        directive = read_directive(token, self.page.path, line)
        label = directive.options.get("label") or directive.options.get("name") or ""
        match directive.name:
            case "figure":
                self._numbered("figure", label, line, directive.body)
            case "math" if label:
                self._numbered("equation", label, line)
            case "exercise-start":
                self._numbered("exercise", label, line, directive.argument)
            case "glossary":
                terms = (term.lower() for term, _ in glossary_entries(directive))
                self.book.terms.update(dict.fromkeys(terms, self.page))
            case name if SPECS[name].has_markdown:
                self._add(label, Target(self.page, "place", directive.argument, line=line))
                self._text(directive.body, directive.body_line)

    def _code(self, cell: CodeCell) -> None:
        figure = cell.rendering("figure")
        if figure.get("caption"):
            self._numbered("figure", figure.get("name", ""), cell.line, figure["caption"])

    def _numbered(self, kind: Kind, label: str, line: int, title: str = "") -> None:
        self.counts[kind] += 1
        self.book.numbers[self.page.name, line] = self.counts[kind]
        target = Target(self.page, kind, title, self.counts[kind], line)
        self._add(label, target)
        self._settle(kind, line, title)

    def _settle(self, kind: Kind, line: int, title: str = "") -> None:
        number = self.book.numbers.get((self.page.name, line), 0)
        self._add(self.pending, Target(self.page, kind, title, number, line))
        self.pending = ""

    def _add(self, label: str, target: Target) -> None:
        if not label:
            return
        known = self.book.targets.get(label.lower())
        if known:
            message = f"the label {label!r} is also in {known.page.path}:{known.line}"
            raise located(self.page.path, target.line, message)
        self.book.targets[label.lower()] = target

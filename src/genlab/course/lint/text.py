"""Rules for prose: pictures have words for those who do not see them, pages an end."""

from __future__ import annotations

from collections.abc import Iterator

from genlab.course.lint.finding import Problem
from genlab.course.pages.directives import directive_name, read_directive
from genlab.course.pages.parsing import parser
from genlab.course.pages.source import MarkdownCell, Page


def in_text(page: Page) -> Iterator[Problem]:
    """Find pictures without alternative text; line and message of each."""
    for cell in page.cells:
        if isinstance(cell, MarkdownCell):
            yield from _without_alt(page, cell.text, cell.line)


def without_end(page: Page) -> Iterator[Problem]:
    """Find a lesson page that does not say what comes next."""
    label = f"what-next-{page.path.stem}"
    if f"({label})=\n" not in page.text:
        yield (
            0,
            f"no section says what next: further reading, history, an open question; ({label})=",
        )


def _without_alt(page: Page, text: str, line: int) -> Iterator[Problem]:
    for token in parser(page.extensions).parse(text):
        here = line + (token.map[0] if token.map else 0)
        name = directive_name(token)
        if name in ("figure", "image"):
            directive = read_directive(token, page.path, here)
            if not (directive.options.get("alt") or "").strip():
                yield here, f"{{{name}}} without `:alt:`: say in words what is to be seen"
        elif name:
            yield from _without_alt(page, token.content, here + 1)
        for child in token.children or []:
            if child.type == "image" and not child.content.strip():
                yield here, "image without alternative text: write ![what is to be seen](...)"

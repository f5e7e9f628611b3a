"""The plain Markdown form of each directive."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from genlab.course.pages.directives import Directive
from genlab.course.pages.labels import glossary_entries
from genlab.course.pages.parsing import parser

if TYPE_CHECKING:
    from genlab.course.notebooks.markdown import Resolver

Renderer = Callable[["Resolver", Directive], str]


def equation(formula: str, number: int = 0) -> str:
    r"""Set a displayed equation.

    Args:
        formula: TeX.
        number: Its number, 0 for none; `\tag` is understood by MathJax and by KaTeX.

    Returns:
        Markdown.
    """
    tag = f" \\tag{{{number}}}" if number else ""
    return f"$$\n{formula.strip()}{tag}\n$$"


def caption(number: int, text: str) -> str:
    """Set a figure's caption.

    Args:
        number: The figure's number in the notebook.
        text: Resolved Markdown.

    Returns:
        Markdown.
    """
    return f"**Figure {number}.** {text}".rstrip()


def _box(resolver: Resolver, directive: Directive) -> str:
    title = directive.argument or directive.name.capitalize()
    body = resolver.text(directive.body, directive.body_line).strip("\n")
    title = resolver.text(title, directive.line)
    return _quote(f"**{title}**\n\n{body}")


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _image(resolver: Resolver, directive: Directive) -> str:
    alt = " ".join((directive.options.get("alt") or "").split())
    alt = alt.replace("[", r"\[").replace("]", r"\]")
    return f"![{alt}]({resolver.picture(directive.argument, directive.line)})"


def _figure(resolver: Resolver, directive: Directive) -> str:
    text = resolver.text(directive.body, directive.body_line).strip("\n")
    number = resolver.number(directive.line)
    return f"{_image(resolver, directive)}\n\n{caption(number, text)}"


def _math(resolver: Resolver, directive: Directive) -> str:
    numbered = bool(directive.options.get("label"))
    return equation(directive.body, resolver.number(directive.line) if numbered else 0)


def _exercise(resolver: Resolver, directive: Directive) -> str:
    return f"**Exercise {resolver.number(directive.line)}**"  # its title stands in the body


def _solution(resolver: Resolver, directive: Directive) -> str:
    target = resolver.book.targets.get(directive.argument.lower())
    if target is None or target.kind != "exercise":
        raise resolver.error(directive.line, f"no exercise has the label {directive.argument!r}")
    link = resolver.relative(target.page.path, directive.argument)
    return f"*Solution: on the [course page]({link}), in the box below the exercise.*"


def _nothing(resolver: Resolver, directive: Directive) -> str:
    return ""


def _bibliography(resolver: Resolver, directive: Directive) -> str:
    resolver.has_references = True
    return resolver.citations.references()


def _glossary(resolver: Resolver, directive: Directive) -> str:
    entries = glossary_entries(directive)
    return "\n".join(
        f"- **{term}**: {resolver.text(definition, directive.body_line)}"
        for term, definition in entries
    )


def _list_table(resolver: Resolver, directive: Directive) -> str:
    rows = _rows(resolver, directive)
    width = len(rows[0]) if rows else 0
    if not width or any(len(row) != width for row in rows):
        raise resolver.error(directive.line, "list-table: every row needs the same number of cells")
    if (directive.options.get("header-rows") or "0").strip() != "1":
        raise resolver.error(directive.line, "list-table: Markdown needs `:header-rows: 1`")
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * width)
    title = resolver.text(directive.argument, directive.line)
    return "\n".join([f"**{title}**", "", *lines] if title else lines)


def _rows(resolver: Resolver, directive: Directive) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in parser(resolver.page.extensions).parse(directive.body):
        if token.type == "list_item_open" and token.level == 1:
            rows.append([])
        elif token.type == "list_item_open" and token.level == 3:
            rows[-1].append("")
        elif token.type == "inline":
            line = directive.body_line + (token.map[0] if token.map else 0)
            text = resolver.text(token.content, line).replace("\n", " ")
            rows[-1][-1] = f"{rows[-1][-1]} {text}".strip()
    return rows


RENDERERS: dict[str, Renderer] = {
    **dict.fromkeys(["note", "tip", "warning", "important", "admonition", "dropdown"], _box),
    "figure": _figure,
    "image": _image,
    "math": _math,
    "list-table": _list_table,
    "exercise-start": _exercise,
    "exercise-end": _nothing,
    "solution-start": _solution,
    "bibliography": _bibliography,
    "glossary": _glossary,
}

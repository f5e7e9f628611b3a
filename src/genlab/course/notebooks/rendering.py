"""The plain Markdown form of each directive."""

from __future__ import annotations

from collections.abc import Callable

from genlab.course.notebooks.context import Context
from genlab.course.pages.directives import Directive
from genlab.course.pages.labels import glossary_entries
from genlab.course.pages.parsing import parser

Renderer = Callable[[Context, Directive], str]


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


def _box(context: Context, directive: Directive) -> str:
    title = directive.argument or directive.name.capitalize()
    body = context.text(directive.body, directive.body_line).strip("\n")
    title = context.text(title, directive.line)
    return _quote(f"**{title}**\n\n{body}")


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _image(context: Context, directive: Directive) -> str:
    alt = " ".join((directive.options.get("alt") or "").split())
    alt = alt.replace("[", r"\[").replace("]", r"\]")
    return f"![{alt}]({context.picture(directive.argument, directive.line)})"


def _figure(context: Context, directive: Directive) -> str:
    text = context.text(directive.body, directive.body_line).strip("\n")
    number = context.number(directive.line)
    return f"{_image(context, directive)}\n\n{caption(number, text)}"


def _math(context: Context, directive: Directive) -> str:
    numbered = bool(directive.options.get("label"))
    return equation(directive.body, context.number(directive.line) if numbered else 0)


def _exercise(context: Context, directive: Directive) -> str:
    return f"**Exercise {context.number(directive.line)}**"  # its title stands in the body


def _solution(context: Context, directive: Directive) -> str:
    target = context.book.targets.get(directive.argument.lower())
    if target is None or target.kind != "exercise":
        raise context.error(directive.line, f"no exercise has the label {directive.argument!r}")
    link = context.relative(target.page.path, directive.argument)
    return f"*Solution: on the [course page]({link}), in the box below the exercise.*"


def _nothing(context: Context, directive: Directive) -> str:
    return ""


def _bibliography(context: Context, directive: Directive) -> str:
    context.has_references = True
    return context.citations.references()


def _glossary(context: Context, directive: Directive) -> str:
    entries = glossary_entries(directive)
    return "\n".join(
        f"- **{term}**: {context.text(definition, directive.body_line)}"
        for term, definition in entries
    )


def _list_table(context: Context, directive: Directive) -> str:
    rows = _rows(context, directive)
    width = len(rows[0]) if rows else 0
    if not width or any(len(row) != width for row in rows):
        raise context.error(directive.line, "list-table: every row needs the same number of cells")
    if (directive.options.get("header-rows") or "0").strip() != "1":
        raise context.error(directive.line, "list-table: Markdown needs `:header-rows: 1`")
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * width)
    title = context.text(directive.argument, directive.line)
    return "\n".join([f"**{title}**", "", *lines] if title else lines)


def _rows(context: Context, directive: Directive) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in parser(context.page.extensions).parse(directive.body):
        if token.type == "list_item_open" and token.level == 1:
            rows.append([])
        elif token.type == "list_item_open" and token.level == 3:
            rows[-1].append("")
        elif token.type == "inline":
            line = directive.body_line + (token.map[0] if token.map else 0)
            text = context.text(token.content, line).replace("\n", " ")
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

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


def caption(context: Context, text: str, line: int, text_line: int | None = None) -> str:
    """Set a figure's caption.

    Args:
        context: The page.
        text: MyST Markdown.
        line: The page's line (from 1) of the figure.
        text_line: The line on which the text begins, if it is another one.

    Returns:
        Markdown.
    """
    resolved = context.text(text, text_line or line).strip("\n")
    return context.words["caption"].format(number=context.number(line), text=resolved).rstrip()


def _box(context: Context, directive: Directive) -> str:
    title = directive.argument or context.words[directive.name]
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
    words = caption(context, directive.body, directive.line, directive.body_line)
    return f"{_image(context, directive)}\n\n{words}"


def _math(context: Context, directive: Directive) -> str:
    numbered = bool(directive.options.get("label"))
    return equation(directive.body, context.number(directive.line) if numbered else 0)


def _exercise(context: Context, directive: Directive) -> str:
    context.exercise = directive.options.get("label") or ""
    number = context.number(directive.line)
    return context.words["exercise"].format(number=number)  # its title stands in the body


def _solution(context: Context, directive: Directive) -> str:
    target = context.book.targets.get(directive.argument.lower())
    if target is None or target.kind != "exercise":
        raise context.error(directive.line, f"no exercise has the label {directive.argument!r}")
    link = context.relative(target.page.path, directive.argument)
    return context.words["solution"].format(link=link)


def _end_of_exercise(context: Context, directive: Directive) -> str:
    context.exercise = ""
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
    "exercise-end": _end_of_exercise,
    "solution-start": _solution,
    "bibliography": _bibliography,
    "glossary": _glossary,
}

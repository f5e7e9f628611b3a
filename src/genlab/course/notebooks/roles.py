"""The plain Markdown form of each role, and of a link to a label."""

from __future__ import annotations

import re
from collections.abc import Callable

from genlab.course.notebooks.context import Context
from genlab.course.notebooks.texts import effort
from genlab.course.pages.labels import Target
from genlab.course.pages.source import Page

# Text with an explicit title: "some words <target>".
EXPLICIT = re.compile(r"(?P<text>.+?)\s*<(?P<target>[^<>]+)>$", re.DOTALL)

# Writes a role from its target, the author's own words (or none) and the page's line.
Role = Callable[[Context, str, str, int], str]


def role(context: Context, name: str, content: str, line: int) -> str:
    """Write a role.

    Args:
        context: The page.
        name: Such as `ref`.
        content: What stands between the backticks.
        line: The page's line (from 1).

    Returns:
        Markdown.

    Raises:
        CourseError: The role, or what it points to, is not known.
    """
    write = ROLES.get(name)
    if write is None:
        allowed = ", ".join(ROLES)
        message = f"the notebook export does not know the role {{{name}}}; allowed: {allowed}"
        raise context.error(line, message)
    match = EXPLICIT.match(content)
    if match:
        return write(context, match["target"], match["text"], line)
    return write(context, content.strip(), "", line)


def reference(context: Context, target: Target, text: str, line: int) -> str:
    """Refer to something with a label: by a link, or by its name where it is on the same page.

    Args:
        context: The page.
        target: What is referred to.
        text: The author's own words, empty for the target's title or number.
        line: The page's line (from 1).

    Returns:
        Markdown.

    Raises:
        CourseError: There are no words and the target has no title.
    """
    if not text and target.kind in ("figure", "equation"):
        pattern = context.words["figure"] if target.kind == "figure" else "({number})"
        text = pattern.format(number=target.number)
    text = text or target.title
    if not text:
        raise context.error(line, "what this refers to has no title: write `text <label>`")
    if target.page is not context.page:
        return f"[{text}]({context.href(target.page)})"
    return f"**{text}**" if target.kind in ("section", "exercise", "place") else text


def _cite(context: Context, keys: str, text: str, line: int) -> str:
    return _cited(context, context.citations.parenthetical, keys, line)


def _cite_text(context: Context, keys: str, text: str, line: int) -> str:
    return _cited(context, context.citations.textual, keys, line)


def _cited(context: Context, cite: Callable[[list[str]], str], keys: str, line: int) -> str:
    try:
        return cite([key.strip() for key in keys.split(",")])
    except KeyError as error:
        file = context.page.edition.bibliography
        raise context.error(line, f"{file} has no entry {error}") from error


def _math(context: Context, formula: str, text: str, line: int) -> str:
    return f"${formula}$"


def _ref(context: Context, label: str, text: str, line: int) -> str:
    return reference(context, context.target(label, line), text, line)


def _numref(context: Context, label: str, text: str, line: int) -> str:
    target = context.target(label, line)
    if target.kind != "figure":
        raise context.error(line, f"numref needs a figure, {label!r} is a {target.kind}: use ref")
    pattern = (text or context.words["figure"]).replace("{number}", "%s")
    words = pattern.replace("%s", str(target.number))
    return _elsewhere(context, target.page, words) or words


def _eq(context: Context, label: str, text: str, line: int) -> str:
    target = context.target(label, line)
    if target.kind != "equation":
        raise context.error(line, f"eq needs an equation, {label!r} is a {target.kind}")
    words = f"({target.number})"
    return _elsewhere(context, target.page, words) or words


def _doc(context: Context, path: str, text: str, line: int) -> str:
    page = context.other_page(path, line)
    return f"[{text or page.title}]({context.href(page)})"


def _term(context: Context, term: str, text: str, line: int) -> str:
    page = context.book.terms.get(term.lower())
    if page is None:
        raise context.error(line, f"no glossary has the term {term!r}")
    words = text or term
    return f"*{words}*" if page is context.page else f"[{words}]({context.href(page)})"


def _claim(context: Context, references: str, text: str, line: int) -> str:
    """Where a number comes from is told by the page: a notebook shows the words alone."""
    if not text:
        raise context.error(line, "write {claim}`words <page/name.value>`")
    return text


def _printed(context: Context, content: str, text: str, line: int) -> str:
    return content


def _effort(context: Context, content: str, text: str, line: int) -> str:
    try:
        return f"*{effort(content, context.words)}.*"
    except ValueError as error:
        raise context.error(line, str(error)) from error


def _elsewhere(context: Context, page: Page, words: str) -> str:
    """Name the other page too, as its numbers are its own."""
    if page is context.page:
        return ""
    named = context.words["elsewhere"].format(words=words, title=page.title)
    return f"[{named}]({context.href(page)})"


ROLES: dict[str, Role] = {
    "cite": _cite,
    "cite:p": _cite,
    "cite:t": _cite_text,
    "ref": _ref,
    "numref": _numref,
    "doc": _doc,
    "term": _term,
    "eq": _eq,
    "math": _math,
    "claim": _claim,
    "printed": _printed,
    "effort": _effort,
}

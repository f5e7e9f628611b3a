"""The rules of a style sheet that a site uses: most of the theme's are for what our pages lack."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any

import tinycss2

NAME = re.compile(r"[\w-]+")
# Its icons are drawn by static/icons.css.
ICON_FONT = "Font Awesome"


def names_in(texts: Iterable[str]) -> set[str]:
    """Return all that may be the name of a class in a site's pages and scripts."""
    return {name for text in texts for name in NAME.findall(text)}


def used(style: str, names: AbstractSet[str]) -> str:
    """Return a style sheet without the selectors that match nothing, and without icon fonts.

    Args:
        style: the sheet.
        names: all classes and ids that occur, see `names_in`. A selector is kept if it asks for no
            others; what stands in `:not(...)` and the like is not looked at.
    """
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return "".join(_used(rule, names) for rule in rules)


def _used(rule: Any, names: AbstractSet[str]) -> str:
    if rule.type == "qualified-rule":
        selectors = [part for part in _selectors(rule.prelude) if _asked_for(part) <= names]
        prelude = ",".join(tinycss2.serialize(part) for part in selectors)
        return f"{prelude}{{{tinycss2.serialize(rule.content)}}}" if selectors else ""
    if rule.type != "at-rule" or rule.content is None:
        return rule.serialize()
    prelude, inner = tinycss2.serialize(rule.prelude), tinycss2.serialize(rule.content)
    if rule.at_keyword in ("media", "supports"):
        inner = used(inner, names)
        return f"@{rule.at_keyword}{prelude}{{{inner}}}" if inner else ""
    icons = rule.at_keyword == "font-face" and ICON_FONT in inner
    return "" if icons or prelude.strip().startswith("fa-") else rule.serialize()


def _selectors(prelude: list[Any]) -> list[list[Any]]:
    """A rule's selectors, each as its tokens."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _asked_for(selector: list[Any]) -> set[str]:
    """The classes and ids that an element, or one around it, must have."""
    classes = {
        token.value
        for before, token in pairwise(selector)
        if before == "." and token.type == "ident"
    }
    return classes | {token.value for token in selector if token.type == "hash"}

"""The MyST directives that a page may use, and how one is read.

The set is small on purpose: the site's builder knows hundreds of directives, a notebook none, so
each that is allowed here has a plain Markdown form. Another one is refused by name and line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from docutils.parsers.rst import Directive as DocutilsDirective
from docutils.parsers.rst.directives import unchanged
from markdown_it.token import Token
from myst_parser.parsers.directives import MarkupError, parse_directive_text

from genlab.course.errors import located

INFO = re.compile(r"\{(?P<name>[^}]+)\}\s*(?P<argument>.*)$")

Argument = Literal["none", "optional", "required"]


@dataclass(frozen=True)
class Spec:
    """What a directive takes.

    Attributes:
        argument: Whether text on the first line is its argument (else it belongs to the body).
        options: Names of its options.
        has_markdown: Whether its body is Markdown.
    """

    argument: Argument = "none"
    options: tuple[str, ...] = ()
    has_markdown: bool = True


_BOX = ("class", "name")
_PICTURE = ("alt", "width", "height", "scale", "align", "class", "name")

SPECS = {
    "note": Spec(options=_BOX),
    "tip": Spec(options=_BOX),
    "warning": Spec(options=_BOX),
    "important": Spec(options=_BOX),
    "admonition": Spec("required", _BOX),
    "dropdown": Spec("optional", (*_BOX, "open", "color", "icon", "animate")),
    "figure": Spec("required", (*_PICTURE, "figclass", "figwidth")),
    "image": Spec("required", _PICTURE, has_markdown=False),
    "math": Spec(options=("label", "class"), has_markdown=False),
    "list-table": Spec("optional", ("header-rows", "widths", "align", *_BOX)),
    "exercise-start": Spec("optional", ("label", "class", "nonumber")),
    "exercise-end": Spec(has_markdown=False),
    "solution-start": Spec("required", ("label", "class")),
    "solution-end": Spec(has_markdown=False),
    "bibliography": Spec("optional", ("filter", "style", "class"), has_markdown=False),
    "claims-ledger": Spec(has_markdown=False),
    "glossary": Spec(options=("sorted",), has_markdown=False),
}


@dataclass(frozen=True)
class Directive:
    """A directive of a page.

    Attributes:
        name: Such as `figure`.
        argument: The text behind the name, empty if there is none.
        options: Its options; a flag has the value None.
        body: What stands below the options.
        line: The page's line (from 1) of the opening fence.
        body_line: The page's line (from 1) on which the body begins.
    """

    name: str
    argument: str = ""
    options: dict[str, str | None] = field(default_factory=dict)
    body: str = ""
    line: int = 1
    body_line: int = 1


def directive_name(token: Token) -> str | None:
    """Tell a directive from other blocks.

    Args:
        token: A block token.

    Returns:
        The directive's name; None for anything else, plain code fences included.
    """
    if token.type not in ("fence", "colon_fence"):
        return None
    match = INFO.match(token.info.strip())
    if match:
        return match["name"]
    return token.info.strip() if token.type == "colon_fence" else None


def read_directive(token: Token, page: Path, line: int) -> Directive:
    """Read a directive's argument, options and body.

    Args:
        token: A token for which `directive_name` gives a name.
        page: The page's path, for messages.
        line: The page's line (from 1) of the token.

    Returns:
        The directive.

    Raises:
        CourseError: The directive or one of its options is not in the allowed set.
    """
    name = directive_name(token) or ""
    spec = SPECS.get(name)
    if spec is None:
        allowed = ", ".join(SPECS)
        message = f"the notebook export does not know the directive {{{name}}}; allowed: {allowed}"
        raise located(page, line, message)
    match = INFO.match(token.info.strip())
    try:
        result = parse_directive_text(
            _docutils_class(spec), match["argument"] if match else "", token.content
        )
    except MarkupError as error:
        raise located(page, line, f"{{{name}}}: {error}") from error
    if result.warnings:
        raise located(page, line, f"{{{name}}}: {result.warnings[0].msg}")
    return Directive(
        name,
        " ".join(result.arguments),
        result.options,
        "\n".join(result.body),
        line,
        line + 1 + result.body_offset,
    )


def _docutils_class(spec: Spec) -> type[DocutilsDirective]:
    attributes = {
        "required_arguments": int(spec.argument == "required"),
        "optional_arguments": int(spec.argument == "optional"),
        "final_argument_whitespace": True,
        "has_content": True,
        "option_spec": dict.fromkeys(spec.options, unchanged) or None,
    }
    return type("_Directive", (DocutilsDirective,), attributes)

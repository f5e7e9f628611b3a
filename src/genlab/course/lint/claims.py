"""Rules for numbers in prose: each comes from a record, from the page's cells, or has a reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from genlab.claims.ledger import FOLDER, Entry, LedgerError, read_ledger
from genlab.claims.wording import Written, is_measured, is_printed, numbers
from genlab.course.errors import CourseError
from genlab.course.lint.finding import Problem
from genlab.course.lint.stored import read_notebook
from genlab.course.notebooks.roles import EXPLICIT
from genlab.course.pages.directives import SPECS, directive_name, read_directive
from genlab.course.pages.parsing import parser
from genlab.course.pages.source import MarkdownCell, Page

EXCEPTIONS = FOLDER / "exceptions.toml"
CLAIM, PRINTED, CITE = "claim", "printed", "cite"
# What a role, code or a formula leaves in a sentence: no number, no word.
GAP = "\x00"
UNITS = "times|fold|percent|nats?|percentage points?|floors?"
WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    "seventy|eighty|ninety|hundred|thousand"
)
SUSPECT = re.compile(
    r"(?<![\w.])\d[\d,]*\.\d+(?![\w.])|\d[\d,.]*\s?%|±|"
    rf"\b(?:\d[\d,.]*|{WORDS})[ -](?:\w+ )?(?:{UNITS})\b",
    re.IGNORECASE,
)
WITHOUT_PROSE = {name for name, spec in SPECS.items() if not spec.has_markdown}
SENTENCE = re.compile(r"(?<=[.!?:;])\s+")


@dataclass
class Ledger:
    """What numbers in prose may rest on.

    Attributes:
        entries: the recorded measurements by name.
        exceptions: page name -> phrase -> reason.
        used: exceptions that were needed, by page and phrase.
    """

    entries: Mapping[str, Entry]
    exceptions: dict[str, dict[str, str]]
    used: set[tuple[str, str]] = field(default_factory=set)


def read_claims(root: Path) -> Ledger:
    """Read the records and the exceptions of a course.

    Raises:
        CourseError: if one of the files cannot be read.
    """
    path = root / EXCEPTIONS
    try:
        tables = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        return Ledger(read_ledger(root), dict(_exceptions(tables)))
    except (LedgerError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        message = f"{EXCEPTIONS} or a record: {error}; see CONTRIBUTING.md"
        raise CourseError(message) from error


def in_claims(page: Page, ledger: Ledger) -> Iterator[Problem]:
    """Find numbers of a lesson page that rest on nothing, or say what was not measured.

    Args:
        page: The page.
        ledger: Records and exceptions.

    Yields:
        Line and message.
    """
    if not is_lesson(page):
        return
    printed = list(_printed_numbers(page))
    for line, token in _paragraphs(page):
        for child in token.children or []:
            if child.type == "myst_role":
                yield from _in_role(child, line, ledger, printed)
        yield from _without_role(page, token, line, ledger)
    for phrase in ledger.exceptions.get(page.name, {}):
        if (page.name, phrase) not in ledger.used:
            yield 0, f"{EXCEPTIONS} excepts {phrase!r}, which no sentence needs: remove it"


def is_lesson(page: Page) -> bool:
    """Lesson pages lie in the folder of a part and hold code."""
    return "/" in page.name and bool(page.code_cells)


def _exceptions(tables: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for part, pages in tables.items():
        for page, entries in pages.items():
            yield f"{part}/{page}", {entry["phrase"]: entry["reason"] for entry in entries}


def _printed_numbers(page: Page) -> Iterator[Written]:
    notebook = read_notebook(page)
    for cell in notebook.cells if notebook else []:
        for output in cell.get("outputs", ()):
            text = output.get("text") or output.get("data", {}).get("text/plain") or ""
            yield from numbers(text)


def _paragraphs(page: Page) -> Iterator[tuple[int, Token]]:
    """Every piece of prose with its line, that of boxes and captions too."""
    for cell in page.cells:
        if isinstance(cell, MarkdownCell):
            yield from _inline(page, cell.text, cell.line)


def _inline(page: Page, text: str, line: int) -> Iterator[tuple[int, Token]]:
    for token in parser(page.extensions).parse(text):
        here = line + (token.map[0] if token.map else 0)
        name = directive_name(token)
        if token.type == "inline":
            yield here, token
        elif name and name not in WITHOUT_PROSE:
            box = read_directive(token, page.path, here)
            yield from _inline(page, box.body, box.body_line)


def _in_role(token: Token, line: int, ledger: Ledger, printed: list[Written]) -> Iterator[Problem]:
    name = token.meta["name"]
    if name == PRINTED:
        for number in numbers(token.content):
            if not is_printed(number, printed):
                yield line, f"no cell of this page prints {number.text}: {token.content!r}"
    if name == CLAIM:
        yield from _in_claim(token.content, line, ledger)


def _in_claim(content: str, line: int, ledger: Ledger) -> Iterator[Problem]:
    match = EXPLICIT.match(content)
    if not match:
        yield line, f"{content!r} refers to no record: write {{claim}}`words <page/name.value>`"
        return
    values = []
    for reference in match["target"].split():
        name, _, value = reference.partition(".")
        entry = ledger.entries.get(name)
        if entry is None or value not in entry.values:
            yield line, f"there is no record {reference!r}: run `genlab claims {name}`"
            return
        values.append(entry.values[value])
    for number in numbers(match["text"]):
        if not is_measured(number, values):
            have = "; ".join(map(str, values))
            yield line, f"{number.text} in {match['text']!r} is not what was measured: {have}"


def _without_role(page: Page, token: Token, line: int, ledger: Ledger) -> Iterator[Problem]:
    for sentence in SENTENCE.split(_prose(token)):
        found = SUSPECT.search(sentence)
        if not found or CITE in sentence:
            continue
        phrase = _excepted(page, sentence, ledger)
        if phrase is None:
            shown = sentence.replace(GAP, "...").strip()
            yield (
                line,
                (
                    f"{found.group()!r} rests on nothing in {shown[:80]!r}: use {{claim}} or "
                    f"{{printed}}, cite, or give a reason in {EXCEPTIONS}"
                ),
            )


def _excepted(page: Page, sentence: str, ledger: Ledger) -> str | None:
    for phrase in ledger.exceptions.get(page.name, {}):
        if phrase in sentence:
            ledger.used.add((page.name, phrase))
            return phrase
    return None


def _prose(token: Token) -> str:
    """The words of a paragraph; a citation leaves a mark, code, formulas and roles a gap."""
    parts = []
    for child in token.children or []:
        if child.type == "text":
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "myst_role" and child.meta["name"].startswith("cite"):
            parts.append(f"{GAP}{CITE}{GAP}")
        elif child.type in ("myst_role", "code_inline", "math_inline", "image"):
            parts.append(GAP)
    return "".join(parts)

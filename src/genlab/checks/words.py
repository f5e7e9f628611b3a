"""The sentences of the checks in the language of the page that asks.

As gettext does it: the English sentence stays where it is used, as a template, and is the key of
the tables. A table is a file `translations/LANGUAGE.json` beside this one, from each template to
its translation; `python -m genlab.checks.catalogue` prints the English one to start from.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path

Table = Mapping[str, str]


class Said(str):
    """A sentence in the reader's language; braces in it are what a value brought, no fields."""

    __slots__ = ()


def say(template: str, /, **values: object) -> Said:
    """Return a sentence in the language of GENLAB_LANGUAGE, with `values` in its fields.

    What was said already is returned as it is, so that a hint may be made in one place and given
    in another.

    Args:
        template: the English sentence, with fields as `str.format` has them.
        values: what stands in the fields, by name.
    """
    if isinstance(template, Said):
        return template
    return Said(translated(template).format(**values))


def in_a_row(*sentences: str) -> Said:
    """Return sentences one after the other, each said if it was not yet; empty ones are left out.

    It takes one at least that is not empty.
    """
    said = [say(sentence) for sentence in sentences if sentence]
    return functools.reduce(lambda a, b: say("{first} {second}", first=a, second=b), said)


def text(template: str) -> str:
    """Return `template`: marks a sentence that reaches `say` or a hint by way of a variable."""
    return template


def translated(template: str) -> str:
    """Return a template in the reader's language; English where a table has no other."""
    language = os.environ.get("GENLAB_LANGUAGE", "")
    for name in (language, language.split("-")[0]):
        if template in TABLES.get(name, {}):
            return TABLES[name][template]
    return template


def read_tables(folder: Path) -> dict[str, Table]:
    """Return the tables of a folder, by language."""
    paths = sorted(folder.glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf8")) for path in paths}


TABLES: dict[str, Table] = read_tables(Path(__file__).parent / "translations")

"""Tables of what readers are told, by language."""

from __future__ import annotations

from collections.abc import Mapping

# Language -> name of a text -> the text, with its gaps in braces.
Table = Mapping[str, Mapping[str, str]]


def choose(table: Table, language: str) -> Mapping[str, str]:
    """Choose a language's texts.

    Args:
        table: All languages; English is always there.
        language: As in HTML. `pt-BR` is also content with `pt`.

    Returns:
        The texts; English ones where the table does not have the language.
    """
    for tag in (language, language.partition("-")[0]):
        if tag in table:
            return table[tag]
    return table["en"]

"""Citations as words, and the list of what a notebook cites, from the bibliography."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from pybtex.backends.markdown import Backend
from pybtex.database import BibliographyData, Entry, parse_file
from pybtex.exceptions import PybtexError
from pybtex.plugin import find_plugin

from genlab.course.edition import FIRST, Edition
from genlab.course.errors import CourseError


class _Markdown(Backend):
    """Escapes only what Markdown would take as markup inside a sentence."""

    symbols: ClassVar[dict[str, str]] = {
        "ndash": "\N{EN DASH}",
        "newblock": " ",
        "nbsp": "\N{NO-BREAK SPACE}",
    }

    def format_str(self, text: str) -> str:
        return "".join("\\" + char if char in r"\`*_[]$" else char for char in text)


class Citations:
    """The bibliography, and what of it one notebook cites.

    Args:
        data: Entries by key.
    """

    def __init__(self, data: BibliographyData) -> None:
        self.data = data
        self.cited: dict[str, None] = {}  # ordered, without repetition

    @classmethod
    def read(cls, root: Path, edition: Edition = FIRST) -> Citations:
        """Read the bibliography of an edition.

        Args:
            root: The course's root folder.
            edition: Which edition.

        Returns:
            Citations with nothing cited; no entry if there is no such file.

        Raises:
            CourseError: The file cannot be parsed.
        """
        path = root / edition.bibliography
        if not path.exists():
            return cls(BibliographyData())
        try:
            return cls(parse_file(str(path), bib_format="bibtex"))
        except PybtexError as error:
            raise CourseError(f"{edition.bibliography}: cannot be read: {error}") from error

    def fresh(self) -> Citations:
        """The same bibliography with nothing cited, for another notebook."""
        return Citations(self.data)

    def textual(self, keys: Iterable[str]) -> str:
        """Cite as part of the sentence: `Kingma and Welling (2014)`.

        Args:
            keys: Keys of the bibliography.

        Returns:
            The citations, joined by commas.

        Raises:
            KeyError: A key that the bibliography does not have.
        """
        parts = [self._parts(key) for key in keys]
        return ", ".join(f"{names} ({year})" for names, year in parts)

    def parenthetical(self, keys: Iterable[str]) -> str:
        """Cite beside the sentence: `(Kingma and Welling, 2014; Ho et al., 2020)`.

        Args:
            keys: Keys of the bibliography.

        Returns:
            The citations in one pair of parentheses.

        Raises:
            KeyError: A key that the bibliography does not have.
        """
        parts = [self._parts(key) for key in keys]
        return "(" + "; ".join(f"{names}, {year}" for names, year in parts) + ")"

    def references(self) -> str:
        """List what was cited, by author, with links.

        Returns:
            A Markdown list, empty if nothing was cited.
        """
        style = find_plugin("pybtex.style.formatting", "unsrt")(sorting_style="author_year_title")
        entries = [self.data.entries[key] for key in self.cited]
        backend = _Markdown("utf-8")
        formatted = style.format_entries(style.sort(entries))
        return "\n".join(f"- {entry.text.render(backend)}" for entry in formatted)

    def _parts(self, key: str) -> tuple[str, str]:
        entry = self.data.entries[key]
        self.cited[key] = None
        return _names(entry), entry.fields.get("year", "n. d.")


def _names(entry: Entry) -> str:
    persons = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [
        " ".join(part.render_as("text") for part in [*p.rich_prelast_names, *p.rich_last_names])
        for p in persons
    ]
    if not names:
        return entry.rich_fields["title"].render_as("text")
    if len(names) > 2:
        return f"{names[0]} et al."
    return " and ".join(names)

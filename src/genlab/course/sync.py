"""Checked copies: page cells that show the package's own source.

A code cell that starts with `# from genlab.models.vae: VAE, Encoder` is filled with exactly the
source of those names, so a reader sees and edits the code that is tested. The modules are read, not
imported: a page can be filled while the package is broken, and nothing is executed.
"""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from genlab.course.edition import FIRST, Edition
from genlab.course.errors import CourseError, located
from genlab.course.pages.source import CodeCell, Page, read_pages

HEADER = re.compile(r"#\s*from\s+(?P<module>genlab(?:\.\w+)*)\s*:\s*(?P<names>.*)$")
MAX_DIFF_LINES = 14


@dataclass(frozen=True)
class StaleCell:
    """A checked copy that differs from the package.

    Attributes:
        page: The page's path, relative to the root.
        cell: The cell as it stands on the page.
        source: What it should hold, header included.
    """

    page: Path
    cell: CodeCell
    source: str

    def report(self) -> str:
        """Say where the cell is and how it differs, in a few lines."""
        diff = difflib.unified_diff(
            self.cell.source.split("\n"), self.source.split("\n"), "page", "package", "", "", 1, ""
        )
        lines = list(diff)[2:]
        shown = lines[:MAX_DIFF_LINES]
        if len(lines) > len(shown):
            shown.append(f"... and {len(lines) - len(shown)} more lines")
        where = f"{self.page}:{self.cell.line}: differs from the package (- page, + package)"
        return "\n".join([where, *("    " + line for line in shown)])


def stale_cells(root: Path, edition: Edition = FIRST) -> list[StaleCell]:
    """Find the checked copies that differ from the package.

    Args:
        root: The course's root folder.
        edition: Whose pages.

    Returns:
        The cells in order of page and line; empty if page and package agree.

    Raises:
        CourseError: A header names a module or a name that the package does not have.
    """
    return [stale for page in read_pages(root, edition) for stale in _stale_on(page)]


def sync(root: Path, edition: Edition = FIRST) -> list[StaleCell]:
    """Fill every checked copy with the package's source; touch nothing else.

    Args:
        root: The course's root folder.
        edition: Whose pages.

    Returns:
        The cells that were replaced.

    Raises:
        CourseError: See `stale_cells`; then no page has been changed.
    """
    stale = stale_cells(root, edition)
    for page in sorted({cell.page for cell in stale}):
        _replace(root / page, [cell for cell in stale if cell.page == page])
    return stale


def check(root: Path, edition: Edition = FIRST) -> None:
    """Refuse stale copies.

    Args:
        root: The course's root folder.
        edition: Whose pages.

    Raises:
        CourseError: Lists each stale cell with a small diff.
    """
    stale = stale_cells(root, edition)
    if stale:
        reports = "\n".join(cell.report() for cell in stale)
        raise CourseError(f"{reports}\n{len(stale)} stale cell(s): run `make sync`")


def _stale_on(page: Page) -> list[StaleCell]:
    stale = []
    for cell in page.code_cells:
        header, _, _ = cell.source.partition("\n")
        match = HEADER.match(header)
        if not match:
            continue
        source = header + "\n" + _source(page, cell, match["module"], match["names"])
        _refuse_fence(page, cell, source)
        if source != cell.source:
            stale.append(StaleCell(page.path, cell, source))
    return stale


def _source(page: Page, cell: CodeCell, module: str, names: str) -> str:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        raise located(page.path, cell.source_line, f"no name after `{module}:` to copy from it")
    definitions = _definitions(_module_file(page, cell, module))
    unknown = [name for name in wanted if name not in definitions]
    if unknown:
        there = ", ".join(definitions) or "nothing"
        message = f"{module} defines no {', '.join(unknown)}; it defines: {there}"
        raise located(page.path, cell.source_line, message)
    return "\n\n\n".join(definitions[name] for name in wanted)


def _module_file(page: Page, cell: CodeCell, module: str) -> Path:
    base = (page.root / "src").joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    parent = base.parent
    files = sorted(parent.glob("*.py")) if parent.is_dir() else []
    there = ", ".join(file.stem for file in files if file.stem != "__init__") or "no module"
    message = f"there is no module {module}; {parent.relative_to(page.root)} has: {there}"
    raise located(page.path, cell.source_line, message)


def _definitions(path: Path) -> dict[str, str]:
    text = path.read_text("utf-8")
    lines = text.split("\n")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise CourseError(f"{path}:{error.lineno}: cannot be read: {error.msg}") from error
    return {name: _slice(node, lines) for node in tree.body for name in _names(node)}


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [target.id for target in node.targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def _slice(node: ast.stmt, lines: list[str]) -> str:
    decorators = getattr(node, "decorator_list", [])
    start = min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1
    while start > 0 and lines[start - 1].startswith("#"):  # comments right above belong to it
        start -= 1
    return "\n".join(lines[start : node.end_lineno])


def _refuse_fence(page: Page, cell: CodeCell, source: str) -> None:
    if any(line.lstrip().startswith(cell.fence) for line in source.split("\n")):
        message = f"the source holds a line of {cell.fence}: open this cell with more backticks"
        raise located(page.path, cell.line, message)


def _replace(path: Path, stale: list[StaleCell]) -> None:
    # As bytes, so that the page keeps its line endings.
    lines = re.split(r"(?<=\n)", path.read_bytes().decode("utf-8"))
    for copy in reversed(stale):
        start = copy.cell.source_line - 1
        end = start + copy.cell.source.count("\n") + 1
        ending = "\r\n" if lines[start].endswith("\r\n") else "\n"
        lines[start:end] = [line + ending for line in copy.source.split("\n")]
    path.write_bytes("".join(lines).encode("utf-8"))

"""What no other tool checks: the course's own conventions, on its pages and in its files."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from genlab.course.notebooks.outputs import IGNORING, draws, prints_text
from genlab.course.pages.directives import Directive, directive_name, read_directive
from genlab.course.pages.parsing import parser
from genlab.course.pages.source import CodeCell, MarkdownCell, Page, read_pages

MIN_COMPARED = 0.8  # of the cells that print text
MAX_PLOT_LINES = 10
LONG_FIGURE = "long-figure"  # the tag of a cell whose drawing is what it teaches

# In parts, so that this file does not name them itself.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("conda", "anaconda", "org"),
            ("download", "pytorch", "org"),
        )
    )
)
# PyTorch's CPU build is found nowhere else.
CPU_INDEX = "https://" + ".".join(("download", "pytorch", "org")) + "/whl/cpu"
MAY_NAME_CPU_INDEX = ("environment.yml", ".github/workflows/")
NOT_OURS = {".git", ".venv", "node_modules", "_build", "__pycache__"}


@dataclass(frozen=True)
class Finding:
    """Something to mend.

    Attributes:
        path: Relative to the root.
        line: From 1; 0 for a whole file or folder.
        message: What is wrong and what to do.
    """

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{place}: {self.message}"


@dataclass(frozen=True)
class Coverage:
    """How much of a page nbval compares.

    Attributes:
        page: Its name.
        cells: Number of code cells in its notebook.
        printing: How many print text; a cell whose output is ignored counts as one that does.
        compared: How many of those are compared.
    """

    page: str
    cells: int
    printing: int
    compared: int


def lint(root: Path) -> tuple[list[Finding], list[Coverage]]:
    """Check the whole course.

    Args:
        root: The course's root folder.

    Returns:
        What is to be mended, and what nbval compares of each page.
    """
    findings: list[Finding] = []
    coverage: list[Coverage] = []
    for page in read_pages(root):
        findings += [Finding(page.path, line, message) for line, message in _in_text(page)]
        findings += [Finding(page.path, line, message) for line, message in _in_exercises(page)]
        if page.code_cells:
            cells = _with_outputs(page)
            findings += [
                Finding(page.path, cell.line, m) for cell, out in cells for m in _in(cell, out)
            ]
            coverage.append(_coverage(page, cells))
            if not (root / page.notebook).exists():
                message = f"has no {page.notebook}: run `make notebooks`"
                findings.append(Finding(page.path, 0, message))
    findings += _too_little_compared(coverage)
    findings += _in_files(root)
    return findings, coverage


def coverage_table(coverage: list[Coverage]) -> str:
    """Set out what nbval compares.

    Args:
        coverage: One entry a page.

    Returns:
        A table with a line for each page and one for all.
    """
    total = Coverage("all", *(sum(getattr(c, k) for c in coverage) for k in _COUNTS))
    width = max(len(entry.page) for entry in (*coverage, total))
    lines = [f"{'page':{width}}  code cells  print text  compared   share"]
    for entry in (*coverage, total):
        share = f"{entry.compared / entry.printing:7.0%}" if entry.printing else "      -"
        counts = f"{entry.cells:10}  {entry.printing:10}  {entry.compared:8}"
        lines.append(f"{entry.page:{width}}  {counts} {share}")
    return "\n".join(lines)


_COUNTS = ("cells", "printing", "compared")

# -- code cells -----------------------------------------------------------------------------------

Outputs = list[NotebookNode] | None  # None for a cell that the notebook does not have


def _with_outputs(page: Page) -> list[tuple[CodeCell, Outputs]]:
    stored: dict[str, deque[Outputs]] = defaultdict(deque)
    file = page.root / page.notebook
    if file.exists():
        for cell in nbformat.read(file, as_version=4).cells:
            if cell.cell_type == "code":
                stored[cell.source].append(cell.outputs)
    return [
        (cell, stored[cell.source].popleft() if stored[cell.source] else None)
        for cell in page.code_cells
    ]


def _coverage(page: Page, cells: list[tuple[CodeCell, Outputs]]) -> Coverage:
    there = [(cell, outputs) for cell, outputs in cells if outputs is not None]
    ignored = sum(bool(IGNORING & set(cell.tags)) for cell, _ in there)
    compared = sum(prints_text(outputs or []) for _, outputs in there)
    return Coverage(page.name, len(there), ignored + compared, compared)


def _too_little_compared(coverage: list[Coverage]) -> list[Finding]:
    printing = sum(entry.printing for entry in coverage)
    compared = sum(entry.compared for entry in coverage)
    if compared >= MIN_COMPARED * printing:
        return []
    message = f"nbval compares {compared} of {printing} printing cells, {MIN_COMPARED:.0%} are due"
    return [Finding(Path("book"), 0, message)]


def _in(cell: CodeCell, outputs: Outputs) -> Iterator[str]:
    tags, reason = set(cell.tags), cell.options.get("nbval-reason")
    if "nbval-ignore-output" in tags and not reason:
        yield "nbval-ignore-output without `:nbval-reason:`: say why it cannot be compared"
    if reason and not tags & IGNORING:
        yield "nbval-reason without the tag nbval-ignore-output"
    if ("skip-execution" in tags) != ("nbval-skip" in tags):
        yield "skip-execution and nbval-skip belong together: one is the site's, one is nbval's"
    if cell.source.rstrip().endswith(";"):
        yield "ends in `;`, which nbval does not know: write `_ = ...`"
    tree = _parsed(cell.source)
    if "skip-execution" not in tags and "ipywidgets" in _imported(tree):
        yield "plain ipywidgets show nothing on the site: use genlab.widgets"
    if draws(outputs or []) or _uses_pyplot(tree):
        yield from _in_drawing(cell)


def _in_drawing(cell: CodeCell) -> Iterator[str]:
    if not str(cell.rendering("image").get("alt") or "").strip():
        yield "draws without alternative text: add `mystnb: {image: {alt: ...}}` to its options"
    length = sum(bool(line.strip()) for line in cell.source.split("\n"))
    if length > MAX_PLOT_LINES and LONG_FIGURE not in cell.tags:
        yield (
            f"draws in {length} lines, {MAX_PLOT_LINES} are allowed: move it to genlab.plotting, "
            f"or tag it {LONG_FIGURE}"
        )


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # magics, or an exercise with a gap
        return ast.Module([], [])


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def _uses_pyplot(tree: ast.Module) -> bool:
    # At the top: a function that draws when it is called belongs to the cell that calls it.
    definitions = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    statements = [node for node in tree.body if not isinstance(node, definitions)]
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "plt"
        for statement in statements
        for node in ast.walk(statement)
    )


# -- text -----------------------------------------------------------------------------------------

Problem = tuple[int, str]


def _in_text(page: Page) -> Iterator[Problem]:
    for cell in page.cells:
        if isinstance(cell, MarkdownCell):
            yield from _without_alt(page, cell.text, cell.line)


def _without_alt(page: Page, text: str, line: int) -> Iterator[Problem]:
    for token in parser(page.extensions).parse(text):
        here = line + (token.map[0] if token.map else 0)
        name = directive_name(token)
        if name in ("figure", "image"):
            directive = read_directive(token, page.path, here)
            if not (directive.options.get("alt") or "").strip():
                yield here, f"{{{name}}} without `:alt:`: say in words what is to be seen"
        elif name:
            yield from _without_alt(page, token.content, here + 1)
        for child in token.children or []:
            if child.type == "image" and not child.content.strip():
                yield here, "image without alternative text: write ![what is to be seen](...)"


def _in_exercises(page: Page) -> Iterator[Problem]:
    exercises: dict[str, Directive] = {}
    solved: set[str] = set()
    current: Directive | None = None
    tags: set[str] = set()
    text = ""
    for item in _flow(page):
        if isinstance(item, CodeCell):
            tags |= set(item.tags)
        elif isinstance(item, str):
            text += item
        elif item.name == "exercise-start":
            current, tags, text = item, set(), ""
            exercises[item.options.get("label") or ""] = item
        elif item.name == "exercise-end" and current:
            yield from _in_exercise(current, tags, text)
            current = None
        elif item.name == "solution-start":
            solved.add(item.argument)
            if item.argument not in exercises:
                yield item.line, f"solution of {item.argument!r}, which no exercise above has"
    for label, exercise in exercises.items():
        if label and label not in solved:
            yield exercise.line, f"exercise {label!r} has no solution on this page"


def _in_exercise(exercise: Directive, tags: set[str], text: str) -> Iterator[Problem]:
    if not exercise.options.get("label"):
        yield exercise.line, "exercise without `:label:`"
    for tag, what in (("exercise", "stub"), ("check", "check")):
        if tag not in tags:
            yield exercise.line, f"exercise without a {what}: a code cell tagged `{tag}`"
    if exercise.argument and f"**{exercise.argument}" not in text:
        yield exercise.line, f"repeat the title in the body, in bold: **{exercise.argument}.**"


def _flow(page: Page) -> Iterator[CodeCell | Directive | str]:
    """Code cells, the marks of exercises and solutions, and paragraphs, in order."""
    for cell in page.cells:
        if isinstance(cell, CodeCell):
            yield cell
            continue
        for token in parser(page.extensions).parse(cell.text):
            name = directive_name(token) or ""
            if name.startswith(("exercise-", "solution-")):
                line = cell.line + (token.map[0] if token.map else 0)
                yield read_directive(token, page.path, line)
            elif token.type == "inline":
                yield token.content


# -- files ----------------------------------------------------------------------------------------


def _in_files(root: Path) -> Iterator[Finding]:
    if (root / "_static").exists():
        message = "Jupyter Book adds every script and style in it to every page: use another folder"
        yield Finding(Path("_static"), 0, message)
    for path in _files(root):
        allowed = CPU_INDEX if path.as_posix().startswith(MAY_NAME_CPU_INDEX) else None
        text = (root / path).read_text("utf-8", errors="ignore")
        if not REGISTRIES.search(text):
            continue
        for number, line in enumerate(text.split("\n"), start=1):
            host = REGISTRIES.search(line.replace(allowed, "") if allowed else line)
            if host:
                yield Finding(path, number, f"names the package registry {host.group()}")


def _files(root: Path) -> list[Path]:
    """Files of the repository; all but the made ones where there is no git."""
    command = [
        "git",
        "-C",
        str(root),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        paths = [Path(name) for name in listing.stdout.split("\0") if name]
        return sorted(path for path in paths if (root / path).is_file())
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in NOT_OURS]
        found += [Path(folder, name).relative_to(root) for name in names]
    return sorted(found)

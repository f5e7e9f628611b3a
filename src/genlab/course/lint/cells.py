"""Rules for code cells: what nbval needs, what a page without a kernel can show."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from genlab.course.lint.drawing import Drawers, in_drawing
from genlab.course.lint.finding import Problem
from genlab.course.lint.stored import Outputs
from genlab.course.notebooks.outputs import IGNORING
from genlab.course.pages.source import CodeCell

# As many characters as a cell shows in a window of 1280 pixels; more are cut off.
WIDEST = 80


def in_cells(cells: list[tuple[CodeCell, Outputs]]) -> Iterator[Problem]:
    """Find what is wrong with the code cells of a page.

    Args:
        cells: The cells in order, with their stored outputs.

    Yields:
        Line and message.
    """
    drawers = Drawers()
    for cell, outputs in cells:
        tree = parsed(cell.source)
        drawers.learn(tree)
        for message in (*_in_tags(cell), *_in_code(cell, tree)):
            yield cell.line, message
        for message in in_drawing(cell, outputs, tree, drawers):
            yield cell.line, message
        yield from _in_width(cell)


def parsed(source: str) -> ast.Module:
    """Parse a cell; nothing of one with magics, or of an exercise with a gap."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])


def _in_tags(cell: CodeCell) -> Iterator[str]:
    tags, reason = set(cell.tags), cell.options.get("nbval-reason")
    if "nbval-ignore-output" in tags and not reason:
        yield "nbval-ignore-output without `:nbval-reason:`: say why it cannot be compared"
    if reason and not tags & IGNORING:
        yield "nbval-reason without the tag nbval-ignore-output"
    if ("skip-execution" in tags) != ("nbval-skip" in tags):
        yield "skip-execution and nbval-skip belong together: one is the site's, one is nbval's"


def _in_code(cell: CodeCell, tree: ast.Module) -> Iterator[str]:
    if cell.source.rstrip().endswith(";"):
        yield "ends in `;`, which nbval does not know: write `_ = ...`"
    if "skip-execution" not in cell.tags and "ipywidgets" in _imported(tree):
        yield "plain ipywidgets show nothing on the site: use genlab.widgets"


def _in_width(cell: CodeCell) -> Iterator[Problem]:
    for number, line in enumerate(cell.source.split("\n"), start=cell.source_line):
        if len(line) > WIDEST:
            message = f"code line of {len(line)} characters, {WIDEST} are shown"
            yield number, f"{message}: break it (a checked copy: in the package)"


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names

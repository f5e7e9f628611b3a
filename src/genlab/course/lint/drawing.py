"""Cells that draw: each has words for those who do not see it, and is short.

What teaches stays visible on a page, and drawing seldom does: its place is `genlab.plotting`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from genlab.course.lint.stored import Outputs
from genlab.course.notebooks.outputs import draws
from genlab.course.pages.source import CodeCell

MAX_PLOT_LINES = 10
LONG_FIGURE = "long-figure"  # the tag of a cell whose drawing is what it teaches
PLOTTING = "genlab.plotting"
PYPLOT = "matplotlib.pyplot"
# Of genlab.plotting, what draws nothing by itself.
PREPARING = frozenset({"DIGIT_COLORS", "digit_grid", "token", "use_style"})

METHODS = frozenset({"imshow", "plot", "subplots"})  # of axes and of tables


class Drawers:
    """The names by which a page's cells draw, collected cell by cell.

    Attributes:
        modules: Names of the modules that draw, such as `plt` and `plotting`.
        functions: Names of functions that draw: imported, or defined on the page.
    """

    def __init__(self) -> None:
        self.modules = {"plt"}
        self.functions: set[str] = set()

    def learn(self, tree: ast.Module) -> None:
        """Take note of what a cell imports and defines."""
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self._learn_import(node)
            elif isinstance(node, ast.Import):
                drawing = [alias for alias in node.names if alias.name in (PLOTTING, PYPLOT)]
                self.modules |= {alias.asname for alias in drawing if alias.asname}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and self._in(node.body):
                self.functions.add(node.name)

    def draw_in(self, tree: ast.Module) -> bool:
        """Tell whether a cell draws when it is executed.

        A function that draws when it is called belongs to the cell that calls it.
        """
        definitions = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
        return self._in([node for node in tree.body if not isinstance(node, definitions)])

    def _learn_import(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if f"{node.module}.{alias.name}" in (PLOTTING, PYPLOT):
                self.modules.add(alias.asname or alias.name)
            elif node.module == PLOTTING and alias.name not in PREPARING:
                self.functions.add(alias.asname or alias.name)

    def _in(self, statements: list[ast.stmt]) -> bool:
        return any(self._draws(node) for part in statements for node in ast.walk(part))

    def _draws(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            module = node.value.id if isinstance(node.value, ast.Name) else ""
            return node.attr in METHODS or (module in self.modules and node.attr not in PREPARING)
        return isinstance(node, ast.Name) and node.id in self.functions


def in_drawing(
    cell: CodeCell, outputs: Outputs, tree: ast.Module, drawers: Drawers
) -> Iterator[str]:
    """Find what is wrong with a cell that draws, be it compared, ignored or a solution's.

    Args:
        cell: The cell.
        outputs: What the notebook stores of it.
        tree: Its syntax tree.
        drawers: What draws on its page.

    Yields:
        What is wrong.
    """
    if not (draws(outputs or []) or drawers.draw_in(tree) or cell.rendering("image")):
        return
    if not str(cell.rendering("image").get("alt") or "").strip():
        yield "draws without alternative text: add `mystnb: {image: {alt: ...}}` to its options"
    length = sum(bool(line.strip()) for line in cell.source.split("\n"))
    if length > MAX_PLOT_LINES and LONG_FIGURE not in cell.tags:
        yield (
            f"draws in {length} lines, {MAX_PLOT_LINES} are allowed: move it to genlab.plotting, "
            f"or tag it {LONG_FIGURE}"
        )

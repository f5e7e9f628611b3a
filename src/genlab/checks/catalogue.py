"""All sentences that checks can say, found in their source: the keys of a language's table.

Start a table with

    python -m genlab.checks.catalogue > src/genlab/checks/translations/LANGUAGE.json
"""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Iterator
from pathlib import Path

CALLED = frozenset({"Hint", "Case", "say", "text"})  # their first argument is a template


def templates(folder: Path = Path(__file__).parent) -> dict[str, frozenset[str]]:
    """Return each template in the modules of a folder, with the names of its fields."""
    first = [said.args[0] for tree in trees(folder).values() for said in said_in(tree)]
    literals = {str(one.value) for one in first if isinstance(one, ast.Constant)}
    return {template: fields(template) for template in sorted(literals)}


def trees(folder: Path) -> dict[str, ast.Module]:
    """Return the syntax trees of the modules of a folder, by their path in it."""
    paths = sorted(folder.rglob("*.py"))
    return {
        path.relative_to(folder).as_posix(): ast.parse(path.read_text(encoding="utf8"))
        for path in paths
    }


def said_in(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that say a sentence or mark one."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in CALLED and node.args:
            yield node


def fields(template: str) -> frozenset[str]:
    """Return the names of a template's fields."""
    parts = string.Formatter().parse(template)
    return frozenset(name for _, name, _, _ in parts if name is not None)


if __name__ == "__main__":
    print(json.dumps({template: template for template in templates()}, indent=2))

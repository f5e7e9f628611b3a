"""The solutions as the pages print them: the functions of the cells after an exercise."""

import ast
import functools
import re
from pathlib import Path
from typing import Any

BOOK = Path(__file__).parents[2] / "book"
CALL = re.compile(r"^_ = check\.(\w+)\((.*)\)$", re.M)
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.S | re.M)
START = re.compile(r"^```\{exercise-start\}.*\n:label: (\S+)$", re.M)
OPTIONS = re.compile(r"\A(?:---\n.*?^---\n|(?::[^\n]*\n)+)", re.S | re.M)


def labels() -> dict[str, str]:
    """Return the label of each exercise on the pages, with its page's name."""
    return {label: name for name, text in _texts().items() for label in START.findall(text)}


@functools.cache
def solution(label: str) -> dict[str, Any]:
    """Return the names that the solution of an exercise defines."""
    page = _page_of(label)
    begin = page.index(f"```{{solution-start}} {label}\n")
    end = page.index("```{solution-end}", begin)
    names = _Names(page[:begin])
    return {name: names[name] for name in names.define(page[begin:end])}


def called_with(label: str) -> tuple[str, list[str]]:
    """Return the name of the check that the exercise calls, and the names it calls it with."""
    page = _page_of(label)
    call = CALL.search(page, page.index(f":label: {label}\n"))
    assert call, label
    return call[1], call[2].split(", ")


def _page_of(label: str) -> str:
    (page,) = (text for text in _texts().values() if f":label: {label}\n" in text)
    return page


@functools.cache
def _texts() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf8") for path in sorted(BOOK.glob("*/*.md"))}


class _Names(dict[str, Any]):
    """The names of a page; what stands behind one is run when it is asked for.

    So a solution costs what it uses, not all that its page imports and trains.
    """

    def __init__(self, text: str):
        super().__init__(__name__="page")
        self.waiting: dict[str, ast.stmt] = {}
        self.define(text)

    def define(self, text: str) -> list[str]:
        """Note what the cells of `text` bind; return the functions and classes among it."""
        defined = []
        for cell in CELL.findall(text):
            for node in ast.parse(OPTIONS.sub("", cell)).body:
                names = _bound(node)
                self.waiting |= dict.fromkeys(names, node)
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    defined += names
        return defined

    def __missing__(self, name: str) -> Any:
        node = self.waiting.pop(name)
        exec(compile(ast.Module([node], []), "a page", "exec"), self)
        return self[name]


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [one.asname or one.name.partition(".")[0] for one in node.names]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]

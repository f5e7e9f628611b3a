"""What a page's outputs depend on, as one hash: its code, the sources it reaches, weights, pins.

jupyter-cache knows a page by its code cells alone, so a change in the package would leave stale
outputs. The hash here follows the imports of the cells through the package, and takes with it the
data files (checkpoints, style sheets) that a cell or a reached module names.
"""

import ast
import fnmatch
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

# The browser's half of a widget is loaded by the site as files; no output of a page holds it.
BROWSER_SUFFIXES = {".mjs", ".d.ts", ".css"}
BROWSER_SOURCES = {"widgets/kernel/bundle.py"}  # makes a notebook's copy of that half
SHARED_STYLE = "tokens.css"  # figures take their colours from it
# Tags that change what the kernel does; the others only change what the page shows.
EXECUTION_TAGS = {"raises-exception", "skip-execution"}


class Package:
    """The sources of a Python package as a graph of imports.

    Args:
        folder: the package's folder; its name is the package's name.
    """

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.name = self.folder.name
        self._trees: dict[Path, ast.Module] = {}

    @cached_property
    def data_files(self) -> list[Path]:
        """The package's files that are neither Python nor loaded by the browser alone."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path for path in files if not self._is_code(path))

    def reached(self, tree: ast.AST) -> set[Path]:
        """All source and data files that the syntax tree `tree` reaches, through any module.

        A checkpoint that is named reaches the module of its model, which its card names. The card
        stands for the weights too: it holds their hash, and loading refuses others.
        """
        found: set[Path] = set()
        names: set[str] = set()
        waiting = [(tree, "")]
        while waiting:
            tree, module = waiting.pop()
            names |= set(_text_patterns(tree))
            for path in self._imported_files(tree, module):
                if path not in found:
                    found.add(path)
                    waiting.append((self._tree(path), self._module_name(path)))
            if not waiting:
                data = {path for path in self.data_files if _is_named(path, names)} - found
                found |= data
                waiting += [(_model_named(path), "") for path in data if path.suffix == ".json"]
        return {path for path in found if not _is_answered_for(path)}

    def _imported_files(self, tree: ast.AST, module: str) -> Iterator[Path]:
        for name in _imported_names(tree, module, self.name):
            for path in self._files_of(name):
                if path.relative_to(self.folder).as_posix() not in BROWSER_SOURCES:
                    yield path

    def _files_of(self, name: str) -> Iterator[Path]:
        """The file that the dotted `name` leads to, and what importing it runs on the way.

        A package that only collects names of its modules is looked through: who takes one name
        from it does not depend on the modules of the others.
        """
        parts = name.split(".")
        for count, _ in enumerate(parts, start=1):
            place = self.folder.parent.joinpath(*parts[:count])
            collection = place / "__init__.py"
            if not collection.is_file():
                yield from (path for path in [place.with_suffix(".py")] if path.is_file())
                return
            names, wanted = self._collected(collection), ".".join(parts[count : count + 1])
            target = (names or {}).get(wanted, name)
            if target != name:
                yield from self._files_of(target)
                return
            if names is None or not wanted or not self._is_module(place, wanted):
                yield collection

    def _collected(self, path: Path) -> dict[str, str] | None:
        """What a package collects, name -> dotted origin; None if it does anything besides."""
        names: dict[str, str] = {}
        for node in self._tree(path).body:
            if isinstance(node, ast.ImportFrom):
                base = _absolute(node, self._module_name(path))
                names |= {
                    alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names
                }
            elif not isinstance(node, ast.Expr | ast.Assign) or not _is_literal(node.value):
                return None
        return names

    @staticmethod
    def _is_module(place: Path, name: str) -> bool:
        return (place / f"{name}.py").is_file() or (place / name / "__init__.py").is_file()

    def _module_name(self, path: Path) -> str:
        return ".".join(path.relative_to(self.folder.parent).with_suffix("").parts)

    def _tree(self, path: Path) -> ast.Module:
        if path not in self._trees:
            self._trees[path] = ast.parse(path.read_text(encoding="utf8"), str(path))
        return self._trees[path]

    @staticmethod
    def _is_code(path: Path) -> bool:
        browser = path.suffix in BROWSER_SUFFIXES and path.name != SHARED_STYLE
        return browser or path.suffix in {".py", ".pyc"}


def _imported_names(tree: ast.AST, module: str, package: str) -> Iterator[str]:
    """Dotted names of `package` that `tree` imports, or names in a string (lazy imports)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            names = [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value.partition(":")[0]]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == package)


def _is_literal(node: ast.expr) -> bool:
    """A docstring, a version, a list such as `__all__`: nothing that computes."""
    return not any(isinstance(part, ast.Call | ast.Name) for part in ast.walk(node))


def _absolute(node: ast.ImportFrom, module: str) -> str:
    """The absolute module that `from ... import` names inside `module`."""
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    # In a package's __init__ the first dot is the package itself, as in any module of it.
    base = parts[: len(parts) - node.level]
    return ".".join([*base, *([node.module] if node.module else [])])


def _text_patterns(tree: ast.AST) -> Iterator[str]:
    """Strings in `tree`; the variable parts of an f-string become wildcards."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.Constant) else "*" for v in node.values]
            yield "".join(map(str, parts))


def _model_named(card: Path) -> ast.Module:
    """The class that a checkpoint's card names, as the import that loading it is."""
    model = _on_card(card, "model")
    return ast.Module([ast.Expr(ast.Constant(model))], type_ignores=[])


def _is_answered_for(path: Path) -> bool:
    """Are these weights whose hash stands on a card beside them?"""
    return path.suffix == ".safetensors" and bool(_on_card(path.with_suffix(".json"), "sha256"))


def _on_card(card: Path, key: str) -> str:
    try:
        return json.loads(card.read_text(encoding="utf8"))[key]
    except (OSError, ValueError, LookupError, TypeError):
        return ""  # no card


def _is_named(path: Path, names: set[str]) -> bool:
    """Does one of `names` mean this file? By its name, its stem, or a pattern for either."""
    if {path.name, path.stem} & names:
        return True
    # A pattern that is all wildcard would match every file of the package.
    patterns = [name for name in names if "*" in name and len(name.strip("*")) >= 3]
    return any(fnmatch.fnmatchcase(path.stem, pattern) for pattern in patterns)


def code_tree(cells: Iterable[str]) -> ast.Module:
    """The syntax tree of code cells, IPython's magics included; a broken cell counts as empty."""
    body: list[ast.stmt] = []
    for source in cells:
        try:
            body += ast.parse(TransformerManager().transform_cell(source)).body
        except SyntaxError:
            continue  # executing the page reports it, with the line
    return ast.Module(body=body, type_ignores=[])


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def reached_files(notebook: NotebookNode, package: Package) -> set[Path]:
    """The package's source and data files that the outputs of `notebook` depend on."""
    return package.reached(code_tree(cell.source for cell in code_cells(notebook)))


def dependency_hash(notebook: NotebookNode, package: Package, pins: Path) -> str:
    """Hash everything that decides the outputs of `notebook`.

    Args:
        notebook: the page, its outputs are not looked at.
        package: the package the page may import.
        pins: the requirements file; another version of a library may give other outputs.

    Returns:
        64 hexadecimal digits.
    """
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "")
    digest = hashlib.sha256(f"{sys.version} {kernel}".encode())
    for cell in code_cells(notebook):
        tags = sorted(EXECUTION_TAGS & set(cell.metadata.get("tags", [])))
        digest.update(repr((cell.source, tags)).encode())
    for path in [*sorted(reached_files(notebook, package)), pins]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()

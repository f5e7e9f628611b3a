"""A widget's ES module as one text: a kernel hands the browser one, with no place to import from.

Each file stands in it once, after what it imports, in a scope of its own that returns what the file
exports; an import becomes a constant that takes from there. Nothing is loaded by URL: `data:` URLs
would hold a file as often as it is imported, `blob:` URLs need an `await` and are unknown to Node,
and a front end may forbid either. So the text runs wherever a module does.

Statements are found by their place: in this code base an import or an export starts its line, and
no line of a comment or a string starts so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

WIDGETS = Path(__file__).parents[1]
STYLE = WIDGETS.parent / "style"

_FROM = r"""["'](?P<path>\.{1,2}/[^"']+)["'];?"""
_IMPORT = re.compile(rf"""^import\b\s*(?:(?P<what>[^;"']+?)\s*\bfrom\s*)?{_FROM}""", re.MULTILINE)
_REEXPORT = re.compile(
    rf"""^export\s*(?P<what>\*(?:\s*as\s+\w+)?|{{[^}}]*}})\s*from\s*{_FROM}""", re.MULTILINE
)
_LIST = re.compile(r"^export\s*(?P<what>{[^}]*})(?!\s*from\b);?", re.MULTILINE)
_DECLARED = re.compile(
    r"^export\s+(?P<default>default\s+)?"
    r"(?P<rest>(?:(?:async\s+)?function\b\s*\*?|class\b|const\b)\s*(?!extends\b)(?P<name>[\w$]+))",
    re.MULTILINE,
)
_DEFAULT = re.compile(r"^export\s+default\b", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b(?!\s*\().*", re.MULTILINE)


def inline_module(path: Path) -> str:
    """Return an ES module and the files that it imports as one text.

    Args:
        path: the module; its relative imports are followed.

    Raises:
        FileNotFoundError: if an imported file is missing.
        ValueError: if modules import each other in a circle, a name is imported that is not
            exported, or a statement is of a kind that cannot be joined.
    """
    path = path.resolve()
    scopes: dict[Path, _Scope] = {}
    for file in _in_order(path, {}):
        variable = re.sub(r"\W", "_", file.stem) + f"${len(scopes)}"
        scopes[file] = _Scope.of(file, variable, scopes)
    if len(scopes) == 1:
        return path.read_text(encoding="utf-8")
    top = scopes[path]
    named = ", ".join(name for name in top.exports if name != "default")
    ends = [f"export const {{ {named} }} = {top.variable};"] if named else []
    ends += [f"export default {top.variable}.default;"] if "default" in top.exports else []
    return "\n".join([*(scope.text for scope in scopes.values()), *ends, ""])


def files_of(path: Path) -> list[Path]:
    """Return an ES module and all that it imports, each once and after those that it imports.

    Args:
        path: the module; its relative imports are followed.
    """
    return list(_in_order(path.resolve(), {}))


def _in_order(path: Path, done: dict[Path, None], parents: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield a module's files, each once and after those that it imports."""
    if path in parents:
        names = " -> ".join(one.name for one in (*parents, path))
        raise ValueError(f"modules import each other in a circle: {names}")
    if path in done:
        return
    text = path.read_text(encoding="utf-8")
    for statement in (*_IMPORT.finditer(text), *_REEXPORT.finditer(text)):
        yield from _in_order((path.parent / statement["path"]).resolve(), done, (*parents, path))
    done[path] = None
    yield path


@dataclass(frozen=True)
class _Scope:
    """A file as a constant of the whole: an object of what it exports.

    Attributes:
        variable: the constant's name.
        exports: exported name to the expression that gives it, inside the scope.
        text: the statement that makes the constant.
    """

    variable: str
    exports: Mapping[str, str]
    text: str

    @classmethod
    def of(cls, path: Path, variable: str, others: Mapping[Path, _Scope]) -> _Scope:
        """Rewrite a file whose imports are all among `others`."""
        exports: dict[str, str] = {}

        def source(statement: re.Match[str]) -> _Scope:
            return others[(path.parent / statement["path"]).resolve()]

        def take(statement: re.Match[str]) -> str:
            return _taken(path, statement["what"], source(statement))

        def pass_on(statement: re.Match[str]) -> str:
            exports.update(_passed_on(path, statement["what"], source(statement)))
            return ""

        def give(statement: re.Match[str]) -> str:
            exports.update({new: own for own, new in _pairs(statement["what"])})
            return ""

        def declare(statement: re.Match[str]) -> str:
            exports["default" if statement["default"] else statement["name"]] = statement["name"]
            return statement["rest"]

        def give_default(_statement: re.Match[str]) -> str:
            exports["default"] = "$default"
            return "const $default ="

        steps: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
            *((_IMPORT, take), (_REEXPORT, pass_on), (_LIST, give)),
            *((_DECLARED, declare), (_DEFAULT, give_default)),
        ]
        text = path.read_text(encoding="utf-8")
        for pattern, rewrite in steps:
            text = pattern.sub(rewrite, text)
        _refuse_what_is_left(path, text)
        given = ", ".join(f"{name}: {value}" for name, value in exports.items())
        head, tail = (
            f"// {path.name}\nconst {variable} = (() => {{",
            f"return {{ {given} }};\n}})();",
        )
        return cls(variable, exports, f"{head}\n{text}\n{tail}")


def _pairs(names: str) -> list[tuple[str, str]]:
    """Return the names of a list such as `{ a, b as c }`, there and here: (a, a), (b, c)."""
    parts = [one.split() for one in names.strip("{} \n").split(",") if one.strip()]
    return [(part[0], part[-1]) for part in parts]


def _check(path: Path, names: list[tuple[str, str]], source: _Scope) -> None:
    for name, _ in names:
        if name not in source.exports:
            known = ", ".join(source.exports) or "nothing"
            raise ValueError(f"{path.name} imports {name!r} from a file that exports {known}")


def _taken(path: Path, what: str | None, source: _Scope) -> str:
    """Return the statement in place of `import WHAT from SOURCE`."""
    if what is None:  # for its effects, which it has had
        return ""
    everything = re.fullmatch(r"\*\s*as\s+([\w$]+)", what)
    if everything:
        return f"const {everything[1]} = {source.variable};"
    first, brace, listed = what.partition("{")
    default = first.strip(" ,\n")
    names = [*([("default", default)] if default else []), *_pairs(brace + listed)]
    _check(path, names, source)
    return (
        f"const {{ {', '.join(f'{there}: {here}' for there, here in names)} }} = {source.variable};"
    )


def _passed_on(path: Path, what: str, source: _Scope) -> dict[str, str]:
    """Return what `export WHAT from SOURCE` exports, each with its expression."""
    if what == "*":
        return {name: f"{source.variable}.{name}" for name in source.exports if name != "default"}
    if what.startswith("*"):
        return {what.split()[-1]: source.variable}
    names = _pairs(what)
    _check(path, names, source)
    return {here: f"{source.variable}.{there}" for there, here in names}


def _refuse_what_is_left(path: Path, text: str) -> None:
    left = _LEFT.search(text)
    if left:
        raise ValueError(
            f"{path.name} has the statement `{left[0]}`; expected an import from a file by a "
            "relative path, or the export of a const, a function, a class, a list or a default"
        )


def widget_css(module_name: str) -> str:
    """Return the style of a widget, the tokens first; a notebook has no page CSS of its own."""
    own = WIDGETS / module_name / "style.css"
    files = [STYLE / "tokens.css", STYLE / "widgets.css", *([own] if own.is_file() else [])]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)

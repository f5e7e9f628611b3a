"""Rules for exercises: each is whole, and the same on its page, in its check, in its notebook."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from genlab.course.edition import Edition
from genlab.course.lint.cells import parsed
from genlab.course.lint.finding import Finding, Problem
from genlab.course.lint.stored import read_notebook
from genlab.course.notebooks.exercises import ROLES, identity_of
from genlab.course.pages.directives import Directive, directive_name, read_directive
from genlab.course.pages.parsing import parser
from genlab.course.pages.source import CodeCell, Page

EFFORT = re.compile(r"\{effort\}`[^`]+`")  # what stands in it is for the notebook's export


class Registered(Protocol):
    """What the registry of checks holds of an exercise."""

    @property
    def page(self) -> str:
        """Name of the page's module of checks, such as `latent_space`."""

    @property
    def check(self) -> Callable[..., Any]:
        """The function that judges answers."""


Registry = Mapping[str, Registered]


@dataclass
class Written:
    """An exercise as it stands on its page.

    Attributes:
        start: Its first mark.
        cells: Its code cells.
        text: Its paragraphs.
    """

    start: Directive
    cells: list[CodeCell] = field(default_factory=list)
    text: str = ""

    @property
    def label(self) -> str:
        """Its label, empty if it has none."""
        return self.start.options.get("label") or ""

    def tagged(self, tag: str) -> list[CodeCell]:
        """Its cells with a tag."""
        return [cell for cell in self.cells if tag in cell.tags]


def in_exercises(page: Page, registry: Registry) -> Iterator[Problem]:
    """Find what is wrong with the exercises of a page.

    Args:
        page: The page.
        registry: Which check judges which exercise.

    Yields:
        Line and message.
    """
    written, solutions = _read(page)
    stored = _in_notebook(page)
    for exercise in written.values():
        yield from _in_parts(exercise)
        if exercise.label:
            yield from _in_identity(page, exercise, registry, stored)
    for solution in solutions:
        if solution.argument not in written:
            message = f"solution of {solution.argument!r}, which no exercise above has"
            yield solution.line, message
    solved = {solution.argument for solution in solutions}
    for label, exercise in written.items():
        if label and label not in solved:
            yield exercise.start.line, f"exercise {label!r} has no solution on this page"


def without_exercise(pages: list[Page], registry: Registry, edition: Edition) -> Iterator[Finding]:
    """Find checks that are registered for an exercise that no page has.

    Args:
        pages: All pages of the edition.
        registry: Which check judges which exercise.
        edition: A later edition need not have all pages yet.

    Yields:
        What is wrong, at the page that should have the exercise.
    """
    there = {label for page in pages for label in _read(page)[0]}
    homes = {module_of(page): page.path for page in pages}
    for label, registered in registry.items():
        home = homes.get(registered.page)
        if label in there or (home is None and edition.name):
            continue
        message = f"{registered.check.__name__} is registered for {label!r}, which no page has"
        yield Finding(home or edition.pages, 0, message)


def module_of(page: Page) -> str:
    """Name the module of a page's checks: that of `simple-unet` is `simple_unet`."""
    return page.path.stem.replace("-", "_")


def _in_parts(exercise: Written) -> Iterator[Problem]:
    line, title = exercise.start.line, exercise.start.argument
    if not exercise.label:
        yield line, "exercise without `:label:`"
    for tag, what in (("exercise", "stub"), ("check", "check")):
        if not exercise.tagged(tag):
            yield line, f"exercise without a {what}: a code cell tagged `{tag}`"
    if not EFFORT.search(exercise.text):
        yield line, "exercise without difficulty and minutes: begin with {effort}`easy 10`"
    if title and f"**{title}" not in exercise.text:
        yield line, f"repeat the title in the body, in bold: **{title}.**"


def _in_identity(
    page: Page, exercise: Written, registry: Registry, stored: dict[str, set[str]] | None
) -> Iterator[Problem]:
    label, line = exercise.label, exercise.start.line
    registered = registry.get(label)
    if registered is None:
        yield line, f"no check is registered for {label!r}: add @exercise({label!r}, ...) to one"
        return
    if registered.page != module_of(page):
        message = f"{label!r} is registered by the checks of {registered.page}, not of this page"
        yield line, message
    name = registered.check.__name__
    for cell in exercise.tagged("check"):
        if name not in _called(cell):
            yield cell.line, f"the check of {label!r} does not call {name}, which is registered"
    missing = [role for role in ROLES if stored is not None and role not in stored.get(label, ())]
    if missing:
        yield line, f"the notebook has no {', '.join(missing)} of {label!r}: run `make notebooks`"


def _called(cell: CodeCell) -> set[str]:
    functions = [node.func for node in ast.walk(parsed(cell.source)) if isinstance(node, ast.Call)]
    names = {function.id for function in functions if isinstance(function, ast.Name)}
    return names | {function.attr for function in functions if isinstance(function, ast.Attribute)}


def _in_notebook(page: Page) -> dict[str, set[str]] | None:
    """The roles that the notebook's cells have, by label; None without a notebook."""
    notebook = read_notebook(page)
    if notebook is None:
        return None
    roles: dict[str, set[str]] = {}
    for cell in notebook.cells:
        if identity := identity_of(cell):
            roles.setdefault(identity.label, set()).add(identity.role)
    return roles


def _read(page: Page) -> tuple[dict[str, Written], list[Directive]]:
    """The exercises of a page by label, and the starts of its solutions."""
    written: dict[str, Written] = {}
    solutions: list[Directive] = []
    current: Written | None = None
    for item in _flow(page):
        if isinstance(item, Directive) and item.name == "exercise-start":
            current = Written(item)
            written[current.label] = current
        elif isinstance(item, Directive):
            current = None
            if item.name == "solution-start":
                solutions.append(item)
        elif current and isinstance(item, CodeCell):
            current.cells.append(item)
        elif current and isinstance(item, str):
            current.text += item
    return written, solutions


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

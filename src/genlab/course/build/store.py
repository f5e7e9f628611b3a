"""The pages of the course and their outputs: which there are, which are fresh, where they lie.

Outputs lie in a jupyter-cache inside `_build`, in the form in which Jupyter Book reads them. The
ledger `_build/pages.json` says of each page which hash of dependencies its outputs belong to.
"""

import copy
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

import genlab
from genlab.course.build.cost import Cost, Timing
from genlab.course.build.dependencies import Package, code_cells, dependency_hash, reached_files
from genlab.course.build.files import write_atomically
from genlab.course.edition import FIRST, Edition
from genlab.course.errors import CourseError
from genlab.course.pages.parsing import parser, site_extensions
from genlab.course.pages.source import CODE_CELL, page_text

LOST_CELL = (
    "this code cell would not be executed, as the page is no notebook: begin the page with the "
    "header that has `jupytext:` and `kernelspec:` (copy it from another page)"
)


class BuildError(CourseError):
    """The site cannot be built; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Entry(Cost):
    """What the ledger knows of a page's last execution: what it cost, and its identity.

    Attributes:
        key: jupyter-cache's hash of the code cells.
        dependencies: our hash of all that the outputs depend on.
    """

    key: str
    dependencies: str


class OutputStore:
    """Outputs of the pages that the table of contents names.

    Args:
        root: folder that holds the table of contents, `requirements.txt` and the pages.
        build: folder for what is built; the edition's own if not given.
        package: the package that pages import; `genlab` if not given.
        edition: whose pages.

    Raises:
        BuildError: the table of contents is missing or malformed, or names a page that does not
            exist.
    """

    def __init__(
        self,
        root: Path,
        build: Path | None = None,
        package: Path | None = None,
        edition: Edition = FIRST,
    ):
        self.root = root.resolve()
        self.edition = edition
        self.build = (build or self.root / edition.build).resolve()
        self.package = Package(package or Path(genlab.__file__).parent)
        self.files = page_files(self.root, edition.toc)
        self._notebooks: dict[str, NotebookNode | None] = {}
        self._hashes: dict[str, str] = {}

    @cached_property
    def cache(self) -> JupyterCacheBase:
        """The store of executed notebooks, the same that Jupyter Book reads."""
        self.build.mkdir(parents=True, exist_ok=True)
        return get_cache(str(self.build / ".jupyter_cache"))

    @cached_property
    def ledger(self) -> dict[str, Entry]:
        """What is known of each page's last execution; empty if unreadable (then all run again)."""
        try:
            stored = json.loads((self.build / "pages.json").read_text(encoding="utf8"))
            return {name: Entry(**entry) for name, entry in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def notebook(self, name: str) -> NotebookNode | None:
        """The page as a notebook without outputs, as Jupyter Book reads it; None if plain text."""
        if name not in self._notebooks:
            notebook = read_notebook(self.files[name])
            if notebook is None:
                self._refuse_lost_cells(name)
            self._notebooks[name] = notebook
        return self._notebooks[name]

    def _refuse_lost_cells(self, name: str) -> None:
        """A page that is no notebook must not look like one: its code would never run."""
        tokens = parser(site_extensions(self.root)).parse(page_text(self.files[name]))
        for token in tokens:
            if token.type in ("fence", "colon_fence") and token.info.startswith(CODE_CELL):
                page = self.files[name].relative_to(self.root)
                raise BuildError(f"{page}:{(token.map or [0])[0] + 1}: {LOST_CELL}")

    def notebooks(self) -> list[str]:
        """Names of the pages that have something to execute."""
        return [name for name in self.files if has_code(self.notebook(name))]

    def dependencies(self, name: str) -> str:
        """The present hash of all that the page's outputs depend on."""
        if name not in self._hashes:
            notebook = self._require_notebook(name)
            pins = self.root / "requirements.txt"
            self._hashes[name] = dependency_hash(notebook, self.package, pins)
        return self._hashes[name]

    def reached(self, name: str) -> set[Path]:
        """The package's files that the page's outputs depend on."""
        return reached_files(self._require_notebook(name), self.package)

    def record(self, name: str) -> NbCacheRecord | None:
        """The cache's record of outputs for the page's code, fresh or not."""
        try:
            return self.cache.match_cache_notebook(self._require_notebook(name))
        except KeyError:
            return None

    def is_fresh(self, name: str) -> bool:
        """Do outputs lie in the cache that belong to the present code, sources and weights?"""
        entry, record = self.ledger.get(name), self.record(name)
        if entry is None or record is None:
            return False
        return (entry.key, entry.dependencies) == (record.hashkey, self.dependencies(name))

    def stale(self) -> list[str]:
        """Names of the pages that have to be executed."""
        return [name for name in self.notebooks() if not self.is_fresh(name)]

    def forget_unmeasured(self) -> None:
        """Take pages for stale whose cost is not known.

        Jupyter Book, when it executes a page, knows neither its memory nor its processor time, only
        the clock on the wall; an older ledger has no reference seconds.
        """
        for name in [name for name, entry in self.ledger.items() if not entry.is_known]:
            del self.ledger[name]

    def timings(self) -> list[Timing]:
        """What each executed page took, in the order of the course."""
        return [
            Timing(page=name, **self.ledger[name].figures)
            for name in self.notebooks()
            if name in self.ledger
        ]

    def unmeasured(self) -> list[str]:
        """Names of the pages with code whose cost is not known."""
        known = {name for name, entry in self.ledger.items() if entry.is_known}
        return [name for name in self.notebooks() if name not in known]

    def executable(self, name: str) -> NotebookNode:
        """A copy of the page's notebook for a kernel to execute."""
        return copy.deepcopy(self._require_notebook(name))

    def evict_stale(self) -> list[str]:
        """Drop outputs that no longer belong to their page; names of the pages to execute."""
        for name in self.notebooks():
            self._carry_over(name)
        stale = self.stale()
        for name in stale:
            if record := self.record(name):
                self.cache.remove_cache(record.pk)
        return stale

    def keep(self, name: str, executed: NotebookNode, cost: Cost) -> None:
        """Put a page's outputs into the cache and the ledger, at once and for good."""
        data = {"execution_seconds": cost.seconds}
        bundle = CacheBundleIn(executed, str(self.files[name]), data=data)
        self.cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        self.note(name, cost)

    def note(self, name: str, cost: Cost) -> None:
        """Write into the ledger that the outputs in the cache belong to the present state."""
        record = self.record(name)
        if record is None:
            raise KeyError(f"no outputs of {name} in {self.cache.path}")
        identity = {"key": record.hashkey, "dependencies": self.dependencies(name)}
        self.ledger[name] = Entry(**identity, **cost.figures)
        known = {page: asdict(entry) for page, entry in self.ledger.items() if page in self.files}
        write_atomically(self.build / "pages.json", json.dumps(known, indent=1))

    def executed(self, name: str) -> NotebookNode:
        """The page as a notebook with its outputs.

        Raises:
            BuildError: there is no such page, or no outputs for its present state.
        """
        self._require_page(name)
        if not has_code(self.notebook(name)):
            return self.executable(name)
        if not self.is_fresh(name):
            raise BuildError(f"page {name} has not been executed since its last change: make book")
        return self.cache.merge_match_into_notebook(self._require_notebook(name))[1]

    def require_code(self, name: str) -> None:
        """Refuse a name that is no page's, or a page's without code.

        Raises:
            BuildError: says which pages there are.
        """
        self._require_page(name)
        if not has_code(self.notebook(name)):
            those = ", ".join(self.notebooks())
            raise BuildError(f"page {name} has no code to execute; those that have: {those}")

    def _require_page(self, name: str) -> None:
        if name not in self.files:
            there = ", ".join(self.files)
            raise BuildError(f"no page {name!r} in {self.edition.toc}; there are: {there}")

    def _require_notebook(self, name: str) -> NotebookNode:
        notebook = self.notebook(name)
        if notebook is None:
            raise BuildError(f"{self.files[name]} is plain Markdown: it has no jupytext header")
        return notebook

    def _carry_over(self, name: str) -> None:
        """Keep outputs when only a cell's tags have changed.

        jupyter-cache counts tags as code: without this, hiding a cell would execute the page.
        """
        entry = self.ledger.get(name)
        if entry is None or entry.dependencies != self.dependencies(name) or self.record(name):
            return
        try:
            record = NbCacheRecord.record_from_hashkey(entry.key, self.cache.db)
        except KeyError:
            return
        executed = self.cache.get_cache_bundle(record.pk).nb
        present = self._require_notebook(name)
        executed.metadata["kernelspec"] = present.metadata["kernelspec"]
        for old, new in zip(executed.cells, code_cells(present), strict=True):
            old.metadata = new.metadata
        self.cache.remove_cache(record.pk)
        self.keep(name, executed, entry)


def page_files(root: Path, toc: Path = FIRST.toc) -> dict[str, Path]:
    """Each page's name in the table of contents (without suffix) and its file.

    Raises:
        BuildError: the table is missing or malformed, or names a page that does not exist.
    """
    try:
        names = list(parse_toc_yaml(root / toc))
    except FileNotFoundError:
        raise BuildError(f"no {toc} in {root}: start this in the course's folder") from None
    except MalformedError as error:
        raise BuildError(f"{root / toc} is malformed: {error}") from error
    return {name: _page_file(root, name, toc) for name in names}


def _page_file(root: Path, name: str, toc: Path) -> Path:
    for suffix in (".md", ".ipynb"):
        if (root / f"{name}{suffix}").is_file():
            return root / f"{name}{suffix}"
    raise BuildError(f"{toc} names {name}, but there is no {name}.md: write it or take it out")


def read_notebook(path: Path) -> NotebookNode | None:
    """Read a page as Jupyter Book does, so that the cache's keys agree; None for plain Markdown."""
    text = page_text(path)
    reader = create_nb_reader(str(path), MdParserConfig(), NbParserConfig(), text)
    return None if reader is None else nbformat.from_dict(reader.read(text))


def has_code(notebook: NotebookNode | None) -> bool:
    """Is there a code cell to execute?"""
    return notebook is not None and bool(code_cells(notebook))

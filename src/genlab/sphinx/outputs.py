"""Outputs on a page belong to the present sources, show how long they took, and can be seen.

`genlab book` has executed the pages before; this module makes a plain `jupyter-book build .` right
as well: stale outputs are dropped before myst-nb looks for them, new ones are noted.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from genlab.course.build.cost import Cost, write_timings
from genlab.course.build.store import BuildError, OutputStore, has_code
from genlab.sphinx.environment import edition_of
from genlab.sphinx.texts import site_texts

LOGGER = logging.getLogger(__name__)
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def connect(app: Sphinx) -> None:
    """Connect to the stages of a build, from finding pages to writing them."""
    app.connect("builder-inited", open_store)
    app.connect("env-get-outdated", pages_with_new_outputs)
    app.connect("doctree-read", note_outputs)
    app.connect("env-purge-doc", forget)
    app.connect("html-page-context", drop_widget_state, priority=400)
    app.connect("html-page-context", add_runtime)
    app.connect("build-finished", finish)


def open_store(app: Sphinx) -> None:
    """Drop stale outputs, so that myst-nb executes those pages."""
    try:
        build, edition = Path(app.outdir).parent, edition_of(app.config)
        app.genlab_store = OutputStore(Path(app.srcdir), build, edition=edition)  # type: ignore
        stale = app.genlab_store.evict_stale()  # type: ignore[attr-defined]
    except BuildError as error:
        raise ExtensionError(str(error)) from error
    if stale:
        LOGGER.info("pages to execute: %s", ", ".join(stale))


def pages_with_new_outputs(app: Sphinx, env: BuildEnvironment, *changed: Any) -> list[str]:
    """Pages whose text is unchanged but whose outputs are not: Sphinx would not read them again."""
    store: OutputStore = app.genlab_store  # type: ignore[attr-defined]
    shown = _shown(env)
    return [name for name in store.notebooks() if shown.get(name) != _identity(store, name)]


def note_outputs(app: Sphinx, document: nodes.document) -> None:
    """Remember what the page shows, warn of outputs that cannot be shown."""
    store: OutputStore = app.genlab_store  # type: ignore[attr-defined]
    name = app.env.docname
    if name not in store.files or not has_code(store.notebook(name)):
        return
    record = store.record(name)
    if record is None:  # it raised: myst-nb has already warned
        return
    if not store.is_fresh(name):
        store.note(name, Cost(seconds=record.data.get("execution_seconds", 0.0)))
    _shown(app.env)[name] = _identity(store, name)
    for complaint in invisible_outputs(store.executed(name)):
        LOGGER.warning(complaint, location=name, type="genlab", subtype="widget")


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """A removed page shows nothing any more."""
    _shown(env).pop(docname, None)


def add_runtime(app: Sphinx, pagename: str, template: str, context: dict, doctree: Any) -> None:
    """Put "Runs in N s on one CPU thread" under an executed page's title, but not on the first."""
    store: OutputStore = app.genlab_store  # type: ignore[attr-defined]
    entry = None if pagename == app.config.root_doc else store.ledger.get(pagename)
    if entry and "body" in context and has_code(store.notebook(pagename)):
        line = f'<p class="gl-runtime">{runtime_text(entry, store.edition.language)}</p>'
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)


def runtime_text(cost: Cost, language: str = "en") -> str:
    """What a reader may expect of running the page, in whole seconds, at least one."""
    seconds = cost.seconds if cost.reference_seconds is None else cost.reference_seconds
    return site_texts(language)["runtime"].format(seconds=max(1, round(seconds)))


def invisible_outputs(notebook: NotebookNode) -> Iterator[str]:
    """One complaint for each output that is an ipywidget alone: a page without kernel is empty."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET_VIEW in data and "text/html" not in data:
                first = (cell.source.splitlines() or [""])[0]
                yield (
                    f"cell {number} ({first!r}) shows an ipywidget that needs a kernel, so the "
                    "page would show nothing: use a genlab widget, or show its picture"
                )


def drop_widget_state(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Leave out the kernel widgets' state: it is what would load the html-manager."""
    metadata = getattr(app.env, "nb_metadata", {})
    metadata.get(pagename, {}).pop("js_files", None)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the timings. After warnings, forget all pages: the next build must warn again."""
    store = getattr(app, "genlab_store", None)
    if store is not None:
        write_timings(store.build, store.timings())
    if app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def _shown(env: BuildEnvironment) -> dict[str, str]:
    if not hasattr(env, "genlab_shown_outputs"):
        env.genlab_shown_outputs = {}  # type: ignore[attr-defined]
    return env.genlab_shown_outputs  # type: ignore[attr-defined]


def _identity(store: OutputStore, name: str) -> str:
    """Tells two executions of a page apart."""
    record = store.record(name)
    return "" if record is None else f"{record.hashkey} {record.created.isoformat()}"

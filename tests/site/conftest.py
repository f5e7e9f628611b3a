"""Pages of the built site, and notebooks, in a watched browser; a picture when a test fails."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from kit.browser import launched
from kit.lab import LabNotebook, opened_notebook, running_lab
from kit.loading import saving_data
from kit.places import FIGURES, SITE
from kit.report import fail_on_faults, pages_of, take_screenshots
from kit.server import serve
from kit.waiting import PATIENCE, stir
from kit.watch import Watch
from playwright.sync_api import Browser, BrowserContext, Page

WINDOW: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
Open = Callable[..., Page]
FIGURES_KEY = pytest.StashKey[dict[str, Any]]()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built site."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"There is no site in {SITE}: run `make book` first.")
    with serve(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def watch() -> Watch:
    """What goes wrong in this test's pages; the test fails on anything that is left in it."""
    return Watch()


def new_context(browser: Browser, prepare: Any, options: dict[str, Any]) -> BrowserContext:
    context = browser.new_context(**{**WINDOW, **options})
    context.set_default_timeout(1000 * PATIENCE)
    if prepare:
        prepare(context)
    return context


@pytest.fixture(scope="session")
def warm(browser: Browser) -> Iterator[Callable[[dict[str, Any]], BrowserContext]]:
    """Contexts that the pages of many tests share: what one has fetched, the next one has.

    There is one for each of Playwright's arguments. Its reader saves data: else each page would
    start a runtime that few of these tests look at.
    """
    known: dict[str, BrowserContext] = {}

    def shared(options: dict[str, Any]) -> BrowserContext:
        key = json.dumps(options, sort_keys=True)
        if key not in known:
            known[key] = new_context(browser, saving_data, options)
        return known[key]

    yield shared
    for context in known.values():
        context.close()


@pytest.fixture
def open_page(
    browser: Browser, warm: Any, site: str, watch: Watch, request: pytest.FixtureRequest
) -> Iterator[Open]:
    """Open a page of the site: `open_page("book/intro", "?x=1", color_scheme="dark")`.

    It has a context of its own, which has fetched nothing yet, if it is `cold` or prepared:
    `prepare(context)` is called before the page is asked for. Networks are fetched ahead only
    there.
    """
    with ExitStack() as stack:

        def own_context(prepare: Any, options: dict) -> BrowserContext:
            context = new_context(browser, prepare, options)
            stack.callback(context.close)
            return context

        def open_one(
            name: str, query: str = "", prepare: Any = None, cold: bool = False, **options: Any
        ) -> Page:
            context = own_context(prepare, options) if cold or prepare else warm(options)
            page = context.new_page()
            watch.attach(context)
            stack.callback(watch.detach, context)
            stack.callback(page.close)
            pages_of(request.node).append(page)
            response = page.goto(f"{site}{name}.html{query}")
            assert response and response.ok, f"there is no page {name}: run `make book` first"
            stir(page)
            return page

        yield open_one
        fail_on_faults(request.node, watch)


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a notebook in a running JupyterLab, but for its folder, and where that is."""
    folder = tmp_path_factory.mktemp("lab")
    with running_lab(folder) as address:
        yield address, folder


@pytest.fixture(scope="module")
def lab_watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, jupyterlab: tuple[str, Path], lab_watch: Watch, request: Any
) -> Iterator[LabNotebook]:
    """The notebook that the module's class `Lab` describes."""
    (address, folder), name = jupyterlab, request.module.__name__
    opened = opened_notebook(request.module.Lab, browser, lab_watch, address, folder / name)
    with opened as one:
        yield one


@pytest.fixture
def lab(notebook: LabNotebook, lab_watch: Watch, request: Any) -> Iterator[LabNotebook]:
    """The module's notebook, for one test: the next starts from what this one leaves."""
    pages_of(request.node).append(notebook.page)
    yield notebook
    fail_on_faults(request.node, lab_watch)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    report = yield
    if report.when == "call" and report.failed and (said := take_screenshots(item)):
        report.sections.append(("what it looked like", said))
    return report


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> dict[str, Any]:
    """Measured figures by name: printed at the end and kept in `_build/site-figures.json`."""
    return pytestconfig.stash.setdefault(FIGURES_KEY, {})


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under pytest-xdist: hand what a worker has measured to the process that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash.get(FIGURES_KEY, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    measured = getattr(node, "workeroutput", {}).get("figures", {})
    node.config.stash.setdefault(FIGURES_KEY, {}).update(measured)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not (measured := config.stash.get(FIGURES_KEY, {})):
        return
    known = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps({**known, **measured}, indent=2) + "\n")
    terminalreporter.section("measured")
    for name, value in sorted(measured.items()):
        terminalreporter.write_line(f"{name}: {value}")

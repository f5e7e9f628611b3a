"""Pages of the built site in a watched browser; a picture and a record when a test fails."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from kit.browser import launched
from kit.places import FIGURES, SITE
from kit.report import fail_on_faults, pages_of, take_screenshots
from kit.server import serve
from kit.watch import Watch
from playwright.sync_api import Browser, Page

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


@pytest.fixture
def open_page(browser: Browser, site: str, watch: Watch, request: Any) -> Iterator[Open]:
    """Open a page of the site in a context of its own: `open_page("book/intro", "?x=1")`.

    Further arguments are Playwright's for a context. `prepare(context)` is called before the page
    is asked for.
    """
    with ExitStack() as stack:

        def open_one(name: str, query: str = "", prepare: Any = None, **options: Any) -> Page:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
            stack.callback(context.close)
            context.set_default_timeout(20_000)
            watch.attach(context)
            if prepare:
                prepare(context)
            page = context.new_page()
            pages_of(request.node).append(page)
            response = page.goto(f"{site}{name}.html{query}")
            assert response and response.ok, f"there is no page {name}: run `make book` first"
            return page

        yield open_one
        fail_on_faults(request.node, watch)


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

"""What a widget needs is there when it is touched; where it cannot be, the page says why."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kit.explorer import Explorer, OneMap
from kit.loading import NO_SIMD, NO_WASM, with_policy
from kit.objectives import Objectives
from kit.places import SITE
from kit.reading import settle
from kit.server import PackingHandler, serve
from kit.table import WITH_NETWORKS
from kit.tokens import Tokens
from kit.waiting import laid_out
from kit.watch import Watch
from kit.widget import WidgetOnPage
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.site

PROGRAM = "ort-wasm-simd-threaded.wasm"
Kind = type[WidgetOnPage]


@pytest.fixture(scope="module")
def packed_site() -> Iterator[str]:
    """The site as a host sends it."""
    with serve(SITE, PackingHandler) as address:
        yield address


# -- fetched ahead -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WITH_NETWORKS, ids=lambda kind: kind.name)
def test_a_touch_asks_for_nothing_that_has_not_come(
    open_page: Any, watch: Watch, kind: Kind
) -> None:
    page: Page = open_page(kind.home, cold=True)
    widget = kind(page)
    own = json.loads(widget.root.get_attribute("data-genlab-networks") or "")
    wanted = [PROGRAM, "ort.wasm.bundle.min.mjs", *(f"/{name}.onnx" for name in own.values())]
    widget.root.scroll_into_view_if_needed()
    widget.eventually(lambda: all(map(watch.urls, wanted)), "all that it needs, without a touch")
    widget.expect_state(kind.at_rest)
    widget.touch()
    widget.expect_touched()
    assert {name: len(watch.urls(name)) for name in wanted} == dict.fromkeys(wanted, 1)


def test_networks_wait_until_the_widget_is_near(open_page: Any, watch: Watch) -> None:
    page: Page = open_page(Objectives.home, cold=True)
    widget = Objectives(page)
    height = page.viewport_size["height"] if page.viewport_size else 0
    top = widget.root.evaluate("(root) => root.getBoundingClientRect().top")
    assert top > 4 * height, "it stands too high on the page for this test"
    widget.eventually(lambda: bool(watch.urls(PROGRAM)), "the runtime")
    page.wait_for_load_state("networkidle")
    assert not watch.urls(".onnx")
    page.evaluate("(y) => scrollTo(0, y)", top - 3.5 * height)
    page.wait_for_timeout(500)
    assert not watch.urls(".onnx"), "further away than two screens"
    page.evaluate("(y) => scrollTo(0, y)", top - 2.5 * height)
    widget.eventually(lambda: len(watch.urls(".onnx")) == 3, "three networks")


FAR = """() => ({
  far: document.querySelectorAll(".gl-far").length,
  skipped: [...document.querySelectorAll(".gl-far > h2")]
    .filter((node) => !node.checkVisibility({ contentVisibilityAuto: true })).length,
  alive: document.querySelectorAll("[data-genlab-widget] [role=status]").length,
})"""


def test_what_is_far_waits_for_the_reader_and_stays_where_it_is(
    browser: Browser, packed_site: str
) -> None:
    page = browser.new_page(viewport={"width": 412, "height": 823})
    page.goto(f"{packed_site}{Objectives.home}.html")
    page.wait_for_timeout(1000)
    before = page.evaluate(FAR)
    assert before["far"] > 4 and before["skipped"] > 2 and not before["alive"], before
    page.mouse.move(100, 100)
    laid_out(page)
    page.wait_for_function("!document.querySelector('.gl-far')")
    Objectives(page).expect_state(Objectives.at_rest)
    page.close()


def test_a_link_to_a_far_section_leads_there(browser: Browser, packed_site: str) -> None:
    page = browser.new_page(viewport={"width": 412, "height": 823})
    page.goto(f"{packed_site}{Objectives.home}.html")
    last = page.locator(".bd-article > section > section").last.get_attribute("id")
    tops = []
    for address in (f"{packed_site}{Objectives.home}.html?a#{last}", f"#{last}"):
        if address.startswith("#"):
            page.goto(f"{packed_site}{Objectives.home}.html?b")
            page.evaluate("(hash) => { location.hash = hash; }", address)
        else:
            page.goto(address)
        page.wait_for_function("!document.querySelector('.gl-far')")
        page.wait_for_timeout(500)
        top = page.locator(f"#{last} > h2").evaluate("(node) => node.getBoundingClientRect().top")
        tops.append(top)
    assert all(0 <= top < 300 for top in tops), tops
    page.close()


def test_one_worker_serves_all_widgets_of_a_page(open_page: Any, watch: Watch) -> None:
    page: Page = open_page("book/latents/vae", cold=True)
    explorer = OneMap(page)
    explorer.root.scroll_into_view_if_needed()
    for widget in page.locator("[data-genlab-widget]").all():
        widget.scroll_into_view_if_needed()
    explorer.press(0, "ArrowRight")
    explorer.expect_state("ready")
    page.wait_for_load_state("networkidle")
    assert len(page.workers) == 1
    assert len(watch.urls(PROGRAM)) == 1


def test_the_second_page_of_a_visit_has_the_runtime(browser: Browser, packed_site: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{packed_site}{OneMap.home}.html")
    OneMap(page).wake()
    page.goto(f"{packed_site}{Tokens.home}.html")
    tokens = Tokens(page)
    tokens.root.scroll_into_view_if_needed()
    tokens.touch()
    tokens.expect_touched()
    (worker,) = page.workers
    sizes = worker.evaluate(
        """() => performance.getEntriesByType("resource")
          .map(({ name, transferSize }) => [name.split("/").at(-1), transferSize])"""
    )
    fetched = {name: size for name, size in sizes if not name.startswith("tiny-lm")}
    assert set(fetched) >= {PROGRAM, "ort.wasm.bundle.min.mjs"}
    assert not any(fetched.values()), f"came over the line again: {fetched}"
    context.close()


class Slow(PackingHandler):
    """Sends the runtime's program in eight parts, half a second between two."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        if PROGRAM not in self.path:
            return super().copyfile(source, outputfile)
        while part := source.read(500_000):
            outputfile.write(part)
            outputfile.flush()
            time.sleep(0.5)
        return None


def test_a_touch_before_all_has_come_says_how_much_has(browser: Browser) -> None:
    with serve(SITE, Slow) as address:
        page = browser.new_page()
        page.goto(f"{address}{OneMap.home}.html")
        widget = OneMap(page)
        widget.root.evaluate(HEAR)
        widget.wake()
        told = [re.search(r"([\d.]+) of ([\d.]+) MB have come\.$", line) for line in said(page)]
        loaded = [float(one[1]) for one in told if one]
        assert len(loaded) >= 2 and loaded == sorted(loaded), said(page)
        # What comes over the line: the program is three times as large.
        assert {float(one[2]) for one in told if one} <= {3.8, 3.9, 4.0, 4.1}, said(page)
        page.close()


def said(page: Page) -> list[str]:
    return page.evaluate("window.said")


HEAR = """(root) => {
  window.said = [];
  const line = root.querySelector("[role=status]");
  new MutationObserver(() => window.said.push(line.textContent))
    .observe(line, { childList: true, characterData: true, subtree: true });
}"""


# -- what cannot be ----------------------------------------------------------------------------


def fails_for(widget: Explorer, *parts: str) -> None:
    """It says why, in a sentence, and the last answer stays on show."""
    widget.press(0, "ArrowRight")
    widget.expect_state("error")
    for part in parts:
        widget.expect_said(part)
    assert re.match(r"^[A-Z].{15,}\.$", widget.said), f"not a sentence: {widget.said!r}"
    expect(widget.retry).to_be_visible()
    expect(widget.pictures.first).to_be_visible()


@pytest.mark.parametrize(
    ("script", "said"),
    [(NO_WASM, "this browser has no WebAssembly"), (NO_SIMD, "WebAssembly is too old")],
    ids=["no WebAssembly", "no SIMD"],
)
def test_what_the_browser_lacks(open_page: Any, watch: Watch, script: str, said: str) -> None:
    page: Page = open_page(OneMap.home, prepare=lambda context: context.add_init_script(script))
    page.wait_for_load_state("networkidle")
    fails_for(OneMap(page), said)
    assert not watch.urls("/ort/") and not watch.urls(".onnx"), "fetched in vain"


@pytest.mark.parametrize(
    ("policy", "pattern"),
    [
        ("worker-src 'none'", f"**/{OneMap.home}.html*"),
        ("script-src 'self'", "**/site/worker.mjs"),
    ],
    ids=["no workers", "no WebAssembly"],
)
def test_a_policy_that_forbids(open_page: Any, watch: Watch, policy: str, pattern: str) -> None:
    page: Page = open_page(
        OneMap.home, prepare=lambda context: with_policy(context, policy, pattern)
    )
    widget = OneMap(page)
    fails_for(widget, "a content security policy")
    page.context.unroute(pattern)
    if "worker.mjs" in pattern:
        widget.retry.click()
        widget.expect_state("ready")
    watch.faults = [
        fault for fault in watch.faults if "ecurity" not in fault and "CSP" not in fault
    ]


# Reserves room for memories until the browser gives none: a process has room for about a hundred.
HOARD = """() => {
  window.hoard = [];
  try {
    for (;;) window.hoard.push(new WebAssembly.Memory({ initial: 1, maximum: 65536 }));
  } catch (error) {
    return error.name;
  }
}"""


def test_no_memory(open_page: Any) -> None:
    page: Page = open_page(OneMap.home)
    widget = OneMap(page)
    assert page.evaluate(HOARD) == "RangeError"
    fails_for(widget, "gave no memory")
    page.evaluate("window.hoard = null")
    page.request_gc()
    widget.retry.click()
    widget.expect_state("ready")


class Breaking(PackingHandler):
    """Breaks off in the middle of the runtime's program, as long as it is told to."""

    broken = True

    def copyfile(self, source: Any, outputfile: Any) -> None:
        if self.broken and PROGRAM in self.path:
            outputfile.write(source.read(500_000))
            self.close_connection = True
            return
        super().copyfile(source, outputfile)


def test_a_download_that_breaks_off(browser: Browser) -> None:
    with serve(SITE, Breaking) as address:
        page = browser.new_page()
        page.goto(f"{address}{OneMap.home}.html")
        widget = OneMap(page)
        fails_for(widget, f"the download of {PROGRAM} broke off")
        Breaking.broken = False
        widget.retry.click()
        widget.expect_state("ready")
        page.close()


def test_a_page_that_is_left_while_it_loads(open_page: Any) -> None:
    page: Page = open_page(Explorer.home, cold=True)
    page.goto(page.url.replace(Explorer.home, OneMap.home))
    page.go_back()
    explorer = Explorer(page)
    explorer.wake()


# -- scripts that do not come ------------------------------------------------------------------


def test_a_script_that_does_not_arrive(open_page: Any, watch: Watch) -> None:
    pattern = "**/site/page-*.mjs"
    page: Page = open_page(
        OneMap.home,
        prepare=lambda context: context.route(pattern, lambda route: route.abort()),
    )
    root = page.locator(OneMap.selector())
    expect(root).to_contain_text("could not be brought to life")
    expect(root).not_to_contain_text("With JavaScript")
    expect(root).to_have_attribute("data-state", "error")
    expect(root.locator("img")).to_be_visible()
    page.context.unroute(pattern)
    settle(page)  # the page is loaded anew: none of its pictures is then on its way
    root.get_by_role("button", name="Try again").click()
    widget = OneMap(page)
    widget.wake()
    watch.forgive("net::ERR_FAILED")
    watch.faults = [fault for fault in watch.faults if "could not be started" not in fault]


def test_a_page_opened_as_a_file(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((SITE / f"{OneMap.home}.html").as_uri())
    root = page.locator(OneMap.selector())
    expect(root).to_contain_text("opened as a file")
    expect(root.get_by_role("button", name="Try again")).to_be_visible()
    expect(root.locator("img")).to_be_visible()
    page.close()

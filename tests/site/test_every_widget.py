"""What every widget is asked for: its life, its address, keyboard, touch, everyone, PyTorch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from kit.explorer import OneMap
from kit.mounting import mount_and_clean_up
from kit.reading import accessibility_findings, beyond_the_edge, in_all_modes, settle
from kit.table import WIDGETS, WITH_NETWORKS, nonsense_for
from kit.tools import TOOLS
from kit.watch import Watch
from kit.widget import WidgetOnPage
from playwright.sync_api import BrowserContext, Page, Route, expect

pytestmark = pytest.mark.site

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
TOLERANCE = 1e-4
Kind = type[WidgetOnPage]
every_widget = pytest.mark.parametrize("kind", WIDGETS, ids=lambda kind: kind.name)
with_networks = pytest.mark.parametrize("kind", WITH_NETWORKS, ids=lambda kind: kind.name)


# -- its life ----------------------------------------------------------------------------------


@every_widget
def test_saving_data_it_loads_nothing_before_it_is_touched_and_then_what_it_needs(
    open_page: Any, watch: Watch, kind: Kind
) -> None:
    page: Page = open_page(kind.home)
    widget = kind(page)
    settle(page)
    widget.expect_state(kind.at_rest)
    assert not watch.urls(".onnx") and not watch.urls("/ort/"), "loaded before it was touched"
    widget.expect_start()
    before = len(watch.responses)
    widget.root.evaluate(STATES)
    widget.touch()
    widget.expect_touched()
    widget.expect_mirrored(**kind.touched)
    loaded = [url.rsplit("/", 1)[1] for url in watch.urls(".onnx")]
    assert sorted(loaded) == sorted(kind.networks)
    if kind.networks:
        *loading, last = page.evaluate("window.states")
        assert loading and set(loading) == {"loading"} and last == "ready"
        assert len(loading) == 1 or len(kind.networks) > 1 or kind.several_passes
        assert len(watch.urls("threaded.wasm")) == 1
    else:
        assert [response.url for response in watch.responses[before:]] == []


STATES = """(root) => {
  window.states = [];
  new MutationObserver(() => window.states.push(root.dataset.state))
    .observe(root, { attributeFilter: ["data-state"] });
}"""


@with_networks
def test_a_missing_network_is_said_and_can_be_tried_again(
    open_page: Any, watch: Watch, kind: Kind
) -> None:
    file, _ = kind.lost
    # One route for all: the worker's requests pass it, whatever it does with them at the time.
    now: list[Callable[[Route], None]] = [lambda route: route.fulfill(status=404, body=b"")]

    def prepare(context: BrowserContext) -> None:
        context.route(f"**/{file}", lambda route: now[0](route))

    page: Page = open_page(kind.alone(), prepare=prepare)
    widget = kind(page)
    widget.lose()
    widget.expect_lost()
    now[0] = lambda route: route.abort()
    widget.retry.click()
    eventually_refused(widget, watch, file)
    widget.expect_lost()
    now[0] = lambda route: route.continue_()
    widget.retry.click()
    widget.expect_found()
    widget.expect_state("ready")
    expect(widget.retry).to_be_hidden()
    watch.forgive(file)


def eventually_refused(widget: WidgetOnPage, watch: Watch, file: str) -> None:
    def refused() -> bool:
        return any("request failed" in fault and file in fault for fault in watch.faults)

    widget.eventually(refused, f"a second request for {file}")


@every_widget
def test_clean_up_leaves_nothing(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.alone())
    kind(page)
    for host in ("page", "kernel"):
        left = mount_and_clean_up(page, kind.name, host)
        assert left["before"]["children"] == 1 and left["before"]["listeners"] > kind.listeners
        assert left["after"] == {"children": 0, "listeners": 0, "handle": False}
        assert left["calls"] == 0, f"a control still reached the model of a {host}"


# -- its address -------------------------------------------------------------------------------


@every_widget
def test_a_link_restores_it_and_follows_it(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.alone(), f"?from=home&{kind.asked_for(kind.link)}#summary")
    widget = kind(page)
    widget.expect_link()
    length = page.evaluate("history.length")
    widget.move()
    widget.expect_moved()
    widget.expect_mirrored(**kind.moved)
    widget.expect_state("ready")
    assert "from=home" in page.url and page.url.endswith("#summary"), page.url
    assert page.evaluate("history.length") == length, "each move is a step back"
    told = widget.told()
    page.reload()
    widget = widget.anew()
    widget.expect_moved()
    widget.expect_state("ready")
    widget.eventually(lambda: widget.told() == told, told)


@pytest.fixture(scope="module")
def start(warm: Any, site: str) -> Any:
    """What a widget says and shows where the address says nothing."""
    known: dict[str, tuple[str, list[str]]] = {}

    def look(kind: Kind) -> tuple[str, list[str]]:
        if kind.home not in known:
            page = warm({}).new_page()
            page.goto(f"{site}{kind.alone()}.html")
            widget = kind(page)
            known[kind.home] = widget.said, widget.drawn()
            page.close()
        return known[kind.home]

    return look


# In one page load for all that can be said: each has a widget of its own.
@pytest.mark.parametrize("kind", [*WIDGETS, OneMap], ids=lambda kind: kind.__name__)
def test_nonsense_gives_a_message_and_the_start(open_page: Any, start: Any, kind: Kind) -> None:
    nonsense = nonsense_for(kind)
    name = kind.alone(len(nonsense))
    page: Page = open_page(name, f"?{kind.asked_for_all(list(nonsense))}")
    widgets = [kind(page, index) for index in range(len(nonsense))]
    for widget, (value, expected) in zip(widgets, nonsense.items(), strict=True):
        with about(value):
            is_refused(widget, expected, *start(kind))
    assert page.evaluate("window.intruder") is None, "the address brought in a script"
    for widget, value in zip(widgets, nonsense, strict=True):
        if value in kind.nonsense:
            with about(value):
                widget.touch()
                widget.expect_touched()
                widget.expect_mirrored(**kind.touched)
                expect(widget.status).not_to_contain_text("understood")


def is_refused(widget: WidgetOnPage, expected: str, said: str, drawn: list[str]) -> None:
    """It says what is wrong and what is expected, and shows the start all the same."""
    widget.expect_said("which is not understood: ")
    widget.expect_said(expected)
    message = widget.said.removesuffix(said)
    assert message != widget.said, f"not the start: {widget.said!r}"
    assert len(message) < 400, f"a message of {len(message)} letters: {message[:200]}..."
    widget.expect_state(widget.at_rest)
    assert widget.drawn() == drawn, "other pictures than at the start"
    assert widget.status.locator("*").count() == 0, "the address brought in an element"


@contextmanager
def about(value: str) -> Iterator[None]:
    """Name in a failure what the address said."""
    try:
        yield
    except AssertionError as error:
        error.add_note(f"The address said {value[:80]!r}.")
        raise


# -- two on a page -----------------------------------------------------------------------------


@every_widget
def test_two_on_a_page_do_not_touch_each_other(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.alone(2))
    first, second = kind(page, 0), kind(page, 1)
    assert page.locator(kind.selector()).count() == 2
    ids = page.locator(f"{kind.selector()} [id]").evaluate_all("(all) => all.map(({ id }) => id)")
    assert len(ids) == len(set(ids))
    said, drawn = second.said, second.drawn()
    first.touch()
    first.expect_touched()
    first.expect_mirrored(**kind.touched)
    second.expect_state(kind.at_rest)
    assert (second.said, second.drawn()) == (said, drawn), "the second followed the first"
    assert second.mirrored() == {}
    said, drawn, mirrored = first.said, first.drawn(), first.mirrored()
    second.touch()
    second.expect_touched()
    second.expect_mirrored(**kind.touched)
    assert (first.said, first.drawn()) == (said, drawn), "the first followed the second"
    assert first.mirrored() == mirrored
    page.reload()
    for one in (first.anew(), second.anew()):
        one.expect_touched()
        one.expect_mirrored(**kind.touched)
        assert one.mirrored() == mirrored


@every_widget
def test_nonsense_for_one_leaves_the_other_alone(open_page: Any, kind: Kind) -> None:
    query = f"?{kind.asked_for('x:abc')}&{kind.asked_for(kind.link, 2)}"
    page: Page = open_page(kind.alone(2), query)
    first, second = kind(page, 0), kind(page, 1)
    first.expect_said("x:abc")
    first.expect_state(kind.at_rest)
    second.expect_link()
    linked = second.mirrored()
    first.touch()
    first.expect_touched()
    first.expect_mirrored(**kind.touched)
    second.expect_link()
    assert linked and second.mirrored() == linked


@every_widget
def test_what_is_meant_for_nobody_is_left_alone(open_page: Any, start: Any, kind: Kind) -> None:
    widget = kind(open_page(kind.alone(), f"?{kind.name}-7=z0:abc&x&=&%E0%A4%A=1"))
    widget.expect_state(kind.at_rest)
    assert widget.said == start(kind)[0]


# -- for everyone ------------------------------------------------------------------------------


# In one page load for all modes.
@every_widget
def test_is_accessible_when_it_is_alive(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.alone(), reduced_motion="reduce")  # else colours are on their way
    kind(page).liven()
    for mode in in_all_modes(page):
        findings = accessibility_findings(page, ".genlab-widget")
        assert not findings, "\n  ".join([mode, *findings])


@every_widget
def test_tab_reaches_every_control_and_shows_where_it_is(open_page: Any, kind: Kind) -> None:
    widget = kind(open_page(kind.alone()))
    widget.root.evaluate(FIRST)
    keyboard, reached = widget.page.keyboard, []
    keyboard.press("Shift+Tab")
    stops = (*TOOLS, *kind.tab_stops)
    while len(reached) < 40:
        keyboard.press("Tab")
        if (focus := widget.root.evaluate(FOCUS)) is None:
            break
        assert focus["outline"] >= 2, f"nothing shows that {focus['name']} has the focus"
        reached.append(focus["name"])
    assert len(reached) == len(stops), reached
    for name, stop in zip(reached, stops, strict=True):
        assert name.startswith(stop), reached
    for control in widget.targets():
        box = control.bounding_box()
        assert box and box["height"] >= 44, f"{control}: {box}"


FIRST = """(root) => root.querySelector(
  "[tabindex='0'], input:not([tabindex='-1']), select, button, a[href]").focus()"""
FOCUS = """(root) => {
  const node = document.activeElement;
  if (!root.contains(node)) return null;
  // A radio's ring may be drawn around the label that it lies in, a slider's is its thumb's.
  const styles = [node, node.nextElementSibling, node.closest("label")]
    .filter((one) => one).map((one) => getComputedStyle(one));
  const outlines = styles.map((one) =>
    one.outlineStyle === "none" ? 0 : parseFloat(one.outlineWidth));
  return {
    name: node.ariaLabel || (node.type === "radio" && node.value) || node.labels?.[0]?.textContent
      || node.textContent,
    outline: Math.max(...outlines, parseFloat(styles[0].getPropertyValue("--gl-ring")) || 0),
  };
}"""


@every_widget
def test_on_a_phone_it_fits_and_touch_works(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.home, **PHONE)
    widget = kind(page)
    assert not beyond_the_edge(page)
    box = widget.root.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 360
    controls = widget.targets()
    assert controls
    for control in controls:
        box = control.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44, f"{control}: {box}"
    small = widget.root.evaluate(SMALL)
    assert not small, f"letters of less than 9 px: {small}"
    widget.tap()
    assert not beyond_the_edge(page)


# A drawing that shrinks with its widget takes its letters along.
SMALL = """(root) => [...root.querySelectorAll("svg text")]
  .filter((node) => node.getClientRects().length
    && parseFloat(getComputedStyle(node).fontSize) * node.getScreenCTM().a < 9)
  .map((node) => node.textContent)"""


@every_widget
def test_without_javascript_there_is_a_picture(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.home, java_script_enabled=False)
    root = page.locator(kind.selector())
    begins, contains = kind.picture
    expect(root.locator("img")).to_be_visible()
    assert (root.locator("img").get_attribute("alt") or "").startswith(begins)
    expect(root).to_contain_text(contains)


# -- right -------------------------------------------------------------------------------------


@with_networks
def test_its_networks_equal_pytorch(open_page: Any, figures: dict, kind: Kind) -> None:
    widget = kind(open_page(kind.alone()))
    answers = kind.by_pytorch()
    assert answers
    for network, (inputs, wanted) in answers.items():
        # One by one, as the widget asks for them; the batch of all is another path in the runtime.
        found = np.stack([widget.run(network, *inputs, size=1), widget.run(network, *inputs)])
        assert found.shape == (2, *wanted.shape), network
        difference = float(np.abs(found - wanted).max())
        name = f"largest difference from PyTorch, {kind.name}: {network}"
        figures[name] = float(f"{difference:.1e}")
        assert difference <= TOLERANCE, f"{name}: {difference:.2e}"

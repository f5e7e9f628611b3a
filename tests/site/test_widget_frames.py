"""The frame that all widgets share: its room, its name, its tools, and play."""

import re
from typing import Any

import pytest
from kit.loading import saving_data
from kit.mounting import mount
from kit.scrubber import Scrubber
from kit.table import WIDGETS
from kit.widget import WidgetOnPage
from playwright.sync_api import BrowserContext, Page, Route, expect

pytestmark = pytest.mark.site

Kind = type[WidgetOnPage]
every_widget = pytest.mark.parametrize("kind", WIDGETS, ids=lambda kind: kind.name)
PLAYED = [kind for kind in WIDGETS if any("Play" in stop for stop in kind.tab_stops)]
SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((e) => e.value)))
    .observe({ type: "layout-shift", buffered: true });
"""


# -- its room ----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 1280])
@every_widget
def test_nothing_moves_when_it_comes_to_life(
    open_page: Any, figures: dict, kind: Kind, width: int
) -> None:
    held: list[Route] = []

    def hold(context: BrowserContext) -> None:
        saving_data(context)  # what is fetched ahead takes no room
        context.route("**/view.mjs*", lambda route: held.append(route))
        context.add_init_script(SHIFTS)

    page: Page = open_page(kind.home, prepare=hold, viewport={"width": width, "height": 900})
    root = page.locator(kind.selector()).first
    root.evaluate("(node) => node.scrollIntoView()")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(300)
    before = root.bounding_box()
    page.evaluate("window.shifts.length = 0")
    for route in held:
        route.continue_()
    kind(page)
    page.wait_for_timeout(300)
    after = root.bounding_box()
    assert before and after
    figures[f"room kept less room taken, {kind.name} at {width} px"] = round(
        before["height"] - after["height"], 2
    )
    assert after["height"] == pytest.approx(before["height"], abs=0.5)
    assert sum(page.evaluate("window.shifts")) <= 0.02


@every_widget
def test_it_is_a_named_group_with_a_task(open_page: Any, kind: Kind) -> None:
    widget = kind(open_page(kind.alone()))
    frame = widget.root.locator("> [role=group]")
    name = re.compile(f"^{kind.name.replace('-', '[- ]')}$", re.IGNORECASE)
    expect(frame).to_have_accessible_name(name)
    task = frame.locator(".gl-frame-task").inner_text()
    assert task.endswith(".") and len(task) < 90
    assert frame.locator(".gl-fact-value").first.inner_text().strip()


# -- its tools ---------------------------------------------------------------------------------


@every_widget
def test_reset_leads_back_to_the_start(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.alone())
    widget = kind(page)
    said, drawn = widget.said, widget.drawn()
    widget.touch()
    widget.expect_touched()
    widget.expect_mirrored(**kind.touched)
    widget.button("Reset").click()
    widget.expect_said("Back at the start.")
    assert widget.said.removeprefix("Back at the start. ") == said
    assert widget.drawn() == drawn, "other pictures than at the start"
    expect(widget.button("Reset")).to_be_focused()
    assert widget.mirrored() == {}
    widget.touch()
    widget.expect_touched()
    widget.expect_mirrored(**kind.touched)


@every_widget
def test_a_copied_link_leads_to_what_is_shown(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.home, permissions=["clipboard-read", "clipboard-write"])
    widget = kind(page)
    widget.touch()
    widget.expect_touched()
    widget.button("Copy link").click()
    widget.expect_said("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert "#" in link
    page.goto(link)
    widget = widget.anew()
    widget.expect_touched()
    widget.expect_mirrored(**kind.touched)


def test_a_link_is_copied_where_there_is_no_clipboard_to_write_to(open_page: Any) -> None:
    def without(context: BrowserContext) -> None:
        context.add_init_script(
            "Object.defineProperty(navigator.clipboard, 'writeText', { value: undefined })"
        )

    page: Page = open_page(
        Scrubber.home, prepare=without, permissions=["clipboard-read", "clipboard-write"]
    )
    widget = Scrubber(page)
    widget.button("Copy link").click()
    widget.expect_said("Link copied")
    assert "timestep-scrubber-1=t:400" in page.evaluate("navigator.clipboard.readText()")


def test_it_fills_the_screen_and_leaves_it(open_page: Any) -> None:
    page: Page = open_page(Scrubber.home)
    widget = Scrubber(page)
    button = widget.button("Full screen")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.fullscreenElement.dataset.genlabWidget") == Scrubber.name
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.fullscreenElement") is None


def test_in_a_kernel_there_is_no_link_to_copy(open_page: Any) -> None:
    page: Page = open_page(Scrubber.home)
    Scrubber(page)
    mount(page, Scrubber.name, "kernel")
    tools = page.locator("article > div:last-child .gl-toolbar button")
    names = tools.evaluate_all("(all) => all.map(({ ariaLabel }) => ariaLabel)")
    assert names == ["Reset", "Full screen"]


# -- play --------------------------------------------------------------------------------------


def play_of(widget: WidgetOnPage) -> Any:
    return widget.root.get_by_role("button", name="Play: ")


def value_of(widget: WidgetOnPage) -> float:
    slider = widget.root.locator(".gl-played input[type=range]")
    return float(slider.input_value())


@pytest.mark.parametrize("kind", PLAYED, ids=lambda kind: kind.name)
def test_play_goes_to_the_end_and_stops_there(open_page: Any, kind: Kind) -> None:
    widget = kind(open_page(kind.alone()))
    slider = widget.root.locator(".gl-played input[type=range]")
    first, last = (float(slider.get_attribute(name) or 0) for name in ("min", "max"))
    slider.fill(f"{round(first + 0.7 * (last - first))}")  # the whole way takes its time
    before = value_of(widget)
    play_of(widget).click()
    expect(widget.status).to_have_attribute("aria-live", "off")
    widget.eventually(lambda: value_of(widget) > before, "a step")
    expect(play_of(widget)).to_have_attribute("aria-pressed", "false", timeout=90_000)
    assert value_of(widget) == last
    expect(widget.status).to_have_attribute("aria-live", "polite")
    play_of(widget).click()
    widget.eventually(lambda: value_of(widget) < last, "the start once more")


def test_play_stops_when_it_is_touched_or_out_of_view(open_page: Any) -> None:
    page: Page = open_page(Scrubber.home)
    widget = Scrubber(page)
    play = play_of(widget)
    for end in ("click", "key", "scroll"):
        widget.press("Home")
        play.click()
        expect(play).to_have_attribute("aria-pressed", "true")
        widget.eventually(lambda: value_of(widget) > 0, "a step")
        if end == "click":
            play.click()
        elif end == "key":
            widget.press("ArrowRight")
        else:
            page.evaluate("scrollTo(0, 0)")
        expect(play).to_have_attribute("aria-pressed", "false")
        stopped = value_of(widget)
        page.wait_for_timeout(400)
        assert value_of(widget) == stopped < 999


def test_play_takes_few_steps_for_who_wants_less_motion(open_page: Any) -> None:
    page: Page = open_page(Scrubber.home, reduced_motion="reduce")
    widget = Scrubber(page)
    widget.press("Home")
    widget.expect_state("ready")
    play_of(widget).click()
    page.wait_for_timeout(700)
    assert value_of(widget) == 0
    widget.eventually(lambda: value_of(widget) == 100, "a step of a tenth of the way")

"""Widgets for everyone: forced colours, large type, a finger that scrolls, a pad without sight."""

import io
from typing import Any

import numpy as np
import pytest
from kit.explorer import Explorer
from kit.finger import swipe
from kit.pictures import ink_of, place_in
from kit.reading import resize
from kit.scrubber import Scrubber
from kit.table import WIDGETS
from kit.waiting import to_the_middle
from kit.widget import WidgetOnPage
from PIL import Image
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.site

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
Kind = type[WidgetOnPage]
every_widget = pytest.mark.parametrize("kind", WIDGETS, ids=lambda kind: kind.name)


def grey(target: Locator) -> np.ndarray:
    """What is seen of an element, (height, width) from 0 to 255."""
    return np.asarray(Image.open(io.BytesIO(target.screenshot())).convert("L"), dtype=float)


# -- forced colours ----------------------------------------------------------------------------


@every_widget
def test_in_forced_colours_what_is_shown_stays(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.alone(), forced_colors="active", color_scheme="dark")
    widget = kind(page)
    widget.touch()
    widget.expect_touched()
    page.add_style_tag(content=".bd-header, .bd-header-article { display: none !important }")
    shown = widget.root.evaluate(SHOWN)
    assert shown
    picture = grey(widget.root)
    for what, *box in shown:
        left, top, width, height = map(round, box)
        part = picture[top : top + height, left : left + width]
        assert np.ptp(part) > 90, f"nothing is to be seen of {what}"


# What has something to show, and where in the widget: canvases with ink, sliders.
SHOWN = """(root) => {
  const inked = (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(data).size > 8;
  };
  const { left, top } = root.getBoundingClientRect();
  return [...root.querySelectorAll("canvas:not(.gl-behind), input[type=range]")]
    .filter((node) => node.clientWidth && node.checkVisibility({ visibilityProperty: true }))
    .filter((node) => node.matches("input") || inked(node))
    .map((node) => [node, node.getBoundingClientRect()])
    .map(([node, box]) => [node.outerHTML, box.left - left, box.top - top, box.width, box.height]);
}"""


def test_in_forced_colours_what_is_chosen_has_a_border(open_page: Any) -> None:
    for kind in WIDGETS:
        if kind.name not in ("unet-tracer", "attention-viewer"):
            continue
        widget = kind(open_page(kind.alone(), forced_colors="active", color_scheme="dark"))
        chosen, others = ".gl-block:has(:checked)", ".gl-block:not(:has(:checked))"
        if kind.name == "attention-viewer":
            chosen, others = chosen.replace("block", "head"), others.replace("block", "head")
        border = "(node) => parseFloat(getComputedStyle(node).borderTopWidth)"
        assert widget.root.locator(chosen).first.evaluate(border) == 3
        assert widget.root.locator(others).first.evaluate(border) < 3


# -- large type --------------------------------------------------------------------------------


@every_widget
def test_with_text_at_200_percent_nothing_leaves_its_box(open_page: Any, kind: Kind) -> None:
    page: Page = open_page(kind.alone())
    widget = kind(page)
    page.add_style_tag(content="html { font-size: 200% !important }")
    for width in (1280, 360):
        resize(page, width)
        assert widget.root.evaluate(BEYOND) == [], f"at {width} px"


BEYOND = """(root) => {
  const edge = root.getBoundingClientRect().right + 1;
  const clips = (node) => ["auto", "scroll", "hidden", "clip"]
    .includes(getComputedStyle(node).overflowX);
  const inScroller = (node) => {
    for (let up = node.parentElement; up !== root; up = up.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return true;
    return false;
  };
  const all = [...root.querySelectorAll("*")].filter((node) => node.getClientRects().length
    && !node.closest("svg, .gl-hidden, .gl-chart, .gl-ticks, .gl-fallback") && !inScroller(node));
  const told = (node) => `${node.tagName}.${node.className}: ${node.textContent.slice(0, 30)}`;
  return all.filter((node) => node.getBoundingClientRect().right > edge
    || (!clips(node) && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0
        && getComputedStyle(node).display !== "inline")).map(told);
}"""


# -- sliders -----------------------------------------------------------------------------------


def test_focus_rings_the_thumb_and_leaves_the_name_alone(open_page: Any) -> None:
    page: Page = open_page(Scrubber.home)
    widget = Scrubber(page)
    widget.press("Home", "End")
    widget.expect_state("ready")
    row = widget.root.locator(".gl-slider").first
    ringed = grey(row)
    widget.input.evaluate("(node) => node.blur()")
    page.wait_for_timeout(300)
    changed = np.argwhere(np.abs(ringed - grey(row)) > 40)
    box, whole = widget.input.bounding_box(), row.bounding_box()
    assert len(changed) > 40, "no ring"
    assert box and whole and np.ptp(changed[:, 0]) <= 34 and np.ptp(changed[:, 1]) <= 34
    assert changed[:, 1].min() > whole["width"] - 60, "the ring is not at the thumb's place"


# -- by finger ---------------------------------------------------------------------------------


def test_a_swipe_scrolls_the_page_until_the_map_was_tapped(open_page: Any) -> None:
    page: Page = open_page(Explorer.home, **PHONE)
    explorer = Explorer(page)
    field = explorer.maps.first
    to_the_middle(field)
    said, scrolled = explorer.said, page.evaluate("scrollY")
    swipe(page, place_in(field, 0.8, 0.7), (0, -120))
    assert page.evaluate("scrollY") > scrolled + 50, "the page does not scroll"
    assert explorer.said == said, "the point has moved"
    page.touchscreen.tap(*place_in(field, 0.8, 0.7))
    explorer.expect_state("ready")
    page.wait_for_timeout(300)
    said, scrolled = explorer.said, page.evaluate("scrollY")
    swipe(page, place_in(field, 0.8, 0.7), (0, -80))
    assert page.evaluate("scrollY") == scrolled, "the page scrolls below a map that is held"
    assert explorer.said != said, "the point has not moved"


def test_a_finger_holds_the_map_by_its_point(open_page: Any) -> None:
    page: Page = open_page(Explorer.home, **PHONE)
    explorer = Explorer(page)
    cross = explorer.maps.first.locator(".gl-cross")
    to_the_middle(cross)
    said, scrolled = explorer.said, page.evaluate("scrollY")
    swipe(page, place_in(cross, 0.5, 0.5), (0, 60))
    assert page.evaluate("scrollY") == scrolled
    explorer.expect_state("ready")
    assert explorer.said != said


def test_a_swipe_over_the_pad_draws_nothing_before_it_was_tapped(open_page: Any) -> None:
    page: Page = open_page(Explorer.home, **PHONE)
    explorer = Explorer(page)
    to_the_middle(explorer.pad)
    scrolled = page.evaluate("scrollY")
    swipe(page, place_in(explorer.pad, 0.5, 0.8), (0, -100))
    assert page.evaluate("scrollY") != scrolled
    assert explorer.pad.get_attribute("data-empty") == "true"
    page.touchscreen.tap(*place_in(explorer.pad, 0.5, 0.2))
    scrolled = page.evaluate("scrollY")
    swipe(page, place_in(explorer.pad, 0.5, 0.2), (0, 80))
    assert page.evaluate("scrollY") == scrolled
    drawn = ink_of(explorer.pad.locator("canvas")).reshape(112, 112)
    assert np.ptp(np.nonzero(drawn.any(axis=1))[0]) > 50, "no stroke"


# -- the pad -----------------------------------------------------------------------------------


def test_a_window_narrowed_in_a_stroke_draws_no_line(open_page: Any) -> None:
    page: Page = open_page(Explorer.home, viewport={"width": 1280, "height": 900})
    explorer = Explorer(page)
    to_the_middle(explorer.pad)
    page.mouse.move(*place_in(explorer.pad, 0.15, 0.15))
    page.mouse.down()
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_timeout(300)
    to_the_middle(explorer.pad)
    page.mouse.move(*place_in(explorer.pad, 0.85, 0.85))
    page.mouse.up()
    expect(explorer.pad).to_have_attribute("data-empty", "false")
    drawn = ink_of(explorer.pad.locator("canvas")).reshape(112, 112)
    assert drawn[:40, :40].any() and drawn[72:, 72:].any()
    assert not drawn[44:68, 44:68].any(), "a line between two places of two windows"


def test_the_pad_says_where_its_cursor_is_and_when_the_pen_is_lifted(open_page: Any) -> None:
    explorer = Explorer(open_page(Explorer.home))
    told = explorer.pad.locator("[aria-live]")
    explorer.pad.press("ArrowRight")
    expect(told).to_have_text("Pen up. Column 16, row 8 of 28.")
    explorer.pad.press("Space")
    expect(told).to_have_text("Pen down. Column 16, row 8 of 28.")
    explorer.pad.press("ArrowDown")
    expect(told).to_have_text("Pen down. Column 16, row 9 of 28.")
    explorer.pad.evaluate("(node) => node.blur()")
    expect(told).to_have_text("Pen up. Column 16, row 9 of 28.")

"""The latent explorer on a page without a kernel: by mouse, by keyboard, by touch."""

from typing import Any

import numpy as np
import pytest
from kit.explorer import Explorer
from kit.finger import swipe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site

TOUCH = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def explorer(open_page: Any) -> Explorer:
    """The explorer, untouched, on its page without the lesson."""
    return Explorer(open_page(Explorer.alone()))


# -- mouse -------------------------------------------------------------------------------------


def test_mouse_drags_the_point(explorer: Explorer) -> None:
    mouse, said = explorer.page.mouse, explorer.said
    before = [explorer.pixels(index) for index in (0, 1)]
    other = explorer.points()[1]
    explorer.maps.first.scroll_into_view_if_needed()
    mouse.move(*explorer.place(0, 0.3, 0.3))
    mouse.down()
    mouse.move(*explorer.place(0, 0.7, 0.4), steps=8)
    mouse.up()
    mouse.move(*explorer.place(0, 0.1, 0.9))  # the button is up: nothing follows
    explorer.expect_state("ready")
    explorer.expect_said_otherwise(said)
    left, right, *_ = explorer.extent(0)
    explorer.expect_point(0, explorer.expected_point(0, 0.7, 0.4), atol=(right - left) / 100)
    assert np.allclose(explorer.cross(0), (0.7, 0.4), atol=0.01)
    explorer.expect_decoded(0)
    assert np.abs(explorer.pixels(0) - before[0]).max() > 0.3, "the picture is the same as before"
    assert explorer.points()[1] == other and (explorer.pixels(1) == before[1]).all(), (
        "the second map was not touched, yet changed"
    )


def test_a_drag_beyond_the_map_stays_at_its_edge(explorer: Explorer) -> None:
    mouse = explorer.page.mouse
    explorer.maps.nth(1).scroll_into_view_if_needed()
    mouse.move(*explorer.place(1, 0.5, 0.5))
    mouse.down()
    mouse.move(*explorer.place(1, 1.4, -0.2), steps=5)
    mouse.up()
    explorer.expect_point(1, explorer.expected_point(1, 1, 0), atol=0.011)
    explorer.expect_state("ready")


# -- keyboard ----------------------------------------------------------------------------------


def test_arrow_keys_move_the_point(explorer: Explorer) -> None:
    page = explorer.page
    explorer.press(0, "Home")
    explorer.expect_point(0, explorer.steps_from_centre(0, 0, 0), atol=0.006)
    scrolled = page.evaluate("scrollY")
    explorer.press(0, "ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown")
    explorer.expect_point(0, explorer.steps_from_centre(0, 2, 1 - 10), atol=0.008)
    explorer.expect_state("ready")
    explorer.expect_decoded(0)
    assert page.evaluate("scrollY") == scrolled, "the page moved with the point"


def test_sliders_move_the_point(explorer: Explorer) -> None:
    before = explorer.points()
    z1 = explorer.root.get_by_role("slider", name="VAE, z1")
    z1.focus()
    for _ in range(12):
        explorer.page.keyboard.press("ArrowUp")
    explorer.expect_state("ready")
    explorer.expect_said_otherwise("")
    step = float(z1.get_attribute("step") or 0)
    # A slider starts from its nearest step.
    explorer.expect_point(1, (before[1][0], before[1][1] + 12 * step), atol=step)
    assert explorer.points()[0] == before[0]
    values = explorer.expect_decoded(1)
    assert z1.get_attribute("aria-valuetext") == f"{values['right_z1']:.2f}"


# -- touch -------------------------------------------------------------------------------------


def test_touch_moves_the_point_and_not_the_page(open_page: Any) -> None:
    page: Page = open_page(Explorer.home, **TOUCH)
    explorer = Explorer(page)
    explorer.maps.first.scroll_into_view_if_needed()
    scrolled, said, before = page.evaluate("scrollY"), explorer.said, explorer.pixels(0)
    page.touchscreen.tap(*explorer.place(0, 0.25, 0.6))
    explorer.expect_state("ready")
    explorer.expect_said_otherwise(said)
    atol = (explorer.extent(0)[1] - explorer.extent(0)[0]) / 100
    explorer.expect_point(0, explorer.expected_point(0, 0.25, 0.6), atol)
    start, end = explorer.place(0, 0.25, 0.6), explorer.place(0, 0.6, 0.2)
    swipe(page, start, (end[0] - start[0], end[1] - start[1]))
    explorer.expect_point(0, explorer.expected_point(0, 0.6, 0.2), atol)
    explorer.expect_decoded(0)
    assert np.abs(explorer.pixels(0) - before).max() > 0.3, "the picture is the same as before"
    assert page.evaluate("scrollY") == scrolled, "the page moved under the finger"


def test_a_finger_draws(open_page: Any) -> None:
    page: Page = open_page(Explorer.home, **TOUCH)
    explorer = Explorer(page)
    explorer.pad.scroll_into_view_if_needed()
    box = explorer.pad.bounding_box()
    x, y, side = box["x"], box["y"], box["width"]
    page.touchscreen.tap(x + 0.5 * side, y + 0.2 * side)  # takes hold: else a swipe scrolls
    swipe(page, (x + 0.5 * side, y + 0.2 * side), (0, 0.6 * side))
    expect(explorer.status).to_contain_text("Encoded: your drawing.", timeout=20_000)
    explorer.expect_state("ready")

"""The latent explorer on a page without a kernel: by mouse, by keyboard, by touch."""

from typing import Any

import numpy as np
import pytest
from kit.explorer import SELECTOR, Explorer
from kit.reading import accessibility_findings
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site

PAGE = "book/latents/latent-space"
TOUCH = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def explorer(open_page: Any) -> Explorer:
    """The explorer of the page on the latent space, untouched."""
    return Explorer(open_page(PAGE))


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
    values = explorer.expect_mirrored()
    explorer.expect_picture_of((values["z0"], values["z1"]))
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
    page, (left, right, bottom, top) = explorer.page, explorer.extent(0)
    explorer.press(0, "Home")
    centre = ((left + right) / 2, (bottom + top) / 2)
    explorer.expect_point(0, centre, atol=0.006)
    scrolled = page.evaluate("scrollY")
    explorer.press(0, "ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown")
    step = (right - left) / 100
    moved = (centre[0] + 2 * step, centre[1] + step - 10 * step)
    explorer.expect_point(0, moved, atol=0.008)
    explorer.expect_state("ready")
    values = explorer.expect_mirrored()
    explorer.expect_picture_of((values["z0"], values["z1"]))
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
    values = explorer.expect_mirrored()
    assert z1.get_attribute("aria-valuetext") == f"{values['right_z1']:.2f}"
    explorer.expect_picture_of((values["right_z0"], values["right_z1"]), 1)


def test_tab_reaches_every_control_and_shows_where_it_is(explorer: Explorer) -> None:
    page = explorer.page
    explorer.maps.first.focus()
    page.keyboard.press("Shift+Tab")
    reached = []
    while len(reached) < 30:
        page.keyboard.press("Tab")
        focus = explorer.root.evaluate(FOCUS)
        if focus is None:
            break
        assert focus["outline"] >= 2, f"nothing shows that {focus['name']} has the focus"
        reached.append(focus["name"].split(".")[0])
    assert reached == [
        "Map of the latent space: Autoencoder",
        "Autoencoder, z0",
        "Autoencoder, z1",
        "Map of the latent space: VAE",
        "VAE, z0",
        "VAE, z1",
        "Draw a digit",
        "Next test digit",
        "Clear",
    ]


FOCUS = """(root) => {
  const node = document.activeElement;
  if (!root.contains(node)) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(node);
  return {
    name: node.getAttribute("aria-label") ?? node.textContent,
    outline: outlineStyle === "none" ? 0 : parseFloat(outlineWidth),
  };
}"""


# -- touch -------------------------------------------------------------------------------------


def test_touch_moves_the_point_and_not_the_page(open_page: Any) -> None:
    page: Page = open_page(PAGE, **TOUCH)
    explorer = Explorer(page)
    explorer.maps.first.scroll_into_view_if_needed()
    scrolled, said, before = page.evaluate("scrollY"), explorer.said, explorer.pixels(0)
    page.touchscreen.tap(*explorer.place(0, 0.25, 0.6))
    explorer.expect_state("ready")
    explorer.expect_said_otherwise(said)
    atol = (explorer.extent(0)[1] - explorer.extent(0)[0]) / 100
    explorer.expect_point(0, explorer.expected_point(0, 0.25, 0.6), atol)
    drag_finger(page, explorer.place(0, 0.25, 0.6), explorer.place(0, 0.6, 0.2))
    explorer.expect_point(0, explorer.expected_point(0, 0.6, 0.2), atol)
    values = explorer.expect_mirrored()
    explorer.expect_picture_of((values["z0"], values["z1"]))
    assert np.abs(explorer.pixels(0) - before).max() > 0.3, "the picture is the same as before"
    assert page.evaluate("scrollY") == scrolled, "the page moved under the finger"


def test_a_finger_draws(open_page: Any) -> None:
    page: Page = open_page(PAGE, **TOUCH)
    explorer = Explorer(page)
    explorer.pad.scroll_into_view_if_needed()
    box = explorer.pad.bounding_box()
    x, y, side = box["x"], box["y"], box["width"]
    drag_finger(page, (x + 0.5 * side, y + 0.2 * side), (x + 0.5 * side, y + 0.8 * side))
    expect(explorer.status).to_contain_text("Encoded: your drawing.", timeout=20_000)
    explorer.expect_state("ready")


def test_controls_are_large_enough_for_a_finger(open_page: Any) -> None:
    explorer = Explorer(open_page(PAGE, **TOUCH))
    controls = [*explorer.sliders.all(), *explorer.root.get_by_role("button").all()]
    assert len(controls) >= 6
    for control in controls:
        box = control.bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44, f"{control}: {box}"


def drag_finger(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start)
    for i in range(1, 7):
        touch("touchMove", tuple(a + (b - a) * i / 6 for a, b in zip(start, end, strict=True)))
    touch("touchEnd")


# -- for everyone ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_accessible_while_alive(open_page: Any, mode: str) -> None:
    explorer = Explorer(open_page(PAGE, color_scheme=mode))
    explorer.wake()
    explorer.root.get_by_role("button", name="Next test digit").click()
    explorer.pad.focus()
    findings = accessibility_findings(explorer.page, SELECTOR)
    assert not findings, "\n".join(findings)

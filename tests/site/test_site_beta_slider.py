"""The beta slider on a page without a kernel: its slider, its grid, its map."""

from typing import Any

import pytest
from kit.beta import Beta, digit, whole
from kit.explorer import OneMap
from kit.watch import Watch
from playwright.sync_api import expect

from genlab.checkpoints import load_card
from genlab.latents import VAE_CHECKPOINTS, normal_grid
from genlab.metrics import Quality

pytestmark = pytest.mark.site


@pytest.fixture
def slider(open_page: Any) -> Beta:
    """The slider, untouched, on its page without the lesson."""
    return Beta(open_page(Beta.alone()))


def test_loads_the_chosen_decoder_only(slider: Beta, watch: Watch) -> None:
    slider.press("ArrowRight")
    slider.expect_state("ready")
    slider.slider.press("ArrowRight")
    slider.expect_shown(1, 7, 8)
    loaded = [url.rsplit("/", 1)[1] for url in watch.urls(".onnx")]
    assert loaded == ["vae-2d.decoder.onnx", "vae-2d-beta-1.decoder.onnx"]


def test_the_pictures_are_pytorchs(slider: Beta) -> None:
    slider.press("ArrowDown", "Shift+ArrowRight")
    slider.expect_shown(0.5, 8, 12)
    slider.expect_digit(digit(0.5, 8, 12))
    slider.expect_grid(whole(0.5))


def test_slider_goes_over_the_trained_betas(slider: Beta) -> None:
    slider.slider.press("Home")
    for beta, checkpoint in VAE_CHECKPOINTS.items():
        slider.expect_shown(beta, 7, 7)
        assert slider.slider.get_attribute("aria-valuetext") == f"{beta:g}"
        metrics = load_card(checkpoint).metrics
        error, _, fid = slider.measured()
        assert error == pytest.approx(metrics["test_mse"], abs=6e-4)
        card = Quality.from_card(metrics["quality"]).first.fid
        assert fid == pytest.approx(card.mean, abs=0.5 + 4 * card.error)
        expect(slider.map).to_have_accessible_name(
            f"Map of the encodings of 500 digits by the VAE with beta {beta:g}; "
            "the ring is at the cursor's z."
        )
        slider.slider.press("ArrowRight")
    slider.expect_grid(whole(20))
    slider.expect_digit(digit(20, 7, 7))


def test_every_corner_of_the_grid_is_reached_by_keyboard(slider: Beta) -> None:
    slider.press("Control+Home")
    scrolled = slider.page.evaluate("scrollY")
    for keys, row, column in [
        (["ArrowRight", "ArrowDown"], 2, 2),
        (["End"], 2, 20),
        (["PageDown", "ArrowDown"], 20, 20),
        (["Home", "Shift+ArrowUp"], 15, 1),
    ]:
        slider.press(*keys)
        slider.expect_shown(0.5, row, column)
        cell = slider.grid.get_by_role("gridcell")
        assert cell.get_attribute("aria-colindex") == str(column)
        assert cell.locator("..").get_attribute("aria-rowindex") == str(row)
    assert slider.page.evaluate("scrollY") == scrolled
    slider.expect_digit(digit(0.5, 15, 1))
    slider.expect_mirrored(beta=0.5, row=15, column=1)


def test_arrow_keys_go_through_all_400_cells(slider: Beta) -> None:
    slider.press("Control+Home")
    for row in range(1, 21):
        for key in (*["ArrowRight" if row % 2 else "ArrowLeft"] * 19, "ArrowDown"):
            slider.page.keyboard.press(key)
    slider.expect_shown(0.5, 20, 1)


def test_grid_says_what_it_is(slider: Beta) -> None:
    for name, value in [("rowcount", "20"), ("colcount", "20")]:
        assert slider.grid.get_attribute(f"aria-{name}") == value
    cell = slider.grid.get_by_role("gridcell")
    assert slider.grid.get_attribute("aria-activedescendant") == cell.get_attribute("id")
    assert cell.get_attribute("aria-label") == "z = (-0.45, 0.45)"


def test_mouse_drags_the_cursor(slider: Beta) -> None:
    slider.grid.scroll_into_view_if_needed()
    mouse = slider.page.mouse
    mouse.move(*slider.place(3, 4))
    mouse.down()
    slider.expect_shown(0.5, 3, 4)
    mouse.move(*slider.place(18, 9), steps=5)
    mouse.up()
    mouse.move(*slider.place(1, 1))
    slider.expect_shown(0.5, 18, 9)
    slider.expect_digit(digit(0.5, 18, 9))


def test_ring_on_the_map_follows_the_cursor(slider: Beta) -> None:
    slider.press("Control+Home")
    slider.expect_shown(0.5, 1, 1)
    ring, field = slider.map.locator(".gl-cross").bounding_box(), slider.map.bounding_box()
    x = (ring["x"] + ring["width"] / 2 - field["x"]) / field["width"]
    y = (ring["y"] + ring["height"] / 2 - field["y"]) / field["height"]
    half = float(
        slider.root.evaluate(
            "(root) => JSON.parse(root.querySelector('script').textContent).extent[1]"
        )
    )
    z = normal_grid(20)[0].tolist()
    assert (x, y) == pytest.approx(((z[0] / half + 1) / 2, (1 - z[1] / half) / 2), abs=0.01)


def test_slider_and_explorer_of_one_page_do_not_touch(open_page: Any) -> None:
    slider = Beta(open_page(Beta.home))
    explorer = OneMap(slider.page)
    before = explorer.said
    slider.press("ArrowRight")
    slider.expect_shown(0.5, 7, 8)
    assert explorer.said == before
    explorer.press(0, "Home", "ArrowRight")
    explorer.expect_state("ready")
    explorer.expect_mirrored()
    slider.expect_mirrored(beta=0.5, row=7, column=8)
    assert slider.shown() == (0.5, 7, 8)

"""The beta slider on a page without a kernel: slider, grid by mouse, touch and keyboard, link."""

from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import torch
from kit.beta import Beta
from kit.explorer import Explorer
from kit.reading import accessibility_findings
from kit.watch import Watch
from playwright.sync_api import Page, expect

from genlab.checkpoints import load_card
from genlab.latents import VAE_CHECKPOINTS, load_vae, normal_grid
from genlab.plotting import digit_grid

pytestmark = pytest.mark.site

PAGE = "book/latents/vae"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
TOLERANCE = 1e-4


@pytest.fixture
def slider(open_page: Any) -> Beta:
    """The slider of the page on VAEs, untouched."""
    return Beta(open_page(PAGE))


def whole(beta: float, cells: int = 20) -> np.ndarray:
    """What PyTorch makes of the grid."""
    with torch.no_grad():
        return digit_grid(load_vae(beta).decode(normal_grid(cells)), cells)


def digit(beta: float, row: int, column: int) -> np.ndarray:
    """What PyTorch makes of a cell."""
    z = normal_grid(20).reshape(20, 20, 2)[row - 1, column - 1]
    with torch.no_grad():
        return load_vae(beta).decode(z[None]).numpy().ravel()


# -- its life ----------------------------------------------------------------------------------


def test_loads_the_chosen_decoder_only_and_only_when_asked(slider: Beta, watch: Watch) -> None:
    slider.page.wait_for_load_state("networkidle")
    slider.expect_state("idle")
    assert not watch.urls(".onnx") and not watch.urls("/ort/"), "loaded before it was touched"
    slider.press("ArrowRight")
    slider.expect_state("ready")
    assert names(watch) == ["vae-2d.decoder.onnx"]
    slider.slider.press("ArrowRight")
    slider.expect_shown(1, 7, 8)
    assert names(watch) == ["vae-2d.decoder.onnx", "vae-2d-beta-1.decoder.onnx"]


def names(watch: Watch) -> list[str]:
    return [url.rsplit("/", 1)[1] for url in watch.urls(".onnx")]


def test_the_pictures_are_pytorchs(slider: Beta) -> None:
    slider.expect_picture(digit(0.5, 7, 7))  # stored with the page
    slider.press("ArrowDown", "Shift+ArrowRight")
    slider.expect_shown(0.5, 8, 12)
    slider.expect_picture(digit(0.5, 8, 12))
    slider.expect_grid(whole(0.5))


@pytest.mark.parametrize("beta", list(VAE_CHECKPOINTS))
def test_decoder_equals_pytorch(slider: Beta, figures: dict, beta: float) -> None:
    points = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32) * 2
    single = np.concatenate([slider.run(f"decoder-{beta:g}", one[None]) for one in points])
    batch = slider.run(f"decoder-{beta:g}", points)
    with torch.no_grad():
        wanted = load_vae(beta).decode(torch.from_numpy(points)).numpy()
    difference = float(max(np.abs(single - wanted).max(), np.abs(batch - wanted).max()))
    figures[f"largest difference from PyTorch, beta {beta:g}"] = float(f"{difference:.1e}")
    assert difference <= TOLERANCE


# -- what the reader does ----------------------------------------------------------------------


def test_slider_goes_over_the_trained_betas(slider: Beta) -> None:
    slider.slider.press("Home")
    for beta, checkpoint in VAE_CHECKPOINTS.items():
        slider.expect_shown(beta, 7, 7)
        assert slider.slider.get_attribute("aria-valuetext") == f"{beta:g}"
        metrics = load_card(checkpoint).metrics
        error, _, fid = slider.measured()
        assert error == pytest.approx(metrics["test_mse"], abs=6e-4)
        assert fid == pytest.approx(metrics["digit_fid"], rel=0.02)
        expect(slider.map).to_have_accessible_name(
            f"Map of the encodings of 500 digits by the VAE with beta {beta:g}; "
            "the ring is at the cursor's z."
        )
        slider.slider.press("ArrowRight")
    slider.expect_grid(whole(20))
    slider.expect_picture(digit(20, 7, 7))


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
    slider.expect_picture(digit(0.5, 15, 1))
    slider.expect_mirrored(0.5, 15, 1)


def test_arrow_keys_go_through_all_400_cells(slider: Beta) -> None:
    slider.press("Control+Home")
    for row in range(1, 21):
        slider.press(*["ArrowRight" if row % 2 else "ArrowLeft"] * 19, "ArrowDown")
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
    slider.expect_picture(digit(0.5, 18, 9))


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


def test_on_a_phone_the_grid_is_lighter_and_touch_works(open_page: Any) -> None:
    slider = Beta(open_page(PAGE, **PHONE))
    slider.grid.scroll_into_view_if_needed()
    slider.page.touchscreen.tap(*slider.place(6, 15))
    slider.expect_shown(0.5, 6, 15)
    slider.expect_grid(whole(0.5, cells=10))
    slider.expect_picture(digit(0.5, 6, 15))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_is_accessible_when_it_is_alive(open_page: Any, mode: str) -> None:
    slider = Beta(open_page(PAGE, color_scheme=mode))
    slider.press("ArrowRight")
    slider.expect_state("ready")
    assert not accessibility_findings(slider.page, ".genlab-widget")


def test_slider_and_explorer_of_one_page_do_not_touch(slider: Beta) -> None:
    explorer = Explorer(slider.page)
    before = explorer.said
    slider.press("ArrowRight")
    slider.expect_shown(0.5, 7, 8)
    assert explorer.said == before
    explorer.press(0, "Home", "ArrowRight")
    explorer.expect_state("ready")
    explorer.expect_mirrored()
    slider.expect_mirrored(0.5, 7, 8)
    assert slider.shown() == (0.5, 7, 8)


# -- its address -------------------------------------------------------------------------------


def test_a_link_restores_what_is_shown(open_page: Any) -> None:
    page: Page = open_page(PAGE, "?beta-slider-1=beta:1,row:3,column:4")
    slider = Beta(page)
    slider.expect_shown(1, 3, 4)
    slider.expect_picture(digit(1, 3, 4))
    slider.expect_grid(whole(1))
    slider.slider.press("ArrowRight")
    slider.expect_mirrored(2, 3, 4)
    page.reload()
    Beta(page).expect_shown(2, 3, 4)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("beta:3", "expected one of the trained values, 0.1, 0.5, 1, 2, 5, 20"),
        ("beta:", "expected one of the trained values"),
        ("beta:0.5,row:0", "expected a whole number from 1 to 20"),
        ("row:2.5", "expected a whole number from 1 to 20"),
        ("column:21", "expected a whole number from 1 to 20"),
        ("gamma:1", "expected beta, row, column"),
        ("<img src=x onerror=window.intruder=1>", "expected beta, row, column"),
        ("x" * 3000, "expected beta, row, column"),
    ],
    ids=lambda value: value[:20],
)
def test_nonsense_gives_a_message_and_the_start(
    open_page: Any, watch: Watch, value: str, expected: str
) -> None:
    slider = Beta(open_page(PAGE, f"?beta-slider-1={quote(value, safe=':,')}"))
    expect(slider.status).to_contain_text("which is not understood: expected ")
    expect(slider.status).to_contain_text(expected)
    assert slider.shown() == (0.5, 7, 7) and len(slider.said) < 500
    slider.expect_state("idle")
    assert slider.page.evaluate("window.intruder") is None
    assert not watch.urls(".onnx")


def test_after_nonsense_the_address_is_sound_again(open_page: Any) -> None:
    slider = Beta(open_page(PAGE, "?beta-slider-1=beta:3"))
    slider.press("ArrowRight")
    slider.expect_mirrored(0.5, 7, 8)
    expect(slider.status).not_to_contain_text("understood")


# -- when something goes wrong -----------------------------------------------------------------


def test_a_missing_network_is_said_and_can_be_tried_again(open_page: Any, watch: Watch) -> None:
    def without(context: Any) -> None:
        context.route("**/*.onnx", lambda route: route.fulfill(status=404, body=b""))

    slider = Beta(open_page(PAGE, prepare=without))
    slider.press("ArrowRight")
    slider.expect_state("error")
    expect(slider.status).to_contain_text("Not decoded: the network vae-2d.decoder.onnx could not")
    slider.page.context.unroute("**/*.onnx")
    slider.root.get_by_role("button", name="Try again").click()
    slider.expect_shown(0.5, 7, 8)
    slider.expect_grid(whole(0.5))
    watch.forgive(".onnx")

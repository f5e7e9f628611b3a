"""The bottleneck slider on its page: mouse, keyboard, address, drawing, parity with PyTorch."""

from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pytest
import torch
from kit.bottleneck import SELECTOR, Slider
from kit.explorer import eventually, place_in
from kit.reading import accessibility_findings
from kit.twins import twice
from kit.watch import Watch
from playwright.sync_api import Page, Route, expect

from genlab.checkpoints import load_model
from genlab.data import load_digits

pytestmark = pytest.mark.site

PAGE = "book/latents/autoencoders"
SIZES = (1, 2, 4, 8, 16, 32)
TOLERANCE = 1e-4


def digits_of(row: int) -> torch.Tensor:
    """The digits of a row of the page, (10, 1, 28, 28): the test split's, one of each class."""
    test = load_digits("test")
    return torch.cat([test.of_class(digit)[row - 1 : row] for digit in range(10)])


@torch.no_grad()
def rebuilt_by_pytorch(size: int, row: int = 1) -> np.ndarray:
    return load_model(f"autoencoder-{size}d")(digits_of(row)).flatten(1).numpy()


@pytest.fixture
def slider(open_page: Any) -> Slider:
    """The slider of the page on autoencoders, untouched."""
    return Slider(open_page(PAGE))


# -- its life ----------------------------------------------------------------------------------


def test_only_the_chosen_size_is_loaded_and_not_before_it_is_asked_for(
    slider: Slider, watch: Watch
) -> None:
    slider.page.wait_for_load_state("networkidle")
    slider.expect_state("idle")
    assert not watch.urls(".onnx") and not watch.urls("/ort/"), "loaded before it was touched"
    assert np.abs(slider.pictures(slider.originals) - digits_of(1).flatten(1).numpy()).max() < 0.01
    slider.expect_rebuilt(rebuilt_by_pytorch(2))  # as it was stored
    slider.press("ArrowRight")
    slider.expect_said(4)
    loaded = sorted(url.rsplit("/", 1)[1] for url in watch.urls(".onnx"))
    assert loaded == ["autoencoder-4d.decoder.onnx", "autoencoder-4d.encoder.onnx"]


def test_every_size_shows_what_pytorch_rebuilds(slider: Slider) -> None:
    errors = []
    slider.press("Home")
    for size in SIZES:
        errors.append(slider.expect_said(size))
        wanted = rebuilt_by_pytorch(size)
        slider.expect_rebuilt(wanted)
        truth = ((wanted - digits_of(1).flatten(1).numpy()) ** 2).mean()
        assert abs(errors[-1] - truth) < 1e-4
        slider.press("ArrowRight")
    assert errors == sorted(errors, reverse=True), "more numbers should mean a smaller error"


def test_the_status_says_what_the_size_means(slider: Slider) -> None:
    slider.press("End")
    slider.expect_said(32)
    assert "784 pixels become 32 numbers, 24.5 times fewer" in slider.said
    assert slider.input.get_attribute("aria-valuetext") == "32 numbers"
    slider.press("Home")
    slider.expect_said(1)
    assert "become 1 number, 784 times fewer" in slider.said


def test_a_missing_network_is_said_and_tried_again(open_page: Any, watch: Watch) -> None:
    blocked = []

    def refuse(route: Route) -> None:
        blocked.append(route.request.url)
        route.abort()

    page: Page = open_page(PAGE)
    page.route("**/autoencoder-16d.encoder.onnx", refuse)
    slider = Slider(page)
    slider.press("ArrowRight", "ArrowRight", "ArrowRight")
    slider.expect_state("error")
    expect(slider.status).to_contain_text("autoencoder-16d.encoder.onnx could not be loaded")
    page.unroute("**/autoencoder-16d.encoder.onnx")
    slider.retry.click()
    slider.expect_said(16)
    slider.expect_rebuilt(rebuilt_by_pytorch(16))
    watch.forgive(*{"autoencoder-16d.encoder.onnx" for _ in blocked})


# -- mouse, touch, keyboard --------------------------------------------------------------------


def test_mouse_moves_the_slider(slider: Slider) -> None:
    slider.input.scroll_into_view_if_needed()
    slider.page.mouse.click(*place_in(slider.input, 0.8, 0.5))
    slider.expect_said(16)
    slider.expect_rebuilt(rebuilt_by_pytorch(16))


def test_next_digits_come_round_again(slider: Slider) -> None:
    for row in (2, 3, 4, 1):
        slider.next.click()
        slider.expect_state("ready")
        slider.expect_rebuilt(rebuilt_by_pytorch(2, row))
    wanted = digits_of(1).flatten(1).numpy()
    assert np.abs(slider.pictures(slider.originals) - wanted).max() < 0.01


def test_a_finger_moves_the_slider(open_page: Any) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    slider = Slider(open_page(PAGE, **phone))
    slider.input.scroll_into_view_if_needed()
    slider.page.touchscreen.tap(*place_in(slider.input, 0.99, 0.5))
    slider.expect_said(32)


def test_tab_reaches_every_control(slider: Slider) -> None:
    slider.input.focus()
    reached = []
    for _ in range(4):
        reached.append(
            slider.page.evaluate(
                "[document.activeElement.ariaLabel ?? document.activeElement.textContent,"
                " getComputedStyle(document.activeElement).outlineStyle]"
            )
        )
        slider.page.keyboard.press("Tab")
    names = [name.split(":")[0].split(".")[0] for name, _ in reached]
    assert names == ["Latent size", "Draw a digit", "Next digits", "Clear drawing"]
    assert all(outline != "none" for _, outline in reached[1:]), "nothing shows the focus"


def test_touch_targets_are_large_enough(slider: Slider) -> None:
    for control in (slider.input, slider.next, slider.clear):
        box = control.bounding_box()
        assert box and box["height"] >= 44, control


# -- a digit of one's own ----------------------------------------------------------------------

SEVEN = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]


def test_a_drawing_is_rebuilt_and_its_error_said(slider: Slider) -> None:
    slider.press("ArrowRight", "ArrowRight", "ArrowRight")
    slider.expect_said(16)
    slider.draw(SEVEN)
    expect(slider.status).to_contain_text("Of your drawing:")

    def rebuilt_as_pytorch_does() -> bool:
        # The canvas rounds what the encoder saw, so this is near and not the same.
        seen = slider.pictures(slider.seen)
        with torch.no_grad():
            wanted = load_model("autoencoder-16d")(
                torch.from_numpy(seen).float().view(1, 1, 28, 28)
            )
        shown = slider.pictures(slider.own)
        return bool(np.abs(shown - wanted.flatten(1).numpy()).max() < 0.03)

    eventually(rebuilt_as_pytorch_does, lambda: "another picture is shown", slider.page)
    seen, own = slider.pictures(slider.seen), slider.pictures(slider.own)
    error = ((seen - own) ** 2).mean()
    # The words come a little after the picture.
    eventually(lambda: abs(slider.errors()[1] - error) < 5e-4, lambda: slider.said, slider.page)
    slider.clear.click()
    expect(slider.status).not_to_contain_text("Of your drawing:")
    assert slider.pictures(slider.own).max() == slider.pictures(slider.seen).max() == 0


def test_a_drawing_stays_when_the_size_changes(slider: Slider) -> None:
    slider.draw(SEVEN)
    expect(slider.status).to_contain_text("Of your drawing:")
    rough, before = slider.errors()[1], slider.pictures(slider.own)
    slider.press("End")
    slider.expect_said(32)
    assert slider.errors()[1] < rough
    assert np.abs(slider.pictures(slider.own) - before).max() > 0.1


def test_drawing_by_keyboard(slider: Slider) -> None:
    for key in ["Space", *["ArrowDown"] * 12]:
        slider.pad.press(key)
    expect(slider.status).to_contain_text("Of your drawing:")
    slider.pad.press("Delete")
    expect(slider.status).not_to_contain_text("Of your drawing:")


# -- the address -------------------------------------------------------------------------------


def test_a_link_restores_size_and_digits(open_page: Any) -> None:
    slider = Slider(open_page(PAGE, "?bottleneck-slider-1=size:16,row:3"))
    slider.expect_said(16)
    slider.expect_rebuilt(rebuilt_by_pytorch(16, row=3))


def test_the_address_follows_and_the_page_comes_back_the_same(open_page: Any) -> None:
    page: Page = open_page(PAGE, "?from=home#summary")
    slider, length = Slider(page), page.evaluate("history.length")
    slider.press("End")
    slider.expect_said(32)
    slider.next.click()
    page.wait_for_url("**/*bottleneck-slider-1=size:32,row:2#summary")
    slider.expect_state("ready")
    said = slider.said
    assert "from=home" in page.url
    assert page.evaluate("history.length") == length, "each move is a step back"
    page.reload()
    slider = Slider(page)
    slider.expect_state("ready")
    expect(slider.status).to_have_text(said)


SCRIPT = "<img src=x onerror=window.intruder=1>"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("size:3", "there are networks of size 1, 2, 4, 8, 16, 32"),
        ("size:2.5", "there are networks of size"),
        ("size:-16", "there are networks of size"),
        ("size:", "there are networks of size"),
        ("row:5", "expected a whole number from 1 to 4"),
        ("row:1.5", "expected a whole number from 1 to 4"),
        ("size:16,row:0", "expected a whole number from 1 to 4"),
        ("latent:16", "expected size, row"),
        ("", "expected size, row"),
        ("__proto__:1", "expected size, row"),
        (SCRIPT, "expected size, row"),
    ],
)
def test_nonsense_is_named_and_the_start_is_shown(open_page: Any, text: str, answer: str) -> None:
    slider = Slider(open_page(PAGE, f"?bottleneck-slider-1={quote(text)}"))
    expect(slider.status).to_contain_text(answer)
    expect(slider.status).to_contain_text("Latent size 2:")
    slider.expect_state("idle")
    assert slider.page.evaluate("window.intruder") is None
    slider.press("ArrowRight")
    slider.expect_said(4)
    assert "not understood" not in slider.said


# -- two on a page, and nothing left -----------------------------------------------------------


def test_two_sliders_do_not_touch(open_page: Any) -> None:
    page: Page = open_page(
        PAGE,
        "?bottleneck-slider-2=size:8",
        prepare=twice("bottleneck-slider", "autoencoders"),
    )
    first, second = Slider(page, 0), Slider(page, 1)
    assert page.locator(SELECTOR).count() == 2
    second.expect_said(8)
    first.expect_state("idle")
    first.press("End")
    first.expect_said(32)
    second.expect_said(8)
    page.wait_for_url("**/*bottleneck-slider-1=size:32,row:1*")
    assert "bottleneck-slider-2=size:8" in unquote(page.url)


# -- for everyone, and right -------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_accessible_while_it_is_used(open_page: Any, mode: str) -> None:
    page: Page = open_page(PAGE, color_scheme=mode)
    slider = Slider(page)
    slider.press("End")
    slider.expect_said(32)
    findings = accessibility_findings(page, SELECTOR)
    assert not findings, "\n  ".join(["", *findings])


@pytest.mark.parametrize("size", SIZES)
def test_networks_equal_pytorch(slider: Slider, figures: dict, size: int) -> None:
    rng = np.random.default_rng(size)
    images = rng.random((50, 1, 28, 28), dtype=np.float32)
    codes = (4 * rng.standard_normal((50, size))).astype(np.float32)
    model: Any = load_model(f"autoencoder-{size}d")
    with torch.no_grad():
        wanted = [
            model.encode(torch.from_numpy(images)).numpy(),
            model.decode(torch.from_numpy(codes)).numpy(),
        ]
    found = [slider.run(f"encoder-{size}", images), slider.run(f"decoder-{size}", codes)]
    for part, one, other in zip(("encoder", "decoder"), found, wanted, strict=True):
        assert one.shape == other.shape
        difference = float(np.abs(one - other).max())
        name = f"largest difference from PyTorch, autoencoder-{size}d.{part}"
        figures[name] = float(f"{difference:.1e}")
        assert difference <= TOLERANCE, f"{name}: {difference:.2e}"

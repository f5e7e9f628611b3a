"""The objective explorer on its page: mouse, keyboard, address, drawing, parity with PyTorch."""

from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import torch
from kit.explorer import eventually, place_in
from kit.objectives import NAMES, SELECTOR, START, Objectives, by_pytorch, scene
from kit.reading import accessibility_findings
from playwright.sync_api import Page, expect

from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.evaluation import prediction_errors
from genlab.diffusion.forward import to_image_range

pytestmark = pytest.mark.site

PAGE = "book/diffusion/objectives"
TOLERANCE = 1e-4


def number(text: str) -> float:
    """An error of the table: 0.012, 4.6K, with or without the mark."""
    text = text.split()[0]
    factor = {"K": 1e3, "M": 1e6}.get(text[-1], 1)
    return float(text.rstrip("KM")) * factor


@pytest.fixture
def explorer(open_page: Any) -> Objectives:
    """The explorer of its page, untouched."""
    return Objectives(open_page(PAGE))


# -- what it shows ------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [0, 60, 401, 850, 999])
def test_every_picture_is_pytorchs(explorer: Objectives, t: int) -> None:
    explorer.go_to(t)
    explorer.expect_shown(t)
    x0, eps, xt = (to_image_range(one).flatten().numpy() for one in scene(t))
    for name, wanted in {"clean image x0": x0, "noise eps": eps, "noisy image xt": xt}.items():
        assert np.abs(explorer.input(name) - wanted).max() < 0.01
    for name in NAMES:
        # Where an error is divided by hardly any signal, rounding is seen.
        wanted = by_pytorch(name, t)
        explorer.expect_pictures(
            name, wanted if t < 990 else [*wanted[:2], explorer.pictures(name)[2]]
        )


@pytest.mark.parametrize("t", [60, 401, 850])
def test_errors_are_pytorchs_and_the_least_is_marked(explorer: Objectives, t: int) -> None:
    explorer.go_to(t)
    explorer.expect_shown(t)
    x0, eps, _ = scene(t)
    found, in_x0 = explorer.errors(), {}
    for name in NAMES:
        of_x0, of_eps, of_v = prediction_errors(load_denoiser(f"unet-time-{name}"), x0, eps, t)
        own = {"epsilon": of_eps, "sample": of_x0, "v_prediction": of_v}[name]
        in_x0[name] = of_x0
        assert [number(cell) for cell in found[name]] == pytest.approx(
            [own, of_x0, of_eps], rel=0.06
        )
    best = min(in_x0, key=lambda name: in_x0[name])
    assert explorer.winner() == best
    marked = [name for name, cells in found.items() if "least" in cells[1] and "least" in cells[2]]
    assert marked == [best]
    assert not any("least" in cells[0] for cells in found.values()), "own targets are compared"


def test_the_mark_in_the_curves_is_at_t(explorer: Objectives) -> None:
    assert explorer.charts.count() == 2
    explorer.press("Home")
    explorer.expect_shown(0)
    marks = explorer.charts.first.locator(".gl-mark")
    left = marks.bounding_box()["x"]
    explorer.press("End")
    explorer.expect_shown(999)
    box = explorer.charts.first.bounding_box()
    assert marks.bounding_box()["x"] - left > 0.8 * box["width"]


# -- mouse, touch, keyboard --------------------------------------------------------------------


def test_mouse_moves_the_slider(explorer: Objectives) -> None:
    explorer.slider.scroll_into_view_if_needed()
    explorer.page.mouse.click(*place_in(explorer.slider, 0.5, 0.5))
    eventually(
        lambda: abs(explorer.shown()[0] - 500) < 12, lambda: explorer.said, explorer.page, 30
    )
    explorer.expect_shown(int(explorer.slider.input_value()))


def test_a_finger_moves_the_slider(open_page: Any) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    explorer = Objectives(open_page(PAGE, **phone))
    explorer.slider.scroll_into_view_if_needed()
    explorer.page.touchscreen.tap(*place_in(explorer.slider, 0.99, 0.5))
    eventually(lambda: explorer.shown()[0] > 980, lambda: explorer.said, explorer.page, 30)


def test_digits_and_noise_come_by_buttons(explorer: Objectives) -> None:
    explorer.next.click()
    explorer.expect_shown(START, 1, "a 6")
    explorer.noise.click()
    explorer.expect_shown(START, 2, "a 6")
    for name in NAMES:
        explorer.expect_pictures(name, by_pytorch(name, START, seed=2, digit=6))
    for _ in range(4):
        explorer.next.click()
    explorer.expect_shown(START, 2, "a 0")


def test_tab_reaches_every_control(explorer: Objectives) -> None:
    explorer.slider.focus()
    reached = []
    for _ in range(5):
        reached.append(
            explorer.page.evaluate(
                "[document.activeElement.ariaLabel ?? document.activeElement.textContent,"
                " getComputedStyle(document.activeElement).outlineStyle]"
            )
        )
        explorer.page.keyboard.press("Tab")
    names = [name.split(",")[0].split(".")[0] for name, _ in reached]
    assert names == ["Timestep t", "Draw a digit", "Next digit", "New noise", "Clear drawing"]
    assert all(outline != "none" for _, outline in reached[1:]), "nothing shows the focus"


def test_touch_targets_are_large_enough(explorer: Objectives) -> None:
    for control in (explorer.slider, explorer.next, explorer.noise, explorer.clear):
        box = control.bounding_box()
        assert box and box["height"] >= 44, control


# -- a digit of one's own ----------------------------------------------------------------------

SEVEN = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]


def test_a_drawing_is_noised_and_predicted(explorer: Objectives) -> None:
    explorer.go_to(150)
    explorer.draw(SEVEN)
    explorer.expect_shown(150, 1, "your drawing")
    drawn = explorer.input("clean image x0")
    assert drawn.max() > 0.9
    guess = explorer.pictures("sample")[2]
    assert np.abs(guess - drawn).mean() < 0.1, "the network should nearly see it at this t"
    explorer.clear.click()
    explorer.expect_shown(150)
    explorer.draw(SEVEN)
    explorer.expect_shown(150, 1, "your drawing")
    explorer.next.click()
    explorer.expect_shown(150)
    expect(explorer.pad).to_have_attribute("data-empty", "true")


def test_drawing_by_keyboard(explorer: Objectives) -> None:
    for key in ["Space", *["ArrowDown"] * 12]:
        explorer.pad.press(key)
    explorer.expect_shown(START, 1, "your drawing")
    explorer.pad.press("Delete")
    explorer.expect_shown(START)


# -- the address -------------------------------------------------------------------------------


def test_a_link_restores_everything(open_page: Any) -> None:
    explorer = Objectives(open_page(PAGE, "?objective-explorer-1=t:700,seed:42,digit:3"))
    explorer.expect_shown(700, 42, "a 3")
    for name in NAMES:
        explorer.expect_pictures(name, by_pytorch(name, 700, seed=42, digit=3))


def test_the_address_follows_and_the_page_comes_back_the_same(open_page: Any) -> None:
    page: Page = open_page(PAGE, "?from=home#summary")
    explorer, length = Objectives(page), page.evaluate("history.length")
    explorer.press("End")
    explorer.expect_shown(999)
    explorer.noise.click()
    explorer.expect_shown(999, 2)
    explorer.expect_mirrored(999, 2)
    said = explorer.said
    assert "from=home" in page.url and page.url.endswith("#summary")
    assert page.evaluate("history.length") == length, "each move is a step back"
    page.reload()
    explorer = Objectives(page)
    explorer.expect_shown(999, 2)
    expect(explorer.status).to_have_text(said)


SCRIPT = "<img src=x onerror=window.intruder=1>"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("t:1000", "expected a whole number from 0 to 999"),
        ("t:-1", "expected a whole number from 0 to 999"),
        ("t:2.5", "expected a whole number from 0 to 999"),
        ("t:", "expected a whole number from 0 to 999"),
        ("seed:100", "expected a whole number from 0 to 99"),
        ("t:500,digit:10", "expected a whole number from 0 to 9"),
        ("noise:16", "expected t, seed, digit"),
        ("", "expected t, seed, digit"),
        ("__proto__:1", "expected t, seed, digit"),
        (SCRIPT, "expected t, seed, digit"),
    ],
)
def test_nonsense_is_named_and_the_start_is_shown(open_page: Any, text: str, answer: str) -> None:
    explorer = Objectives(open_page(PAGE, f"?objective-explorer-1={quote(text)}"))
    expect(explorer.status).to_contain_text(answer)
    expect(explorer.status).to_contain_text(f"At t = {START},")
    explorer.expect_state("idle")
    assert explorer.page.evaluate("window.intruder") is None
    explorer.press("ArrowRight")
    explorer.expect_shown(START + 1)
    assert "not understood" not in explorer.said


# -- for everyone, and right -------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_accessible_while_it_is_used(open_page: Any, mode: str) -> None:
    page: Page = open_page(PAGE, color_scheme=mode)
    explorer = Objectives(page)
    explorer.press("End")
    explorer.expect_shown(999)
    findings = accessibility_findings(page, SELECTOR)
    assert not findings, "\n  ".join(["", *findings])


@pytest.mark.parametrize("name", NAMES)
def test_networks_equal_pytorch(explorer: Objectives, figures: dict, name: str) -> None:
    rng = np.random.default_rng(0)
    xt = rng.standard_normal((50, 1, 28, 28)).astype(np.float32)
    t = rng.integers(0, 1000, 50)
    model = load_denoiser(f"unet-time-{name}").model
    with torch.no_grad():
        wanted = model(torch.from_numpy(xt), torch.from_numpy(t)).numpy()
    # One by one, as the widget asks for them, and all in one.
    pairs = zip(xt, t, strict=True)
    single = [explorer.run(f"denoiser-{name}", x[None], one[None]) for x, one in pairs]
    batch = explorer.run(f"denoiser-{name}", xt, t)
    found = np.stack([np.concatenate(single), batch])
    assert found.shape == (2, *wanted.shape)
    difference = float(np.abs(found - wanted).max())
    figures[f"largest difference from PyTorch, unet-time-{name}"] = float(f"{difference:.1e}")
    assert difference <= TOLERANCE

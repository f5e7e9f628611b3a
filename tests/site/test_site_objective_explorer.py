"""The objective explorer on its page: pictures, errors, curves, a drawing of one's own."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from kit.denoising import SEVEN
from kit.objectives import NAMES, START, Objectives, by_pytorch, scene
from kit.pictures import place_in
from playwright.sync_api import expect

from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.evaluation import prediction_errors
from genlab.diffusion.forward import to_image_range

pytestmark = pytest.mark.site


def number(text: str) -> float:
    """An error of the table: 0.012, 4.6K, with or without the mark."""
    text = text.split()[0]
    factor = {"K": 1e3, "M": 1e6}.get(text[-1], 1)
    return float(text.rstrip("KM")) * factor


@pytest.fixture
def explorer(open_page: Any) -> Objectives:
    """The explorer, untouched, on its page without the lesson."""
    return Objectives(open_page(Objectives.alone()))


# -- what it shows ------------------------------------------------------------------------------


def one_for_each(times: list[int], open_page: Any) -> Iterator[tuple[Objectives, int]]:
    """Explorers of one page, each moved to a timestep of its own."""
    page = open_page(Objectives.alone(len(times)))
    for index, t in enumerate(times):
        explorer = Objectives(page, index)
        explorer.go_to(t)
        explorer.expect_shown(t)
        yield explorer, t


def test_every_picture_is_pytorchs(open_page: Any) -> None:
    for explorer, t in one_for_each([0, 60, 401, 850, 999], open_page):
        shows_as_pytorch_does(explorer, t)


def shows_as_pytorch_does(explorer: Objectives, t: int) -> None:
    x0, eps, xt = (to_image_range(one).flatten().numpy() for one in scene(t))
    for name, wanted in {"clean image x0": x0, "noise eps": eps, "noisy image xt": xt}.items():
        assert np.abs(explorer.input(name) - wanted).max() < 0.01
    for name in NAMES:
        # Where an error is divided by hardly any signal, rounding is seen.
        wanted = by_pytorch(name, t)
        explorer.expect_pictures(
            name, wanted if t < 990 else [*wanted[:2], explorer.pictures(name)[2]]
        )


def test_errors_are_pytorchs_and_the_least_is_marked(open_page: Any) -> None:
    for explorer, t in one_for_each([60, 401, 850], open_page):
        measures_as_pytorch_does(explorer, t)


def measures_as_pytorch_does(explorer: Objectives, t: int) -> None:
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
    explorer.press("Home")
    explorer.expect_shown(0)
    marks = explorer.chart.locator(".gl-mark")
    left = marks.bounding_box()["x"]
    explorer.press("End")
    explorer.expect_shown(999)
    box = explorer.chart.bounding_box()
    assert marks.bounding_box()["x"] - left > 0.8 * box["width"]


# -- mouse, touch, keyboard --------------------------------------------------------------------


def test_mouse_moves_the_slider(explorer: Objectives) -> None:
    explorer.slider.scroll_into_view_if_needed()
    explorer.page.mouse.click(*place_in(explorer.slider, 0.5, 0.5))
    explorer.eventually(lambda: abs(explorer.shown()[0] - 500) < 12, "t near 500")
    explorer.expect_shown(int(explorer.slider.input_value()))


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


# -- a digit of one's own ----------------------------------------------------------------------


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
    explorer.draw_by_keyboard()
    explorer.expect_shown(START, 1, "your drawing")
    explorer.pad.press("Delete")
    explorer.expect_shown(START)


# -- a fast hand -------------------------------------------------------------------------------


def test_a_fast_drag_ends_at_what_the_slider_says(explorer: Objectives, figures: dict) -> None:
    explorer.press("ArrowRight")
    explorer.expect_shown(START + 1)
    steps = explorer.slider.evaluate(
        """async (input) => {
          const root = input.closest("[data-genlab-widget]");
          const shown = [];
          const caption = root.querySelector(".gl-column .gl-shot:last-child .gl-caption");
          const watcher = new MutationObserver(() => shown.push(caption.textContent));
          watcher.observe(caption, { childList: true });
          for (let t = 900; t >= 100; t -= 10) {
            input.value = t;
            input.dispatchEvent(new Event("input"));
            await new Promise(requestAnimationFrame);
          }
          watcher.disconnect();
          return shown.map((text) => Number(text.match(/\\d+$/)[0]));
        }"""
    )
    explorer.expect_shown(100)
    figures["objective explorer: pictures shown during a drag of 81 steps"] = len(steps)
    assert len(steps) >= 5, "the pictures do not follow the hand"
    assert steps == sorted(steps, reverse=True), "an older picture came after a newer one"

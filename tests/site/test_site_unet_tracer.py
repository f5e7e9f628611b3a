"""The UNet tracer on a page without a kernel: blocks, maps, sliders, drawing, link."""

from typing import Any

import numpy as np
import pytest
import torch
from kit.denoising import x0_of
from kit.pictures import ink_of
from kit.tracer import Tracer, maps, noisy

from genlab.diffusion.forward import add_noise, to_image_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.site

LINEAR = NoiseSchedule("linear")
STAGES = [
    *("input", "down1", "pool", "down2", "pool", "down3"),
    *("up1", "upsample", "up2", "upsample", "up3"),
]


@pytest.fixture
def tracer(open_page: Any) -> Tracer:
    """The tracer, untouched, on its page without the lesson."""
    return Tracer(open_page(Tracer.alone()))


# -- its life ----------------------------------------------------------------------------------


def test_the_start_is_pytorchs(tracer: Tracer) -> None:
    tracer.expect_state("idle")
    tracer.expect_start()
    shown, first = tracer.shown(), maps(1, noisy())[0]
    measured = (shown["mean"], shown["low"], shown["high"])
    assert measured == pytest.approx((first.mean(), first.min(), first.max()), abs=0.0051)


# -- what the reader does ----------------------------------------------------------------------


def test_every_block_is_clicked_and_shows_its_maps(tracer: Tracer) -> None:
    xt = noisy()
    for stage in range(11):
        wanted = maps(stage, xt)
        tracer.choose(stage)
        shown = tracer.expect_shown(name=STAGES[stage], side=wanted.shape[1])
        assert shown["channels"] == len(wanted)
        tracer.expect_sheet(wanted)
        one = wanted[shown["map"] - 1]
        assert shown["mean"] == pytest.approx(one.mean(), abs=0.0051)
        tracer.expect_mirrored(stage=stage)


def test_arrow_keys_go_along_the_run(tracer: Tracer) -> None:
    tracer.blocks.nth(1).focus()
    names = []
    for _ in range(9):
        tracer.page.keyboard.press("ArrowDown")
        checked = tracer.root.locator("input:checked").get_attribute("aria-label")
        names.append((checked or "").split(",")[0])
    assert names == ["pool", "down2", "pool", "down3", "up1", "upsample", "up2", "upsample", "up3"]
    tracer.expect_shown(name="up3", channels=1, map=1)
    tracer.page.keyboard.press("ArrowUp")
    tracer.expect_shown(name="upsample", side=28)


def test_maps_are_reached_by_keyboard(tracer: Tracer) -> None:
    scrolled = None
    for keys, number in [
        (["End"], 32),
        (["ArrowUp", "ArrowLeft"], 23),
        (["Home", "ArrowDown", "ArrowRight"], 10),
    ]:
        tracer.press(*keys)
        tracer.expect_shown(map=number)
        scrolled = scrolled or tracer.page.evaluate("scrollY")
        cell = tracer.maps.get_by_role("gridcell")
        assert cell.get_attribute("aria-label") == f"map {number}"
        assert cell.get_attribute("aria-colindex") == str((number - 1) % 8 + 1)
    assert tracer.page.evaluate("scrollY") == scrolled
    wanted = maps(1, noisy())
    limit = np.sort(np.abs(wanted), axis=None)[int(0.99 * (wanted.size - 1))]
    tracer.expect_signed(tracer.large, np.clip(wanted[9] / limit, -1, 1))
    tracer.expect_mirrored(stage=1, map=10)


def test_a_map_is_chosen_by_mouse(tracer: Tracer) -> None:
    tracer.maps.scroll_into_view_if_needed()
    tracer.page.mouse.click(*tracer.place(21, 32))
    tracer.expect_shown(map=21)
    tracer.choose(3)
    tracer.expect_shown(name="down2", map=21)
    tracer.maps.scroll_into_view_if_needed()
    tracer.page.mouse.click(*tracer.place(64, 64))
    tracer.expect_shown(map=64)
    tracer.choose(1)
    tracer.expect_shown(name="down1", map=32)


def test_sliders_change_the_noise(tracer: Tracer) -> None:
    tracer.t.press("Home")
    tracer.expect_shown(t=0)
    tracer.expect_ink(tracer.input, to_image_range(noisy(t=0)).numpy())
    tracer.t.press("End")
    tracer.seed.press("End")
    tracer.expect_shown(t=999, seed=99)
    tracer.expect_ink(tracer.input, to_image_range(noisy(t=999, seed=99)).numpy())
    tracer.expect_sheet(maps(1, noisy(t=999, seed=99)))
    tracer.expect_mirrored(t=999, seed=99)


def test_output_and_guess_belong_together(tracer: Tracer) -> None:
    tracer.t.press("PageDown")
    shown = tracer.expect_shown(digit="A 7")
    xt = noisy(t=shown["t"])
    eps = torch.from_numpy(maps(10, xt))[None]
    signal, noise = LINEAR.rates(shown["t"], xt)
    guess = (xt - noise * eps) / signal
    tracer.expect_ink(tracer.guess, to_image_range(guess).numpy())
    x0 = x0_of(7)
    of_eps = ((eps - page_noise(1)) ** 2).mean().item()
    assert shown["of_eps"] == pytest.approx(of_eps, abs=0.0006)
    assert shown["of_x0"] == pytest.approx(((guess - x0) ** 2).mean().item(), abs=0.0006)


def test_the_next_digit_is_another(tracer: Tracer) -> None:
    tracer.button("Next digit").click()
    tracer.expect_shown(digit="A 8")
    tracer.expect_ink(tracer.input, to_image_range(noisy(8)).numpy())
    tracer.expect_mirrored(digit=8)


def test_a_digit_drawn_by_hand_is_traced(tracer: Tracer) -> None:
    tracer.draw([(0.5, 0.2), (0.5, 0.8)])
    tracer.expect_shown(digit="Your drawing")
    given = ink_of(tracer.root.get_by_role("img", name="The digit that was given"))
    drawing = torch.from_numpy(given.astype(np.float32)).reshape(1, 1, 28, 28)
    xt = add_noise(drawing * 2 - 1, page_noise(1), 250, LINEAR)
    tracer.expect_ink(tracer.input, to_image_range(xt).numpy(), level=0.02)
    tracer.button("Next digit").click()
    tracer.expect_shown(digit="A 8")


def test_a_digit_is_drawn_by_keyboard(tracer: Tracer) -> None:
    tracer.draw_by_keyboard()
    tracer.expect_shown(digit="Your drawing")

"""The timestep scrubber on its page: its life, mouse, keyboard, drawing; PyTorch's guesses."""

import threading
from typing import Any

import numpy as np
import pytest
import torch
from kit.explorer import eventually, ink_of, place_in
from kit.scrubber import COSINE, NETWORK, PAGE, Scrubber, guess_of, ink, x0_of, xt_of
from kit.watch import Watch
from playwright.sync_api import Page, Route, expect

from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.diffusion.schedules import NoiseSchedule, timestep_of_snr
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.site


@pytest.fixture
def scrubber(open_page: Any) -> Scrubber:
    """The scrubber of the page on noise, untouched."""
    return Scrubber(open_page(PAGE))


# -- its life ----------------------------------------------------------------------------------


def test_nothing_is_loaded_before_it_is_touched(scrubber: Scrubber, watch: Watch) -> None:
    scrubber.page.wait_for_load_state("networkidle")
    scrubber.expect_state("idle")
    assert not watch.urls(".onnx") and not watch.urls("/ort/"), "loaded before it was touched"
    scrubber.expect_picture(scrubber.noisy, ink(xt_of(400)))
    scrubber.expect_picture(scrubber.guess, ink(guess_of(xt_of(400), 400)))  # as it was stored
    said = scrubber.read()
    assert (said.t, said.schedule, said.snr, said.share) == (400, COSINE, 1.82, "64.6 %")
    scrubber.press("ArrowRight")
    scrubber.expect_said(401)
    loaded = [url.rsplit("/", 1)[1] for url in watch.urls(".onnx")]
    assert loaded == [f"{NETWORK}.denoiser.onnx"]


@pytest.mark.parametrize("schedule", ["linear", "scaled_linear", COSINE])
@pytest.mark.parametrize("t", [0, 150, 500, 850, 999])
def test_the_guess_is_that_of_pytorch(open_page: Any, t: int, schedule: str) -> None:
    link = f"?timestep-scrubber-1=t:{t},schedule:{schedule},seed:7,digit:3"
    scrubber = Scrubber(open_page(PAGE, link))
    said = scrubber.expect_said(t, schedule)
    xt = xt_of(t, schedule, seed=7, digit=3)
    guess = guess_of(xt, t, schedule)
    scrubber.expect_picture(scrubber.noisy, ink(xt))
    scrubber.expect_picture(scrubber.guess, ink(guess), level=0.02)
    assert abs(said.error - (guess - x0_of(3)).square().mean()) < 1.5e-3
    if schedule == COSINE:
        assert said.asked is None
    else:
        asked = timestep_of_snr(NoiseSchedule(schedule).snr[t], NoiseSchedule(COSINE))
        assert said.asked is not None and abs(said.asked - asked) <= 1


def test_the_stored_guess_stands_while_the_network_is_loading(open_page: Any) -> None:
    arrived, release = threading.Event(), []

    def hold(route: Route) -> None:
        arrived.set()
        release.append(route)

    page: Page = open_page(PAGE)
    page.route(f"**/{NETWORK}.denoiser.onnx", hold)
    scrubber = Scrubber(page)
    scrubber.press("End")
    scrubber.expect_state("loading")
    scrubber.expect_picture(scrubber.noisy, ink(xt_of(999)))  # needs no network
    scrubber.expect_picture(scrubber.guess, ink(guess_of(xt_of(400), 400)))
    assert not scrubber.is_current(), "the guess of another timestep passes for this one's"
    expect(scrubber.status).to_contain_text("Loading the network")
    eventually(arrived.is_set, lambda: "the network was not asked for", page)
    release[0].continue_()
    scrubber.expect_said(999)
    assert scrubber.is_current()
    scrubber.expect_picture(scrubber.guess, ink(guess_of(xt_of(999), 999)))


def test_a_missing_network_is_said_and_tried_again(open_page: Any, watch: Watch) -> None:
    page: Page = open_page(PAGE)
    blocked: list[str] = []

    def refuse(route: Route) -> None:
        blocked.append(route.request.url)
        route.abort()

    page.route("**/*.denoiser.onnx", refuse)
    scrubber = Scrubber(page)
    scrubber.press("PageUp")
    scrubber.expect_state("error")
    expect(scrubber.status).to_contain_text(f"{NETWORK}.denoiser.onnx could not be loaded")
    page.unroute("**/*.denoiser.onnx")
    scrubber.retry.click()
    eventually(scrubber.is_current, lambda: f"no guess: {scrubber.said!r}", page)
    watch.forgive(*{f"{NETWORK}.denoiser.onnx" for _ in blocked})


# -- mouse, touch, keyboard --------------------------------------------------------------------


def test_fine_and_large_steps_by_keyboard(scrubber: Scrubber) -> None:
    scrubber.press("ArrowRight", "ArrowRight", "ArrowLeft")
    scrubber.expect_said(401)
    scrubber.press("PageUp")
    there = int(scrubber.input.input_value())
    assert 490 <= there <= 511, "Page Up is a large step"
    scrubber.press("Home")
    assert scrubber.expect_said(0).share == "100.0 %"
    scrubber.press("End")
    assert scrubber.expect_said(999).share == "less than 0.01 %"
    assert scrubber.input.get_attribute("aria-valuetext") == "999"


def test_arrow_keys_choose_the_schedule(scrubber: Scrubber) -> None:
    scrubber.schedule(COSINE).focus()
    scrubber.page.keyboard.press("ArrowUp")
    expect(scrubber.schedule("scaled_linear")).to_be_checked()
    scrubber.expect_said(400, "scaled_linear")
    scrubber.page.keyboard.press("ArrowUp")
    scrubber.expect_said(400, "linear")
    scrubber.expect_picture(scrubber.noisy, ink(xt_of(400, "linear")))


def test_the_mouse_moves_the_mark_of_the_chart(scrubber: Scrubber) -> None:
    scrubber.chart.scroll_into_view_if_needed()
    mouse = scrubber.page.mouse
    mouse.move(*place_in(scrubber.chart, 0.4, 0.5))
    mouse.down()
    for step in range(30):
        mouse.move(*place_in(scrubber.chart, 0.4 + 0.01 * step, 0.5))
    mouse.up()
    eventually(
        lambda: 680 <= int(scrubber.input.input_value()) <= 700,
        lambda: f"the slider is at {scrubber.input.input_value()}",
        scrubber.page,
    )
    t = int(scrubber.input.input_value())
    scrubber.expect_said(t)
    scrubber.expect_picture(scrubber.guess, ink(guess_of(xt_of(t), t)), level=0.02)


def test_dragging_stays_fluid_and_the_last_guess_wins(scrubber: Scrubber) -> None:
    scrubber.press("ArrowRight")
    scrubber.expect_said(401)
    moved, longest = scrubber.root.evaluate(DRAG)
    assert moved == 60, "the noisy digit follows each move"
    assert longest < 500, f"a frame took {longest:.0f} ms"
    scrubber.expect_said(960)
    scrubber.expect_picture(scrubber.guess, ink(guess_of(xt_of(960), 960)), level=0.02)


# Moves the slider once a frame, and notes how often the noisy digit changed and the longest frame.
DRAG = """async (root) => {
  const input = root.querySelector("input[type=range]");
  const noisy = root.querySelector("canvas[aria-label^=Noisy]");
  let [moved, longest, before, last] = [0, 0, noisy.toDataURL(), performance.now()];
  for (let t = 370; t <= 960; t += 10) {
    input.value = String(t);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(done));
    const [now, picture] = [performance.now(), noisy.toDataURL()];
    moved += picture !== before;
    longest = Math.max(longest, now - last);
    [before, last] = [picture, now];
  }
  return [moved, longest];
}"""


def test_a_finger_moves_the_slider(open_page: Any) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    scrubber = Scrubber(open_page(PAGE, **phone))
    scrubber.input.scroll_into_view_if_needed()
    scrubber.page.touchscreen.tap(*place_in(scrubber.input, 0.99, 0.5))
    eventually(
        lambda: int(scrubber.input.input_value()) > 950,
        lambda: scrubber.input.input_value(),
        scrubber.page,
    )
    scrubber.expect_said(int(scrubber.input.input_value()))
    width = scrubber.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, "the page scrolls sideways"


def test_tab_reaches_every_control(scrubber: Scrubber) -> None:
    scrubber.input.focus()
    reached = []
    for _ in range(6):
        reached.append(
            scrubber.page.evaluate(
                "[document.activeElement.ariaLabel ?? document.activeElement.value ??"
                " document.activeElement.textContent,"
                " getComputedStyle(document.activeElement).outlineStyle]"
            )
        )
        scrubber.page.keyboard.press("Tab")
    names = [name.split(",")[0].split(".")[0] for name, _ in reached]
    buttons = ["New noise", "Next digit", "Clear drawing"]
    assert names[:3] == ["Timestep t", COSINE, "Draw a digit"]
    assert [name or text for (name, _), text in zip(reached[3:], buttons, strict=True)] == buttons
    assert all(outline != "none" for _, outline in reached[1:]), "nothing shows the focus"


def test_touch_targets_are_large_enough(scrubber: Scrubber) -> None:
    labels = scrubber.root.locator("label").all()
    for control in (scrubber.input, scrubber.noise, scrubber.next, scrubber.clear, *labels):
        box = control.bounding_box()
        assert box and box["height"] >= 44, control


# -- digits and noise --------------------------------------------------------------------------


def test_new_noise_and_the_next_digit(scrubber: Scrubber) -> None:
    scrubber.noise.click()
    scrubber.expect_picture(scrubber.noisy, ink(xt_of(400, seed=1)))
    scrubber.next.click()
    scrubber.expect_picture(scrubber.noisy, ink(xt_of(400, seed=1, digit=6)))
    scrubber.expect_picture(scrubber.seen, ink(x0_of(6)))
    expect(scrubber.status).to_contain_text("A test digit, a 6.")
    guess = guess_of(xt_of(400, seed=1, digit=6), 400)
    scrubber.expect_picture(scrubber.guess, ink(guess), level=0.02)
    for _ in range(9):
        scrubber.next.click()
    scrubber.expect_picture(scrubber.seen, ink(x0_of(5)))  # they come round again
    scrubber.page.wait_for_url("**/*timestep-scrubber-1=t:400,schedule:*,seed:1,digit:5*")


SEVEN = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]


def test_a_drawing_gets_noise_and_a_guess(scrubber: Scrubber) -> None:
    scrubber.draw(SEVEN)
    expect(scrubber.status).to_contain_text("Your drawing.")
    scrubber.expect_said(400)
    seen = torch.from_numpy(ink_of(scrubber.seen)).float().view(1, 1, 28, 28)
    # The canvas has rounded what the network saw, so this is near and not the same.
    xt = add_noise(to_diffusion_range(seen), page_noise(0), 400, NoiseSchedule(COSINE))
    scrubber.expect_picture(scrubber.noisy, ink(xt), level=0.02)
    scrubber.expect_picture(scrubber.guess, ink(guess_of(xt, 400)), level=0.05)
    scrubber.press("PageUp")
    scrubber.expect_said(int(scrubber.input.input_value()))
    assert np.abs(ink_of(scrubber.seen) - seen.numpy().ravel()).max() < 1e-6, "drawing gone"
    scrubber.next.click()
    scrubber.expect_picture(scrubber.seen, ink(x0_of(6)))


def test_drawing_by_keyboard(scrubber: Scrubber) -> None:
    for key in ["Space", *["ArrowDown"] * 12]:
        scrubber.pad.press(key)
    expect(scrubber.status).to_contain_text("Your drawing.")

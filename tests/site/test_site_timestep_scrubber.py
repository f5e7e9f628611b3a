"""The timestep scrubber on its page: its life, mouse, keyboard, drawing; PyTorch's guesses."""

import threading
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from kit.denoising import SEVEN, ink, x0_of
from kit.pictures import ink_of, place_in
from kit.scrubber import COSINE, NETWORK, Scrubber, guess_of, noisy
from kit.waiting import eventually
from playwright.sync_api import Page, Route, expect

from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.diffusion.schedules import NoiseSchedule, timestep_of_snr
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.site


@pytest.fixture
def scrubber(open_page: Any) -> Scrubber:
    """The scrubber, untouched, on its page without the lesson."""
    return Scrubber(open_page(Scrubber.alone()))


# -- its life ----------------------------------------------------------------------------------


PLACES = list(product([0, 150, 500, 850, 999], ["linear", "scaled_linear", COSINE]))


def test_the_guess_is_that_of_pytorch(open_page: Any) -> None:
    links = [f"t:{t},schedule:{schedule},seed:7,digit:3" for t, schedule in PLACES]
    name = Scrubber.alone(len(links))
    page: Page = open_page(name, f"?{Scrubber.asked_for_all(links)}")
    for index, (t, schedule) in enumerate(PLACES):
        guesses_as_pytorch_does(Scrubber(page, index), t, schedule)


def guesses_as_pytorch_does(scrubber: Scrubber, t: int, schedule: str) -> None:
    said = scrubber.expect_guess(t, schedule)
    xt = noisy(t, schedule, seed=7, digit=3)
    guess = guess_of(xt, t, schedule)
    scrubber.expect_ink(scrubber.noisy, ink(xt))
    scrubber.expect_ink(scrubber.guess, ink(guess), level=0.02)
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

    page: Page = open_page(Scrubber.home)
    page.route(f"**/{NETWORK}.denoiser.onnx", hold)
    scrubber = Scrubber(page)
    scrubber.press("End")
    scrubber.expect_state("loading")
    scrubber.expect_ink(scrubber.noisy, ink(noisy(999)))  # needs no network
    scrubber.expect_ink(scrubber.guess, ink(guess_of(noisy(400), 400)))
    assert not scrubber.is_current(), "the guess of another timestep passes for this one's"
    expect(scrubber.status).to_contain_text("Loading the network")
    eventually(arrived.is_set, lambda: "the network was not asked for", page)
    release[0].continue_()
    scrubber.expect_guess(999)
    assert scrubber.is_current()
    scrubber.expect_ink(scrubber.guess, ink(guess_of(noisy(999), 999)))


# -- mouse, touch, keyboard --------------------------------------------------------------------


def test_fine_and_large_steps_by_keyboard(scrubber: Scrubber) -> None:
    scrubber.press("ArrowRight", "ArrowRight", "ArrowLeft")
    scrubber.expect_guess(401)
    scrubber.press("PageUp")
    there = int(scrubber.input.input_value())
    assert 490 <= there <= 511, "Page Up is a large step"
    scrubber.press("Home")
    assert scrubber.expect_guess(0).share == "100.0 %"
    scrubber.press("End")
    assert scrubber.expect_guess(999).share == "less than 0.01 %"
    assert scrubber.input.get_attribute("aria-valuetext") == "999"


def test_arrow_keys_choose_the_schedule(scrubber: Scrubber) -> None:
    scrubber.schedule(COSINE).focus()
    scrubber.page.keyboard.press("ArrowUp")
    expect(scrubber.schedule("scaled_linear")).to_be_checked()
    scrubber.expect_guess(400, "scaled_linear")
    scrubber.page.keyboard.press("ArrowUp")
    scrubber.expect_guess(400, "linear")
    scrubber.expect_ink(scrubber.noisy, ink(noisy(400, "linear")))


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
    scrubber.expect_guess(t)
    scrubber.expect_ink(scrubber.guess, ink(guess_of(noisy(t), t)), level=0.02)


def test_dragging_stays_fluid_and_the_last_guess_wins(scrubber: Scrubber, figures: dict) -> None:
    scrubber.press("ArrowRight")
    scrubber.expect_guess(401)
    moved, longest = scrubber.root.evaluate(DRAG)
    assert moved == 60, "the noisy digit follows each move"
    figures["timestep scrubber: longest frame of a drag, ms"] = round(longest)
    scrubber.expect_guess(960)
    scrubber.expect_ink(scrubber.guess, ink(guess_of(noisy(960), 960)), level=0.02)


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


# -- digits and noise --------------------------------------------------------------------------


def test_new_noise_and_the_next_digit(scrubber: Scrubber) -> None:
    scrubber.noise.click()
    scrubber.expect_ink(scrubber.noisy, ink(noisy(400, seed=1)))
    scrubber.next.click()
    scrubber.expect_ink(scrubber.noisy, ink(noisy(400, seed=1, digit=6)))
    scrubber.expect_ink(scrubber.seen, ink(x0_of(6)))
    expect(scrubber.status).to_contain_text("A test digit, a 6.")
    guess = guess_of(noisy(400, seed=1, digit=6), 400)
    scrubber.expect_ink(scrubber.guess, ink(guess), level=0.02)
    for _ in range(9):
        scrubber.next.click()
    scrubber.expect_ink(scrubber.seen, ink(x0_of(5)))  # they come round again
    scrubber.page.wait_for_url("**/*timestep-scrubber-1=t:400,schedule:*,seed:1,digit:5*")


def test_a_drawing_gets_noise_and_a_guess(scrubber: Scrubber) -> None:
    scrubber.draw(SEVEN)
    expect(scrubber.status).to_contain_text("Your drawing.")
    scrubber.expect_guess(400)
    seen = torch.from_numpy(ink_of(scrubber.seen)).float().view(1, 1, 28, 28)
    # The canvas has rounded what the network saw, so this is near and not the same.
    xt = add_noise(to_diffusion_range(seen), page_noise(0), 400, NoiseSchedule(COSINE))
    scrubber.expect_ink(scrubber.noisy, ink(xt), level=0.02)
    scrubber.expect_ink(scrubber.guess, ink(guess_of(xt, 400)), level=0.05)
    scrubber.press("PageUp")
    scrubber.expect_guess(int(scrubber.input.input_value()))
    assert np.abs(ink_of(scrubber.seen) - seen.numpy().ravel()).max() < 1e-6, "drawing gone"
    scrubber.next.click()
    scrubber.expect_ink(scrubber.seen, ink(x0_of(6)))


def test_drawing_by_keyboard(scrubber: Scrubber) -> None:
    scrubber.draw_by_keyboard()
    expect(scrubber.status).to_contain_text("Your drawing.")

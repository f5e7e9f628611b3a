"""The bottleneck slider on its page: sizes, digits, a drawing of one's own."""

from typing import Any

import numpy as np
import pytest
import torch
from kit.bottleneck import SIZES, Slider, digits_of, rebuilt_by_pytorch
from kit.denoising import SEVEN
from kit.pictures import place_in
from kit.waiting import eventually
from playwright.sync_api import expect

from genlab.checkpoints import load_model

pytestmark = pytest.mark.site


@pytest.fixture
def slider(open_page: Any) -> Slider:
    """The slider, untouched, on its page without the lesson."""
    return Slider(open_page(Slider.alone()))


# -- its life ----------------------------------------------------------------------------------


def test_every_size_shows_what_pytorch_rebuilds(slider: Slider) -> None:
    errors = []
    slider.press("Home")
    for size in SIZES:
        errors.append(slider.expect_size(size))
        wanted = rebuilt_by_pytorch(size)
        slider.expect_rebuilt(wanted)
        truth = ((wanted - digits_of(1).flatten(1).numpy()) ** 2).mean()
        assert abs(errors[-1] - truth) < 1e-4
        slider.press("ArrowRight")
    assert errors == sorted(errors, reverse=True), "more numbers should mean a smaller error"


def test_the_status_says_what_the_size_means(slider: Slider) -> None:
    slider.press("End")
    slider.expect_size(32)
    assert "784 pixels become 32 numbers, 24.5 times fewer" in slider.said
    assert slider.input.get_attribute("aria-valuetext") == "32 numbers"
    slider.press("Home")
    slider.expect_size(1)
    assert "become 1 number, 784 times fewer" in slider.said


# -- mouse, touch, keyboard --------------------------------------------------------------------


def test_mouse_moves_the_slider(slider: Slider) -> None:
    slider.input.scroll_into_view_if_needed()
    slider.page.mouse.click(*place_in(slider.input, 0.8, 0.5))
    slider.expect_size(16)
    slider.expect_rebuilt(rebuilt_by_pytorch(16))


def test_next_digits_come_round_again(slider: Slider) -> None:
    for row in (2, 3, 4, 1):
        slider.next.click()
        slider.expect_state("ready")
        slider.expect_rebuilt(rebuilt_by_pytorch(2, row))
    wanted = digits_of(1).flatten(1).numpy()
    assert np.abs(slider.pictures(slider.originals) - wanted).max() < 0.01


# -- a digit of one's own ----------------------------------------------------------------------


def test_a_drawing_is_rebuilt_and_its_error_said(slider: Slider) -> None:
    slider.press("ArrowRight", "ArrowRight", "ArrowRight")
    slider.expect_size(16)
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
    slider.expect_size(32)
    assert slider.errors()[1] < rough
    assert np.abs(slider.pictures(slider.own) - before).max() > 0.1


def test_drawing_by_keyboard(slider: Slider) -> None:
    slider.draw_by_keyboard()
    expect(slider.status).to_contain_text("Of your drawing:")
    slider.pad.press("Delete")
    expect(slider.status).not_to_contain_text("Of your drawing:")

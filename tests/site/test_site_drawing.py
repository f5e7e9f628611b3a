"""A digit of one's own: drawn, encoded, found again on the map."""

import math
from typing import Any

import numpy as np
import pytest
from kit.explorer import Explorer
from kit.pictures import ink_of
from playwright.sync_api import expect

pytestmark = pytest.mark.site

ONE = [(0.52, 0.2), (0.48, 0.8)]
ZERO = [
    (0.5 + 0.2 * math.sin(2 * math.pi * i / 24), 0.5 - 0.3 * math.cos(2 * math.pi * i / 24))
    for i in range(25)
]


@pytest.fixture
def explorer(open_page: Any) -> Explorer:
    return Explorer(open_page(Explorer.alone()))


def seen(explorer: Explorer) -> np.ndarray:
    """The digit as the encoder sees it, (784,)."""
    return ink_of(explorer.root.get_by_role("img", name="What the encoder sees"))


def expect_encoded(explorer: Explorer) -> None:
    """Both points are where the encoders put what is seen; both pictures are decoded from there."""
    expect(explorer.status).to_contain_text("Encoded: ", timeout=20_000)
    explorer.expect_state("ready")
    image = seen(explorer).astype(np.float32).reshape(1, 1, 28, 28)
    for index in (0, 1):
        code = explorer.run(f"encoder-{index}", image)[0]
        # The canvas has rounded the image to 256 levels.
        explorer.expect_point(index, code, atol=0.08)
    explorer.expect_decoded(0, 1)


@pytest.mark.parametrize(("digit", "strokes"), [("1", [ONE]), ("0", [ZERO])])
def test_a_digit_drawn_with_the_mouse_lands_among_its_kind(
    explorer: Explorer, digit: str, strokes: list
) -> None:
    explorer.draw(*strokes)
    expect_encoded(explorer)
    assert "your drawing" in explorer.said
    assert explorer.nearest() == [digit, digit], explorer.said


def test_the_drawing_is_prepared_as_mnist_is(explorer: Explorer) -> None:
    # Small and in a corner: fitted into 20 x 20 and centred by its mass all the same.
    explorer.draw([(0.1 + x / 4, 0.1 + y / 4) for x, y in ZERO])
    expect_encoded(explorer)
    image = seen(explorer).reshape(28, 28)
    rows, columns = np.nonzero(image > 0.1)
    assert rows.max() - rows.min() + 1 <= 20 and columns.max() - columns.min() + 1 <= 20
    assert max(np.ptp(rows), np.ptp(columns)) + 1 >= 19
    centre = np.average(np.indices((28, 28)).reshape(2, -1), axis=1, weights=image.ravel())
    assert np.allclose(centre, 14, atol=0.75), centre
    assert image.max() == 1


def test_a_digit_drawn_by_keyboard_lands_among_its_kind(explorer: Explorer) -> None:
    keyboard, page = explorer.page.keyboard, explorer.page
    explorer.pad.focus()
    scrolled = page.evaluate("scrollY")
    keyboard.press("Space")
    for _ in range(14):
        keyboard.press("ArrowDown")
    expect_encoded(explorer)
    keyboard.press("Space")
    expect(explorer.status).to_contain_text("Pen up.")
    for _ in range(5):
        keyboard.press("ArrowRight")  # the pen is up: this draws nothing
    drawn = ink_of(explorer.pad.locator("canvas")).reshape(112, 112)
    assert np.ptp(np.nonzero(drawn.any(axis=0))[0]) < 16 < np.ptp(np.nonzero(drawn.any(axis=1))[0])
    assert page.evaluate("scrollY") == scrolled, "the page moved with the pen"
    assert explorer.nearest() == ["1", "1"], explorer.said
    keyboard.press("Delete")
    expect(explorer.pad).to_have_attribute("data-empty", "true")
    assert not ink_of(explorer.pad.locator("canvas")).any()


def test_clear_takes_the_drawing_away(explorer: Explorer) -> None:
    explorer.draw(ONE)
    expect(explorer.pad).to_have_attribute("data-empty", "false")
    explorer.root.get_by_role("button", name="Clear").click()
    expect(explorer.pad).to_have_attribute("data-empty", "true")
    assert not ink_of(explorer.pad.locator("canvas")).any()


def test_the_next_test_digit_is_encoded(explorer: Explorer) -> None:
    button = explorer.root.get_by_role("button", name="Next test digit")
    button.click()
    expect_encoded(explorer)
    first = explorer.said
    assert "Encoded: a test digit, a " in first
    button.click()
    explorer.expect_said_otherwise(first)
    expect_encoded(explorer)


def test_a_move_by_hand_wins_over_an_encoding_on_its_way(explorer: Explorer) -> None:
    explorer.draw(ONE)
    explorer.press(0, "Home")
    explorer.expect_state("ready")
    explorer.expect_point(0, explorer.steps_from_centre(0, 0, 0), atol=0.006)
    explorer.expect_decoded(0)

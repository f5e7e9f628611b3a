"""The patch explorer on its page: sizes, heads, patches covered by mouse and keyboard, drawings."""

from typing import Any

import pytest
import torch
from kit.denoising import SEVEN
from kit.patches import Patches, by_pytorch, looked_at
from kit.pictures import ink_of
from kit.watch import Watch
from playwright.sync_api import expect

from genlab.checkpoints import load_model

pytestmark = pytest.mark.site


@pytest.fixture
def explorer(open_page: Any) -> Patches:
    """The explorer, untouched, on its page without the lesson."""
    return Patches(open_page(Patches.alone()))


# -- what is looked at ---------------------------------------------------------------------------


def test_each_size_loads_its_own_network_when_it_is_asked_for(
    explorer: Patches, watch: Watch
) -> None:
    for patch, count in ((14, 1), (4, 2), (7, 3)):
        explorer.choose("patch", patch)
        explorer.expect_all_of(patch, 3, 4, 0)
        explorer.expect_mirrored(patch=patch)
        assert len(watch.urls(".onnx")) == count


def test_every_head_of_every_block_is_pytorchs_and_asks_for_nothing(explorer: Patches) -> None:
    for head in (1, 2, 3, 4, 0):
        explorer.choose("head", head)
        explorer.press("Home")
        for block in (1, 2, 3, 4):
            weights = looked_at(7, 3, block, head)
            explorer.expect_shown(block=block, head=head)
            explorer.expect_same(explorer.shades, weights / weights.max(), 0.007, "the map")
            explorer.expect_words(by_pytorch(7, 3)[0], weights)
            explorer.press("ArrowRight")


def test_the_readout_has_the_answer_and_what_is_looked_at_most(explorer: Patches) -> None:
    values = explorer.root.locator(".gl-fact-value").all_inner_texts()
    shares, weights = by_pytorch(7, 3)[0], looked_at(7, 3, 4, 0)
    wanted = [str(shares.argmax()), f"{shares.max():.2f}", f"{weights.max():.2f}"]
    assert values == wanted
    assert explorer.root.locator(".gl-fact[data-large=true]").inner_text().startswith(wanted[0])


def test_a_patch_under_the_mouse_tells_its_weight(explorer: Patches) -> None:
    fact = explorer.root.locator(".gl-fact").nth(2)
    before = fact.inner_text()
    explorer.grid.scroll_into_view_if_needed()
    explorer.page.mouse.move(*explorer.place(1, 4))
    expect(fact).to_contain_text("row 1, column 1")
    expect(fact).to_contain_text(f"{looked_at(7, 3, 4, 0)[0, 0]:.2f}")
    explorer.page.mouse.move(5, 5)
    expect(fact).to_have_text(before.replace("\n", ""))
    assert explorer.mirrored() == {}


# -- what is covered -----------------------------------------------------------------------------


def test_a_click_covers_a_patch_and_another_uncovers_it(explorer: Patches) -> None:
    explorer.click_patch(6, 4)
    explorer.expect_all_of(7, 3, 4, 0, (6,))
    explorer.expect_mirrored(covered="6")
    assert "With nothing covered it is" in explorer.said
    explorer.click_patch(11, 4)
    explorer.expect_all_of(7, 3, 4, 0, (6, 11))
    explorer.click_patch(6, 4)
    explorer.expect_all_of(7, 3, 4, 0, (11,))
    explorer.button("Uncover all").click()
    explorer.expect_all_of(7, 3, 4, 0)
    explorer.expect_mirrored(covered="")


def test_all_of_it_by_keyboard_alone(explorer: Patches) -> None:
    keyboard = explorer.page.keyboard
    explorer.grid.focus()
    scrolled = explorer.page.evaluate("scrollY")
    for key in ("ArrowRight", "ArrowDown", "Space"):
        keyboard.press(key)
    explorer.expect_all_of(7, 3, 4, 0, (6,))
    assert explorer.cell().startswith("Row 2, column 2, covered: ")
    for key in ("End", "Enter", "Home", "ArrowUp", "ArrowUp"):
        keyboard.press(key)
    explorer.expect_all_of(7, 3, 4, 0, (6, 8))
    assert explorer.cell().startswith("Row 1, column 1: 0.")
    for key in ("ArrowDown", "ArrowRight", " "):
        keyboard.press(key)
    explorer.expect_all_of(7, 3, 4, 0, (8,))
    assert explorer.page.evaluate("scrollY") == scrolled
    explorer.button("Uncover all").press("Enter")
    explorer.expect_all_of(7, 3, 4, 0)


def test_what_is_covered_survives_a_head_and_a_block_only(explorer: Patches) -> None:
    explorer.click_patch(6, 4)
    explorer.choose("head", 2)
    explorer.press("ArrowLeft")
    explorer.expect_all_of(7, 3, 3, 2, (6,))
    explorer.button("Next digit").click()
    explorer.expect_all_of(7, 4, 3, 2)
    explorer.click_patch(6, 4)
    explorer.expect_all_of(7, 4, 3, 2, (6,))
    explorer.choose("patch", 4)
    explorer.expect_all_of(4, 4, 3, 2)
    explorer.expect_mirrored(patch=4, digit=4, covered="")


def test_with_all_covered_there_is_paper_and_still_an_answer(open_page: Any) -> None:
    explorer = Patches(open_page(Patches.alone(), "?patch-explorer-1=patch:14,covered:1.2.3.4"))
    explorer.expect_all_of(14, 3, 4, 0, (1, 2, 3, 4))


def test_a_link_to_a_patch_that_is_not_there_says_so(open_page: Any) -> None:
    explorer = Patches(open_page(Patches.alone(), "?patch-explorer-1=patch:14,covered:2.9"))
    explorer.expect_said("The link covers patch 9, but patches have numbers from 1 to 4")
    explorer.expect_all_of(14, 3, 4, 0)


# -- a digit of one's own ------------------------------------------------------------------------


def test_a_drawing_is_answered_and_its_patches_are_covered(explorer: Patches) -> None:
    explorer.draw(SEVEN)
    said = explorer.expect_shown(digit="Your drawing", covered=0)
    explorer.click_patch(2, 4)
    covered = explorer.expect_shown(digit="Your drawing", covered=1)
    assert covered["before_probability"] == said["probability"]
    seen = torch.from_numpy(ink_of(explorer.seen)).float().view(1, 1, 28, 28)
    with torch.no_grad():
        # The canvas rounds what the network saw, so this is near and not the same.
        wanted = load_model("vit")(seen)[0].softmax(dim=0)
    assert abs(said["probability"] - float(wanted.max())) < 0.02
    explorer.button("Next digit").click()
    explorer.expect_all_of(7, 4, 4, 0)


def test_another_stroke_uncovers_all(explorer: Patches) -> None:
    explorer.click_patch(6, 4)
    explorer.expect_shown(covered=1)
    explorer.draw_by_keyboard()
    explorer.expect_shown(digit="Your drawing", covered=0)
    assert explorer.crosses() == 0

"""The attention viewer on a page without a kernel: SmolLM2's weights by mouse and keyboard."""

from typing import Any

import numpy as np
import pytest
from kit.attention import START, Attention, row, weights
from kit.mounting import mount
from playwright.sync_api import expect

from genlab.widgets.attention_viewer.widget import SENTENCES

pytestmark = pytest.mark.site

COUNTS = (11, 14, 10, 11)  # tokens of each sentence


@pytest.fixture
def viewer(open_page: Any) -> Attention:
    """The viewer, untouched, on its page without the lesson."""
    return Attention(open_page(Attention.alone()))


# -- what is shown -----------------------------------------------------------------------------


def test_bars_matrix_and_words_are_smollm2s(viewer: Attention, figures: dict) -> None:
    assert viewer.looks_at() == (" pear", 0.95)
    wanted = weights(3)[17, 4]
    figures["largest difference from PyTorch, attention viewer"] = float(
        f"{np.abs(viewer.row() - wanted[9]).max():.1e}"
    )
    viewer.expect_row(wanted[9])
    assert np.abs(viewer.shades() ** 2 - wanted).max() < 0.01


@pytest.mark.parametrize("sentence", [1, 2, 3, 4])
def test_fifty_places_of_each_sentence(viewer: Attention, sentence: int) -> None:
    rng = np.random.default_rng(sentence)
    viewer.sentences.select_option(index=sentence - 1)
    state = viewer.root.evaluate("(root) => JSON.parse(root.querySelector('script').textContent)")
    assert state["sentences"][sentence - 1]["text"] == SENTENCES[sentence - 1]
    for _ in range(12):
        layer, head = int(rng.integers(1, 31)), int(rng.integers(1, 10))
        token = int(rng.integers(1, COUNTS[sentence - 1] + 1))
        viewer.slider.fill(str(layer))
        viewer.head(head).check()
        viewer.token(token).check()
        viewer.expect_shown(layer, head, token)
        wanted = row(sentence, layer, head, token)
        viewer.expect_row(wanted)
        assert viewer.looks_at()[1] == pytest.approx(wanted.max(), abs=0.0075)


# -- what the reader does ----------------------------------------------------------------------


def test_all_of_it_by_keyboard_alone(viewer: Attention) -> None:
    keyboard = viewer.page.keyboard
    viewer.sentences.focus()
    # The second stop plays the layers, the third is their slider.
    for key in [
        "ArrowUp",
        "Tab",
        "Tab",
        "Home",
        "ArrowRight",
        "Tab",
        "ArrowLeft",
        "ArrowLeft",
        "Tab",
    ]:
        keyboard.press(key)
    keyboard.press("ArrowRight")
    viewer.expect_shown(2, 3, 11)
    viewer.expect_row(row(2, 2, 3, 11))
    viewer.expect_mirrored(sentence=2, layer=2, head=3, token=11)
    keyboard.press("Shift+Tab")
    keyboard.press("ArrowRight")
    viewer.expect_shown(2, 4, 11)


def test_every_token_is_reached_and_later_ones_have_no_bar(viewer: Attention) -> None:
    viewer.token(1).check()
    viewer.expect_shown(18, 5, 1)
    assert viewer.looks_at() == ("", 1.0) and "looks most at itself" in viewer.said
    for token in range(2, 11):
        viewer.page.keyboard.press("ArrowRight")
        viewer.expect_shown(18, 5, token)
        assert not viewer.row()[token:].any()


def test_tokens_and_heads_say_what_they_are(viewer: Attention) -> None:
    expect(viewer.token(5)).to_have_accessible_name("pear, token 5")
    expect(viewer.token(10)).to_be_checked()
    expect(viewer.head(5)).to_be_checked()
    expect(viewer.heads.get_by_role("radio")).to_have_count(9)
    expect(viewer.slider).to_have_attribute("aria-valuetext", "18")
    name = "The weights of layer 18, head 5: each row is a token"
    assert (viewer.matrix.get_attribute("aria-label") or "").startswith(name)


def test_the_mouse_shows_a_token_for_as_long_as_it_is_there(viewer: Attention) -> None:
    viewer.tokens.scroll_into_view_if_needed()
    label = viewer.tokens.locator(".gl-token").nth(7)
    label.hover()
    viewer.expect_shown(18, 5, 8)
    viewer.expect_row(row(3, 18, 5, 8))
    viewer.page.mouse.move(5, 5)
    viewer.expect_shown(*START)
    assert viewer.mirrored() == {}
    label.click()
    viewer.page.mouse.move(5, 5)
    viewer.expect_shown(18, 5, 8)
    viewer.expect_mirrored(sentence=3, layer=18, head=5, token=8)


def test_a_click_on_the_matrix_chooses_a_row(viewer: Attention) -> None:
    viewer.matrix.scroll_into_view_if_needed()
    viewer.page.mouse.click(*viewer.place(7, 10))
    viewer.expect_shown(18, 5, 7)
    expect(viewer.token(7)).to_be_checked()


def test_a_shorter_sentence_keeps_to_its_last_token(viewer: Attention) -> None:
    viewer.sentences.select_option(index=1)
    viewer.token(14).check()
    viewer.expect_shown(18, 5, 14)
    viewer.sentences.select_option(index=2)
    viewer.expect_shown(*START)


# -- beside a kernel ---------------------------------------------------------------------------


def test_a_text_of_ones_own_is_for_notebooks(viewer: Attention) -> None:
    expect(viewer.own).to_have_count(0)
    hint = viewer.root.get_by_text("In a notebook you can write a text of your own")
    expect(hint).to_be_visible()


# What the kernel answers to the text that was typed last.
ANSWER = """(message) => {
  const { values, emit } = window.second;
  values.problem = { message, turn: values.typed.turn };
  emit("change:problem");
}"""


def test_a_slower_reader_of_texts_is_waited_for_and_its_errors_are_said(viewer: Attention) -> None:
    mount(viewer.page, viewer.name, "kernel")
    viewer.page.evaluate(f"window.second.el.dataset.genlabWidget = {viewer.name!r}")
    live = Attention(viewer.page, 1)
    live.own.fill("  ")
    live.button("Show").click()
    live.expect_state("error")
    expect(live.status).to_have_text("Not shown: the text is empty; write a few words.")
    live.own.fill("abc")
    live.own.press("Enter")
    live.expect_state("loading")
    expect(live.status).to_have_text("Waiting for the kernel.")
    viewer.page.evaluate(ANSWER, "the text has 30 tokens")
    live.expect_state("error")
    expect(live.status).to_have_text("Not shown: the text has 30 tokens.")
    live.retry.click()
    live.expect_state("loading")
    viewer.page.evaluate(ANSWER, "")
    live.expect_state("ready")
    live.expect_shown(*START)

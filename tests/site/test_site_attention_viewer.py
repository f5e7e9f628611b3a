"""The attention viewer on a page without a kernel: by mouse, touch and keyboard, and its link."""

from functools import cache
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import torch
from kit.attention import SELECTOR, Attention
from kit.reading import accessibility_findings
from kit.watch import Watch
from playwright.sync_api import Page, expect

from genlab.language.smollm import load_smollm2
from genlab.models.llama import attentions
from genlab.models.llama_loading import from_transformers
from genlab.widgets.attention_viewer.widget import SENTENCES

pytestmark = pytest.mark.site

PAGE = "book/transformers/transformer-block"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
START = (18, 5, 10)
COUNTS = (11, 14, 10, 11)  # tokens of each sentence


@pytest.fixture
def viewer(open_page: Any) -> Attention:
    """The viewer of the page on the transformer block, untouched."""
    return Attention(open_page(PAGE))


@cache
def smollm2() -> tuple[Any, Any]:
    loaded = load_smollm2()
    return from_transformers(loaded.model), loaded.tokenizer


@cache
def weights(sentence: int) -> np.ndarray:
    """What PyTorch computes for a sentence of the page, (30, 9, T, T)."""
    model, tokenizer = smollm2()
    return attentions(model, torch.tensor([tokenizer.encode(SENTENCES[sentence - 1])]))[0].numpy()


def row(sentence: int, layer: int, head: int, token: int) -> np.ndarray:
    return weights(sentence)[layer - 1, head - 1, token - 1]


# -- what is shown -----------------------------------------------------------------------------


def test_nothing_more_is_loaded(viewer: Attention, watch: Watch) -> None:
    viewer.expect_state("ready")
    viewer.page.wait_for_load_state("networkidle")
    before = len(watch.responses)
    viewer.slider.press("ArrowRight")
    viewer.expect_shown(19, 5, 10)
    assert len(watch.responses) == before and not watch.urls("/ort/")


def test_bars_matrix_and_words_are_smollm2s(viewer: Attention, figures: dict) -> None:
    assert viewer.shown() == START
    assert viewer.looks_at() == (" pear", 0.95)
    wanted = weights(3)[17, 4]
    figures["largest difference from PyTorch, attention viewer"] = float(
        f"{np.abs(viewer.row() - wanted[9]).max():.1e}"
    )
    viewer.expect_row(wanted[9])
    assert np.abs(viewer.picture() ** 2 - wanted).max() < 0.01


@pytest.mark.parametrize("sentence", [1, 2, 3, 4])
def test_fifty_places_of_each_sentence(open_page: Any, sentence: int) -> None:
    rng = np.random.default_rng(sentence)
    viewer = Attention(open_page(PAGE))
    viewer.list.select_option(index=sentence - 1)
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
    viewer.list.focus()
    keyboard.press("ArrowUp")
    keyboard.press("Tab")
    keyboard.press("Home")
    keyboard.press("ArrowRight")
    keyboard.press("Tab")
    keyboard.press("ArrowLeft")
    keyboard.press("ArrowLeft")
    keyboard.press("Tab")
    keyboard.press("ArrowRight")
    viewer.expect_shown(2, 3, 11)
    viewer.expect_row(row(2, 2, 3, 11))
    viewer.expect_mirrored(sentence=2, layer=2, head=3, token=11)
    viewer.page.keyboard.press("Shift+Tab")
    viewer.page.keyboard.press("ArrowRight")
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
    viewer.list.select_option(index=1)
    viewer.token(14).check()
    viewer.expect_shown(18, 5, 14)
    viewer.list.select_option(index=2)
    viewer.expect_shown(*START)


def test_on_a_phone_touch_works(open_page: Any) -> None:
    viewer = Attention(open_page(PAGE, **PHONE))
    viewer.tokens.locator(".gl-token").nth(3).tap()
    viewer.expect_shown(18, 5, 4)
    viewer.heads.locator(".gl-head").nth(0).tap()
    viewer.expect_shown(18, 1, 4)
    for part in (".gl-token", ".gl-head"):
        for box in viewer.root.locator(part).all():
            size = box.bounding_box()
            assert size and size["width"] >= 44 and size["height"] >= 44


def test_a_text_of_ones_own_is_for_notebooks(viewer: Attention) -> None:
    expect(viewer.own).to_have_count(0)
    expect(
        viewer.root.get_by_text("In a notebook you can write a text of your own")
    ).to_be_visible()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_is_accessible_when_it_is_alive(open_page: Any, mode: str) -> None:
    viewer = Attention(open_page(PAGE, color_scheme=mode))
    viewer.token(3).check()
    viewer.expect_shown(18, 5, 3)
    assert not accessibility_findings(viewer.page, SELECTOR)


# -- its address -------------------------------------------------------------------------------


def test_a_link_restores_what_is_shown(open_page: Any) -> None:
    page: Page = open_page(PAGE, "?attention-viewer-1=sentence:1,layer:17,head:1,token:6")
    viewer = Attention(page)
    viewer.expect_shown(17, 1, 6)
    viewer.expect_row(row(1, 17, 1, 6))
    expect(viewer.list).to_have_value(SENTENCES[0])
    viewer.head(2).check()
    viewer.expect_mirrored(sentence=1, layer=17, head=2, token=6)
    page.reload()
    Attention(page).expect_shown(17, 2, 6)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("layer:31", "expected a whole number from 1 to 30"),
        ("layer:", "expected a whole number from 1 to 30"),
        ("layer:2,head:0", "expected a whole number from 1 to 9"),
        ("head:2.5", "expected a whole number from 1 to 9"),
        ("token:15", "expected a whole number from 1 to 14"),
        ("sentence:5", "expected a whole number from 1 to 4"),
        ("theta:1", "expected sentence, layer, head, token"),
        ("<img src=x onerror=window.intruder=1>", "expected sentence, layer, head, token"),
        ("x" * 3000, "expected sentence, layer, head, token"),
    ],
    ids=lambda value: value[:20],
)
def test_nonsense_gives_a_message_and_the_start(open_page: Any, value: str, expected: str) -> None:
    viewer = Attention(open_page(PAGE, f"?attention-viewer-1={quote(value, safe=':,')}"))
    expect(viewer.status).to_contain_text("which is not understood: expected ")
    expect(viewer.status).to_contain_text(expected)
    assert viewer.shown() == START and len(viewer.said) < 500
    assert viewer.page.evaluate("window.intruder") is None
    viewer.slider.press("ArrowRight")
    viewer.expect_mirrored(sentence=3, layer=19, head=5, token=10)
    expect(viewer.status).not_to_contain_text("understood")


# -- its life ----------------------------------------------------------------------------------


def test_two_views_do_not_touch_each_other(viewer: Attention) -> None:
    viewer.page.evaluate(SECOND)
    second = Attention(viewer.page, 1)
    second.token(2).check()
    second.expect_shown(18, 5, 2)
    assert viewer.shown() == START
    viewer.head(1).check()
    viewer.expect_shown(18, 1, 10)
    assert second.shown() == (18, 5, 2)


def test_a_slower_reader_of_texts_is_waited_for_and_its_errors_are_said(viewer: Attention) -> None:
    viewer.page.evaluate(SECOND, "kernel")
    live = Attention(viewer.page, 1)
    live.own.fill("  ")
    live.root.get_by_role("button", name="Show").click()
    live.expect_state("error")
    expect(live.status).to_have_text("Not shown: the text is empty; write a few words.")
    live.own.fill("abc")
    live.own.press("Enter")
    live.expect_state("loading")
    expect(live.status).to_have_text("Waiting for the kernel.")
    viewer.page.evaluate("window.second.answer('the text has 30 tokens')")
    live.expect_state("error")
    expect(live.status).to_have_text("Not shown: the text has 30 tokens.")
    live.root.get_by_role("button", name="Try again").click()
    live.expect_state("loading")
    viewer.page.evaluate("window.second.answer('')")
    live.expect_state("ready")
    live.expect_shown(*START)


def test_clean_up_leaves_nothing(viewer: Attention) -> None:
    before, after, calls = viewer.page.evaluate(
        f"async () => {{ await ({SECOND})('kernel');{LEAVE}"
    )
    assert before["children"] == 1 and before["listeners"] > 5
    assert after == {"children": 0, "listeners": 0, "handle": False}
    assert calls == 0, "a key or a pointer still reached the model after the clean-up"


# Mounts the module once more, over the state of the first; as in a kernel without an instance.
SECOND = """async (kernel) => {
  const root = new URL(document.documentElement.dataset.content_root, location);
  const { default: widget } = await import(
    new URL("_genlab/widgets/attention_viewer/view.mjs", root));
  const stored = document.querySelector("[data-genlab-widget=attention-viewer] > script");
  const values = JSON.parse(stored.textContent);
  if (!kernel) values._instance = "attention-viewer-2";
  const listeners = [];
  const emit = (name) => listeners.filter(([event]) => event === name).forEach(([, f]) => f());
  const second = { calls: 0, listeners };
  second.answer = (message) => {
    values.problem = { message, turn: values.typed.turn };
    emit("change:problem");
  };
  const model = {
    get: (name) => values[name],
    set(name, value) {
      second.calls += 1;
      values[name] = value;
      emit(`change:${name}`);
    },
    save_changes() { second.calls += 1; },
    send() { second.calls += 1; },
    on: (event, listener) => listeners.push([event, listener]),
    off(event, listener) {
      const at = listeners.findIndex((one) => one[0] === event && one[1] === listener);
      if (at >= 0) listeners.splice(at, 1);
    },
  };
  second.el = document.querySelector("article").appendChild(document.createElement("div"));
  second.cleanUp = widget.render({ model, el: second.el });
  window.second = second;
}"""

LEAVE = """
  const { el, cleanUp, listeners } = window.second;
  const count = () => ({
    children: el.childElementCount, listeners: listeners.length, handle: "genlab" in el });
  const before = count();
  const parts = "input, button, select, .gl-tokens, .gl-token, .gl-rows";
  const touched = [...el.querySelectorAll(parts)];
  cleanUp();
  const after = count();
  window.second.calls = 0;
  for (const node of touched) {
    document.body.append(node);
    node.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    for (const name of ["input", "change", "pointerleave"]) node.dispatchEvent(new Event(name));
    node.click();
  }
  await new Promise((done) => setTimeout(done, 400));
  return [before, after, window.second.calls];
}"""

"""The next-token explorer on a page without a kernel: typing, drawing, sliders, heads, link."""

from typing import Any

import numpy as np
import pytest
import torch
from kit.tokens import Tokens, wanted
from kit.watch import Watch
from playwright.sync_api import expect

from genlab.checkpoints import load_model
from genlab.language.names import LOCALES, encode

pytestmark = pytest.mark.site


@pytest.fixture
def tokens(open_page: Any) -> Tokens:
    """The explorer, untouched, on its page without the lesson."""
    return Tokens(open_page(Tokens.alone()))


def test_sliders_need_no_network(tokens: Tokens, watch: Watch) -> None:
    tokens.slider("Temperature").press("ArrowLeft")
    tokens.expect_mirrored(text="gu")
    assert not watch.urls(".onnx") and not watch.urls("/ort/")


# -- what the reader does ----------------------------------------------------------------------


@pytest.mark.parametrize("locale", list(LOCALES))
def test_each_locale_has_its_own_distribution(tokens: Tokens, locale: str) -> None:
    tokens.field.fill("an")
    tokens.locale.select_option(locale)
    tokens.expect_prefix("an")
    tokens.expect_said(f'After "an" ({LOCALES[locale][1]}), the next token is ')
    tokens.expect_shares("an", locale)


def test_sliders_reshape_the_distribution(tokens: Tokens) -> None:
    tokens.slider("Temperature").fill("0.5")
    tokens.expect_shares("gu", "IS", temperature=0.5)
    tokens.slider("Top-p").fill("0.8")
    tokens.expect_shares("gu", "IS", temperature=0.5, top_p=0.8)
    tokens.slider("Top-p").press("End")
    for _ in range(3):
        tokens.slider("Top-k").press("Home")
        tokens.slider("Top-k").press("ArrowRight")
    tokens.expect_shares("gu", "IS", temperature=0.5, top_k=2)
    tokens.expect_said("2 of 47 tokens can be drawn.")
    tokens.slider("Temperature").press("Home")
    tokens.expect_said("1 token can be drawn.")
    assert tokens.slider("Temperature").get_attribute("aria-valuetext") == "0, greedy"
    tokens.expect_mirrored(temperature="0", top_k="2", top_p="1")


def test_a_bar_appends_its_token_by_mouse_and_by_key(tokens: Tokens) -> None:
    first = tokens.candidates.first
    letter = first.inner_text()[0]
    first.click()
    tokens.expect_prefix(f"gu{letter}")
    tokens.expect_shares(f"gu{letter}", "IS")
    second = tokens.candidates.first
    more = second.inner_text().split()[0]
    second.press("Enter")
    if more == "end":
        tokens.expect_said("The name ends here.")
    else:
        tokens.expect_prefix(f"gu{letter}{more}")
    assert second.evaluate("(node) => node === document.activeElement")


def test_the_likeliest_tokens_are_drawn_at_a_temperature_of_zero(tokens: Tokens) -> None:
    tokens.slider("Temperature").press("Home")
    best = max(wanted("gu", "IS").items(), key=lambda pair: pair[1])[0]
    tokens.button("Draw one token").click()
    tokens.expect_prefix(f"gu{best}")
    tokens.button("Finish the name").click()
    tokens.expect_said("The name ends here.")
    name = tokens.field.input_value()
    shares = wanted(name, "IS")
    assert max(shares, key=lambda symbol: shares[symbol]) == "end"


def test_clear_leaves_the_locale_alone(tokens: Tokens) -> None:
    tokens.button("Clear").click()
    tokens.expect_prefix("")
    tokens.expect_said("After the locale Iceland alone, the next token is ")
    tokens.expect_shares("", "IS")
    expect(tokens.field).to_be_focused()


def test_heads_say_what_they_look_at(tokens: Tokens) -> None:
    with torch.no_grad():
        seen = load_model("tiny-lm").attentions(encode("gu", "IS", end=False)[None])[0, :, :, -1]
    tokens.heads.nth(0).press("ArrowDown")
    tokens.slider("Layer").press("ArrowRight")
    weights = seen[1, 1].tolist()
    place = int(np.argmax(weights))
    symbol = ["IS", "g", "u"][place]
    tokens.expect_said(f"Layer 2, head 2 looks from u at {symbol} {weights[place]:.2f}")
    cells = tokens.root.locator(".gl-head").nth(1).locator(".gl-strip span")
    shown = [float(cell.get_attribute("title")) for cell in cells.all()]
    assert shown == pytest.approx(weights, abs=6e-3)
    tokens.expect_mirrored(layer="2", head="2")


# -- what makes no sense -----------------------------------------------------------------------


def test_unknown_letters_and_long_names_are_answered(tokens: Tokens) -> None:
    tokens.type("-ж")
    tokens.expect_said('The model does not know "-", "ж". It knows abcdef')
    tokens.field.fill("a" * 15)
    tokens.expect_said("That is 15 letters long; up to 14 fit.")
    tokens.field.fill("Guð")
    tokens.expect_said('After "guð" (Iceland), the next token is ')
    assert tokens.field.input_value() == "Guð"  # what was typed stays as it is


def test_a_full_name_takes_no_more_letters(tokens: Tokens) -> None:
    tokens.field.fill("a" * 14)
    tokens.expect_prefix("a" * 14)
    letters = [one for one in tokens.candidates.all() if "end" not in one.inner_text()]
    letters[0].click()
    tokens.expect_said("A name has up to 14 letters.")
    tokens.expect_prefix("a" * 14)

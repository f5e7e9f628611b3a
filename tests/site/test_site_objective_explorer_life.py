"""The objective explorer's life: loading, failing, a fast hand, two of a kind, clean-up."""

from typing import Any
from urllib.parse import unquote

import pytest
from kit.objectives import NAMES, SELECTOR, START, Objectives, by_pytorch
from kit.twins import twice
from kit.watch import Watch
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.site

PAGE = "book/diffusion/objectives"


@pytest.fixture
def explorer(open_page: Any) -> Objectives:
    """The explorer of its page, untouched."""
    return Objectives(open_page(PAGE))


def test_the_start_is_stored_and_nothing_is_loaded(explorer: Objectives, watch: Watch) -> None:
    explorer.page.wait_for_load_state("networkidle")
    explorer.expect_state("idle")
    assert not watch.urls(".onnx") and not watch.urls("/ort/"), "loaded before it was touched"
    assert explorer.shown() == (START, 1, "a 5")
    for name in NAMES:
        explorer.expect_pictures(name, by_pytorch(name, START))


def test_a_missing_network_is_said_and_tried_again(open_page: Any, watch: Watch) -> None:
    blocked = []

    def refuse(route: Route) -> None:
        blocked.append(route.request.url)
        route.abort()

    page: Page = open_page(PAGE)
    page.route("**/unet-time-sample.denoiser.onnx", refuse)
    explorer = Objectives(page)
    explorer.press("ArrowRight")
    explorer.expect_state("error")
    expect(explorer.status).to_contain_text("unet-time-sample.denoiser.onnx could not be loaded")
    assert explorer.body.get_attribute("data-current") == "false"
    page.unroute("**/unet-time-sample.denoiser.onnx")
    explorer.retry.click()
    explorer.expect_shown(START + 1)
    watch.forgive(*{"unet-time-sample.denoiser.onnx" for _ in blocked})


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


# -- two on a page, and nothing left -----------------------------------------------------------


def test_two_explorers_do_not_touch(open_page: Any) -> None:
    page: Page = open_page(
        PAGE,
        "?objective-explorer-2=t:8",
        prepare=twice("objective-explorer", "objectives"),
    )
    first, second = Objectives(page, 0), Objectives(page, 1)
    assert page.locator(SELECTOR).count() == 2
    second.expect_shown(8)
    first.expect_state("idle")
    first.press("End")
    first.expect_shown(999)
    second.expect_shown(8)
    first.expect_mirrored(999)
    assert "objective-explorer-2=t:8" in unquote(page.url)

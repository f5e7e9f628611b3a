"""The latent explorer's life: from its picture to its end, beside others, without what it needs."""

import re
from typing import Any

import numpy as np
import pytest
from kit.explorer import SELECTOR, Explorer
from kit.reading import accessibility_findings
from kit.watch import Watch
from playwright.sync_api import BrowserContext, Page, Route, expect

pytestmark = pytest.mark.site

PAGE = "book/latents/latent-space"


@pytest.fixture
def explorer(open_page: Any) -> Explorer:
    """The explorer of the page on the latent space, untouched."""
    return Explorer(open_page(PAGE))


# -- its life ----------------------------------------------------------------------------------


def test_loads_its_networks_at_the_first_interaction_only(explorer: Explorer, watch: Watch) -> None:
    page = explorer.page
    page.wait_for_load_state("networkidle")
    explorer.expect_state("idle")
    assert not watch.urls(".onnx") and not watch.urls("/ort/"), "loaded before it was touched"
    assert explorer.pixels(0).max() > 0.5, "no picture before it was touched"
    explorer.root.evaluate(
        """(root) => {
          window.states = [];
          new MutationObserver(() => window.states.push(root.dataset.state))
            .observe(root, { attributeFilter: ["data-state"] });
        }"""
    )
    explorer.wake()
    assert page.evaluate("window.states") == ["loading", "ready"]
    assert len(watch.urls("threaded.wasm")) == 1
    # Only what was asked for: the first map's decoder.
    assert [url.rsplit("/", 1)[1] for url in watch.urls(".onnx")] == ["autoencoder-2d.decoder.onnx"]


def test_the_first_picture_is_the_one_of_the_point_that_is_said(explorer: Explorer) -> None:
    before = [explorer.pixels(index) for index in (0, 1)]
    stored = explorer.points()
    explorer.wake()
    explorer.press(0, "ArrowLeft")
    for index in (0, 1):
        explorer.expect_point(index, stored[index], atol=0.011)
        wanted = explorer.run(f"decoder-{index}", np.array([stored[index]], dtype=np.float32))
        # The status rounds to two decimals, so this is near and not the same.
        assert np.abs(before[index] - wanted.ravel()).mean() < 0.01


# -- several on one page -----------------------------------------------------------------------


def twice(context: BrowserContext) -> None:
    """Serve the page with a second copy of its explorer below the first."""

    def answer(route: Route) -> None:
        response = route.fetch()
        html, count = re.subn(
            r'<div class="genlab-widget".*?</div></div>',
            lambda found: found[0] + found[0],
            response.text(),
            flags=re.DOTALL,
        )
        assert count == 1, f"the page has {count} widgets"
        route.fulfill(response=response, body=html)

    context.route(re.compile(r"latent-space\.html"), answer)


def test_two_instances_do_not_touch_each_other(open_page: Any) -> None:
    page: Page = open_page(PAGE, prepare=twice)
    one, two = Explorer(page, 0), Explorer(page, 1)
    assert page.locator(SELECTOR).count() == 2
    said, pixels = two.said, two.pixels()
    one.press(0, "Home", "Shift+ArrowLeft")
    one.expect_state("ready")
    first = one.expect_mirrored(1)
    two.expect_state("idle")
    assert two.said == said and (two.pixels() == pixels).all(), "the second followed the first"
    assert two.mirrored(2) == {}
    said, pixels = one.said, one.pixels()
    two.press(1, "Home", "Shift+ArrowUp")
    two.expect_state("ready")
    second = two.expect_mirrored(2)
    assert one.said == said and (one.pixels() == pixels).all(), "the first followed the second"
    assert one.mirrored(1) == first
    page.reload()
    one, two = Explorer(page, 0), Explorer(page, 1)
    one.expect_state("ready")
    two.expect_state("ready")
    assert one.expect_mirrored(1) == first and two.expect_mirrored(2) == second


def test_nonsense_for_one_instance_leaves_the_other_alone(open_page: Any) -> None:
    query = "?latent-explorer-1=z0:abc&latent-explorer-2=z0:1.2,z1:-0.4"
    page: Page = open_page(PAGE, query, prepare=twice)
    one, two = Explorer(page, 0), Explorer(page, 1)
    expect(one.status).to_contain_text("z0:abc")
    one.expect_state("idle")
    two.expect_state("ready")
    two.expect_point(0, (1.2, -0.4), atol=1e-9)


def test_two_instances_have_no_id_in_common(open_page: Any) -> None:
    page: Page = open_page(PAGE, prepare=twice)
    Explorer(page, 1)
    ids = page.locator(f"{SELECTOR} [id]").evaluate_all("(all) => all.map((node) => node.id)")
    assert len(ids) == len(set(ids))


def test_the_first_pages_explorer_has_one_map(open_page: Any) -> None:
    page: Page = open_page("book/intro")
    explorer = Explorer(page)
    assert explorer.maps.count() == 1
    explorer.wake()
    values = explorer.expect_mirrored()
    assert set(values) == {"z0", "z1"}
    explorer.expect_picture_of((values["z0"], values["z1"]))


# -- when something is missing -----------------------------------------------------------------

BREAKS = {
    "a network is missing": ("autoencoder-2d.decoder.onnx", 404, b"", "autoencoder-2d.decoder"),
    "a network is broken": ("autoencoder-2d.decoder.onnx", 200, b"no network", ""),
    "the runtime is missing": ("ort.wasm.bundle.min.mjs", 404, b"", "runtime"),
    "its program is missing": ("ort-wasm-simd-threaded.wasm", 404, b"", "runtime"),
    "the worker is missing": ("worker.mjs", 404, b"", "worker"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_says_what_is_missing_and_tries_again(open_page: Any, watch: Watch, what: str) -> None:
    file, status, body, sentence = BREAKS[what]
    pattern = re.compile(re.escape(file))
    page: Page = open_page(
        PAGE,
        prepare=lambda context: context.route(
            pattern, lambda route: route.fulfill(status=status, body=body)
        ),
    )
    explorer = Explorer(page)
    explorer.press(0, "ArrowRight")
    explorer.expect_state("error")
    expect(explorer.status).to_contain_text(sentence)
    assert re.match(r"^[A-Z].{15,}\.$", explorer.said), f"not a sentence: {explorer.said!r}"
    expect(explorer.retry).to_be_visible()
    findings = accessibility_findings(page, SELECTOR)
    assert not findings, "\n".join(findings)
    page.context.unroute(pattern)
    explorer.retry.click()
    explorer.expect_state("ready")
    expect(explorer.retry).to_be_hidden()
    values = explorer.expect_mirrored()
    explorer.expect_picture_of((values["z0"], values["z1"]))
    watch.faults = [fault for fault in watch.faults if file not in fault and "wasm" not in fault]


def test_without_a_connection_it_says_so_and_comes_back(open_page: Any, watch: Watch) -> None:
    explorer = Explorer(open_page(PAGE))
    explorer.page.wait_for_load_state("networkidle")
    explorer.page.context.set_offline(True)
    explorer.press(0, "ArrowRight")
    explorer.expect_state("error")
    explorer.page.context.set_offline(False)
    explorer.retry.click()
    explorer.expect_state("ready")
    watch.faults = [
        fault
        for fault in watch.faults
        if "INTERNET_DISCONNECTED" not in fault and "worker.mjs (net::ERR_ABORTED)" not in fault
    ]

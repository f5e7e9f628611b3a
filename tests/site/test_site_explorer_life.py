"""The latent explorer's life: from its picture to its end, beside others, without what it needs."""

import re
from typing import Any

import numpy as np
import pytest
from kit.explorer import Explorer, OneMap
from kit.loading import saving_data
from kit.reading import accessibility_findings
from kit.watch import Watch
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site


@pytest.fixture
def explorer(open_page: Any) -> Explorer:
    """The explorer of the page on the latent space, untouched."""
    return Explorer(open_page(Explorer.home))


# -- its life ----------------------------------------------------------------------------------


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


def test_the_first_pages_explorer_has_one_map(open_page: Any) -> None:
    explorer = OneMap(open_page(OneMap.home))
    assert explorer.maps.count() == 1
    explorer.wake()
    assert set(explorer.expect_decoded(0)) == {"z0", "z1"}


# -- its address -------------------------------------------------------------------------------


def test_a_link_may_place_the_second_map_alone(open_page: Any) -> None:
    explorer = Explorer(open_page(Explorer.home, "?latent-explorer-1=right_z1:0.5,right_z0:-.25"))
    explorer.expect_state("ready")
    explorer.expect_point(1, (-0.25, 0.5), atol=1e-9)
    explorer.expect_picture_of((-0.25, 0.5), 1)


def test_nonsense_names_what_is_expected(open_page: Any) -> None:
    explorer = Explorer(open_page(Explorer.home, "?latent-explorer-1=z0:1.2,z1:oops"))
    _, _, bottom, top = explorer.extent(0)
    explorer.expect_said(f"a number from {bottom:g} to {top:g}")


# -- when something is missing -----------------------------------------------------------------

BREAKS = {
    "a network is missing": ("autoencoder-2d.decoder.onnx", 404, b"", "autoencoder-2d.decoder"),
    "a network is broken": ("autoencoder-2d.decoder.onnx", 200, b"no network", "cannot read it"),
    "the runtime is missing": ("ort.wasm.bundle.min.mjs", 404, b"", "says 404"),
    "its program is missing": ("ort-wasm-simd-threaded.wasm", 404, b"", "says 404"),
    "its program is broken": ("ort-wasm-simd-threaded.wasm", 200, b"no program", "the runtime"),
    "the worker is missing": ("worker.mjs", 404, b"", "says 404"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_says_what_is_missing_and_tries_again(open_page: Any, watch: Watch, what: str) -> None:
    file, status, body, sentence = BREAKS[what]
    pattern = re.compile(re.escape(file))
    page: Page = open_page(
        Explorer.home,
        prepare=lambda context: context.route(
            pattern, lambda route: route.fulfill(status=status, body=body)
        ),
    )
    explorer = Explorer(page)
    explorer.press(0, "ArrowRight")
    explorer.expect_state("error")
    expect(explorer.status).to_contain_text(sentence)
    if status == 404:
        expect(explorer.status).to_contain_text(file)
    assert re.match(r"^[A-Z].{15,}\.$", explorer.said), f"not a sentence: {explorer.said!r}"
    expect(explorer.retry).to_be_visible()
    findings = accessibility_findings(page, Explorer.selector())
    assert not findings, "\n".join(findings)
    page.context.unroute(pattern)
    explorer.retry.click()
    explorer.expect_state("ready")
    expect(explorer.retry).to_be_hidden()
    explorer.expect_decoded(0)
    watch.faults = [fault for fault in watch.faults if file not in fault and "wasm" not in fault]


def test_without_a_connection_it_says_so_and_comes_back(open_page: Any, watch: Watch) -> None:
    explorer = Explorer(open_page(Explorer.home, prepare=saving_data))
    explorer.page.wait_for_load_state("networkidle")
    explorer.page.context.set_offline(True)
    explorer.press(0, "ArrowRight")
    explorer.expect_state("error")
    explorer.expect_said("no connection")
    explorer.page.context.set_offline(False)
    explorer.retry.click()
    explorer.expect_state("ready")
    watch.faults = [
        fault
        for fault in watch.faults
        if "INTERNET_DISCONNECTED" not in fault and "worker.mjs (net::ERR_ABORTED)" not in fault
    ]

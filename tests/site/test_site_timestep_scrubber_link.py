"""The timestep scrubber's address, two of them, its clean-up, for everyone, parity."""

from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pytest
import torch
from kit.reading import accessibility_findings
from kit.scrubber import COSINE, NETWORK, PAGE, SELECTOR, Scrubber, ink, x0_of
from kit.twins import twice
from playwright.sync_api import Page, expect

from genlab.diffusion.denoiser import load_denoiser

pytestmark = pytest.mark.site

TOLERANCE = 1e-4


@pytest.fixture
def scrubber(open_page: Any) -> Scrubber:
    """The scrubber of the page on noise, untouched."""
    return Scrubber(open_page(PAGE))


# -- the address -------------------------------------------------------------------------------


def test_the_address_follows_and_the_page_comes_back_the_same(open_page: Any) -> None:
    page: Page = open_page(PAGE, "?from=home#summary")
    scrubber, length = Scrubber(page), page.evaluate("history.length")
    scrubber.press("End")
    scrubber.schedule("linear").check()
    scrubber.noise.click()
    scrubber.next.click()
    page.wait_for_url("**/*timestep-scrubber-1=t:999,schedule:linear,seed:1,digit:6#summary")
    scrubber.expect_said(999, "linear")
    said = scrubber.read()
    assert "from=home" in page.url
    assert page.evaluate("history.length") == length, "each move is a step back"
    page.reload()
    scrubber = Scrubber(page)
    assert scrubber.expect_said(999, "linear") == said
    scrubber.expect_picture(scrubber.seen, ink(x0_of(6)))


SCRIPT = "<img src=x onerror=window.intruder=1>"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("t:1000", "expected a whole number from 0 to 999"),
        ("t:-1", "expected a whole number from 0 to 999"),
        ("t:2.5", "expected a whole number from 0 to 999"),
        ("t:500,schedule:cosine", "expected one of linear, scaled_linear, squaredcos_cap_v2"),
        ("schedule:", "expected one of linear, scaled_linear, squaredcos_cap_v2"),
        ("seed:10000", "expected a whole number from 0 to 9999"),
        ("digit:10", "expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        ("time:3", "expected t, schedule, seed, digit"),
        ("", "expected t, schedule, seed, digit"),
        ("__proto__:1", "expected t, schedule, seed, digit"),
        (SCRIPT, "expected t, schedule, seed, digit"),
    ],
)
def test_nonsense_is_named_and_the_start_is_shown(open_page: Any, text: str, answer: str) -> None:
    scrubber = Scrubber(open_page(PAGE, f"?timestep-scrubber-1={quote(text)}"))
    expect(scrubber.status).to_contain_text(answer)
    expect(scrubber.status).to_contain_text(f"t = 400, schedule {COSINE}:")
    scrubber.expect_state("idle")
    assert scrubber.page.evaluate("window.intruder") is None
    scrubber.press("ArrowRight")
    scrubber.expect_said(401)
    assert "not understood" not in scrubber.said


# -- two on a page, and nothing left -----------------------------------------------------------


def test_two_scrubbers_do_not_touch(open_page: Any) -> None:
    page: Page = open_page(
        PAGE,
        "?timestep-scrubber-2=t:700,schedule:linear",
        prepare=twice("timestep-scrubber", "noise"),
    )
    first, second = Scrubber(page, 0), Scrubber(page, 1)
    assert page.locator(SELECTOR).count() == 2
    second.expect_said(700, "linear")
    first.expect_state("idle")
    first.schedule("scaled_linear").check()
    first.expect_said(400, "scaled_linear")
    expect(second.schedule("linear")).to_be_checked()
    assert second.read().t == 700
    page.wait_for_url("**/*timestep-scrubber-1=t:400,schedule:scaled_linear,*")
    assert "timestep-scrubber-2=t:700,schedule:linear" in unquote(page.url)


# -- for everyone, and right -------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_accessible_while_it_is_used(open_page: Any, mode: str) -> None:
    page: Page = open_page(PAGE, color_scheme=mode)
    scrubber = Scrubber(page)
    scrubber.schedule("linear").check()
    scrubber.expect_said(400, "linear")
    findings = accessibility_findings(page, SELECTOR)
    assert not findings, "\n  ".join(["", *findings])


def test_without_javascript_there_is_a_picture(open_page: Any) -> None:
    page: Page = open_page(PAGE, java_script_enabled=False)
    picture = page.locator(f"{SELECTOR} img")
    expect(picture).to_be_visible()
    alt = picture.get_attribute("alt") or ""
    assert alt.startswith("Three pictures: a 5, the same with the noise of t = 400")
    expect(page.locator(SELECTOR)).to_contain_text("From left to right: the digit")


def test_the_network_equals_pytorch(scrubber: Scrubber, figures: dict) -> None:
    rng = np.random.default_rng(0)
    xt = rng.standard_normal((50, 1, 28, 28)).astype(np.float32)
    t = rng.integers(0, 1000, 50)
    with torch.no_grad():
        wanted = load_denoiser(NETWORK).model(torch.from_numpy(xt), torch.from_numpy(t)).numpy()
    found = scrubber.run(xt, t.astype(np.float32))
    assert found.shape == wanted.shape
    difference = float(np.abs(found - wanted).max())
    figures[f"largest difference from PyTorch, {NETWORK}.denoiser"] = float(f"{difference:.1e}")
    assert difference <= TOLERANCE, f"{difference:.2e}"

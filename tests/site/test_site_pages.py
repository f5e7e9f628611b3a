"""Every page of the built site: sound, light, for everyone, on every screen, without a script."""

from functools import cache
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup
from kit.places import lessons
from kit.reading import accessibility_findings, bare_images, beyond_the_edge, settle, weight
from kit.watch import Watch
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site

LESSONS = lessons()
PAGES = [*LESSONS, "search", "genindex"]
LATENT_SPACE = "book/latents/latent-space"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
LIMIT = 300_000


def listed(findings: list[str]) -> str:
    return "\n  ".join(["", *findings])


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_sound_and_accessible(open_page: Any, name: str, mode: str) -> None:
    page: Page = open_page(name, color_scheme=mode)
    settle(page)
    assert page.evaluate("document.documentElement.dataset.theme") == mode
    bad = bare_images(page)
    assert not bad, f"images of {name} without a description or without a picture:{listed(bad)}"
    findings = accessibility_findings(page)
    assert not findings, f"axe-core finds in {name}, {mode}:{listed(findings)}"


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone(open_page: Any, name: str) -> None:
    page: Page = open_page(name, **PHONE)
    settle(page)
    wide = beyond_the_edge(page)
    assert not wide, f"{name} at 360 px:{listed(wide)}"
    findings = accessibility_findings(page)
    assert not findings, f"axe-core finds in {name} at 360 px:{listed(findings)}"


@pytest.mark.parametrize("name", LESSONS)
def test_page_is_light(open_page: Any, watch: Watch, figures: dict, name: str) -> None:
    page: Page = open_page(name)
    page.wait_for_load_state("networkidle")
    before = list(watch.responses)
    settle(page)
    total = weight(before)
    figures[f"KB before interaction, {name}"] = round(total / 1000)
    figures[f"KB with every picture seen, {name}"] = round(weight(watch.responses) / 1000)
    heaviest = sorted(((weight([one]), one.url) for one in before), reverse=True)[:6]
    assert total <= LIMIT, f"{name} loads {total} bytes; the heaviest: {heaviest}"


def test_the_address_of_the_site_leads_to_the_first_page(open_page: Any) -> None:
    page: Page = open_page("index")
    page.wait_for_url("**/book/intro.html")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


# -- without JavaScript ------------------------------------------------------------------------


@pytest.fixture
def plain(open_page: Any) -> Page:
    """The page on the latent space in a browser without JavaScript."""
    return open_page(LATENT_SPACE, java_script_enabled=False)


def test_text_and_formulas_are_there_without_javascript(plain: Page) -> None:
    expect(plain.get_by_role("heading", level=1)).to_contain_text("The latent space")
    expect(plain.get_by_text("narrow place between them")).to_be_visible()
    formula = plain.locator(".katex-html").first
    expect(formula).to_be_visible()
    assert formula.evaluate("(node) => getComputedStyle(node).fontFamily").startswith("KaTeX")


def test_figures_are_there_without_javascript(plain: Page) -> None:
    images = plain.locator("img")
    plain.wait_for_load_state("networkidle")
    assert images.count() >= 5
    for image in images.all():
        assert image.evaluate("(node) => node.complete && node.naturalWidth > 0"), (
            f"no picture: {image.get_attribute('alt')}"
        )


def test_the_widgets_picture_is_there_without_javascript(plain: Page) -> None:
    widget = plain.locator("[data-genlab-widget='latent-explorer']")
    expect(widget.get_by_role("img")).to_be_visible()
    expect(widget.get_by_text("With JavaScript the picture comes to life")).to_be_visible()
    assert widget.get_by_role("img").bounding_box()["width"] > 300


def test_controls_that_need_javascript_are_hidden_without_it(plain: Page) -> None:
    for dead in plain.locator(".pst-js-only, .gl-js-only").all():
        expect(dead).to_be_hidden()


# -- what a reader looks for -------------------------------------------------------------------


def test_page_says_how_long_it_runs(open_page: Any) -> None:
    page: Page = open_page(LATENT_SPACE)
    said = page.get_by_text("on one CPU thread")
    expect(said).to_be_visible()
    assert "runs in " in said.inner_text().lower(), said.inner_text()


def test_search_finds_a_word_of_the_page(open_page: Any) -> None:
    page: Page = open_page("book/setup")
    page.get_by_role("button", name="Search").first.click()
    page.get_by_role("searchbox").or_(page.locator("input[name=q]")).locator("visible=true").fill(
        "bottleneck"
    )
    page.keyboard.press("Enter")
    found = page.locator("#search-results a", has_text="The latent space")
    found.first.click()
    page.wait_for_url(f"**/{LATENT_SPACE}.html*")


def test_every_page_is_reached_from_the_first(open_page: Any) -> None:
    page: Page = open_page("book/intro")
    links = page.locator("nav a").evaluate_all("(all) => all.map((a) => a.href)")
    missing = [name for name in LESSONS[1:] if not any(f"/{name}.html" in link for link in links)]
    assert not missing, f"not in the contents: {missing}"


def test_every_link_inside_the_site_leads_somewhere(site: str) -> None:
    @cache
    def text(address: str) -> str:
        with urlopen(address) as response:
            return response.read().decode()

    def leads_somewhere(link: str) -> bool:
        address, _, fragment = link.partition("#")
        try:
            return not fragment or f'id="{fragment}"' in text(address)
        except HTTPError:
            return False

    links = set()
    for name in PAGES:
        address = f"{site}{name}.html"
        found = [a["href"] for a in BeautifulSoup(text(address), "html.parser")("a", href=True)]
        links |= {urljoin(address, link) for link in found}
    broken = [link for link in sorted(links) if link.startswith(site) and not leads_somewhere(link)]
    assert len(links) > 20 and not broken, f"links to nowhere:{listed(broken)}"

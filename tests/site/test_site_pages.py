"""Every page of the built site: light, without a script, what a reader looks for."""

import re
from functools import cache
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup, SoupStrainer
from kit.loading import AHEAD
from kit.places import lessons
from kit.reading import bare_images, unfold, weight
from kit.waiting import eventually
from kit.watch import Watch
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site

LESSONS = lessons()
PAGES = [*LESSONS, "search", "genindex"]
LATENT_SPACE = "book/latents/latent-space"
LIMIT = 300_000
PROGRAM = "ort-wasm-simd-threaded.wasm"


def listed(findings: list[str]) -> str:
    return "\n  ".join(["", *findings])


@pytest.mark.parametrize("name", LESSONS)
def test_page_is_light(open_page: Any, watch: Watch, figures: dict, name: str) -> None:
    page: Page = open_page(name, cold=True)  # until its load event
    loaded = page.evaluate(LOADED)
    expect_ahead(page, watch)
    # Pictures below the fold may be asked for later: the browser decides how far ahead it looks.
    before = [one for one in watch.responses if one.request.timing["startTime"] < loaded]
    unfold(page)
    ahead = [one for one in watch.responses if AHEAD.search(one.url)]
    early = [one.url for one in ahead if one.request.timing["startTime"] < loaded]
    assert not early, f"fetched ahead before the load event: {early}"
    seen = [one for one in watch.responses if one not in ahead]
    total = weight(before)
    figures[f"KB before interaction, {name}"] = round(total / 1000)
    figures[f"KB fetched ahead, {name}"] = round(weight(ahead) / 1000)
    figures[f"KB with every picture seen, {name}"] = round(weight(seen) / 1000)
    heaviest = sorted(((weight([one]), one.url) for one in before), reverse=True)[:6]
    assert total <= LIMIT, f"{name} loads {total} bytes; the heaviest: {heaviest}"


def expect_ahead(page: Page, watch: Watch) -> None:
    """The runtime comes without a touch where a network is; a little later all is asked for.

    What a worker fetches does not count for "networkidle".
    """
    asking = page.locator("[data-genlab-networks]:not([data-genlab-networks='{}'])").count()
    if asking:
        eventually(lambda: bool(watch.urls(PROGRAM)), lambda: "the runtime did not come", page)
    page.wait_for_timeout(1000)


# When the load event was, in milliseconds of the clock.
LOADED = """() => performance.timeOrigin
  + performance.getEntriesByType("navigation")[0].loadEventStart"""


def test_the_address_of_the_site_leads_to_the_first_page(open_page: Any, site: str) -> None:
    page: Page = open_page("book/setup")
    page.goto(f"{site}index.html")
    page.wait_for_url("**/book/intro.html")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


# -- without JavaScript ------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_page_can_be_read_without_javascript(open_page: Any, name: str) -> None:
    page: Page = open_page(name, java_script_enabled=False)
    page.wait_for_load_state("load")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert len(page.get_by_role("main").inner_text()) > 100
    bad = bare_images(page)
    assert not bad, f"images of {name} without a description or without a picture:{listed(bad)}"
    for widget in page.locator("[data-genlab-widget]").all():
        expect(widget.get_by_role("img")).to_be_visible()
        assert widget.get_by_role("img").bounding_box()["width"] > 300
        expect(widget.get_by_text("With JavaScript the picture comes to life")).to_be_visible()
    for dead in page.locator(".pst-js-only, .gl-js-only").all():
        expect(dead).to_be_hidden()


def test_formulas_and_figures_are_there_without_javascript(open_page: Any) -> None:
    page: Page = open_page(LATENT_SPACE, java_script_enabled=False)
    expect(page.locator("article p").first).to_be_visible()
    formula = page.locator(".katex-html").first
    expect(formula).to_be_visible()
    assert formula.evaluate("(node) => getComputedStyle(node).fontFamily").startswith("KaTeX")
    assert page.locator("article img").count() >= 5
    expect(page.locator("[data-genlab-widget='latent-explorer'] img")).to_be_visible()


# -- what a reader looks for -------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_page_with_code_says_how_long_it_runs(open_page: Any, name: str) -> None:
    page: Page = open_page(name, java_script_enabled=False)
    said = page.get_by_text("on one CPU thread")
    if page.locator(".cell").count() and name != LESSONS[0]:  # the first page begins otherwise
        expect(said).to_have_text(re.compile(r"runs in \d+ s on one CPU thread", re.IGNORECASE))
    else:
        expect(said).to_have_count(0)


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


LINKS = SoupStrainer("a", href=True)


def test_every_link_inside_the_site_leads_somewhere(site: str) -> None:
    @cache
    def text(address: str) -> str:
        try:
            with urlopen(address) as response:
                return response.read().decode(errors="replace")
        except HTTPError as error:
            raise AssertionError(f"{address}: {error}") from error

    @cache
    def places(address: str) -> set[str]:
        return set(re.findall(r'id="([^"]*)"', text(address)))

    def leads_somewhere(link: str) -> bool:
        address, _, fragment = link.partition("#")
        try:
            return fragment in {"", *places(address)}
        except AssertionError:
            return False

    links = set()
    for name in PAGES:
        address = f"{site}{name}.html"
        found = BeautifulSoup(text(address), "html.parser", parse_only=LINKS)("a")
        links |= {urljoin(address, a["href"]) for a in found}
    broken = [link for link in sorted(links) if link.startswith(site) and not leads_somewhere(link)]
    assert len(links) > 20 and not broken, f"links to nowhere:{listed(broken)}"

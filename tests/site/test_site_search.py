"""Search: opens at the place, the page that is about a term first, in either spelling."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site

ABOUT = {
    "v_prediction": "What to predict",
    "autoencoder": "Autoencoders",
    "attention": "The transformer block",
    "KL divergence": "The variational autoencoder",
    "skip connection": "A simple UNet",
    "tokenizer": "Language models",
    "alpha-bar": "Adding noise",
}
SPELLINGS = [
    ("autoencoder", "auto-encoder"),
    ("color", "colour"),
    ("reparameterization", "reparameterisation"),
    ("labeled", "labelled"),
    ("tokenizer", "tokeniser"),
    ("gray", "grey"),
]


def results(page: Page, query: str) -> list[str]:
    """Ask a search page that is open; the pages found, in their order."""
    fields = page.locator("#gl-text input[name=q]")
    fields.fill(query)
    with page.expect_navigation():
        fields.press("Enter")
    expect(page.locator("#search-results [role=status]")).not_to_be_empty()
    return page.locator(".gl-found > li > a").evaluate_all(
        "(all) => all.map((one) => one.firstChild.textContent)"
    )


# What the search page's own modules find, all queries in one page load.
FOUND = """async (queries) => {
  const { read, search } = await import(new URL("_genlab/ranking.mjs", location.href));
  const index = await (await fetch("_genlab/search.json")).json();
  const sections = read(index);
  return queries.map((query) => search(index, sections, query).map(({ page }) => page.title));
}"""


def test_the_page_that_is_about_a_term_comes_first(open_page: Any) -> None:
    found = open_page("search").evaluate(FOUND, list(ABOUT))
    first = {query: (one or ["nothing"])[0] for query, one in zip(ABOUT, found, strict=True)}
    assert first == ABOUT


def test_both_spellings_find_the_same(open_page: Any) -> None:
    page: Page = open_page("search")
    one, other = (page.evaluate(FOUND, list(words)) for words in zip(*SPELLINGS, strict=True))
    assert all(one), f"nothing found: {dict(zip(SPELLINGS, one, strict=True))}"
    assert one == other


def test_a_result_opens_at_its_place(open_page: Any) -> None:
    page: Page = open_page("search")
    results(page, "v_prediction")
    link = page.locator(".gl-found > li > a").first
    place = link.get_attribute("href").partition("#")[2]
    link.click()
    page.wait_for_url("**/book/diffusion/objectives.html#*")
    section = page.locator(f"[id='{place}']")
    expect(section).to_contain_text("v_prediction")
    expect(section.locator("h2, h3").first).to_be_in_viewport()


def test_the_glossary_is_found_once_at_the_term(open_page: Any) -> None:
    page: Page = open_page("search")
    found = results(page, "bottleneck")
    assert found.count("Glossary") == 1 and len(found) == len(set(found))
    link = page.locator(".gl-found > li > a", has_text="Glossary")
    link.click()
    page.wait_for_url("**/book/glossary.html#term-*")
    expect(page.locator(":target")).to_contain_text("ottleneck")


def test_nothing_found_and_no_index_are_said(open_page: Any, watch: Any) -> None:
    page: Page = open_page("search")
    assert results(page, "<zyzzyva>") == []
    status = page.locator("#search-results [role=status]")
    expect(status).to_have_text("No page has the words of “<zyzzyva>”.")
    assert status.locator("*").count() == 0
    page.route("**/search.json", lambda route: route.abort())
    results(page, "noise")
    expect(status).to_contain_text("did not arrive")
    watch.forgive("search.json")
    if watch.faults:
        watch.forgive("console error")


def test_other_pages_do_not_load_the_index(open_page: Any, watch: Any) -> None:
    page: Page = open_page("book/notation")
    page.wait_for_load_state("networkidle")
    assert not watch.urls("search")

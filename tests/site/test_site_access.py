"""Every page for everyone: axe in every mode, every screen, large letters, keyboard, motion."""

from typing import Any

import pytest
from kit.places import lessons
from kit.reading import (
    HEIGHT,
    accessibility_findings,
    bare_images,
    beyond_the_edge,
    cut,
    in_all_modes,
    resize,
    settle,
)
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site

LESSONS = lessons()
PAGES = [*LESSONS, "search", "genindex"]
LATENT_SPACE = "book/latents/latent-space"


def listed(findings: list[str]) -> str:
    return "\n  ".join(["", *findings])


@pytest.mark.parametrize("name", PAGES)
def test_page_is_sound_and_accessible_in_every_mode(open_page: Any, name: str) -> None:
    page: Page = open_page(name, reduced_motion="reduce")  # else colours are caught on their way
    settle(page)
    bad = bare_images(page)
    assert not bad, f"images of {name} without a description or without a picture:{listed(bad)}"
    for mode in in_all_modes(page):
        findings = accessibility_findings(page)
        assert not findings, f"axe-core finds in {name}, {mode}:{listed(findings)}"


# In one page load: on a desk, a phone, a small phone, and with letters twice as large.
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut(open_page: Any, name: str) -> None:
    page: Page = open_page(name, reduced_motion="reduce")  # else a sidebar is on its way
    settle(page)
    narrow = page.evaluate(LINES_OF_80)
    assert not narrow, f"{name}: code of 80 letters does not fit at 1280 px:{listed(narrow)}"
    blocks = page.evaluate(CUT_BLOCKS)
    assert not blocks, f"{name}: blocks cut at 1280 px:{listed(blocks)}"
    for width in (360, 320):
        resize(page, width)
        wide = [*beyond_the_edge(page), *cut(page)]
        assert not wide, f"{name} at {width} px:{listed(wide)}"
    page.add_style_tag(content="html { font-size: 200% !important; }")
    for width in (1280, 640):
        resize(page, width)
        wide = [*beyond_the_edge(page), *cut(page)]
        assert not wide, f"{name} at {width} px, letters of 200 %:{listed(wide)}"


# A line of 80 letters stands, for a moment, in a copy of every block.
LINES_OF_80 = """() => [...document.querySelectorAll("main pre")].flatMap((block) => {
  const copy = block.cloneNode(false);
  copy.textContent = "x".repeat(80);
  block.after(copy);
  const { scrollWidth, clientWidth } = copy;
  copy.remove();
  const where = block.closest("section")?.id;
  return scrollWidth > clientWidth ? [`${where}: ${scrollWidth} px in ${clientWidth} px`] : [];
})"""


CUT_BLOCKS = """() => [...document.querySelectorAll("main pre")]
  .filter((block) => block.scrollWidth > block.clientWidth)
  .map((block) => `${block.textContent.trim().split("\\n")[0].slice(0, 60)}`)"""


def test_what_scrolls_is_a_stop_with_a_name_and_fades_at_its_edge(open_page: Any) -> None:
    page: Page = open_page("book/notation")
    page.wait_for_function("!document.querySelector('.bd-article [data-gl-more]')")
    expect(page.locator(".bd-article [tabindex='0']")).to_have_count(0)
    resize(page, 320)
    table = page.locator("main .pst-scrollable-table-container").first
    expect(table).to_have_attribute("data-gl-more", "right")
    expect(table).to_have_attribute("tabindex", "0")
    expect(table).to_have_accessible_name("Table that scrolls sideways")
    mask = table.evaluate("(node) => getComputedStyle(node).maskImage")
    assert "gradient" in mask
    table.evaluate("(node) => node.scrollTo(node.scrollWidth, 0)")
    expect(table).to_have_attribute("data-gl-more", "left")
    table.focus()
    page.keyboard.press("ArrowLeft")
    expect(table).to_have_attribute("data-gl-more", "left right")
    resize(page, 1280)
    expect(table).not_to_have_attribute("tabindex", "0")


# -- the keyboard alone --------------------------------------------------------------------------

FOCUS = """(within) => {
  const node = document.activeElement;
  return { text: node.textContent.trim(), inside: Boolean(node.closest(within)) };
}"""
SKIPS = {
    "Skip to the text": "#gl-text",
    "Skip to the first widget": ".genlab-widget",
    "Skip to the contents of this page": "#pst-page-toc-nav",
}


@pytest.mark.parametrize("stop", range(len(SKIPS)), ids=list(SKIPS))
def test_tab_and_enter_lead_past_what_one_knows(open_page: Any, stop: int) -> None:
    page: Page = open_page(LATENT_SPACE)
    text, place = list(SKIPS.items())[stop]
    for _ in range(stop + 1):
        page.keyboard.press("Tab")
    assert page.evaluate(FOCUS, ".gl-skip") == {"text": text, "inside": True}
    box = page.locator(".gl-skip a:focus").bounding_box()
    assert box and box["width"] > 80 and box["height"] >= 44 and box["x"] >= 0 and box["y"] >= 0
    accent = page.locator(".gl-skip a:focus").evaluate("(node) => getComputedStyle(node).color")
    assert accent == "rgb(31, 95, 168)", "not in the palette"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS, place)["inside"], f"{text} leads elsewhere: {page.url}"


def test_skip_links_lead_only_to_what_is_there(open_page: Any) -> None:
    page: Page = open_page("book/bibliography")
    expect(page.locator(".gl-skip a")).to_have_text(["Skip to the text"])
    page = open_page(LATENT_SPACE, viewport={"width": 360, "height": HEIGHT})
    expect(page.locator(".gl-skip a:visible")).to_have_text(list(SKIPS)[:2])


def test_links_to_sections_say_which(open_page: Any) -> None:
    page: Page = open_page(LATENT_SPACE)
    links = page.locator(".bd-article :is(h1, h2, h3) > a.headerlink")
    names = links.evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    assert names[0] == "Link to this section: The latent space"
    assert len(names) > 8 and len(set(names)) == len(names), names
    others = page.locator(".bd-article a.headerlink:not([aria-label])")
    expect(others).to_have_count(0)


def test_the_name_of_the_course_stays_above_the_list_of_pages(open_page: Any) -> None:
    page: Page = open_page("book/claims", viewport={"width": 1280, "height": 500})
    page.locator("#pst-primary-sidebar").evaluate("(node) => node.scrollTo(0, node.scrollHeight)")
    expect(page.locator(".logo__title")).to_be_in_viewport(ratio=1)


# -- colours of the reader's own, nothing that moves -----------------------------------------------


def test_forced_colours_draw_what_a_background_says_elsewhere(open_page: Any) -> None:
    page: Page = open_page(LATENT_SPACE, forced_colors="active", color_scheme="dark")
    edges = page.evaluate(
        """() => [".admonition", ".bd-article pre", "details.gl-solution"].map((selector) => {
          const style = getComputedStyle(document.querySelector(`#main-content ${selector}`));
          return [style.borderTopWidth, style.borderTopStyle, style.borderBottomWidth];
        })"""
    )
    assert all(top != "0px" and style == "solid" for top, style, _ in edges), edges
    chosen = page.locator(".bd-sidenav .current > a").evaluate(
        "(node) => [getComputedStyle(node).outlineStyle, getComputedStyle(node).outlineWidth]"
    )
    assert chosen == ["solid", "2px"]


def test_nothing_of_the_theme_moves_for_one_who_wants_that(open_page: Any) -> None:
    page: Page = open_page(LATENT_SPACE, reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((node) =>
          [undefined, "::before", "::after"].some((part) => {
            const { transitionDuration, transitionProperty, animationName } =
              getComputedStyle(node, part);
            const moves = transitionProperty !== "none" && /[1-9]/.test(transitionDuration);
            return moves || animationName !== "none";
          })).map((node) => `${node.tagName}.${node.className}`)"""
    )
    assert not moving, listed(moving[:8])
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    page = open_page(LATENT_SPACE, reduced_motion="no-preference")
    assert page.evaluate(
        """() => [...document.querySelectorAll("body *")].some((node) =>
          /[1-9]/.test(getComputedStyle(node).transitionDuration))"""
    ), "nothing moves for anyone: the test sees nothing"


def test_without_a_script_the_skip_links_and_the_index_work(open_page: Any) -> None:
    page: Page = open_page(LATENT_SPACE, java_script_enabled=False)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#gl-first-widget")
    expect(page.locator(".genlab-widget img").first).to_be_in_viewport()
    expect(page.locator("a.gl-search-link")).to_be_visible()

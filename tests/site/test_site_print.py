"""On paper: the title is there, the ink is dark, widgets are pictures, solutions stay closed."""

from typing import Any

import pytest
from kit.beta import Beta
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site

PAGE = Beta.home
DARK = 0.35  # of the light that paper gives back
# The relative luminance of each piece of text that is seen, with a word of it.
INK = """() => {
  const channel = (value) => value / 255 <= 0.04045
    ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const text = document.querySelector("#gl-text");
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const seen = [];
  while (walker.nextNode()) {
    const { textContent, parentElement } = walker.currentNode;
    const other = parentElement.closest(".genlab-widget, svg, style, script");
    if (!textContent.trim() || other || !parentElement.checkVisibility()) continue;
    seen.push([light(getComputedStyle(parentElement).color), textContent.trim().slice(0, 40)]);
  }
  return seen;
}"""


@pytest.fixture
def paper(open_page: Any) -> Page:
    """A page with a widget, by a reader who reads in the dark, as the printer gets it."""
    page: Page = open_page(PAGE, color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    return page


def test_title_and_text_are_dark_on_white(paper: Page) -> None:
    expect(paper.locator("h1")).to_be_visible()
    expect(paper.locator("h1")).to_have_count(1)
    ground = paper.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    inks = paper.evaluate(INK)
    pale = [f"{word!r}: {light:.2f}" for light, word in inks if light > DARK]
    assert len(inks) > 300 and not pale, pale[:8]


def test_what_cannot_be_used_on_paper_is_not_there(paper: Page) -> None:
    used = ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .gl-skip a, .headerlink"
    used += ", .copybtn, .prev-next-footer, .genlab-widget button"
    assert paper.locator(used).count() > 10
    expect(paper.locator(used).locator("visible=true")).to_have_count(0)


def test_solutions_stay_closed(paper: Page) -> None:
    solutions = paper.locator("details.gl-solution")
    assert solutions.count() > 0
    expect(paper.locator("details.gl-solution[open]")).to_have_count(0)
    expect(solutions.first.locator("summary")).to_be_visible()


@pytest.mark.parametrize("alive", [False, True], ids=["untouched", "alive"])
def test_a_widget_is_printed_as_its_picture(open_page: Any, alive: bool) -> None:
    page: Page = open_page(PAGE)
    widget = Beta(page)
    if alive:
        widget.liven()
    page.emulate_media(media="print")
    pictures = widget.root.locator("canvas, img, svg").locator("visible=true")
    assert pictures.count() > 0
    sizes = [pictures.nth(i).bounding_box() for i in range(pictures.count())]
    assert max(box["width"] * box["height"] for box in sizes if box) > 200 * 200
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 1280 for box in sizes if box)


def test_the_page_becomes_a_pdf(open_page: Any) -> None:
    page: Page = open_page(PAGE)
    whole = page.pdf(format="A4")
    assert whole.startswith(b"%PDF-")
    assert whole.count(b"/Type /Page\n") + whole.count(b"/Type /Page ") >= 5
    expect(page.locator("details.gl-solution[open]")).to_have_count(0)

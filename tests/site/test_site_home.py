"""The first page: its living picture, its cards; and the links to play on every page."""

import re
from typing import Any

import pytest
from kit.places import lessons
from kit.reading import settle
from kit.watch import Watch
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.site

HOME = "book/intro"
WEIGHTS = "decoder.bin"
SCREENS = {"wide": (1280, 720), "phone": (360, 740)}
CARDS = [
    *("transformers/language-models", "transformers/transformer-block"),
    *("transformers/vision-transformers", "transformers/zero-shot"),
    *("latents/autoencoders", "latents/latent-space", "latents/vae"),
    *("diffusion/noise", "diffusion/simple-unet", "diffusion/objectives"),
    *("diffusion/better-unet", "diffusion/sampling", "diffusion/architectures"),
]


class Picture:
    """The living picture on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("figure.gl-living")
        self.field = page.get_by_role("application", name="Map of digits")
        self.canvas = self.root.locator("canvas")
        self.readout = self.root.locator(".gl-living-readout")
        self.button = self.root.get_by_role("button")

    def ink(self) -> float:
        """A number that another digit does not have."""
        return self.canvas.evaluate(
            """(canvas) => canvas.getContext("2d").getImageData(0, 0, 28, 28).data
              .reduce((sum, value, i) => sum + value * (i % 997), 0)"""
        )

    def pause(self) -> None:
        expect(self.canvas).to_be_attached()
        self.button.click()
        expect(self.root).to_have_attribute("data-walking", "false")


@pytest.mark.parametrize("screen", SCREENS)
def test_the_picture_is_on_the_first_screen_and_walks(open_page: Any, screen: str) -> None:
    width, height = SCREENS[screen]
    page: Page = open_page(HOME, cold=True, viewport={"width": width, "height": height})
    picture = Picture(page)
    box = picture.field.bounding_box()
    assert box and box["y"] + box["height"] <= height
    expect(picture.root).to_have_attribute("data-walking", "true")
    first, shown = picture.ink(), picture.readout.inner_text()
    expect(picture.readout).not_to_have_text(shown)
    page.wait_for_timeout(1000)
    assert picture.ink() != first


def test_it_moves_by_pointer_and_by_keys_and_says_where_it_is(open_page: Any) -> None:
    page: Page = open_page(HOME, cold=True)
    picture = Picture(page)
    picture.pause()
    box = picture.field.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"])
    expect(picture.readout).to_have_text(re.compile(r"z = \([12]\.\d\d, \u22120\.\d\d\)"))
    zero = picture.ink()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.5 * box["height"])
    expect(picture.readout).to_have_text(re.compile(r"z = \(\u2212[12]\.\d\d, \u22120\.\d\d\)"))
    assert picture.ink() != zero
    page.mouse.move(0, 0)
    picture.field.focus()
    before = picture.readout.inner_text()
    picture.field.press("ArrowRight")
    expect(picture.readout).not_to_have_text(before)
    expect(picture.root.get_by_role("status")).to_have_text(re.compile(r"z = .*, near a \d\."))
    picture.field.press("ArrowLeft")
    expect(picture.readout).to_have_text(before)


def test_it_walks_only_where_it_is_seen(open_page: Any) -> None:
    page: Page = open_page(HOME, cold=True)
    picture = Picture(page)
    expect(picture.root).to_have_attribute("data-walking", "true")
    page.get_by_role("heading", name="How the pages work").scroll_into_view_if_needed()
    expect(picture.root).to_have_attribute("data-walking", "false")
    shown = picture.readout.inner_text()
    page.wait_for_timeout(500)
    assert picture.readout.inner_text() == shown


def test_with_reduced_motion_the_built_picture_stays_until_it_is_moved(
    open_page: Any, watch: Watch
) -> None:
    page: Page = open_page(HOME, cold=True, reduced_motion="reduce")
    picture = Picture(page)
    settle(page)
    expect(picture.root).to_have_attribute("data-walking", "false")
    expect(picture.root.locator(".gl-living-lens img")).to_be_attached()
    assert not watch.urls(WEIGHTS)
    expect(picture.button).to_have_text("Play")
    picture.field.press("ArrowUp")
    expect(picture.canvas).to_be_attached()
    assert len(watch.urls(WEIGHTS)) == 1


def saves_data(context: BrowserContext) -> None:
    context.add_init_script(
        "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
    )


def test_who_saves_data_is_asked_first(open_page: Any, watch: Watch) -> None:
    page: Page = open_page(HOME, prepare=saves_data)
    picture = Picture(page)
    expect(picture.button).to_have_text("Play")
    settle(page)
    assert not watch.urls(WEIGHTS)
    picture.button.click()
    expect(picture.root).to_have_attribute("data-walking", "true")


def test_lost_weights_leave_the_picture_and_can_be_asked_for_again(
    open_page: Any, watch: Watch
) -> None:
    def lose(context: BrowserContext) -> None:
        context.route(f"**/{WEIGHTS}*", lambda route: route.abort())

    page: Page = open_page(HOME, prepare=lose)
    picture = Picture(page)
    expect(picture.root.get_by_role("status")).to_have_text(
        "The network did not arrive. Press Play to try again."
    )
    expect(picture.root.locator(".gl-living-lens img")).to_be_attached()
    page.context.unroute_all()
    picture.button.click()
    expect(picture.root).to_have_attribute("data-walking", "true")
    watch.forgive(WEIGHTS)


def test_a_frame_costs_little(open_page: Any, figures: dict) -> None:
    page: Page = open_page(HOME, cold=True)
    expect(page.locator("figure.gl-living canvas")).to_be_attached()
    spent = page.evaluate(
        """async (weights) => {
          const url = new URL("../_genlab/widgets/site/home/decoder.mjs", location.href).href;
          const { decode, readLayers } = await import(url);
          const layers = readLayers(await (await fetch(weights)).arrayBuffer());
          for (let i = 0; i < 20; i++) decode(layers, i / 20, 0);
          const start = performance.now();
          for (let i = 0; i < 50; i++) decode(layers, i / 50, 0);
          return (performance.now() - start) / 50;
        }""",
        page.locator("figure.gl-living").get_attribute("data-weights"),
    )
    figures["ms a frame of the first page's picture"] = round(spent, 2)


def test_without_a_script_a_built_picture_stands(open_page: Any) -> None:
    page: Page = open_page(HOME, java_script_enabled=False)
    drawn = page.locator("figure.gl-living img")
    assert drawn.count() == 2
    for image in drawn.all():
        expect(image).to_be_visible()
        assert image.get_attribute("width") and image.get_attribute("height")
    expect(page.get_by_alt_text(re.compile("^A map of 96 digits"))).to_be_visible()
    expect(page.locator(".gl-living-button")).to_be_hidden()


def test_cards_lead_to_every_page_of_the_parts_in_order_with_pictures(open_page: Any) -> None:
    page: Page = open_page(HOME, cold=True)
    cards = page.locator("ul.gl-cards > li")
    links = cards.locator("p > a:first-child").evaluate_all("(all) => all.map((a) => a.href)")
    assert [link.partition("/book/")[2] for link in links] == [f"{name}.html" for name in CARDS]
    toc = page.locator("nav.bd-links a").evaluate_all("(all) => all.map((a) => a.href)")
    assert [link for link in toc if link in links] == links
    for picture in cards.locator("img").all():
        picture.scroll_into_view_if_needed()
        assert picture.get_attribute("alt").startswith("Small picture of the ")
        assert (picture.get_attribute("width"), picture.get_attribute("height")) == ("200", "120")
        expect(picture).to_have_js_property("naturalWidth", 400)
    assert cards.locator("img").count() == len(CARDS)


def test_the_first_page_says_three_ways_in_and_no_time(open_page: Any) -> None:
    page: Page = open_page(HOME, cold=True)
    ways = page.locator("ul.gl-ways > li > p > strong:first-child")
    assert ways.all_inner_texts() == ["Read.", "Run.", "Teach."]
    expect(page.locator(".gl-runtime")).to_have_count(0)
    expect(page.get_by_role("heading", name="References")).to_have_count(0)


@pytest.mark.parametrize("name", lessons())
def test_a_page_with_a_widget_leads_to_it_from_its_title(open_page: Any, name: str) -> None:
    page: Page = open_page(name, java_script_enabled=False)
    widgets = page.locator("[data-genlab-widget]").evaluate_all(
        "(all) => [...new Set(all.map((root) => root.dataset.genlabWidget))]"
    )
    links = page.locator("a.gl-play")
    if name == HOME:
        expect(links).to_have_count(0)
        return
    expect(links).to_have_count(len(widgets))
    for widget, link in zip(widgets, links.all(), strict=True):
        picture = link.get_by_role("img")
        assert picture.get_attribute("alt") and picture.get_attribute("width") == "90"
        link.press("Enter")
        box = page.locator(f"[data-genlab-widget='{widget}']").first.bounding_box()
        assert box and -10 <= box["y"] <= 200, f"{widget} is at {box} after its link"
        page.evaluate("window.scrollTo(0, 0)")

"""Pictures to look at: `python -m benchmarks.shots [PAGE ...]` writes them into _build/shots.

Every page's first screen and every widget, answered once, in light and dark and at four widths.
"""

import sys

from kit.browser import launched
from kit.places import ROOT, SITE, lessons
from kit.server import serve
from kit.table import WIDGETS
from playwright.sync_api import Browser, Page

SHOTS = ROOT / "_build/shots"
VIEWS = {
    "light": ({"color_scheme": "light"}, 1280),
    "dark": ({"color_scheme": "dark"}, 1280),
    "768": ({"color_scheme": "light"}, 768),
    "360": ({"color_scheme": "light"}, 360),
}


# What stays at the window's edge would stand across a picture that is higher than the window.
OUT_OF_THE_WAY = ".bd-header-article { position: static !important }"


def opened(browser: Browser, address: str) -> Page:
    """A page whose pictures have arrived."""
    page = browser.new_context(reduced_motion="reduce").new_page()
    page.goto(address)
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    page.add_style_tag(content=OUT_OF_THE_WAY)
    return page


def main(names: list[str]) -> None:
    """Take the pictures of the named pages, or of all."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    with serve(SITE) as site, launched() as browser:
        for name in names or [*lessons(), "search"]:
            page = opened(browser, f"{site}{name}.html")
            shoot(page, name.rpartition("/")[2], None)
            page.context.close()
        for kind in [kind for kind in WIDGETS if not names or kind.home in names]:
            page = opened(browser, f"{site}{kind.home}.html")
            widget = kind(page)
            widget.liven()
            shoot(page, f"widget-{kind.name}", widget)
            page.context.close()
    print(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS}")


def shoot(page: Page, name: str, widget) -> None:
    """Take one picture a view: of the first screen, or of a widget."""
    for view, (media, width) in VIEWS.items():
        page.emulate_media(**media)
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)  # what follows the width is drawn anew
        path = SHOTS / f"{name}-{view}.png"
        if widget:
            widget.root.screenshot(path=path)
        else:
            page.screenshot(path=path)


if __name__ == "__main__":
    main(sys.argv[1:])

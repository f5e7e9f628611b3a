"""How far a page moves that is opened at its widget: `python -m benchmarks shift`.

Each widget's page on a phone and on a desk, by three links: to the page alone, to the place of its
first widget, and one as a widget's *copy link* makes it. The shifts of all moments are added up,
until some seconds after the load event. Nothing fails here.
"""

from kit.browser import launched
from kit.explorer import OneMap
from kit.places import SITE
from kit.server import PackingHandler, serve
from kit.table import WIDGETS
from kit.widget import WidgetOnPage
from playwright.sync_api import Browser

AIM = 0.02
WIDTHS = (360, 1280)
SECTION = "(root) => root.closest('section[id]')?.id ?? ''"
SHIFTS = """
  window.shifts = [];
  const tell = (node) => node && `${node.nodeName.toLowerCase()}.${node.className ?? ""}`;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput) window.shifts.push([value, ...sources.map(({ node }) => tell(node))]);
  }).observe({ type: "layout-shift", buffered: true });
"""


def shifts(browser: Browser, address: str, width: int) -> list[list]:
    """Each shift's value and what moved, of a page that is opened for the first time."""
    context = browser.new_context(viewport={"width": width, "height": 740 if width < 600 else 900})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(address)
    page.wait_for_timeout(4000)
    found = page.evaluate("window.shifts")
    context.close()
    return found


def links(browser: Browser, site: str, kind: type[WidgetOnPage]) -> dict[str, str]:
    """What is asked for after the page's name."""
    page = browser.new_page()
    page.goto(f"{site}{kind.home}.html")
    section = page.locator(kind.selector()).first.evaluate(SECTION)
    page.close()
    return {
        "page": "",
        "#gl-first-widget": "#gl-first-widget",
        "copied link": f"?{kind.asked_for(kind.link)}#{section}",
    }


def main() -> None:
    """Print a line a widget, and what moves where that is too far."""
    print(f"{'widget':22}{'width':>6}{'page':>10}{'#gl-first-widget':>18}{'copied link':>13}")
    print(f"{'aim':28}{AIM:>10}{AIM:>18}{AIM:>13}")
    with serve(SITE, PackingHandler) as site, launched() as browser:
        for kind in [OneMap, *WIDGETS]:
            asked = links(browser, site, kind)
            for width in WIDTHS:
                all_found = [
                    shifts(browser, f"{site}{kind.home}.html{link}", width)
                    for link in asked.values()
                ]
                one, two, three = (sum(value for value, *_ in found) for found in all_found)
                print(f"{kind.__name__:22}{width:>6}{one:>10.3f}{two:>18.3f}{three:>13.3f}")
                for name, found in zip(asked, all_found, strict=True):
                    if sum(value for value, *_ in found) > AIM:
                        print(f"  {name}:", *(f"{value:.3f} {what}" for value, *what in found))


if __name__ == "__main__":
    main()

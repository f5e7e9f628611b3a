"""What can be asked of any page."""

import gzip
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, Response

from kit.places import AXE
from kit.waiting import laid_out

# Served compressed by any host; pictures, fonts and networks are counted as they are.
TEXT = ("text/", "javascript", "json", "svg", "xml", "wasm")


def settle(page: Page) -> None:
    """Load what loads when it comes near, unfold what is folded; wait for all of it."""
    unfold(page)
    # Not "networkidle": what a worker fetches, or a script that is switched off, may never end it.
    page.wait_for_load_state("load")


def unfold(page: Page) -> None:
    """Load all pictures and unfold what is folded."""
    page.evaluate(
        """async () => {
          for (const box of document.querySelectorAll("details:not(.gl-menu)")) box.open = true;
          for (const image of document.images) image.loading = "eager";
          await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
          await document.fonts.ready;
        }"""
    )


# Most elements of a page are words of its code, strokes of its formulas and rows of its tables, of
# a few kinds each: one of each kind stays. Kinds differ in their own names or those of what they
# stand in, and so in their colours; a row also in what its cells hold; every other row is tinted.
THINNED = """() => {
  const kinds = new Set();
  const name = (node) => `${node.localName}.${node.getAttribute("class") ?? ""}`;
  const look = (node) => `${name(node)} ${node.getAttribute("style") ?? ""}`;
  const place = (node) => {
    let names = "";
    for (let box = node.parentElement; box?.localName !== "main"; box = box.parentElement)
      names += ` < ${name(box)}`;
    return names;
  };
  const isFirst = (kind) => !kinds.has(kind) && kinds.add(kind);
  for (const formula of document.querySelectorAll("main .katex:not(.genlab-widget *)")) {
    if (!isFirst(name(formula) + place(formula))) formula.replaceWith("x");
  }
  for (const row of document.querySelectorAll("main tbody tr:not(.genlab-widget *)")) {
    const inside = [...row.querySelectorAll("*")].map(look).join();
    if (!isFirst(`${row.sectionRowIndex % 2} ${look(row)} ${inside} ${place(row)}`)) row.remove();
  }
  for (const word of document.querySelectorAll("main pre span")) {
    if (word.id || word.childElementCount) continue;
    if (!isFirst(name(word) + place(word))) word.replaceWith(word.textContent);
  }
  for (const block of document.querySelectorAll("main pre")) block.normalize();
}"""


def accessibility_findings(page: Page, within: str = "html") -> list[str]:
    """What axe-core finds, of any severity, best practices included; one line an element."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
        page.evaluate(THINNED)
    findings = page.evaluate(
        """async (within) => {
          const { violations } = await axe.run(within, { resultTypes: ["violations"] });
          return violations
            .flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
              `${id} (${help}): ${target.join(" ")}: ${failureSummary.replace(/\\s+/g, " ")}`));
        }""",
        within,
    )
    return findings


MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"color_scheme": "dark", "forced_colors": "active"},
}
HEIGHT = 900


def in_all_modes(page: Page) -> Iterator[str]:
    """Turn an open page to light, dark, forced colours and a phone's width, and name each."""
    for mode, media in MODES.items():
        page.emulate_media(**media)
        followed = f"document.documentElement.dataset.theme === '{media['color_scheme']}'"
        page.wait_for_function(followed)
        yield mode
    page.emulate_media(**MODES["light"])
    resize(page, 360)
    yield "at 360 px"


def resize(page: Page, width: int) -> None:
    """Another width, two frames for what the page makes of it, and its idle moments."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    laid_out(page)


def bare_images(page: Page) -> list[str]:
    """Images without a description, and those that did not load."""
    return page.evaluate(
        """() => [...document.images]
          .filter((image) => !image.alt.trim() || !image.naturalWidth)
          .map((image) => `${image.src.slice(0, 90)}: ${image.alt || "no alt"}`)"""
    )


def beyond_the_edge(page: Page) -> list[str]:
    """If the page is wider than the screen: by how much, and the elements that make it."""
    return page.evaluate(
        """() => {
          const { scrollWidth, clientWidth } = document.scrollingElement;
          if (scrollWidth <= clientWidth) return [];
          const right = (node) => Math.round(node.getBoundingClientRect().right);
          const wide = [...document.body.querySelectorAll("*")]
            .filter((node) => right(node) > clientWidth)
            .map((node) => `${node.tagName.toLowerCase()}.${node.className}: to ${right(node)} px`);
          return [`the page is ${scrollWidth} px wide`, ...wide.slice(0, 8)];
        }"""
    )


def cut(page: Page) -> list[str]:
    """What a reader cannot get at: beyond the window, or beyond a box that does not scroll.

    Formulas are left out, which stretch their strokes far beyond a box on purpose, and the insides
    of maps, which are drawn larger than what is seen of them.
    """
    return page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          const scroller = (node) => ["auto", "scroll"].includes(getComputedStyle(node).overflowX);
          const clipper = (node) => ["hidden", "clip"].includes(getComputedStyle(node).overflowX);
          const inside = (node, holds) => {
            for (let box = node.parentElement; box; box = box.parentElement) {
              if (holds(box)) return true;
            }
            return false;
          };
          const name = (node) =>
            `${node.tagName.toLowerCase()}.${node.getAttribute("class") ?? ""}`;
          const found = [];
          for (const node of document.querySelectorAll("main *")) {
            const { left, right, width: own } = node.getBoundingClientRect();
            if (own <= 1 || node.closest(".katex, .genlab-widget *, dialog, [hidden]")) continue;
            if (!node.checkVisibility({ visibilityProperty: true })) continue;
            const beyond = left < -1 || right > width + 1;
            if (beyond && !inside(node, scroller)) {
              found.push(`${name(node)}: from ${Math.round(left)} to ${Math.round(right)} px`);
            }
            if (clipper(node) && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 1) {
              found.push(`${name(node)}: ${node.scrollWidth} px in ${node.clientWidth} px`);
            }
          }
          return found.slice(0, 8);
        }"""
    )


SIZES: dict[str, int] = {}  # of each address: the same file a second time


def weight(responses: list[Response]) -> int:
    """Bytes of these answers as a host sends them.

    Hosts compress text, so each text counts with the size that gzip gives it (level 6, the usual
    one); everything else counts as it is. Headers and `data:` URLs (part of their page's text) do
    not count apart.
    """
    for response in responses:
        if response.ok and response.url not in SIZES:
            SIZES[response.url] = _size(response)
    return sum(SIZES[response.url] for response in responses if response.ok)


def _size(response: Response) -> int:
    body, kind = response.body(), response.headers.get("content-type", "")
    return len(gzip.compress(body, 6)) if any(part in kind for part in TEXT) else len(body)

"""What can be asked of any page."""

import gzip

from playwright.sync_api import Page, Response

from kit.places import AXE

# Served compressed by any host; pictures, fonts and networks are counted as they are.
TEXT = ("text/", "javascript", "json", "svg", "xml", "wasm")


def settle(page: Page) -> None:
    """Load what loads when it comes near, unfold what is folded; wait for all of it."""
    page.evaluate(
        """async () => {
          for (const box of document.querySelectorAll("details:not(.gl-menu)")) box.open = true;
          for (const image of document.images) image.loading = "eager";
          await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
          await document.fonts.ready;
        }"""
    )
    page.wait_for_load_state("networkidle")


def accessibility_findings(page: Page, within: str = "html") -> list[str]:
    """What axe-core calls serious or critical, one line an element."""
    page.add_script_tag(path=AXE)
    findings = page.evaluate(
        """async (within) => {
          const { violations } = await axe.run(within, { resultTypes: ["violations"] });
          return violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
              `${id} (${help}): ${target.join(" ")}: ${failureSummary.replace(/\\s+/g, " ")}`));
        }""",
        within,
    )
    return findings


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


def weight(responses: list[Response]) -> int:
    """Bytes of these answers as a host sends them.

    Hosts compress text, so each text counts with the size that gzip gives it (level 6, the usual
    one); everything else counts as it is. Headers and `data:` URLs (part of their page's text) do
    not count apart.
    """
    return sum(_size(response) for response in responses)


def _size(response: Response) -> int:
    body = response.body() if response.ok else b""
    kind = response.headers.get("content-type", "")
    return len(gzip.compress(body, 6)) if any(part in kind for part in TEXT) else len(body)

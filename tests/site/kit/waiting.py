"""How long anything is waited for: a guard against hanging, and no measure of speed."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

# What takes a second on an idle machine may take ten on a slow and busy one.
PATIENCE = 60  # seconds
expect.set_options(timeout=1000 * PATIENCE)


def eventually(
    holds: Callable[[], bool], otherwise: Callable[[], str], page: Page, seconds: float = PATIENCE
) -> None:
    """Ask until it holds; fail with what there is to say then."""
    for _ in range(int(seconds * 20)):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError(otherwise())


def laid_out(page: Page) -> None:
    """Wait until what is far has its height, and boxes were looked at: some in each idle moment."""
    page.wait_for_function("!document.documentElement.hasAttribute('data-gl-looking')")


def stir(page: Page) -> None:
    """Do what a reader does first: what is far from the screen is laid out, and comes to life."""
    page.evaluate("void dispatchEvent(new Event('pointermove'))")


def to_the_middle(place: Locator) -> None:
    """Bring something to the middle of the screen for good: what stands above it has its height."""
    stir(place.page)
    laid_out(place.page)
    place.evaluate("(node) => node.scrollIntoView({ block: 'center' })")

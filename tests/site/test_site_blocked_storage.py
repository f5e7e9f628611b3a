"""A browser that blocks storage, as some do with cookies: the page works all the same."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.site

# As Chromium does it where a reader blocks all site data: the look itself throws.
BLOCKED = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {
    configurable: true,
    get() { throw new DOMException("Access is denied for this document.", "SecurityError"); },
  });
"""


def test_the_theme_button_works_without_storage(open_page: Any) -> None:
    def block(context: BrowserContext) -> None:
        context.add_init_script(BLOCKED)

    page: Page = open_page("book/intro", prepare=block, color_scheme="light")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    modes = []
    for _ in range(3):
        page.locator(".theme-switch-button").first.click()
        modes.append((root.get_attribute("data-mode"), root.get_attribute("data-theme")))
    assert {theme for _, theme in modes} == {"light", "dark"}
    assert len({mode for mode, _ in modes}) == 3

"""What a failing test leaves behind: what went wrong in its pages, and how they looked."""

import re

import pytest
from playwright.sync_api import Page

from kit.places import SCREENSHOTS
from kit.watch import Watch

PAGES = pytest.StashKey[list[Page]]()


def pages_of(item: pytest.Item) -> list[Page]:
    """The pages that a test has opened; to be added to."""
    return item.stash.setdefault(PAGES, [])


def fail_on_faults(item: pytest.Item, watch: Watch) -> None:
    """Fail on whatever went wrong unnoticed."""
    if watch.faults:
        faults, watch.faults = "\n  ".join(watch.faults), []
        pytest.fail(f"went wrong in the page:\n  {faults}\n{take_screenshots(item)}", pytrace=False)


def take_screenshots(item: pytest.Item) -> str:
    """Keep what the test's pages look like now; say where."""
    said = []
    for number, page in enumerate(pages_of(item)):
        name = re.sub(r"[^\w.-]+", "-", item.nodeid.split("::")[-1])[:100].strip("-")
        path = SCREENSHOTS / f"{name}{f'-{number}' if number else ''}.png"
        try:
            page.screenshot(path=path, timeout=10_000)
        except Exception as error:  # the page may be gone; the test's own failure counts
            said.append(f"no screenshot: {error}")
        else:
            said.append(f"screenshot: {path}")
    return "\n".join(said)

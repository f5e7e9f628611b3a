"""A real browser, which reaches nothing but this machine."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from kit.places import FIND_BROWSER

ARGUMENTS = [
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-background-networking",
    # How far below the screen pictures are fetched ahead: as in a browser with a window and a good
    # connection. The one without a window knows no connection, and would fetch from further down.
    "--blink-settings=lazyLoadingImageMarginPxUnknown=1250,lazyLoadingImageMarginPx4G=1250",
    # Whatever Watch might miss finds no address either.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
]


def executable() -> str:
    """The browser on this machine; the script installs one or says what to do."""
    found = subprocess.run(["bash", str(FIND_BROWSER)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.split("\n")[0]


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()

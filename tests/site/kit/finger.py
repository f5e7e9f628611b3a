"""A finger on the screen, by the browser's own protocol: Playwright's only taps."""

from playwright.sync_api import Page

STEPS = 8


def swipe(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """A finger goes down, across and up."""
    client = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": x, "y": y} for x, y in points]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    send("touchStart", start)
    for step in range(1, STEPS + 1):
        send("touchMove", (start[0] + by[0] * step / STEPS, start[1] + by[1] * step / STEPS))
        page.wait_for_timeout(20)
    send("touchEnd")
    page.wait_for_timeout(400)

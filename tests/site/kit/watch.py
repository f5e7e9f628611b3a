"""What goes wrong in a browser's pages, whoever notices it."""

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

ELSEWHERE = re.compile(r"^(?!(https?|wss?)://localhost[:/]|data:|blob:|about:)")
ABORTED = "net::ERR_ABORTED"
LEFT_BEHIND = re.compile(
    r"icon\.svg$|/_genlab/(ort|onnx)/|/site/(worker|downloads)\.mjs$|/home/decoder\.bin$"
)
# With scripts switched off Chromium blocks the modules that a page has asked for ahead, and calls
# it a policy. Where a real policy blocks them, a test asserts what the page then says.
BLOCKED = "csp"


@dataclass
class Watch:
    """The record of the browser contexts that it is attached to.

    Attributes:
        faults: one line for each console error, uncaught error, failed request, answer of 400 and
            more, and request to another host (which the browser itself refuses: see `browser.py`).
        responses: every answer that came over the network.
    """

    faults: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        # By events alone: a route would switch the browser's cache off.
        for event, listener in self._listeners().items():
            context.on(event, listener)

    def detach(self, context: BrowserContext) -> None:
        for event, listener in self._listeners().items():
            context.remove_listener(event, listener)

    def _listeners(self) -> dict[str, Any]:
        return {
            "request": self._request,
            "console": self._console,
            "weberror": self._error,
            "requestfailed": self._failed,
            "response": self._response,
        }

    def urls(self, part: str) -> list[str]:
        """The addresses with `part` in them that were asked for."""
        return [response.url for response in self.responses if part in response.url]

    def forgive(self, *parts: str) -> None:
        """Drop the faults that a test has brought about itself: each part must be in one."""
        for part in parts:
            hit = [fault for fault in self.faults if part in fault]
            assert hit, f"expected a fault with {part!r}, got {self.faults}"
            self.faults = [fault for fault in self.faults if fault not in hit]

    def _add(self, fault: str) -> None:
        self.faults.append(fault)

    def _failed(self, request: Request) -> None:
        # Going on to another page, a browser leaves behind the icon of the first, and what the
        # page fetches ahead.
        address = request.url.split("?")[0]
        left = LEFT_BEHIND.search(address) and request.failure == ABORTED
        blocked = address.endswith(".mjs") and request.failure == BLOCKED
        if not (left or blocked):
            self._add(f"request failed: {request.url} ({request.failure})")

    def _request(self, request: Request) -> None:
        if ELSEWHERE.match(request.url):
            self._add(f"request elsewhere: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._add(f"console error: {message.text} ({message.location.get('url')})")

    def _error(self, error: WebError) -> None:
        self._add(f"uncaught error: {error.error}")

    def _response(self, response: Response) -> None:
        self.responses.append(response)
        if response.status >= 400:
            self._add(f"{response.status}: {response.url}")

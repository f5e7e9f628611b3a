"""What goes wrong in a browser's pages, whoever notices it."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, Route, WebError

ELSEWHERE = re.compile(r"^(?!(https?|wss?)://localhost[:/]|data:|blob:|about:)")
ABORTED = "net::ERR_ABORTED"


@dataclass
class Watch:
    """The record of one browser context.

    Attributes:
        faults: one line for each console error, uncaught error, failed request, answer of 400 and
            more, and request to another host (which is refused).
        responses: every answer that came over the network.
    """

    faults: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        context.route(ELSEWHERE, self._refuse)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

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
        # Going on to another page, a browser leaves the icon of the first behind.
        if not (request.url.split("?")[0].endswith("icon.svg") and request.failure == ABORTED):
            self._add(f"request failed: {request.url} ({request.failure})")

    def _refuse(self, route: Route) -> None:
        self._add(f"request elsewhere: {route.request.url}")
        route.abort()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._add(f"console error: {message.text} ({message.location.get('url')})")

    def _error(self, error: WebError) -> None:
        self._add(f"uncaught error: {error.error}")

    def _response(self, response: Response) -> None:
        self.responses.append(response)
        if response.status >= 400:
            self._add(f"{response.status}: {response.url}")

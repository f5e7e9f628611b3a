"""A page that has its widget twice."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Route

from kit.widget import WidgetOnPage


def twice(widget: type[WidgetOnPage]) -> Callable[[BrowserContext], None]:
    """Serve the home of a widget with two of it, one below the other."""

    def answer(route: Route) -> None:
        response = route.fetch()
        text = response.text()
        start = text.index(f'<div class="genlab-widget" data-genlab-widget="{widget.name}"')
        end = text.index("</div></div>", start) + len("</div></div>")
        route.fulfill(response=response, body=text[:end] + text[start:end] + text[end:])

    return lambda context: context.route(f"**/{widget.home}.html*", answer)

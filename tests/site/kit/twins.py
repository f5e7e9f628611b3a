"""Pages that have their widget several times: the test server makes them up when asked."""

import re

# As a name beside the page's own, so that its links hold: `noise.3-timestep-scrubber.html`.
NAME = re.compile(r"\.(\d+)-([a-z-]+)\.html$")


def page_with(count: int, name: str, home: str) -> str:
    """The name of a page that is `home` with a widget several times, one below the other."""
    return f"{home}.{count}-{name}"


def repeat(text: str, count: int, name: str) -> str:
    """A page's text with its widget `count` times."""
    start = text.index(f'<div class="genlab-widget" data-genlab-widget="{name}"')
    end = text.index("</div></div>", start) + len("</div></div>")
    return text[:start] + text[start:end] * count + text[end:]

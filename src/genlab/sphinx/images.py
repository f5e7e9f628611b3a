"""Pictures load when they come near, and keep their place until then."""

import re
from pathlib import Path
from typing import Any

import imagesize
from sphinx.application import Sphinx

PICTURE = re.compile(r'<img (?P<before>[^>]*?)src="(?P<src>[^"]*_images/(?P<name>[^"/]+))"')


def connect(app: Sphinx) -> None:
    """Work on each page's HTML: only there are the final names of pictures known."""
    app.connect("html-page-context", complete)


def complete(app: Sphinx, pagename: str, template: str, context: dict[str, Any], *_: Any) -> None:
    """Add size and lazy loading to the page's own pictures."""
    if "body" in context:
        sources = {name: Path(app.srcdir) / path for path, name in app.builder.images.items()}
        context["body"] = with_sizes(context["body"], sources)


def with_sizes(body: str, sources: dict[str, Path]) -> str:
    """Complete the `<img>` tags of pictures in `sources` (name in the site -> file)."""

    def complete_tag(tag: re.Match[str]) -> str:
        source = sources.get(tag["name"])
        if source is None or "loading=" in tag[0]:
            return tag[0]
        width, height = imagesize.get(source)
        size = f'width="{width}" height="{height}" ' if min(width, height) > 0 else ""
        return f'<img loading="lazy" decoding="async" {size}{tag["before"]}src="{tag["src"]}"'

    return PICTURE.sub(complete_tag, body)

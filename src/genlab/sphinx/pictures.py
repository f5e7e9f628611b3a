"""Widgets' pictures become files of their own, so that a page is read before they are fetched.

A notebook's output holds its picture as a `data:` URL, a third longer than the picture, in the
middle of the page's text. On the site it loads when it comes near.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

from genlab.sphinx.assets import FOLDER

INLINE = re.compile(
    r'<img (?P<before>[^>]*?)src="data:image/(?P<kind>webp|png);base64,(?P<data>[^"]+)"'
)
LEAST = 2_000  # bytes: a smaller one is cheaper where it is


def connect(app: Sphinx) -> None:
    """Work on the written HTML of each page."""
    app.connect("html-page-context", move_out, priority=850)


def move_out(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Write the page's inline pictures as files, and refer to them."""
    if "body" in context:
        folder, pathto = Path(app.outdir) / FOLDER / "pictures", context["pathto"]
        context["body"] = as_files(
            context["body"], folder, lambda name: pathto(f"{FOLDER}/pictures/{name}", 1)
        )


def as_files(body: str, folder: Path, address: Callable[[str], str]) -> str:
    """The HTML with its inline pictures in `folder`, each with its size and loaded when near.

    Args:
        body: HTML.
        folder: where the files go, named by their content.
        address: from a file's name to its address.
    """

    def write(tag: re.Match[str]) -> str:
        data = base64.b64decode(tag["data"])
        if len(data) < LEAST:
            return tag[0]
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{tag['kind']}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        size = "" if "width=" in tag[0] else _size(data)
        return f'<img loading="lazy" decoding="async" {size}{tag["before"]}src="{address(name)}"'

    return INLINE.sub(write, body)


def _size(data: bytes) -> str:
    width, height = Image.open(io.BytesIO(data)).size
    return f'width="{width}" height="{height}" '

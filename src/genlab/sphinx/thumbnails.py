"""Small pictures of the widgets on a page, made from the pictures that its outputs hold."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from nbformat import NotebookNode
from PIL import Image, ImageOps
from sphinx.application import Sphinx

from genlab.course.build.store import OutputStore, has_code
from genlab.sphinx.assets import FOLDER, WIDGET, fingerprint
from genlab.sphinx.texts import site_texts

PICTURE = re.compile(r'<img src="data:image/[a-z]+;base64,(?P<data>[^"]+)"')
CARD, SMALL = (400, 240), (180, 108)  # pixels: twice what they are shown at
QUALITY = {CARD: 55, SMALL: 30}  # the small ones come before the load event
PAPER = "#ffffff"
LONG = 3  # times as wide as high: of a longer picture its left end is shown


@dataclass(frozen=True)
class Shown:
    """A widget that a page shows.

    Attributes:
        name: as in `data-genlab-widget`.
        picture: its picture's bytes, if it has one.
    """

    name: str
    picture: bytes | None


def shown_widgets(notebook: NotebookNode) -> list[Shown]:
    """The widgets in a page's outputs, the first of each name, in their order."""
    found: dict[str, Shown] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            for name in WIDGET.findall(html):
                picture = PICTURE.search(html)
                data = base64.b64decode(unescape(picture["data"])) if picture else None
                found.setdefault(name, Shown(name, data))
    return list(found.values())


def widgets_on(app: Sphinx, page: str) -> list[Shown]:
    """The widgets that a page of the site shows; none if it was not executed."""
    store = getattr(app, "genlab_store", None)
    if not isinstance(store, OutputStore) or page not in store.files:
        return []
    if not has_code(store.notebook(page)) or not store.is_fresh(page):
        return []
    return shown_widgets(store.executed(page))


def small(picture: bytes, size: tuple[int, int]) -> Image.Image:
    """Fit a picture into a size, whole and on white paper; a very long one is cut at its right."""
    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    if image.width > LONG * image.height:
        image = image.crop((0, 0, image.height * size[0] // size[1], image.height))
    if image.width < size[0]:  # the pixels of a small one stay pixels
        times = -(-size[0] // image.width)
        image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    fitted = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
    paper = Image.new("RGBA", size, PAPER)
    left, top = (size[0] - fitted.width) // 2, (size[1] - fitted.height) // 2
    paper.alpha_composite(fitted, (left, top))
    return paper.convert("RGB")


def thumbnail(app: Sphinx, page: str, widget: Shown, size: tuple[int, int]) -> str:
    """Write a widget's small picture; return its `<img>` relative to the site's root, or nothing.

    The address has `{root}` where the way from a page to the site's root goes.
    """
    if widget.picture is None:
        return ""
    name = f"thumbs/{page.replace('/', '-')}-{widget.name}-{size[0]}.webp"
    file = Path(app.outdir) / FOLDER / name
    file.parent.mkdir(parents=True, exist_ok=True)
    small(widget.picture, size).save(file, "webp", quality=QUALITY[size], method=6)
    texts = site_texts(app.config.language)
    alt = texts["thumbnail"].format(widget=widget_name(widget.name, app.config.language))
    source = f"{{root}}{FOLDER}/{name}?v={fingerprint(file)}"
    width, height = size[0] // 2, size[1] // 2
    lazy = ' loading="lazy" decoding="async"' if size == CARD else ""
    return f'<img src="{source}" width="{width}" height="{height}" alt="{alt}"{lazy}>'


def widget_name(name: str, language: str) -> str:
    """What a widget is called in a sentence."""
    return site_texts(language).get(name, name.replace("-", " "))

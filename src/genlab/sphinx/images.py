"""Pictures load when they come near, keep their place until then, and have a frame to scroll in.

Those without colours are written again without them: the same pixels in half the bytes.
"""

import re
from pathlib import Path
from typing import Any

import imagesize
from PIL import Image, ImageChops
from sphinx.application import Sphinx

# Figures are drawn with twice the pixels of this many to the inch: see `genlab.plotting`.
DOTS_PER_INCH = 110

# Where a picture has a size of its own, a link to it may stand around it, which has its classes.
PICTURE = re.compile(
    r'(?:<a class="(?P<classes>[^"]*\bimage-reference\b[^"]*)" href="[^"]*">)?'
    r'<img (?P<before>[^>]*?)src="(?P<src>[^"]*_images/(?P<name>[^"/]+))"(?P<after>[^>]*>)'
    r"(?(classes)</a>)"
)
LINK_CLASSES = {"reference", "internal", "image-reference"}
# myst-nb takes a fine figure's size from its output, as a style that would forbid it to shrink.
FIXED = re.compile(r'(?:width|height|style)="[^"]*" ?')
VIEW_BOX = re.compile(rb'<svg[^>]* viewBox="0 0 (\d+) (\d+)"')


def connect(app: Sphinx) -> None:
    """Work on each page's HTML: only there are the final names of pictures known."""
    app.connect("html-page-context", complete)
    app.connect("build-finished", lighten_all)


def complete(app: Sphinx, pagename: str, template: str, context: dict[str, Any], *_: Any) -> None:
    """Add size and lazy loading to the page's own pictures."""
    if "body" in context:
        sources = {name: Path(app.srcdir) / path for path, name in app.builder.images.items()}
        context["body"] = with_sizes(context["body"], sources)


def lighten_all(app: Sphinx, exception: Exception | None) -> None:
    """Go through the pictures of the site."""
    if exception is None and app.builder.format == "html":
        for file in sorted((Path(app.outdir) / app.builder.imagedir).glob("*.png")):
            lighten(file)


def lighten(file: Path) -> None:
    """Write an opaque picture without colours as one of greys; another stays as it is."""
    with Image.open(file) as image:
        if image.mode != "RGBA":
            return
        red, green, blue, alpha = image.split()
        dots = image.info.get("dpi", (DOTS_PER_INCH, DOTS_PER_INCH))
    grey = all(ImageChops.difference(red, other).getbbox() is None for other in (green, blue))
    if grey and alpha.getextrema() == (255, 255):
        red.save(file, dpi=dots, optimize=True)


def with_sizes(body: str, sources: dict[str, Path]) -> str:
    """Complete the `<img>` tags of pictures in `sources` (name in the site -> file)."""

    def complete_tag(tag: re.Match[str]) -> str:
        source = sources.get(tag["name"])
        if source is None or "loading=" in tag[0]:
            return tag[0]
        width, height = size_on_page(source)
        size = f'width="{width}" height="{height}" ' if min(width, height) > 0 else ""
        before, after = (FIXED.sub("", tag[part]) for part in ("before", "after"))
        own = [name for name in (tag["classes"] or "").split() if name not in LINK_CLASSES]
        named = f'class="{" ".join(own)}" ' if own else ""
        img = f'<img loading="lazy" decoding="async" {size}{named}{before}src="{tag["src"]}"{after}'
        return img if source.suffix == ".svg" else framed(img, width)

    return PICTURE.sub(complete_tag, body)


def size_on_page(source: Path) -> tuple[int, int]:
    """Return width and height of a picture in CSS pixels: a figure with finer dots is no larger."""
    drawing = VIEW_BOX.search(source.read_bytes()) if source.suffix == ".svg" else None
    if drawing:
        return int(drawing[1]), int(drawing[2])
    width, height = imagesize.get(source)
    dots, _ = imagesize.getDPI(source)
    shrink = DOTS_PER_INCH / dots if dots > DOTS_PER_INCH else 1.0
    return round(width * shrink), round(height * shrink)


def framed(img: str, width: int) -> str:
    """Put a tag into a box that knows how wide it wants to be, and scrolls on a phone."""
    return f'<span class="gl-figure" style="--gl-natural: {width}px">{img}</span>'

"""One style sheet and one script a page, in place of a dozen of each, and no rule without a use.

A page is drawn when its sheets have come, each request costs a phone a round trip, and each rule
the time of looking at it. The sheets stay single files for their writers; pages that link the same
ones share a bundle, so that the second page of a visit has it.
"""

import hashlib
import os
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path

from sphinx.application import Sphinx

from genlab.sphinx.assets import FOLDER
from genlab.sphinx.used import names_in, used

SHEET = re.compile(
    r'^ *<link rel="stylesheet"(?: type="text/css")? href="([^"?]+)(?:\?[^"]*)?" ?/?>\n',
    re.MULTILINE,
)
SCRIPT = re.compile(r'^ *<script(?: defer)? src="([^"?]+)(?:\?[^"]*)?"></script>\n', re.MULTILINE)
URL = re.compile(r"""url\((["']?)(?!data:|#|[a-z]+:)([^)"']+)\1\)""")
CHARSET = re.compile(r'^@charset "[^"]*";', re.IGNORECASE)
# The pages' own; what belongs to one widget comes with its pages.
OF_A_WIDGET = f"{FOLDER}/widgets/"
# Inline scripts of the theme write into what this one declares: it stands in the page.
OPTIONS = "documentation_options.js"
LESSONS = "book"


def connect(app: Sphinx) -> None:
    """Work on the written site, when all other files are as they stay."""
    app.connect("build-finished", bundle_site, priority=990)


def bundle_site(app: Sphinx, exception: Exception | None) -> None:
    """Put bundles in the pages, and take bundles away that no page links to any more."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    pages = {page: page.read_text(encoding="utf8") for page in site.rglob("*.html")}
    scripts = [script for kind in ("js", "mjs") for script in site.rglob(f"*.{kind}")]
    names = names_in([*pages.values(), *(script.read_text("utf8") for script in scripts)])
    linked = ""
    for page, old in pages.items():
        new = with_bundles(old, page, site, names)
        if new != old:
            page.write_text(new, encoding="utf8")
        linked += new
    for pattern in ("bundle-*", "widgets/site/page-*"):
        for file in (site / FOLDER).glob(pattern):
            if file.name not in linked:
                file.unlink()


def with_bundles(text: str, page: Path, site: Path, names: AbstractSet[str]) -> str:
    """Return a page's HTML with its sheets as one, and, in a lesson, its scripts.

    Args:
        text: the page as written.
        page: where it is.
        site: the site's folder, where bundles are written.
        names: the classes and ids of the whole site.
    """
    join = partial(join_sheets, names=names)
    text = _replaced(text, SHEET, page, site, join, "css", '<link rel="stylesheet" href="{}">')
    if page.is_relative_to(site / LESSONS):  # the search page's scripts need one another's order
        text = SCRIPT.sub(lambda match: _options(match, page), text)
        text = _replaced(
            text, SCRIPT, page, site, join_scripts, "js", '<script defer src="{}"></script>'
        )
    return text


def _options(match: re.Match[str], page: Path) -> str:
    if not match[1].endswith(OPTIONS):
        return match[0]
    source = (page.parent / match[1]).read_text(encoding="utf8")
    return f"<script>{source.strip()}</script>\n"


def _replaced(
    text: str,
    link: re.Pattern[str],
    page: Path,
    site: Path,
    join: Callable[[tuple[Path, ...], Path], str],
    suffix: str,
    tag: str,
) -> str:
    """Put one link, to the joined files, in the place of the first of them."""
    matches = [match for match in link.finditer(text) if _is_shared(match[1])]
    if len(matches) < 2:
        return text
    files = tuple((page.parent / match[1]).resolve() for match in matches)
    bundle = join(files, site.resolve() / FOLDER)
    name = f"bundle-{hashlib.sha256(bundle.encode()).hexdigest()[:8]}.{suffix}"
    target = site / FOLDER / name
    if not target.is_file():
        target.write_text(bundle, encoding="utf8")
    address = Path(os.path.relpath(target.resolve(), page.parent.resolve())).as_posix()
    first = matches[0].start()
    return link.sub(
        lambda match: (
            match[0]
            if not _is_shared(match[1])
            else (f"  {tag.format(address)}\n" if match.start() == first else "")
        ),
        text,
    )


def _is_shared(address: str) -> bool:
    return OF_A_WIDGET not in address and "bundle-" not in address


def join_sheets(files: tuple[Path, ...], folder: Path, names: AbstractSet[str]) -> str:
    """Return what is in use of style sheets, as one that stands in `folder`.

    Our own stay whole: their classes are written by widgets, piece by piece here and there.

    Args:
        files: the sheets, in their order.
        folder: relative addresses lead from here to where they led.
        names: the classes and ids of the whole site.
    """
    return "\n".join(
        _moved(file, folder)
        if file.is_relative_to(folder / "style")
        else used(_moved(file, folder), names)
        for file in files
    )


def _moved(file: Path, folder: Path) -> str:
    style = CHARSET.sub("", file.read_text(encoding="utf8"))

    def address(match: re.Match[str]) -> str:
        target = os.path.relpath(file.parent / match[2], folder)
        return f"url({match[1]}{Path(target).as_posix()}{match[1]})"

    return URL.sub(address, style)


def join_scripts(files: tuple[Path, ...], folder: Path) -> str:
    """Return classic scripts as one: what they declare stays common to all, as it was."""
    # It begins with a semicolon: a "use strict" of the first file would hold for all.
    return "".join(f";\n{file.read_text(encoding='utf8')}\n" for file in files)

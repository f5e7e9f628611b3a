"""A light page: the theme without Font Awesome, Bootstrap's script, and other things not in use.

Of style sheets, bundles.py keeps the rules that our pages use; the two dozen icons in use are drawn
by `static/icons.css`. Templates in `templates/` load what is left.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

# Linked by our layout, replaced by site.css, or of use to nobody here.
UNUSED_STYLES = ("katex", "exercise.css")
# Where nothing on the page is sphinx-design's, its sheet goes too: 8 KB.
WITHOUT_DESIGN = (*UNUSED_STYLES, "sphinx-design")
DESIGNED = re.compile(r'class="[^"]*\bsd-')
UNUSED_SCRIPTS = ("design-tabs.js", "mathjax", "require", "html-manager", "fontawesome")
UNUSED_FILES = (
    "vendor",
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.LICENSE.txt",
    "scripts/bootstrap.js",
    "scripts/bootstrap.js.LICENSE.txt",
    "locales",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
)


def connect(app: Sphinx) -> None:
    """Thin out each page's files, and clean up at the end."""
    app.connect("html-page-context", thin_out, priority=950)
    app.connect("build-finished", remove_unused)
    app.connect("build-finished", leave_out_scrollers, priority=900)


def thin_out(
    app: Sphinx,
    pagename: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Leave out the style sheets and scripts that this page has no use for."""
    unused = UNUSED_STYLES if DESIGNED.search(context.get("body") or "") else WITHOUT_DESIGN
    context["css_files"] = _without(context["css_files"], unused)
    context["script_files"] = _without(context["script_files"], UNUSED_SCRIPTS)
    # For <html data-theme>: what a browser without JavaScript shows. The layout's script follows
    # the reader's own choice.
    context["default_mode"] = "light"


def _without(files: list, unused: tuple[str, ...]) -> list:
    return [
        file
        for file in files
        if not any(name in str(getattr(file, "filename", file)) for name in unused)
    ]


# The theme gives a keyboard stop to what scrolls by a look at every box of the page, each followed
# by a change, at every load and after every change of a widget. page.mjs does so for what is near.
SCROLLERS = re.compile(
    r'"complete"===document\.readyState\?(\w+)\(\):window\.addEventListener\("load",\1\)'
)
NO_SCROLLERS = '"page.mjs marks what scrolls"'


def leave_out_scrollers(app: Sphinx, exception: Exception | None) -> None:
    """Take the call that looks for scrolling boxes out of the theme's script.

    Raises:
        ExtensionError: if it is not there, as a new version of the theme may have it.
    """
    file = Path(app.outdir) / "_static/scripts/pydata-sphinx-theme.js"
    if exception is not None or not file.is_file():
        return
    script, found = SCROLLERS.subn(NO_SCROLLERS, file.read_text(encoding="utf8"))
    if not found and NO_SCROLLERS not in script:
        raise ExtensionError(
            f"the theme's script no longer looks for scrolling boxes as {file} did"
        )
    file.write_text(script, encoding="utf8")


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Delete the theme's files that no page asks for: most of the site's size."""
    static = Path(app.outdir) / "_static"
    for path in [*static.rglob("*.map"), *(static / name for name in UNUSED_FILES)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

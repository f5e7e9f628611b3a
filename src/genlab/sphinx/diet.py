"""A light page: the theme without Font Awesome, Bootstrap's script, and other things not in use.

The theme's style sheet keeps the half of its rules that our pages use; the two dozen icons in use
are drawn by `static/icons.css`. Templates in `templates/` load what is left.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import pydata_sphinx_theme
import tinycss2
from docutils import nodes
from sphinx.application import Sphinx

from genlab.sphinx.assets import FOLDER

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme"
STYLE = THEME / "static/styles/pydata-sphinx-theme.css"
# Rules of the theme's sheet that begin with one of these classes are left out: Font Awesome,
# Bootstrap's components and utilities, and other tools' outputs, none of which is on our pages.
UNUSED_CLASSES = (
    r"fa-|fa[srb]?(?![\w-])",
    "carousel|modal|toast|offcanvas|accordion|popover|tooltip|progress|spinner|placeholder",
    "pagination|page-item|page-link|list-group|breadcrumb|card|dropdown|dropend|dropstart|dropup",
    "btn-group|btn-close|btn-check|btn-toolbar|btn-outline",
    "btn-(?:primary|secondary|success|danger|warning|info|light|dark|link)",
    "form-(?:select|check|floating|range|switch)|input-group|was-validated|valid-|invalid-",
    "nav-(?:tabs|pills|underline|fill|justified)|row-cols|offset-|order-|g[xy]?-|ratio",
    "text-bg|link-|bg-|focus-ring|opacity-|text-opacity|border-opacity|z-|fs-|translate-",
    "[mp][tbsexy]?-(?:sm|md|lg|xl|xxl)-|col-(?:sm|md|xl|xxl)",
    "(?:float|object|d|flex|justify|align|text|gap|order)[a-z-]*-(?:sm|md|xl|xxl)(?![a-z])",
    "nbinput|nboutput|jp-|bk-|plotly|ablog|rst-",
)
UNUSED = re.compile(rf"\s*\.(?:{'|'.join(UNUSED_CLASSES)})")
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
    "styles/pydata-sphinx-theme.css",
    "locales",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
)


def connect(app: Sphinx) -> None:
    """Prepare the theme's style, thin out each page's files, and clean up at the end."""
    app.connect("builder-inited", write_theme_style)
    app.connect("html-page-context", thin_out, priority=950)
    app.connect("build-finished", remove_unused)
    app.connect("build-finished", leave_out_terminal_colors, priority=900)


def write_theme_style(app: Sphinx) -> None:
    """Write the part of the theme's style sheet that our pages use."""
    target = Path(app.outdir) / FOLDER / "style/theme.css"
    newest = max(Path(path).stat().st_mtime for path in (STYLE, __file__))
    if target.is_file() and target.stat().st_mtime >= newest:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(lightened(STYLE.read_text(encoding="utf8")), encoding="utf8")


def lightened(style: str) -> str:
    """The style sheet without rules for classes that are not in use, and without icon fonts."""
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return "".join(filter(None, map(_kept, rules)))


def _kept(rule: Any) -> str:
    """A rule as text, empty if it is not in use; inside `@media`, only what is."""
    if rule.type == "qualified-rule":
        unused = all(UNUSED.match(part) for part in tinycss2.serialize(rule.prelude).split(","))
        return "" if unused else rule.serialize()
    if rule.type != "at-rule" or rule.content is None:
        return rule.serialize()
    prelude, inner = tinycss2.serialize(rule.prelude), tinycss2.serialize(rule.content)
    if rule.at_keyword == "media":
        inner = lightened(inner)
        return f"@media{prelude}{{{inner}}}" if inner else ""
    icon_font = rule.at_keyword == "font-face" and "Font Awesome" in inner
    return "" if icon_font or prelude.strip().startswith("fa-") else rule.serialize()


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


# Written by myst-nb at the end of a build. It colours what a terminal would: 256 colours of text
# and 256 behind it, 4 KB packed.
TERMINAL_COLOR = re.compile(r"[^{}]*\.-Color[^{}]*\{[^{}]*\}")


def leave_out_terminal_colors(app: Sphinx, exception: Exception | None) -> None:
    """Take the terminal's colours out of myst-nb's style unless an output has one."""
    site = Path(app.outdir)
    if exception is not None or any(
        "-Color" in page.read_text(encoding="utf8") for page in site.rglob("*.html")
    ):
        return
    for file in site.glob("_static/mystnb.*.css"):
        style = file.read_text(encoding="utf8")
        file.write_text(TERMINAL_COLOR.sub("", style), encoding="utf8")


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Delete the theme's files that no page asks for: most of the site's size."""
    static = Path(app.outdir) / "_static"
    for path in [*static.rglob("*.map"), *(static / name for name in UNUSED_FILES)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

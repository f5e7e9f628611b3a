"""A light page: the theme without Font Awesome, Bootstrap's script, and other things not in use.

The theme's style sheet keeps its rules except those for Font Awesome's 2,000 icons; the dozen
icons in use are drawn by `static/icons.css`. Templates in `templates/` load what is left.
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

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static/styles"
# A selector that begins with one of Font Awesome's classes.
ICON = re.compile(r"\s*\.fa(?:-|[srb]?(?![\w-]))")
# Linked by our layout, replaced by site.css, or of use to nobody here.
UNUSED_STYLES = ("katex", "exercise.css")
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


def write_theme_style(app: Sphinx) -> None:
    """Write the theme's style sheet without Font Awesome."""
    target = Path(app.outdir) / FOLDER / "style/theme.css"
    source = THEME / "pydata-sphinx-theme.css"
    if target.is_file() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(without_font_awesome(source.read_text(encoding="utf8")), encoding="utf8")


def without_font_awesome(style: str) -> str:
    """Drop the rules that only style Font Awesome's classes, and its fonts."""
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return "".join(rule.serialize() for rule in rules if not _is_font_awesome(rule))


def _is_font_awesome(rule: Any) -> bool:
    if rule.type == "at-rule":
        inner = tinycss2.serialize(rule.content or [])
        named = tinycss2.serialize(rule.prelude).strip()
        fonts = rule.at_keyword == "font-face" and "Font Awesome" in inner
        return fonts or (rule.at_keyword.endswith("keyframes") and named.startswith("fa-"))
    if rule.type != "qualified-rule":
        return False
    return all(ICON.match(part) for part in tinycss2.serialize(rule.prelude).split(","))


def thin_out(
    app: Sphinx,
    pagename: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Leave out the style sheets and scripts that this page has no use for."""
    context["css_files"] = _without(context["css_files"], UNUSED_STYLES)
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


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Delete the theme's files that no page asks for: most of the site's size."""
    static = Path(app.outdir) / "_static"
    for path in [*static.rglob("*.map"), *(static / name for name in UNUSED_FILES)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

"""The site's own address leads to its first page.

sphinx-external-toc would write a redirect as well, but one without a title, a language, an icon
(so that browsers ask for one that is not there), or a link for those whom nothing redirects.
"""

from html import escape
from pathlib import Path

from sphinx.application import Sphinx

from genlab.sphinx.texts import site_texts

PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <title>{title}</title>
    <meta http-equiv="refresh" content="0; url={target}">
    <link rel="icon" type="image/svg+xml" href="_genlab/icon.svg">
    <link rel="canonical" href="{target}">
  </head>
  <body><main><h1>{title}</h1><p><a href="{target}">{invitation}</a></p></main></body>
</html>
"""


def connect(app: Sphinx) -> None:
    """Write it before sphinx-external-toc finds it missing."""
    app.connect("build-finished", write_front_door, priority=100)


def write_front_door(app: Sphinx, exception: Exception | None) -> None:
    """Write `index.html`, unless a page of the course has that place."""
    root = app.config.root_doc
    if exception is None and app.builder.format == "html" and root != "index":
        text = front_door(app.config.html_title, f"{root}.html", app.config.language)
        (Path(app.outdir) / "index.html").write_text(text, encoding="utf8")


def front_door(title: str, target: str, language: str) -> str:
    """A page that leads to `target`."""
    return PAGE.format(
        title=escape(title),
        target=escape(target),
        language=escape(language.replace("_", "-")),
        invitation=escape(site_texts(language)["front_door"]),
    )

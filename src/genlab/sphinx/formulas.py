"""Mathematics is set at build time; a formula that KaTeX does not understand is a warning."""

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)


def connect(app: Sphinx) -> None:
    """Replace the renderer's silent red text by a warning that names the page."""
    app.connect("config-inited", make_strict)


def make_strict(*_: Any) -> None:
    """Let KaTeX raise, and turn what it raises into a warning."""
    from sphinxcontrib import katex

    katex.KATEX_DEFAULT_OPTIONS = {"throwOnError": True, "strict": "ignore"}
    if not hasattr(katex.render_latex, "reports"):
        katex.render_latex = reporting(katex.render_latex, katex.KaTeXError)


def reporting(render: Callable[..., str], error_type: type[Exception]) -> Callable[..., str]:
    """Wrap `render(latex, options)`: an error becomes a warning and the source is shown."""

    def report(latex: str, options: dict | None = None) -> str:
        try:
            return render(latex, options)
        except error_type as error:
            LOGGER.warning("formula %r: %s", latex, error, type="genlab", subtype="math")
            return f"<code>{nodes.unescape(latex)}</code>"

    report.reports = True  # type: ignore[attr-defined]
    return report

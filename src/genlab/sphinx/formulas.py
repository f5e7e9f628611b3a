"""Mathematics is set at build time; a formula that KaTeX does not understand is a warning."""

import html
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinxcontrib import katex

LOGGER = logging.getLogger(__name__)


class Formulas:
    """Sets formulas by KaTeX and reports those it does not understand, with their page.

    Args:
        render: sets a formula: `render(latex, options)` gives HTML or raises `KaTeXError`.
    """

    def __init__(self, render: Callable[..., str]):
        self.render = render
        self.page = ""

    def enter(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """The formulas that follow belong to this page."""
        self.page = docname

    def __call__(self, latex: str, options: dict[str, Any] | None = None) -> str:
        """The formula as HTML; as its source, after a warning, if it is not understood."""
        try:
            return self.render(latex, options)
        except katex.KaTeXError as error:
            message = "formula %r: %s"
            LOGGER.warning(message, latex.strip(), error, location=self.page, type="genlab")
            return f"<code>{html.escape(latex)}</code>"


def connect(app: Sphinx) -> None:
    """Replace the renderer's silent red text by a warning that names the page."""
    render = getattr(katex.render_latex, "render", katex.render_latex)
    formulas = Formulas(render)
    katex.render_latex = formulas
    katex.KATEX_DEFAULT_OPTIONS = {"throwOnError": True, "strict": "ignore"}
    app.connect("config-inited", place_server)
    app.connect("doctree-resolved", formulas.enter)


def place_server(app: Sphinx, config: Config) -> None:
    """Start KaTeX's server from a copy named `.cjs`.

    It is CommonJS in a `.js` file. Where the environment lies inside a folder whose package.json
    says `"type": "module"`, as ours does, Node would refuse it.
    """
    original = Path(katex.__file__).parent / "katex-server.js"
    place = Path(app.outdir).parent / "katex"
    place.mkdir(parents=True, exist_ok=True)
    katex.SCRIPT_PATH = shutil.copy(original, place / "katex-server.cjs")
    katex.SRC_DIR = place  # the server finds KaTeX by a path relative to itself

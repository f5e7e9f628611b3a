"""Mathematics is set at build time; a formula that KaTeX does not understand is a warning.

sphinxcontrib-katex writes the formulas into the page. Its way of asking KaTeX is replaced: its
server is a CommonJS file that Node refuses inside a folder of ES modules such as ours, its socket
may refuse the first connection on a busy machine, and it sets what it does not understand in red.
"""

import json
import subprocess
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinxcontrib import katex

from genlab.course.environment import KATEX

LOGGER = logging.getLogger(__name__)
PROGRAM = Path(__file__).parent / "static/katex.mjs"


class FormulaError(Exception):
    """KaTeX does not understand a formula; the message is KaTeX's."""


class Katex:
    """KaTeX in a Node process of its own, started for the first formula.

    Args:
        module: KaTeX as an ES module, `katex.mjs`.
    """

    def __init__(self, module: Path):
        self.module = module
        self.process: subprocess.Popen[str] | None = None

    def set(self, latex: str, options: dict[str, Any]) -> str:
        """The formula as HTML.

        Raises:
            FormulaError: KaTeX does not understand it.
            ExtensionError: the process has ended by itself.
        """
        process = self.process = self.process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"latex": latex, "options": options}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise ExtensionError(f"KaTeX's process ended with {process.wait()}: see above")
        answer = json.loads(line)
        if "error" in answer:
            raise FormulaError(answer["error"])
        return answer["html"]

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.communicate()
            self.process = None

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["node", str(PROGRAM), str(self.module)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf8",
        )


class Formulas:
    """Sets a site's formulas and reports those that are not understood, with their page.

    Args:
        setter: KaTeX, or what stands for it in a test.
    """

    def __init__(self, setter: Katex):
        self.setter = setter
        self.page = ""

    def enter(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """The formulas that follow belong to this page."""
        self.page = docname

    def __call__(self, latex: str, options: dict[str, Any] | None = None) -> str:
        """The formula as HTML; as its source, after a warning, if it is not understood."""
        try:
            strict = {"throwOnError": True, "strict": "ignore"}
            return self.setter.set(latex, {**strict, **(options or {})})
        except FormulaError as error:
            message = "formula %r: %s"
            LOGGER.warning(message, latex.strip(), error, location=self.page, type="genlab")
            return f"<code>{escape(latex)}</code>"


def connect(app: Sphinx) -> None:
    """Set this site's formulas by a process that lives as long as the build."""
    app.connect("config-inited", start)


def start(app: Sphinx, config: Config) -> None:
    """Take over the renderer of sphinxcontrib-katex."""
    setter = Katex(Path(app.srcdir) / KATEX / "katex.mjs")
    formulas = Formulas(setter)
    katex.render_latex = formulas
    app.connect("doctree-resolved", formulas.enter)
    app.connect("build-finished", lambda app, exception: setter.close())

"""What a build needs: programs and packages that must be there, variables that kernels inherit."""

import hashlib
import os
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

KATEX = Path("node_modules/katex/dist")
INSTALL = "Run `make install` (or `npm ci`) in the course's folder."


def connect(app: Sphinx) -> None:
    """Check and prepare before any other extension looks at the configuration."""
    # Jupyter Book sets this for sphinx_comments, which we leave out, and Sphinx would warn.
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", prepare, priority=100)


def missing_programs(root: Path) -> str | None:
    """Say in one sentence what is missing to build the site in `root`, or None."""
    if shutil.which("node") is None:
        return "Node.js is not on the PATH: formulas are set by it. Install Node 20 or newer."
    for path in (KATEX / "katex.min.js", Path("node_modules/onnxruntime-web/dist")):
        if not (root / path).exists():
            return f"{path} is missing in {root}: the npm packages are not installed. {INSTALL}"
    return None


def prepare(app: Sphinx, config: Config) -> None:
    """Set the kernels' environment; refuse early and clearly if an npm package is missing.

    Raises:
        ConfigError: Node.js or an npm package is missing.
    """
    # Late, as execute.py reaches back here through the course's build command.
    from genlab.course.build.execute import KERNEL_ENVIRONMENT

    if missing := missing_programs(Path(app.srcdir)):
        raise ConfigError(missing)
    os.environ.update(KERNEL_ENVIRONMENT)
    templates = str(Path(__file__).parent / "templates")
    if templates not in config.templates_path:
        config.templates_path.insert(0, templates)


def extension_hash() -> str:
    """A hash of this extension's own files."""
    folder = Path(__file__).parent
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

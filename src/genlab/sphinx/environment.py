"""The surroundings of a build: what must be there, variables that kernels inherit."""

import hashlib
import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from genlab.course.build.execute import KERNEL_ENVIRONMENT
from genlab.course.environment import missing_programs


def connect(app: Sphinx) -> None:
    """Check and prepare before any other extension looks at the configuration."""
    # Jupyter Book sets this for sphinx_comments, which we leave out, and Sphinx would warn.
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", prepare, priority=100)


def prepare(app: Sphinx, config: Config) -> None:
    """Set the kernels' environment; refuse early and clearly if an npm package is missing.

    Raises:
        ConfigError: Node.js or an npm package is missing.
    """
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

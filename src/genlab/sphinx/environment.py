"""The surroundings of a build: what must be there, variables that kernels inherit."""

import hashlib
import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from genlab.course.build.execute import kernel_environment
from genlab.course.edition import Edition, edition_of_toc
from genlab.course.environment import missing_programs
from genlab.course.errors import CourseError
from genlab.sphinx.texts import site_texts


def connect(app: Sphinx) -> None:
    """Check and prepare before any other extension looks at the configuration."""
    # Jupyter Book sets this for sphinx_comments, which we leave out, and Sphinx would warn.
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", prepare, priority=100)


def prepare(app: Sphinx, config: Config) -> None:
    """Set the kernels' environment and what the edition sets; refuse early if a package is missing.

    Raises:
        ConfigError: Node.js or an npm package is missing, or the table of contents is no edition's.
    """
    if missing := missing_programs(Path(app.srcdir)):
        raise ConfigError(missing)
    edition = edition_of(config)
    os.environ.update(kernel_environment(edition))
    speak(app, config, edition)
    templates = str(Path(__file__).parent / "templates")
    if templates not in config.templates_path:
        config.templates_path.insert(0, templates)


def edition_of(config: Config) -> Edition:
    """The edition whose table of contents is built.

    Raises:
        ConfigError: It is not named like an edition's.
    """
    try:
        return edition_of_toc(Path(config.external_toc_path))
    except CourseError as error:
        raise ConfigError(str(error)) from error


def speak(app: Sphinx, config: Config, edition: Edition) -> None:
    """Set the language of the site, and what the theme and the code cells say in it."""
    if config.language != edition.sphinx_language:
        config.language = edition.sphinx_language
        app._init_i18n()  # Sphinx has chosen its own texts before extensions are asked
    texts = site_texts(edition.language)
    config.html_theme_options["search_bar_text"] = texts["search_bar"]
    config.html_theme_options["toc_title"] = texts["contents"]
    config.html_context["genlab_texts"] = dict(texts)  # for our templates
    # Keys of those texts; `folding` looks them up once it is known what is folded.
    config.nb_code_prompt_show, config.nb_code_prompt_hide = "show_{type}", "hide_{type}"


def extension_hash() -> str:
    """A hash of this extension's own files."""
    folder = Path(__file__).parent
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

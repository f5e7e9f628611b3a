"""Links that open a page's notebook where it can be run: Colab and Binder.

The notebooks lie on the branch `notebooks` of the repository that publishes the site. Its name is
known only to the publishing run; a site built anywhere else has no such links. The same run writes
the repository's address where a page tells how to clone it.
"""

import os
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from genlab.course.build.store import OutputStore, has_code
from genlab.course.edition import FIRST, Edition
from genlab.course.repository import BRANCH, require_repository, valid_repository
from genlab.sphinx.texts import site_texts

LOGGER = logging.getLogger(__name__)
VARIABLE = "GITHUB_REPOSITORY"
ADDRESS = "github.com/OWNER/COURSE"  # what a page writes where the address belongs


def connect(app: Sphinx) -> None:
    """Read the repository once; add the links to each page's buttons."""
    app.add_config_value("genlab_repository", "", "html", [str])
    app.connect("config-inited", read_repository)
    app.connect("source-read", write_address)
    # After the theme has made its own list of buttons (501).
    app.connect("html-page-context", add_links, priority=900)


def notebook_path(page: str, edition: Edition = FIRST) -> str:
    """Path of a page's notebook on the branch, such as `latents/latent-space.ipynb`."""
    return quote((edition.published / f"{edition.page_name(page)}.ipynb").as_posix())


def colab_url(repository: str, page: str, edition: Edition = FIRST) -> str:
    """Where Colab opens the page's notebook.

    Raises:
        CourseError: `repository` is not `owner/name`.
    """
    require_repository(repository)
    base = "https://colab.research.google.com/github"
    return f"{base}/{repository}/blob/{BRANCH}/{notebook_path(page, edition)}"


def binder_url(repository: str, page: str, edition: Edition = FIRST) -> str:
    """Where Binder opens the page's notebook in JupyterLab.

    Raises:
        CourseError: `repository` is not `owner/name`.
    """
    require_repository(repository)
    path = quote(f"lab/tree/{notebook_path(page, edition)}", safe="")
    return f"https://mybinder.org/v2/gh/{repository}/{BRANCH}?urlpath={path}"


def read_repository(app: Sphinx, config: Config) -> None:
    """Take the repository from the environment; leave the links out if it is not one."""
    repository = os.environ.get(VARIABLE, "")
    if repository and not valid_repository(repository):
        message = "no launch links: %s is %r, expected owner/name, such as ada/course"
        LOGGER.info(message, VARIABLE, repository)
        repository = ""
    config.genlab_repository = repository


def write_address(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the repository's address into a page's source, where it is known."""
    if app.config.genlab_repository:
        source[0] = source[0].replace(ADDRESS, f"github.com/{app.config.genlab_repository}")


def launch_menu(repository: str, page: str, edition: Edition = FIRST) -> dict[str, Any]:
    """The theme's description of a menu with the places that open `page`."""
    texts, icon = site_texts(edition.language), "fa-solid fa-rocket"
    places = {
        "Colab": colab_url(repository, page, edition),
        "Binder": binder_url(repository, page, edition),
    }
    links = [
        {"type": "link", "text": texts["run_in"].format(place=place), "icon": icon, "url": url}
        for place, url in places.items()
    ]
    return {
        "type": "group",
        "label": "launch-buttons",
        "text": texts["run"],
        "tooltip": texts["run_tooltip"],
        "icon": icon,
        "buttons": links,
    }


def add_links(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Add the links to a page that is a notebook."""
    repository, store = app.config.genlab_repository, getattr(app, "genlab_store", None)
    if not repository or not isinstance(store, OutputStore) or pagename not in store.files:
        return
    if has_code(store.notebook(pagename)):
        menu = launch_menu(repository, pagename, store.edition)
        context["header_buttons"] = [menu, *context.get("header_buttons", [])]

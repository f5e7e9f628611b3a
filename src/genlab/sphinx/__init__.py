"""Our Sphinx extension: what the course site needs beyond Jupyter Book.

One module a task: the environment of the kernels, outputs that belong to the present sources, the
files of widgets, a light page, launch links, strict mathematics, exercises that open without a
script, numbers that lead to their measurement, a first page that lives, pictures that lead to play,
one sheet and one script a page.
"""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from genlab.sphinx import (
    assets,
    bibliography,
    blocks,
    bundles,
    claims,
    diet,
    environment,
    folding,
    formulas,
    front_door,
    home,
    images,
    launch,
    outputs,
    pictures,
    play,
    repairs,
    search,
)

MODULES = (
    environment,
    outputs,
    assets,
    diet,
    launch,
    formulas,
    bibliography,
    folding,
    images,
    repairs,
    blocks,
    front_door,
    claims,
    pictures,
    play,
    home,
    search,
    bundles,
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect every module's events."""
    # A change of this extension makes Sphinx read and write every page again (none is executed).
    app.add_config_value("genlab_extension", environment.extension_hash(), "env")
    for module in MODULES:
        module.connect(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}

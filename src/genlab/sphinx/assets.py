"""Files that the site serves itself: styles, widgets, networks, and the mathematics' fonts."""

import hashlib
import html
import json
import os
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

import genlab
from genlab.course.environment import KATEX
from genlab.sphinx.texts import site_texts

FOLDER = "_genlab"
STYLE = Path(genlab.__file__).parent / "style"
OWN = Path(__file__).parent / "static"
# The text face, Figtree: Latin, and what other Latin alphabets add; its licence goes with it.
FACE = ("figtree.woff2", "figtree-ext.woff2", "OFL.txt")
# Under the site's _genlab/: file -> source. Widgets bring theirs by genlab.widgets.static_files().
OWN_FILES = {
    "style/tokens.css": STYLE / "tokens.css",
    "style/site.css": STYLE / "site.css",
    "style/icons.css": OWN / "icons.css",
    "style/noscript.css": OWN / "noscript.css",
    "style/widgets.css": STYLE / "widgets.css",
    "style/home.css": STYLE / "home.css",
    "page.mjs": OWN / "page.mjs",
    "search.mjs": OWN / "search.mjs",
    "ranking.mjs": OWN / "ranking.mjs",
    "icon.svg": OWN / "icon.svg",
    **{f"fonts/{name}": OWN / "fonts" / name for name in FACE},
}

WIDGET = re.compile(r'data-genlab-widget="([\w-]+)"')
NETWORKS = re.compile(r'data-genlab-networks="([^"]*)"')
# Letters that the first of the face's files lacks: of Polish, Turkish and other names. A file that
# comes late has all of a page's text laid out anew, so that such a page asks for it at once.
MORE_LETTERS = re.compile(r"[\u0100-\u0130\u0132-\u0151\u0154-\u024f\u1e00-\u1eff]")
COMMENT = re.compile(r"/\*.*?\*/\s*", flags=re.DOTALL)


def connect(app: Sphinx) -> None:
    """Copy before pages are written: their links carry a hash of each file."""
    app.connect("builder-inited", copy_assets)
    app.connect("html-page-context", link_assets, priority=900)


def copy_assets(app: Sphinx) -> None:
    """Copy styles, scripts and fonts, and export the networks the widgets run.

    Raises:
        ExtensionError: a file is missing, or a network cannot be exported.
    """
    target = Path(app.outdir) / FOLDER
    try:
        for name, source in {**OWN_FILES, **widget_files()}.items():
            copy = copy_style if source.suffix == ".css" else copy_if_changed
            copy(source, target / name)
        copy_katex(Path(app.srcdir) / KATEX, target / "katex")
        export_networks(target / "onnx", Path(app.outdir).parent / ".onnx_cache")
    except (OSError, ImportError, ValueError) as error:
        raise ExtensionError(f"the site's own files are not complete: {error}") from error


def widget_files() -> dict[str, Path]:
    """The widgets' modules and their runtime: name under `_genlab/` -> source."""
    from genlab.widgets import static_files

    return static_files()


def export_networks(folder: Path, cache: Path) -> None:
    """Export the networks that widgets run in the page; those in the cache are copied."""
    from genlab.widgets.site.export import export_networks

    export_networks(folder, cache=cache)


def copy_katex(source: Path, target: Path) -> None:
    """Copy KaTeX's style sheet and fonts, woff2 alone: every browser of the last years reads it."""
    style = (source / "katex.min.css").read_text(encoding="utf8")
    target.mkdir(parents=True, exist_ok=True)
    style = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)', "", style)
    (target / "katex.css").write_text(style, encoding="utf8")
    for font in (source / "fonts").glob("*.woff2"):
        copy_if_changed(font, target / "fonts" / font.name)


def copy_style(source: Path, target: Path) -> None:
    """Copy a style sheet without its comments, which are for its writers."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(COMMENT.sub("", source.read_text(encoding="utf8")), encoding="utf8")


def copy_if_changed(source: Path, target: Path) -> None:
    """Copy a file unless the target has the same size and is not older."""
    if target.is_file():
        old, new = target.stat(), source.stat()
        if old.st_size == new.st_size and old.st_mtime >= new.st_mtime:
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def fingerprint(file: Path) -> str:
    """What tells a file's versions apart in its address."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]


def link_assets(
    app: Sphinx,
    pagename: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Tell the layout which of the files this page needs, and how to address them."""
    folder, pathto = Path(app.outdir) / FOLDER, context["pathto"]

    def asset(name: str) -> str:
        return f"{pathto(f'{FOLDER}/{name}', 1)}?v={fingerprint(folder / name)}"

    context["genlab_asset"] = asset
    body = context.get("body") or ""
    context["genlab_more_letters"] = bool(MORE_LETTERS.search(body))
    context["genlab_has_widget"] = "data-genlab-widget" in body
    names = sorted({name.replace("-", "_") for name in WIDGET.findall(body)})
    styles = [f"widgets/{name}/style.css" for name in names]
    context["genlab_widget_styles"] = [name for name in styles if (folder / name).is_file()]
    if names:
        context["genlab_page_module"] = write_page_module(folder, names)
        context["genlab_sizes"] = sizes(folder, body)
        texts = site_texts(app.config.language or "")
        keys = ("widget_missing", "widget_from_file", "try_again")
        context["genlab_missing"] = [texts[key] for key in keys]


def page_module(widgets: list[str]) -> str:
    """Return the one script that brings a page's widgets to life, to stand beside `host.mjs`."""
    from genlab.widgets.kernel.bundle import WIDGETS, inline_module

    views = [name for name in widgets if (WIDGETS / name / "view.mjs").is_file()]
    with TemporaryDirectory() as folder:
        widgets_from_here = Path(os.path.relpath(WIDGETS, folder)).as_posix()
        lines = [
            f'import {{ default as view{number} }} from "{widgets_from_here}/{name}/view.mjs";'
            for number, name in enumerate(views)
        ]
        lines += [f'import {{ bringToLife }} from "{widgets_from_here}/site/host.mjs";']
        given = (f'"{name.replace("_", "-")}": view{number}' for number, name in enumerate(views))
        lines += [f"bringToLife({{ {', '.join(given)} }});"]
        entry = Path(folder) / "page.mjs"
        entry.write_text("\n".join(lines), encoding="utf8")
        return inline_module(entry)


def write_page_module(folder: Path, widgets: list[str]) -> str:
    """Write a page's script under the site's `_genlab/`, and return its name there.

    Args:
        folder: the site's `_genlab/`.
        widgets: the modules of the page's widgets; pages with the same ones share the script.
    """
    text = page_module(widgets)
    name = f"widgets/site/page-{hashlib.sha256(text.encode()).hexdigest()[:8]}.mjs"
    if not (folder / name).is_file():
        (folder / name).write_text(text, encoding="utf8")
    return name


def sizes(folder: Path, body: str) -> dict[str, int]:
    """Bytes of what a page's widgets may load, by name: no answer says that of a packed file."""
    from genlab.widgets.site.files import PROGRAM

    own = [json.loads(html.unescape(one)) for one in NETWORKS.findall(body)]
    networks = sorted({f"{name}.onnx" for names in own for name in names.values()})
    files = [*(folder / "onnx" / name for name in networks), folder / "ort" / PROGRAM]
    return {file.name: file.stat().st_size for file in files if networks and file.is_file()}

"""The index of the site's search: each section and each term of the glossary with its place.

Sphinx's own index knows which page has a word, not where, and its page fetches every page that it
finds. Ours holds the text itself; `static/ranking.mjs` ranks, `static/search.mjs` shows.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from genlab.sphinx.assets import FOLDER
from sphinx import addnodes

# Pages that name every term are about none.
REFERENCE = ("glossary", "bibliography", "claims", "notation")
REFERENCE_WEIGHT = 0.4
# Outputs and pictures say what their section says; formulas are not looked for by their source.
LEFT_OUT = (nodes.raw, nodes.image, nodes.comment, nodes.math_block, nodes.title, addnodes.index)
# Not searchindex.js, which no page loads: Sphinx warns where its next build does not find it.
SPHINX_FILES = ("_static/searchtools.js", "_static/language_data.js")

Section = tuple[str, str, str]  # anchor, title, text


def connect(app: Sphinx) -> None:
    """Write the index when all pages are known."""
    app.connect("build-finished", write_index)


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Write `_genlab/search.json` and delete what Sphinx's search would need."""
    if exception is not None or app.builder.format != "html":
        return
    index: dict[str, list] = {"pages": [], "sections": []}
    for number, name in enumerate(sorted(app.env.found_docs)):
        weight = REFERENCE_WEIGHT if name.rpartition("/")[2] in REFERENCE else 1
        title = app.env.titles[name].astext()
        url = app.builder.get_target_uri(name)
        index["pages"].append({"url": url, "title": title, "weight": weight})
        index["sections"] += [(number, *one) for one in sections(app.env.get_doctree(name))]
    out = Path(app.outdir)
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    (out / FOLDER / "search.json").write_text(text, encoding="utf8")
    for file in SPHINX_FILES:
        (out / file).unlink(missing_ok=True)


def sections(document: nodes.document) -> Iterator[Section]:
    """Every titled section without those inside it; a term of a glossary is one."""
    for section in document.findall(nodes.section):
        if _titled(section):
            # The first section is the page: its place is the top.
            anchor = "" if section.parent is document else section["ids"][0]
            yield anchor, section[0].astext(), " ".join(_words(section))
    for item in document.findall(nodes.definition_list_item):
        if term := next((term for term in item.findall(nodes.term) if term["ids"]), None):
            text = " ".join(_text(part) for part in item.findall(nodes.paragraph))
            yield term["ids"][0], term.astext(), " ".join(text.split())


def _titled(node: nodes.Node) -> bool:
    return isinstance(node, nodes.section) and isinstance(next(iter(node), None), nodes.title)


def _words(node: nodes.Element) -> Iterator[str]:
    """The words of a node's own text, in order."""
    for child in node.children:
        if isinstance(child, LEFT_OUT) or _titled(child) or _is_output(child):
            continue
        if isinstance(child, nodes.TextElement):
            yield from _text(child).split()
        elif isinstance(child, nodes.Element) and not isinstance(child, addnodes.glossary):
            yield from _words(child)


def _text(node: nodes.Node) -> str:
    """Its text without keys of works and without formulas that need TeX to be read."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, addnodes.pending_xref) and node.get("refdomain") == "cite":
        return ""
    if isinstance(node, nodes.math) and "\\" in node.astext():
        return ""
    return "".join(map(_text, node.children))


def _is_output(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Element) and "cell_output" in node.get("classes", [])

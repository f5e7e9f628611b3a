"""Numbers that lead to their measurement, the list of measurements, an exercise's effort."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from genlab.claims.ledger import Entry, read_ledger
from genlab.course.notebooks.roles import EXPLICIT
from genlab.course.notebooks.texts import effort, notebook_texts
from genlab.measured import Measured
from genlab.sphinx.texts import site_texts

LEDGER_PAGE = "claims"  # the last part of its name, below the folder of pages

RoleResult = tuple[list[nodes.Node], list[nodes.system_message]]


class Claimed(nodes.inline):
    """Words that rest on a record; becomes a link to it where the site has the ledger's page."""


class ClaimsLedger(SphinxDirective):
    """`{claims-ledger}`: every recorded measurement, with its command, seeds, values and errors."""

    def run(self) -> list[nodes.Node]:
        """Build a section a page and a table a measurement."""
        root = Path(self.env.app.confdir)
        entries = read_ledger(root)
        for path in (root / "claims").glob("*.json"):
            self.env.note_dependency(str(path))
        texts = site_texts(self.config.language)
        return [node for entry in entries.values() for node in _shown(entry, texts)]


def connect(app: Sphinx) -> None:
    """Register the roles and the directive."""
    app.add_node(Claimed, html=(_visit, _depart))
    app.add_role("claim", _claim)
    app.add_role("printed", _printed)
    app.add_role("effort", _effort)
    app.add_directive("claims-ledger", ClaimsLedger)
    app.connect("doctree-resolved", _link)


def anchor(name: str) -> str:
    """Return the id of a measurement on the ledger's page."""
    return "claim-" + name.replace("/", "-")


def _shown(entry: Entry, texts: Any) -> list[nodes.Node]:
    title = nodes.paragraph("", "", nodes.literal(entry.name, entry.name), classes=["gl-entry"])
    title["ids"] = [anchor(entry.name)]
    about = nodes.paragraph(entry.what, f"{entry.what} ")
    about += nodes.Text(texts["claim_errors"].format(over=entry.over, seconds=entry.seconds))
    rows = [(name, _written(value), value.n) for name, value in entry.values.items()]
    heads = [texts[key] for key in ("claim_value", "claim_measured", "claim_n")]
    command = nodes.literal_block(entry.command, entry.command, language="bash")
    return [title, about, _table(heads, rows), command]


def _written(value: Measured) -> str:
    """A count in full, anything else by the digits that its error allows."""
    whole = value.error is None and value.mean.is_integer()
    return f"{value.mean:,.0f}" if whole else str(value)


def _table(heads: list[str], rows: list[tuple[Any, ...]]) -> nodes.table:
    group = nodes.tgroup("", cols=len(heads))
    group += [nodes.colspec(colwidth=1) for _ in heads]
    group += nodes.thead("", _row(heads))
    group += nodes.tbody("", *[_row([str(cell) for cell in row]) for row in rows])
    return nodes.table("", group)


def _row(cells: list[str]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", nodes.paragraph(cell, cell)) for cell in cells])


def _claim(
    role: str, raw: str, text: str, line: int, inliner: Inliner, *_: Any, **__: Any
) -> RoleResult:
    match = EXPLICIT.match(text)
    if not match:
        message = inliner.reporter.error(
            f"write {{claim}}`words <page/name.value>`: {raw}", line=line
        )
        return [inliner.problematic(raw, raw, message)], [message]
    first = match["target"].split()[0].partition(".")[0]
    return [Claimed(raw, match["text"], target=first)], []


def _printed(role: str, raw: str, text: str, *_: Any, **__: Any) -> RoleResult:
    return [nodes.Text(text)], []


def _effort(
    role: str, raw: str, text: str, line: int, inliner: Inliner, *_: Any, **__: Any
) -> RoleResult:
    language = inliner.document.settings.env.config.language
    try:
        said = effort(text, notebook_texts(language.replace("_", "-")))
    except ValueError as error:
        message = inliner.reporter.error(str(error), line=line)
        return [inliner.problematic(raw, raw, message)], [message]
    return [nodes.inline(raw, said, classes=["gl-effort"])], []


def _link(app: Sphinx, document: nodes.document, name: str) -> None:
    folder = app.config.root_doc.rpartition("/")[0]
    ledger = f"{folder}/{LEDGER_PAGE}" if folder else LEDGER_PAGE
    if ledger not in app.env.found_docs:
        return
    for node in document.findall(Claimed):
        to = app.builder.get_relative_uri(name, ledger)
        node["href"] = f"{to}#{anchor(node['target'])}"


def _visit(translator: Any, node: Claimed) -> None:
    href = node.get("href")
    attributes = {"href": href} if href else {}
    translator.body.append(
        translator.starttag(node, "a" if href else "span", "", CLASS="gl-claim", **attributes)
    )


def _depart(translator: Any, node: Claimed) -> None:
    translator.body.append("</a>" if node.get("href") else "</span>")

"""What the index of the search holds of a page."""

from docutils import nodes
from docutils.utils import new_document

from genlab.sphinx.search import sections
from sphinx import addnodes


def section(anchor: str, title: str, *inner: nodes.Node) -> nodes.section:
    return nodes.section("", nodes.title("", title), *inner, ids=[anchor])


def paragraph(*inner: nodes.Node | str) -> nodes.paragraph:
    return nodes.paragraph("", "", *[nodes.Text(x) if isinstance(x, str) else x for x in inner])


def test_each_section_has_its_own_words_and_no_others():
    document = new_document("page")
    output = nodes.container("", nodes.literal_block("", "0.5"), classes=["cell_output"])
    code = nodes.literal_block("", "decode(z)")
    untitled = nodes.section("", paragraph("a task"), ids=["ex-content"])
    document += section(
        "page",
        "Page",
        paragraph("first", nodes.emphasis("", "word"), "s"),
        section("part", "Part", paragraph("second"), code, output, untitled),
    )
    assert list(sections(document)) == [
        ("", "Page", "firstwords"),
        ("part", "Part", "second decode(z) a task"),
    ]


def test_neither_tex_nor_keys_of_works_are_words():
    document = new_document("page")
    cited = addnodes.pending_xref("", nodes.inline("", "kingma2014"), refdomain="cite")
    formula, name = nodes.math("", r"\bar\alpha"), nodes.math("", "z")
    document += section("page", "Page", paragraph("as ", cited, formula, " says ", name))
    assert list(sections(document)) == [("", "Page", "as says z")]


def test_a_term_of_the_glossary_is_a_place():
    document = new_document("page")
    term = nodes.term("", "Bottleneck", ids=["term-Bottleneck"])
    entry = nodes.definition_list_item("", term, nodes.definition("", paragraph("the narrow part")))
    inner = addnodes.glossary("", nodes.definition_list("", entry))
    document += section("glossary", "Glossary", inner)
    assert list(sections(document)) == [
        ("", "Glossary", ""),
        ("term-Bottleneck", "Bottleneck", "the narrow part"),
    ]

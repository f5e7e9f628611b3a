"""What a page says in MyST, and what its notebook says in plain Markdown."""

from __future__ import annotations

from textwrap import dedent

import pytest
from markdown_it import MarkdownIt

from genlab.course.errors import CourseError
from genlab.course.notebooks.export import write_notebooks

from .conftest import executed

CODE = "\n```{code-cell} ipython3\nx = 1\n```\n"

REFERENCES = """\
@article{kingma2014,
  author = {Kingma, Diederik P. and Welling, Max},
  title = {Auto-Encoding Variational {B}ayes},
  journal = {ICLR},
  year = {2014},
  doi = {10.1000/xyz},
}
@article{oord2017,
  author = {van den Oord, A{\\"a}ron and Vinyals, Oriol and Kavukcuoglu, Koray},
  title = {Neural * Discrete_Representation Learning},
  journal = {NeurIPS},
  year = {2017},
  url = {https://example.org/a_b},
}
"""


@pytest.fixture
def export(course):
    """Export the text of a page that has a code cell, and give the Markdown of its notebook."""
    course.write("book/references.bib", REFERENCES)
    course.write("book/figures/net.svg", "<svg/>")
    glossary = "```{glossary}\nlatent\n  x\n```\n"
    course.page("notation", f"(symbols)=\n# Notation\n\n## Signs\n\n{glossary}")
    other = "# The *other* page\n\n(there)=\n## Over there\n\n$$ a $$ (eq-other)\n"
    course.page("other/page", other + CODE)

    def of(text: str) -> str:
        course.page("part/page", dedent(text).strip("\n") + "\n" + CODE)
        write_notebooks(course.root, executed())
        return course.markdown("part/page")

    return of


def test_plain_markdown_is_left_alone(export):
    text = dedent("""\
        # Title with $x^2$

        A line with `code`, *emphasis* and  two  spaces.\\
        `{note}` in code, $\\{a\\}$ and a [link](https://example.org "title").

        - a list

          ```python
          {ref}`is code here`
          ```

        | a | b |
        | - | - |
        | 1 | 2 \\| 3 |

        $$
        \\begin{aligned} a &= b \\end{aligned}
        $$

        ```bash
        make book
        ```""")
    assert export(text) == text


def test_targets_comments_and_breaks_are_dropped(export):
    assert export("(top)=\n# T\n\n% a remark\nText.\n\n+++\n\nMore.") == "# T\n\nText.\n\nMore."


@pytest.mark.parametrize("fence", ["```", ":::"])
def test_admonitions_become_quotations(export, fence):
    text = f"{fence}{{note}}\nFirst {{math}}`x`.\n\n- item\n{fence}"
    assert export(text) == "> **Note**\n>\n> First $x$.\n>\n> - item"
    titled = f"{fence}{{admonition}} A *fine* title\n:class: tip\n\nText.\n{fence}"
    assert export(titled) == "> **A *fine* title**\n>\n> Text."
    assert export(f"{fence}{{dropdown}} More\nText.\n{fence}") == "> **More**\n>\n> Text."


def test_directives_nest(export):
    text = """
        ````{tip}
        ```{math}
        :label: eq-in
        a = b
        ```
        ````

        - item

          ```{note}
          Inside, see {eq}`eq-in`.
          ```
        """
    assert export(text) == (
        "> **Tip**\n>\n> $$\n> a = b \\tag{1}\n> $$\n\n"
        "- item\n\n  > **Note**\n  >\n  > Inside, see (1)."
    )


def test_paragraphs_are_parted_from_what_they_touch(export):
    text = "Text\n```{note}\nA\n```\nmore\n\n> Said\n> ```{math}\n> x\n> ```\n> so"
    assert export(text) == (
        "Text\n\n> **Note**\n>\n> A\n\nmore\n\n> Said\n> \n> $$\n> x\n> $$\n> \n> so"
    )


def test_figures(export):
    text = """
        See {numref}`fig-net`, {numref}`Fig. %s <fig-net>` and {ref}`fig-net`.

        ```{figure} ../figures/net.svg
        :name: fig-net
        :alt: A network: two
        :width: 80%

        The network of {cite:t}`kingma2014`.
        ```

        ```{image} ../figures/net.svg
        :alt: Again [it]
        ```

        ![inline](../figures/net.svg)
        """
    notebook = export(text)
    picture = "../../book/figures/net.svg"
    assert notebook.startswith(
        "See Figure 1, Fig. 1 and Figure 1.\n\n"
        f"![A network: two]({picture})\n\n"
        "**Figure 1.** The network of Kingma and Welling (2014).\n\n"
        f"![Again \\[it\\]]({picture})\n\n![inline]({picture})\n"
    )


def test_caption_of_a_cell_is_kept(export, course):
    options = 'mystnb: {figure: {name: fig-cell, caption: "All of $x$."}}'
    cell = f"```{{code-cell}}\n---\n{options}\n---\n1\n```"
    assert export(f"See {{numref}}`fig-cell`.\n\n{cell}") == (
        "See Figure 1.\n\n**Figure 1.** All of $x$."
    )


def test_citations_and_the_list_of_what_is_cited(export):
    notebook = export("""
        # Page

        After {cite:t}`kingma2014`, {cite}`oord2017` and {cite:p}`kingma2014, oord2017`
        """)
    text, references = notebook.split("## References\n\n")
    assert text.strip().endswith(
        "After Kingma and Welling (2014), (van den Oord et al., 2017) and "
        "(Kingma and Welling, 2014; van den Oord et al., 2017)"
    )
    first, second = references.strip().split("\n")
    assert first.startswith(
        "- Diederik\N{NO-BREAK SPACE}P. Kingma and Max Welling. Auto-encoding variational Bayes"
    )
    assert "](https://doi.org/10.1000/xyz)" in first
    assert "Aäron van\N{NO-BREAK SPACE}den Oord" in second
    html = MarkdownIt().render(references)
    assert "Neural * discrete_representation learning" in html
    assert 'href="https://example.org/a_b"' in html


def test_a_page_may_place_its_references(export):
    notebook = export("""
        {cite:t}`oord2017`

        ## Reading

        ```{bibliography}
        :filter: docname in docnames
        ```
        """)
    assert "## References" not in notebook
    assert "## Reading\n\n- Aäron" in notebook


def test_references_on_the_page_are_bold_titles(export):
    text = """
        (start)=
        # The start of $x$

        See {ref}`start`, {ref}`the start <start>`, [](#start) and [back *here*](#start).
        """
    assert export(text).endswith(
        "See **The start of $x$**, **the start**, **The start of $x$** and **back *here***."
    )


def test_references_elsewhere_are_links(export):
    text = """
        {doc}`../other/page`, {doc}`that </book/other/page>`, [it](../other/page.md),
        {ref}`there`, [](#there), [over *there*](#there), {eq}`eq-other`, {doc}`../notation`,
        {ref}`symbols`, {term}`latent`, {term}`codes <latent>`
        """
    notebook, page = "../other/page.ipynb", "../../book/notation.md"
    assert export(text) == (
        f"[The *other* page]({notebook}), [that]({notebook}), [it]({notebook}),\n"
        f"[Over there]({notebook}), [Over there]({notebook}), [over *there*]({notebook}), "
        f"[(1) of The *other* page]({notebook}), [Notation]({page}),\n"
        f"[Notation]({page}), [latent]({page}), [codes]({page})"
    )


def test_roles_in_tables_and_quotations(export):
    text = """
        | who | who | what |
        | --- | --- | ---- |
        | {cite:t}`kingma2014` | {cite:t}`kingma2014` | {math}`x` |

        > As {cite:t}`kingma2014` say,
        > and {cite:t}`oord2017
        > , kingma2014` too.
        """
    notebook = export(text)
    assert "| Kingma and Welling (2014) | Kingma and Welling (2014) | $x$ |" in notebook
    assert "> As Kingma and Welling (2014) say,\n> and van den Oord et al. (2017), King" in notebook


def test_claims_are_words_and_effort_is_said(export):
    text = """
        {effort}`easy 10`

        It costs {claim}`4.9 nats <vae/gap.nats>`, printed {printed}`0.04`.
        """
    expected = "*Easy, about 10 minutes.*\n\nIt costs 4.9 nats, printed 0.04."
    assert expected in export(text)


def test_equations_are_numbered_by_page(export):
    text = "$$\na\n$$ (eq-a)\n\n$$ b $$\n\n$$ c $$ (eq-c)\n\nBy {eq}`eq-c` and {eq}`eq-a`."
    assert export(text) == (
        "$$\na \\tag{1}\n$$\n\n$$ b $$\n\n$$\nc \\tag{2}\n$$\n\nBy (2) and (1)."
    )


def test_list_tables_and_glossaries(export):
    text = """
        ```{list-table} Sizes
        :header-rows: 1

        * - model
          - by
        * - VAE
          - {cite:t}`kingma2014`
        ```

        ```{glossary}
        code
          What an {math}`f` gives.
        ```
        """
    assert export(text).split("\n\n## References")[0] == (
        "**Sizes**\n\n| model | by |\n| --- | --- |\n| VAE | Kingma and Welling (2014) |\n\n"
        "- **code**: What an $f$ gives."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("T\n\n```{grid} 2\n```", r"page.md:14: .* the directive {grid}; allowed: note, tip, "),
        ("- x\n\n  ```{note}\n  a\n\n  {kbd}`x`\n  ```", "page.md:17: .* role {kbd}; allowed: "),
        (":::warn\nx\n:::", "page.md:12: .* the directive {warn}"),
        ("```{figure} a.svg\n:alt: x\n:zoom: y\n```", "page.md:12: {figure}: Unknown option"),
        ("```{figure} a.svg\n```", "page.md:12: there is no picture book/part/a.svg"),
        ("```{admonition}\nx\n```", r"page.md:12: {admonition}: 1 argument\(s\) required"),
        ("A\n{ref}`nowhere`", "page.md:13: no page has the label 'nowhere'"),
        ("{doc}`nowhere`", "page.md:12: there is no page book/part/nowhere.md"),
        ("{cite}`nobody`", "page.md:12: book/references.bib has no entry 'nobody'"),
        ("{claim}`4.9`", "page.md:12: write {claim}`words <page/name.value>`"),
        ("{effort}`light 5`", "page.md:12: effort is 'light 5'; expected one of easy, medium, "),
        ("{effort}`easy 0`", "page.md:12: effort is 'easy 0'; .* 1 to 240 minutes"),
        ("{eq}`symbols`", "page.md:12: eq needs an equation, 'symbols' is a section"),
        ("{term}`nothing`", "page.md:12: no glossary has the term 'nothing'"),
        ("[x](other.html)", "page.md:12: a link to 'other.html'"),
        ("A {{ word }}.", "page.md:12: .* a substitution"),
        ("Term\n: text", "page.md:12: .* a definition list"),
        ("A[^1].\n\n[^1]: note", "page.md:12: .* a footnote"),
        ("(symbols)=\n# T", "page.md:13: the label 'symbols' is also in book/notation.md:13"),
        ("```{solution-end}\n```", "page.md:12: solution-end without solution-start"),
        ("```{solution-start} ex\n```", "page.md:12: no exercise has the label 'ex'"),
    ],
)
def test_what_cannot_be_exported_is_named(export, text, message):
    with pytest.raises(CourseError, match=f"book/part/{message}"):
        export(text)


def test_pages_without_code_may_use_any_directive(course):
    course.page("intro", "# Intro\n\n```{grid} 2\n```\n\n{nothing}`x`\n")
    assert write_notebooks(course.root, executed()) == []

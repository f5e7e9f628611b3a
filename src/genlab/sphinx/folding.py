"""Solutions and hidden code open and close natively: without a script, by keyboard, in print."""

from html import escape

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import is_extension_node, solution_node

from genlab.sphinx.texts import site_texts


def connect(app: Sphinx) -> None:
    """Take over how both are written, once their extensions have registered their own ways."""
    app.connect("config-inited", register)
    app.connect("doctree-read", name_contents)


def register(app: Sphinx, config: Config) -> None:
    """Replace the translator's visitors."""
    app.add_node(solution_node, override=True, html=(visit_solution, depart_details))
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_code, depart_details))


def name_contents(app: Sphinx, document: nodes.document) -> None:
    """Give each exercise's content and each solution an id of its own that a link can use.

    sphinx-exercise calls all contents `exercise-content`, so a second one on a page is invalid,
    and numbers solutions by their place. Here a solution is `<label of its exercise>-solution`.
    """
    for box in document.findall(is_extension_node):
        if isinstance(box, solution_node):
            own = [name for name in box["ids"] if "/" not in name]  # the author's, if there is one
            box["ids"] = own or [f"{box['target_label']}-solution"]
        for section in box.findall(nodes.section):
            section["ids"] = [
                f"{box['ids'][0]}-content" if name.endswith("-content") else name
                for name in section["ids"]
            ]


def visit_solution(translator: HTML5Translator, node: nodes.Element) -> None:
    """Open `<details>` with the solution's title as its summary."""
    node["classes"] = [name for name in node["classes"] if name != "dropdown"]
    title = node.children[0]
    translator.body.append(translator.starttag(node, "details", CLASS="gl-solution"))
    translator.body.append(f"<summary>{escape(title.astext())}</summary>\n")
    node.remove(title)


def visit_hidden_code(translator: HTML5Translator, node: nodes.Element) -> None:
    """Open `<details>`; myst-nb's own label, the same for every cell, would hide the summary."""
    classes = " ".join(["hide", *node["classes"]])
    texts = site_texts(translator.config.language)
    translator.body.append(f'<details class="{classes}">\n<summary>')
    for state, prompt in (("collapsed", "prompt_show"), ("expanded", "prompt_hide")):
        text = texts.get(node[prompt], node[prompt])  # or what the author wrote for this cell
        translator.body.append(f'<span class="{state}">{escape(text)}</span>')
    translator.body.append("</summary>\n")


def depart_details(translator: HTML5Translator, node: nodes.Element) -> None:
    """Close it."""
    translator.body.append("</details>\n")

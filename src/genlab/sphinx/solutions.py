"""Solutions of exercises open and close natively, without a script, by keyboard and in print."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import is_extension_node, solution_node


def connect(app: Sphinx) -> None:
    """Take over how a solution is written, once sphinx-exercise has registered its own way."""
    app.connect("config-inited", lambda app, config: register(app))
    app.connect("doctree-read", name_contents)


def register(app: Sphinx) -> None:
    """Replace the translator's visitors of a solution."""
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))


def name_contents(app: Sphinx, document: nodes.document) -> None:
    """Give the content of each exercise and solution an id of its own.

    sphinx-exercise calls them all `exercise-content`, so a second one on a page is invalid.
    """
    for box in document.findall(is_extension_node):
        for section in box.findall(nodes.section):
            section["ids"] = [
                f"{box['label']}-content" if name.endswith("-content") else name
                for name in section["ids"]
            ]


def visit_solution(translator: HTML5Translator, node: nodes.Element) -> None:
    """Open `<details>` with the title as its summary; the title holds a link to the exercise."""
    node["classes"] = [name for name in node["classes"] if name != "dropdown"]
    title = node.children[0]
    translator.body.append(translator.starttag(node, "details", CLASS="gl-solution"))
    translator.body.append(f"<summary>{translator.encode(title.astext())}</summary>\n")
    node.remove(title)


def depart_solution(translator: HTML5Translator, node: nodes.Element) -> None:
    """Close it."""
    translator.body.append("</details>\n")

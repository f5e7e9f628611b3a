"""What the site says by itself, by language: menus, buttons, the line under a title."""

from __future__ import annotations

from collections.abc import Mapping

from genlab.texts import Table, choose

TEXTS: Table = {
    "en": {
        "run": "Run",
        "run_in": "Run in {place}",
        "run_tooltip": "Run this page as a notebook",
        "runtime": "Runs in {seconds} s on one CPU thread.",
        "front_door": "Go to the first page",
        "search": "Search",
        "search_bar": "Search the course",
        "search_found": "Pages found: {count}.",
        "search_none": "No page has the words of “{query}”.",
        "search_failed": "The list of words did not arrive: is there a connection? Load it again.",
        "claim_errors": "Errors are over {over}; the run took {seconds} s.",
        "claim_value": "Value",
        "claim_measured": "Measured",
        "claim_n": "Number of runs",
        "index": "Index",
        "contents": "On this page",
        "skip": "Skip",
        "skip_to_text": "Skip to the text",
        "skip_to_widget": "Skip to the first widget",
        "skip_to_contents": "Skip to the contents of this page",
        "back_to_top": "Back to top",
        "link_to_section": "Link to this section: {title}",
        # Names of what scrolls sideways in its own box.
        "scrolls_code": "Code that scrolls sideways",
        "scrolls_figure": "Figure that scrolls sideways",
        "scrolls_formula": "Formula that scrolls sideways",
        "scrolls_output": "Output that scrolls sideways",
        "scrolls_table": "Table that scrolls sideways",
        "toggle_pages": "Show or hide the list of pages",
        "toggle_contents": "Show the contents of this page",
        # What of a code cell is folded, by myst-nb's own word for it.
        "show_content": "Show the content",
        "hide_content": "Hide the content",
        "show_source": "Show the source",
        "hide_source": "Hide the source",
        "show_output": "Show the output",
        "hide_output": "Hide the output",
        "show_outputs": "Show the outputs",
        "hide_outputs": "Hide the outputs",
    },
}


def site_texts(language: str) -> Mapping[str, str]:
    """Choose the texts of a language, which may be written as HTML or as Sphinx writes it."""
    return choose(TEXTS, language.replace("_", "-"))

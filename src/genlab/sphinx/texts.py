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
        "claim_errors": "Errors are over {over}; the run took {seconds} s.",
        "claim_value": "Value",
        "claim_measured": "Measured",
        "claim_n": "Number of runs",
        "index": "Index",
        "contents": "On this page",
        # Instead of "With JavaScript the picture comes to life", where its modules did not come.
        "widget_missing": "The picture could not be brought to life: a script of the site did not "
        "arrive, or something in the browser blocks it.",
        "widget_from_file": "The picture cannot come to life in a page that is opened as a file; "
        "it does on the site, and from a server on your own machine.",
        "try_again": "Try again",
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

"""What a notebook says besides its page, by language."""

from __future__ import annotations

from collections.abc import Mapping

from genlab.course.notebooks import _setup_cell
from genlab.course.texts import Table, choose

TEXTS: Table = {
    "en": {
        "figure": "Figure {number}",
        "caption": "**Figure {number}.** {text}",
        "exercise": "**Exercise {number}**",
        "solution": "*Solution: on the [course page]({link}), in the box below the exercise.*",
        "references": "References",
        "elsewhere": "{words} of {title}",
        # Boxes without a title of their own.
        "note": "Note",
        "tip": "Tip",
        "warning": "Warning",
        "important": "Important",
        "dropdown": "Dropdown",
        "setup": "Setup: run this cell first",
    },
}
# What the first cell of a published notebook prints; the cell carries its own language's alone.
SETUP_TEXTS: Table = {"en": _setup_cell.TEXTS}


def notebook_texts(language: str) -> Mapping[str, str]:
    """Choose the texts of a language, as in HTML."""
    return choose(TEXTS, language)

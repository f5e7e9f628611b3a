"""What a notebook says besides its page, by language."""

from __future__ import annotations

from collections.abc import Mapping

from genlab.course.notebooks import _setup_cell
from genlab.texts import Table, choose

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
        # How hard an exercise is, and how long it takes.
        "effort": "{level}, about {minutes} minutes",
        "easy": "Easy",
        "medium": "Medium",
        "hard": "Hard",
        "setup": "Setup: run this cell first",
    },
}
# What the first cell of a published notebook prints; the cell carries its own language's alone.
SETUP_TEXTS: Table = {"en": _setup_cell.TEXTS}


LEVELS = ("easy", "medium", "hard")
LONGEST = 240  # minutes


def effort(content: str, words: Mapping[str, str]) -> str:
    """Say how hard an exercise is and how long it takes.

    Args:
        content: A level and minutes, such as `easy 10`.
        words: What a notebook says in the page's language.

    Returns:
        Such as `Easy, about 10 minutes`.

    Raises:
        ValueError: The content has another form.
    """
    level, _, minutes = content.partition(" ")
    if level not in LEVELS or not minutes.isdecimal() or not 1 <= int(minutes) <= LONGEST:
        levels = ", ".join(LEVELS)
        message = f"effort is {content!r}; expected one of {levels} and 1 to {LONGEST} minutes"
        raise ValueError(message)
    return words["effort"].format(level=words[level], minutes=int(minutes))


def notebook_texts(language: str) -> Mapping[str, str]:
    """Choose the texts of a language, as in HTML."""
    return choose(TEXTS, language)

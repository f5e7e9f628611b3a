"""An exercise's identity in a notebook: its cells say which exercise they are of, and as what."""

from __future__ import annotations

from typing import Any, NamedTuple

from nbformat import NotebookNode

KEY = "genlab"  # under which a cell's metadata holds it
PROMPT, STUB, CHECK = ROLES = ("prompt", "stub", "check")
# By the tags of the page's code cells.
ROLE_OF_TAG = {"exercise": STUB, "check": CHECK}


class Identity(NamedTuple):
    """Which exercise a cell belongs to.

    Attributes:
        label: That of the page's directive, such as `ex-add-noise`.
        role: One of `ROLES`.
    """

    label: str
    role: str

    def metadata(self) -> dict[str, Any]:
        """What a cell's metadata holds of it."""
        return {KEY: {"exercise": self.label, "role": self.role}}


def identity_of(cell: NotebookNode) -> Identity | None:
    """Read a notebook cell's identity.

    Args:
        cell: A cell of a notebook, perhaps a reader's.

    Returns:
        The identity; None for a cell of no exercise.
    """
    held = cell.metadata.get(KEY)
    if not isinstance(held, dict) or not {"exercise", "role"} <= held.keys():
        return None
    return Identity(held["exercise"], held["role"])

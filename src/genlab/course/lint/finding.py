"""Something that a rule has found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# A line of a page, from 1, and what is wrong with it.
Problem = tuple[int, str]


@dataclass(frozen=True)
class Finding:
    """Something to mend.

    Attributes:
        path: Relative to the root.
        line: From 1; 0 for a whole file or folder.
        message: What is wrong and what to do.
    """

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{place}: {self.message}"

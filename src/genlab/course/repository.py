"""The repository on GitHub that publishes the course, and the branch of its notebooks."""

import re

from genlab.course.errors import CourseError

BRANCH = "notebooks"
# GitHub's own rules: an owner has letters, digits and single hyphens inside, a name also . and _
OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}"
NAME = r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
REPOSITORY = re.compile(rf"{OWNER}/{NAME}", re.ASCII)


def valid_repository(text: str) -> bool:
    """Is `text` an owner and a name as GitHub allows them, such as `ada/course`?"""
    return REPOSITORY.fullmatch(text) is not None


def require_repository(text: str) -> None:
    """Refuse what is not `owner/name`.

    Raises:
        CourseError: `text` is something else.
    """
    if not valid_repository(text):
        raise CourseError(f"repository is {text!r}, expected owner/name, such as ada/course")

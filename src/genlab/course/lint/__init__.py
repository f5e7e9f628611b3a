"""The course's own conventions, checked."""

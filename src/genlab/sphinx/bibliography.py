"""Works are listed under the names by which the text cites them: author and year."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx


class AuthorYear(BaseLabelStyle):
    """Labels such as `LeCun et al., 1998`; two of one name and year get letters."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """One label for each entry, in their order."""
        labels = [label(entry) for entry in sorted_entries]
        total, seen = Counter(labels), Counter[str]()
        for text in labels:
            letter = chr(ord("a") + seen[text]) if total[text] > 1 else ""
            seen[text] += 1
            yield text + letter


class CourseStyle(Style):
    """The plain style, labelled by author and year."""

    default_label_style = AuthorYear


def label(entry: Entry) -> str:
    """Author and year of one entry; its key if it has no author."""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    # The rich names: LaTeX's accents are letters there.
    names = [
        " ".join(map(str, [*person.rich_prelast_names, *person.rich_last_names]))
        for person in people
    ]
    if len(names) > 2:
        names = [f"{names[0]} et al."]
    return ", ".join([" and ".join(names) or entry.key, entry.fields.get("year", "no year")])


def connect(app: Sphinx) -> None:
    """Make the style known to pybtex under the name that _config.yml uses."""
    register_plugin("pybtex.style.formatting", "course", CourseStyle, force=True)

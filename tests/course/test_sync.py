from __future__ import annotations

import pytest

from genlab.course.errors import CourseError
from genlab.course.pages.source import read_pages
from genlab.course.sync import check, sync

MODULE = '''\
"""A module that cannot be imported: the tool only reads it."""

import there_is_no_such_module

SIZE = 3


# Why it is so.
# And another reason.
@decorated(
    with_an=argument,
)
class Model(there_is_no_such_module.Base):
    """A model."""

    def forward(self, x):
        # (N, 2) -> (N, 2)
        return x


def double(x):
    return 2 * x  # a comment at the end
'''

PAGE = """\
# A page

```{code-cell} ipython3
:tags: [hide-input]

# from genlab.models.small: Model, double, SIZE
```

Text with ``code``.

```{code-cell} ipython3
print("left alone")
```
"""


@pytest.fixture
def small(course):
    course.write("src/genlab/models/small.py", MODULE)
    course.write("src/genlab/models/__init__.py", "TOP = 1\n")
    course.path = course.page("part/page", PAGE)
    return course


def test_fills_a_cell_with_the_exact_source(small):
    before = small.path.read_text()
    (stale,) = sync(small.root)
    after = small.path.read_text()
    model = MODULE[MODULE.index("# Why it is so.") : MODULE.index("\n\n\ndef double")]
    double = MODULE[MODULE.index("def double") :].rstrip("\n")
    header = "# from genlab.models.small: Model, double, SIZE"
    filled = f"{header}\n{model}\n\n\n{double}\n\n\nSIZE = 3"
    assert after == before.replace(header, filled)
    assert (str(stale.page), stale.cell.line) == ("book/part/page.md", 14)


def test_is_idempotent_and_then_checks(small):
    sync(small.root)
    stamp = small.path.stat().st_mtime_ns
    assert sync(small.root) == []
    assert small.path.stat().st_mtime_ns == stamp
    check(small.root)


def test_check_lists_each_stale_cell_with_a_diff(small):
    sync(small.root)
    small.path.write_text(small.path.read_text().replace("return 2 * x", "return 3 * x"))
    text = small.path.read_text()
    with pytest.raises(CourseError) as raised:
        check(small.root)
    message = str(raised.value)
    assert "book/part/page.md:14: differs from the package" in message
    assert "    -    return 3 * x  # a comment at the end" in message
    assert "    +    return 2 * x  # a comment at the end" in message
    assert "class Model" not in message
    assert "1 stale cell(s): run `make sync`" in message
    assert small.path.read_text() == text


def test_two_stale_cells_of_a_page_are_both_filled(small):
    again = "\n```{code-cell} ipython3\n# from genlab.models: TOP\n```\n"
    small.path.write_text(small.path.read_text() + again)
    assert len(sync(small.root)) == 2
    assert "# from genlab.models: TOP\nTOP = 1\n```" in small.path.read_text()
    check(small.root)


def test_keeps_line_endings(small):
    small.path.write_bytes(small.path.read_bytes().replace(b"\n", b"\r\n"))
    sync(small.root)
    data = small.path.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") > 30


def test_keeps_a_byte_order_mark_and_sees_the_page_behind_it(small):
    cells = read_pages(small.root)[0].cells
    small.path.write_text(small.path.read_text(), encoding="utf-8-sig")
    assert read_pages(small.root)[0].cells == cells
    assert len(sync(small.root)) == 1
    assert small.path.read_bytes().startswith(b"\xef\xbb\xbf---")
    assert sync(small.root) == []


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("genlab.models.large: Model", "there is no module genlab.models.large; .* has: small"),
        ("genlab.nothing.here: Model", "there is no module genlab.nothing.here; .* no module"),
        (
            "genlab.models.small: Modell",
            "genlab.models.small defines no Modell; it defines: SIZE, Model, double",
        ),
        ("genlab.models.small: ", "no name after `genlab.models.small:`"),
    ],
)
def test_unknown_module_or_name(small, header, message):
    small.page("part/other", f"# Other\n\n```{{code-cell}}\n# from {header}\n```\n")
    before = small.path.read_text()
    with pytest.raises(CourseError, match=f"book/part/other.md:15: {message}"):
        sync(small.root)
    assert small.path.read_text() == before


def test_a_source_with_backticks_needs_a_longer_fence(small):
    small.write("src/genlab/fenced.py", 'TEXT = """\n```\n"""\n')
    small.page("part/page", "```{code-cell}\n# from genlab.fenced: TEXT\n```\n")
    with pytest.raises(CourseError, match="more backticks"):
        sync(small.root)
    small.page("part/page", "````{code-cell}\n# from genlab.fenced: TEXT\n````\n")
    sync(small.root)
    check(small.root)


def test_a_module_with_a_syntax_error_is_named(small):
    small.write("src/genlab/models/small.py", "def broken(:\n")
    with pytest.raises(CourseError, match=r"small.py:1: cannot be read"):
        sync(small.root)

"""Numbers in prose: each rests on a record, on a cell of the page, on a citation or a reason."""

from __future__ import annotations

import json

import pytest

from genlab.course.errors import CourseError
from genlab.course.lint import conventions
from genlab.course.notebooks.export import write_notebooks

from .conftest import executed, stream

RECORD = {
    "vae/gap": {
        "what": "The gap.",
        "over": "five seeds",
        "command": "genlab claims vae/gap",
        "seconds": 1,
        "orders": [],
        "values": {
            "nats": {"mean": 4.93, "error": 0.12, "n": 5},
            "share": {"mean": 0.61, "error": 0.03, "n": 5},
        },
    }
}
PAGE = """\
# Page

{text}

```{{code-cell}} ipython3
print(result)
```

(what-next-page)=
## What next
"""


@pytest.fixture
def check(course):
    """Write a page whose only cell prints `mse 0.0416`, and give what lint finds."""

    def of(text: str, page: str = PAGE) -> list[str]:
        course.page("part/page", page.format(text=text))
        course.write("claims/vae.json", json.dumps(RECORD))
        write_notebooks(course.root, executed([stream("mse 0.0416\n")]))
        return [str(finding) for finding in conventions.lint(course.root, registry={})[0]]

    return of


@pytest.mark.parametrize(
    "text",
    [
        "The gap is {claim}`4.9 ± 0.1 nats <vae/gap.nats>`, or {claim}`61 % <vae/gap.share>`.",
        "Both: {claim}`4.93 nats and 61 % of 5 <vae/gap.nats vae/gap.share>`.",
        "The error is {printed}`0.042`.",
        "A picture has 784 numbers, the layer `conv(0.5)` and $0.25$ of them.",
        "It takes 16 steps, and 4,000 digits.",
    ],
)
def test_numbers_that_rest_on_something(check, text):
    assert check(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("It is 3 times as large.", "'3 times' rests on nothing"),
        ("It is at least fifty times as large.", "'fifty times' rests on nothing"),
        ("It costs 4.9 nats.", "'4.9' rests on nothing"),
        ("Most, 87 %, are right.", "'87 %' rests on nothing"),
        ("```{note}\nIt costs 3 nats.\n```", "'3 nats' rests on nothing"),
        ("| a | b |\n|---|---|\n| 4.9 | 5 |", "'4.9' rests on nothing"),
        ("It is {claim}`4.8 nats <vae/gap.nats>`.", "4.8 in '4.8 nats' is not what was measured"),
        ("It is {claim}`4.9 nats <vae/gap.none>`.", "there is no record 'vae/gap.none'"),
        ("It is {claim}`4.9 nats <vae/none.nats>`.", "run `genlab claims vae/none`"),
        ("It is {printed}`0.043`.", "no cell of this page prints 0.043"),
    ],
)
def test_numbers_that_rest_on_nothing(check, text, message):
    (finding,) = check(text)
    assert message in finding
    assert finding.startswith("book/part/page.md:1")


def test_a_claim_without_a_record_is_no_page(check):
    with pytest.raises(CourseError, match=r"write \{claim\}`words <page/name.value>`"):
        check("It is {claim}`4.9 nats`.")


def test_the_line_is_that_of_the_number(check):
    (finding,) = check("```{note}\n:class: x\n\nFine.\n\nIt costs 3 nats.\n```")
    assert finding.startswith("book/part/page.md:19: ")


def test_an_exception_needs_a_reason_and_a_sentence(check, course):
    text = "Sixteen numbers are 49 times fewer."
    table = '[[part.page]]\nphrase = "49 times"'
    course.write("claims/exceptions.toml", f'{table}\nreason = "784 / 16"')
    assert check(text) == []
    (finding,) = check("Nothing here.")
    assert "excepts '49 times', which no sentence needs" in finding
    course.write("claims/exceptions.toml", table)
    with pytest.raises(CourseError, match=r"claims/exceptions\.toml or a record: 'reason'"):
        check(text)


def test_a_lesson_page_says_what_next(check):
    (finding,) = check("Text.", PAGE.partition("(what-next")[0])
    assert "no section says what next" in finding
    assert "(what-next-page)=" in finding

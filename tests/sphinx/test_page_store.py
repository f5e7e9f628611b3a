"""Outputs stay with the state they were made from: prose may change, code and sources may not."""

import pytest
from small_course import COST, HEADER, LESSON

from genlab.course.build.cost import Cost
from genlab.course.build.store import BuildError, OutputStore

NAME = "book/lesson"


def test_plain_pages_have_nothing_to_execute(open_pages):
    pages = open_pages()
    assert list(pages.files) == ["book/intro", NAME]
    assert pages.notebooks() == [NAME]


def test_outputs_come_back_in_the_page(open_pages, store):
    store("two\n")
    pages = open_pages()
    assert pages.stale() == []
    cell = next(c for c in pages.executed(NAME).cells if c.cell_type == "code")
    assert cell.outputs[0].text == "two\n"


def test_a_change_of_prose_keeps_outputs(course, open_pages, store):
    store()
    text = (HEADER + LESSON).replace("Some prose", "Other prose, and more")
    (course / "book/lesson.md").write_text(text + "\nA last word.\n")
    assert open_pages().evict_stale() == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("book/lesson.md", (HEADER + LESSON).replace("print(size())", "print(size(), 1)")),
        ("toy/models.py", "def size():\n    return 3\n"),
        ("toy/base.py", "SIZE = 3\n"),
        ("requirements.txt", "torch==2\n"),
    ],
)
def test_a_change_of_what_outputs_depend_on_evicts_them(course, open_pages, store, file, text):
    store()
    (course / file).write_text(text)
    pages = open_pages()
    assert pages.evict_stale() == [NAME]
    assert pages.record(NAME) is None
    with pytest.raises(BuildError, match="make book"):
        pages.executed(NAME)


def test_a_change_elsewhere_in_the_package_keeps_outputs(course, open_pages, store):
    store()
    (course / "toy/unrelated.py").write_text("X = 2\n")
    assert open_pages().evict_stale() == []


def test_a_change_of_tags_keeps_outputs_and_is_seen(course, open_pages, store):
    store("two\n")
    (course / "book/lesson.md").write_text((HEADER + LESSON).replace("hide-input", "check"))
    pages = open_pages()
    assert pages.evict_stale() == []
    cell = next(c for c in pages.executed(NAME).cells if c.cell_type == "code")
    assert cell.metadata.tags == ["check"]
    assert cell.outputs[0].text == "two\n"
    assert pages.ledger[NAME].figures == COST.figures


def test_outputs_that_nobody_accounts_for_are_evicted(course, open_pages, store):
    store()
    (course / "_build/pages.json").unlink()
    assert open_pages().evict_stale() == [NAME]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"book/lesson": 1}', '{"book/lesson": {"a": 1}}'])
def test_an_unreadable_ledger_means_executing_again(course, open_pages, store, text):
    store()
    (course / "_build/pages.json").write_text(text)
    assert open_pages().stale() == [NAME]


def test_an_unknown_page_is_refused_with_the_known_ones(open_pages):
    with pytest.raises(BuildError, match=r"book/nothing.*book/intro, book/lesson"):
        open_pages().executed("book/nothing")


def test_a_page_in_the_toc_that_does_not_exist_is_refused(course):
    (course / "book/lesson.md").unlink()
    with pytest.raises(BuildError, match=r"book/lesson\.md: write it or take it out"):
        OutputStore(course)


def test_a_folder_without_toc_is_refused(tmp_path):
    with pytest.raises(BuildError, match=r"no _toc\.yml"):
        OutputStore(tmp_path)


def test_a_malformed_toc_is_refused(course):
    (course / "_toc.yml").write_text("format: jb-book\nchapters: 3\n")
    with pytest.raises(BuildError, match="malformed"):
        OutputStore(course)


def test_a_page_whose_cost_was_not_measured_counts_as_stale_for_the_build(open_pages, store):
    store(cost=Cost(seconds=3.2))
    pages = open_pages()
    assert pages.stale() == []
    pages.forget_unmeasured()
    assert pages.stale() == [NAME]


def test_a_byte_order_mark_does_not_hide_a_page(course, open_pages):
    page = course / "book/lesson.md"
    before = open_pages().dependencies(NAME)
    page.write_text(page.read_text(), encoding="utf-8-sig")
    assert page.read_bytes()[:3] == b"\xef\xbb\xbf"
    assert open_pages().notebooks() == [NAME]
    assert open_pages().dependencies(NAME) == before


@pytest.mark.parametrize("fence", ["```", "````", ":::", "~~~"])
@pytest.mark.parametrize("header", ["", "---\ntitle: No notebook\n---\n\n"])
def test_code_cells_that_nobody_would_execute_are_refused(course, open_pages, header, fence):
    lesson = LESSON.replace("```", fence)
    (course / "book/lesson.md").write_text(header + lesson)
    line = 5 + header.count("\n")
    with pytest.raises(BuildError, match=rf"lesson\.md:{line}: this code cell would not be exec"):
        open_pages().notebooks()


def test_a_page_that_only_tells_of_code_cells_is_plain_text(course, open_pages):
    (course / "book/lesson.md").write_text(f"Write:\n\n````md\n{LESSON}\n````\n")
    assert open_pages().notebooks() == []

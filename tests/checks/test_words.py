"""The sentences of the checks: all of them are templates of a catalogue, in every language."""

import ast
import re
import string
from pathlib import Path

import pytest

import genlab.checks
from genlab.checks import Case, Hint, exercises, run_check, say, words
from genlab.checks.catalogue import fields, said_in, templates, trees

from .test_registry import all_planted

EXERCISES, ALL_PLANTED = exercises(), all_planted()
FOLDER = Path(genlab.checks.__file__).parent
CATALOGUE = templates()
MODULES = trees(FOLDER)
ENGLISH = re.compile(r"[A-Za-z]+ [A-Za-z]{2,}|[A-Za-z]{2,} [A-Za-z]+")  # two words in a row


# -- the source ------------------------------------------------------------------------------------


def made_up(tree):
    """Templates that are neither a literal nor a variable, such as f-strings."""
    first = [call.args[0] for call in said_in(tree)]
    allowed = ast.Constant | ast.Name
    return [ast.unparse(one) for one in first if not isinstance(one, allowed)]


def unmarked(tree):
    """English in a module's code that is given to no call that says or marks it."""
    said = {id(part) for call in said_in(tree) for part in ast.walk(call.args[0])}
    quiet = {id(part) for node in ast.walk(tree) for part in never_shown(node)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr)]
    texts = [literal(node) for node in found if id(node) not in said | quiet]
    return [text for text in texts if ENGLISH.search(text)]


def never_shown(node):
    """What no reader of a page sees: docstrings, and errors for who writes a check."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return [node.value]
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        name = node.exc.func.id if isinstance(node.exc.func, ast.Name) else ""
        return ast.walk(node.exc) if name == "ValueError" else []
    return []


def literal(node):
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(one.value if isinstance(one, ast.Constant) else "x" for one in node.values)


def wrongly_filled(tree):
    """Templates whose call has other values than fields, as far as the call alone tells."""
    return [
        call.args[0].value
        for call in said_in(tree)
        if isinstance(call.args[0], ast.Constant) and call.func.id != "text"
        if None not in (given := {one.arg for one in call.keywords})  # no `**values`
        if fields(call.args[0].value) != given
    ]


@pytest.mark.parametrize("name", MODULES)
def test_sentences_are_literals_that_are_marked_and_filled(name):
    assert made_up(MODULES[name]) == []
    assert unmarked(MODULES[name]) == []
    assert wrongly_filled(MODULES[name]) == []


PLANTED_SOURCE = {
    'Hint(f"There are {n}.")': "f'There are {n}.'",
    'Hint("There are " + n)': "'There are ' + n",
    'Case("There are {}".format(n), run)': "'There are {}'.format(n)",
    'say("There are %d" % n)': "'There are %d' % n",
}


@pytest.mark.parametrize(("source", "found"), PLANTED_SOURCE.items())
def test_a_template_that_is_put_together_is_found(source, found):
    assert made_up(ast.parse(source)) == [found]


UNMARKED_SOURCE = ['x = "so it is"', 'x = f"{n} are"', 'Hint("{n}", n="so it is")', '"it is" + x']
MARKED_SOURCE = [
    '"""So it is."""',
    'Hint("So it is")',
    'x = text("So it is")',
    'x = "add_noise(x, t)"',
]


@pytest.mark.parametrize("source", UNMARKED_SOURCE)
def test_a_sentence_that_is_not_marked_is_found(source):
    assert unmarked(ast.parse(source))


@pytest.mark.parametrize("source", MARKED_SOURCE)
def test_what_is_marked_or_no_sentence_is_let_through(source):
    assert not unmarked(ast.parse(source))


@pytest.mark.parametrize("values", ["", "n=1, m=2", "m=1"])
def test_a_template_that_is_not_filled_is_found(values):
    assert wrongly_filled(ast.parse(f'Hint("There are {{n}}.", {values})')) == ["There are {n}."]
    assert wrongly_filled(ast.parse('Hint("There are {n}.", n=1)')) == []


# -- the tables ------------------------------------------------------------------------------------


def wrong_in(table):
    """What is wrong with a language's table, in words."""
    missing, extra = CATALOGUE.keys() - table.keys(), table.keys() - CATALOGUE.keys()
    other = {key for key in table.keys() & CATALOGUE.keys() if fields(table[key]) != fields(key)}
    found = {"missing": missing, "extra": extra, "other fields": other}
    return {what: sorted(keys) for what, keys in found.items() if keys}


def in_capitals(template):
    """A template in a language that a test can tell: capitals, with marks around each value."""
    said = []
    for words_, name, spec, conversion in string.Formatter().parse(template):
        said.append(words_.upper().replace("{", "{{").replace("}", "}}"))
        if name is not None:
            said.append(f"⟨{name}|{{{name}{f'!{conversion}' if conversion else ''}:{spec}}}⟩")
    return "".join(said)


CAPITALS = {template: in_capitals(template) for template in CATALOGUE}


def test_the_catalogue_holds_the_sentences_of_all_modules():
    assert CATALOGUE["{title}: not yet"] == {"title"}
    assert len(CATALOGUE) >= 100


@pytest.mark.parametrize("language", [*words.TABLES, "planted"])
def test_a_table_has_all_sentences_with_their_fields(language):
    assert wrong_in({**words.TABLES, "planted": CAPITALS}[language]) == {}


def test_a_table_with_a_mistake_is_found():
    key = "{title}: not yet"
    without = {one: said for one, said in CAPITALS.items() if one != key}
    assert wrong_in(without) == {"missing": [key]}
    assert wrong_in(CAPITALS | {"Never said.": "."}) == {"extra": ["Never said."]}
    assert wrong_in(CAPITALS | {key: "{titel}: noch nicht"}) == {"other fields": [key]}
    assert wrong_in(CAPITALS | {key: "{title!r:>9}: noch nicht"}) == {}


def test_tables_are_files(tmp_path):
    (tmp_path / "de.json").write_text('{"Yes": "Ja, natürlich"}', encoding="utf8")
    assert words.read_tables(tmp_path) == {"de": {"Yes": "Ja, natürlich"}}
    assert words.read_tables(tmp_path / "none") == {}


# -- what a reader sees ----------------------------------------------------------------------------


@pytest.fixture
def capitals(monkeypatch):
    monkeypatch.setitem(words.TABLES, "xx", CAPITALS)
    monkeypatch.setenv("GENLAB_LANGUAGE", "xx")


@pytest.mark.parametrize(
    ("language", "said"), [("xx-YY", "NOT YET"), ("en", "not yet"), ("de", "not yet"), ("", "not")]
)
def test_a_language_falls_back_on_its_parent_then_on_english(language, said, monkeypatch):
    monkeypatch.setitem(words.TABLES, "xx", CAPITALS)
    monkeypatch.setenv("GENLAB_LANGUAGE", language)
    assert said in say("{title}: not yet", title="odd")


def test_a_sentence_that_a_table_lacks_is_english(capitals):
    assert say("Nobody says {this}.", this=1) == "Nobody says 1."


def test_what_was_said_is_not_read_as_a_template_again():
    def fails():
        raise Hint(say("Yours gives {given}.", given="{x}"))

    case = Case("of {n} {{parts}}", fails, n=3)
    assert run_check("odd", [case]).lines[:2] == ("✗ of 3 {parts}", "  Yours gives {x}.")


QUOTED = {"line", "message", "error", "why"}  # a reader's own line, and what PyTorch said
VALUE = re.compile(r"⟨(\w+)\|([^⟨⟩]*)⟩")


def in_english(said):
    """What of a sentence in the planted language is English: outside of values, or as a value."""
    found = []
    while match := VALUE.search(said):
        if match[1] not in QUOTED:
            found += [match[2]] if re.search("[a-z]+ [a-z]{2,}", match[2]) else []
        said = said[: match.start()] + said[match.end() :]
    return found + re.findall("[a-z]+", said)


def test_english_that_is_left_in_a_sentence_is_found():
    assert in_english("⟨name|x⟩ GAVE ⟨given|⟨kind|int⟩ OF ⟨size|3⟩⟩.") == []
    assert in_english("⟨name|x⟩ GAVE ⟨given|one of ⟨size|3⟩⟩.") == ["one of "]
    assert in_english("⟨name|x⟩ gave.") == ["gave"]


def a_few(label):
    """Planted answers to a check: its stub, and some of those that are wrong."""
    own = [one for one in ALL_PLANTED if one.check is EXERCISES[label].check and one.hint]
    stubs = [one for one in own if one.kind == "stub"]
    others = [one for one in own if one.kind == "wrong"]
    return [*stubs[:1], *others[:: max(1, len(others) // 6)]]


@pytest.mark.parametrize("label", EXERCISES)
def test_a_check_speaks_another_language_in_sentences_of_the_catalogue(
    label, capitals, monkeypatch
):
    said, translated = [], words.translated
    monkeypatch.setattr(words, "translated", lambda key: said.append(key) or translated(key))
    for one in a_few(label):
        lines = one.check(*one.answers).lines
        assert len(lines) >= 3
        assert [in_english(line) for line in lines] == [[]] * len(lines), lines
    assert said and set(said) <= CATALOGUE.keys()

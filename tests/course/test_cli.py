from __future__ import annotations

import pytest
from typer.testing import CliRunner

from genlab.checks import registry
from genlab.course.cli import app
from genlab.recipes import run as recipes


def run(*arguments: str):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("name", ["book", "notebooks", "sync", "lint", "stamp", "train"])
def test_every_command_has_help(name):
    outcome = run(name, "--help")
    assert outcome.exit_code == 0
    assert "Usage" in outcome.output


def test_sync_and_its_check(course):
    course.write("src/genlab/small.py", "SIZE = 1\n")
    course.page("page", "```{code-cell}\n# from genlab.small: SIZE\n```\n")
    outcome = run("sync", "--check", "--root", course.root)
    assert outcome.exit_code == 1
    assert "genlab sync: book/page.md:12: differs" in outcome.output
    assert "Traceback" not in outcome.output
    outcome = run("sync", "--root", course.root)
    assert (outcome.exit_code, outcome.output) == (0, "book/page.md:12: filled\n")
    assert run("sync", "--check", "--root", course.root).exit_code == 0


def test_lint_prints_its_table_and_findings(course, monkeypatch):
    # The package's own checks belong to exercises that this course has not.
    monkeypatch.setattr(registry, "exercises", dict)
    course.page("page", "# P\n\n```{code-cell}\nprint(1);\n```\n")
    outcome = run("lint", "--root", course.root)
    assert outcome.exit_code == 1
    assert "code cells  print text  compared" in outcome.output
    assert "2 finding(s)" in outcome.output


def test_a_folder_that_is_no_course(tmp_path):
    outcome = run("lint", "--root", tmp_path)
    assert outcome.exit_code == 1
    assert "there is no folder book in" in outcome.output


def test_stamp_refuses_bad_input(course):
    out = course.root / "out"
    bad = run("stamp", "--repository", "x", "--commit", "y", "--out", out, "--root", course.root)
    assert bad.exit_code == 1
    assert "genlab stamp: repository is 'x'" in bad.output


@pytest.mark.parametrize(("arguments", "names"), [((), None), (("a", "b"), ["a", "b"])])
def test_train_hands_on_its_names(monkeypatch, arguments, names):
    asked = []

    def train(names, shards, source):
        asked.append((names, shards, source))

    monkeypatch.setattr(recipes, "train_checkpoints", train)
    assert run("train", *arguments).exit_code == 0
    assert run("train", *arguments, "--shards", "2", "--source", "hub").exit_code == 0
    assert asked == [(names, 0, "embedded"), (names, 2, "hub")]


def test_train_names_a_source_that_there_is_not():
    bad = run("train", "unet-basic", "--source", "disk")
    assert bad.exit_code == 1
    assert "source is 'disk'; expected one of embedded, hub" in bad.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("measure", "vae-2d", "--sets", 4), "got 4 sets of samples; expected 5 to 100"),
        (("measure", "vae-2d", "--sets", 101), "got 101 sets of samples; expected 5 to 100"),
        (("measure", "vae-2d", "--first-seed", -1), "the first seed is -1; expected 0 to"),
        (("measure", "vae-2d", "--first-seed", 2**31 - 5), "the first seed is 2147483643"),
        (("measure", "nothing"), "'nothing' has no recipe; there are: digit-classifier"),
        (("claims", "vae/nothing"), "there is no measurement 'vae/nothing'; there are:"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(arguments, message):
    outcome = run(*arguments)
    assert outcome.exit_code == 1
    assert message in outcome.output
    assert "Traceback" not in outcome.output


def test_recorded_claims_are_listed():
    outcome = run("claims", "--list")
    assert outcome.exit_code == 0
    assert "vae/gap" in outcome.output

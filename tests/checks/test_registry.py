"""Every exercise of the pages has a check, and every check its planted answers."""

import importlib
import pkgutil
from collections import Counter
from pathlib import Path

import pytest

from genlab.checks import Result, exercise, exercises
from genlab.checks.registry import _exercises

from . import pages
from .planted import Planted, judged
from .planted import solution as planted_solution

EXERCISES = exercises()


def test_the_registry_holds_the_exercises_of_the_pages():
    found = {label: one.page.replace("_", "-") for label, one in EXERCISES.items()}
    assert found == pages.labels()
    assert len(found) >= 27


@pytest.mark.parametrize("label", EXERCISES)
def test_the_page_calls_the_registered_check(label):
    name, _ = pages.called_with(label)
    one = EXERCISES[label]
    module = importlib.import_module(f"genlab.checks.{one.page}")
    assert getattr(module, name) is one.check
    assert one.label == label
    assert one.points in (1, 2, 3, 4)


@pytest.mark.parametrize("label", EXERCISES)
def test_the_solution_on_the_page_passes(label, capsys):
    names, (_, called) = pages.solution(label), pages.called_with(label)
    answers = [names[name] for name in called]
    judged(planted_solution(EXERCISES[label].check, *answers), capsys)


def all_planted() -> list[Planted]:
    """Collect the tables of all test modules here."""
    found = []
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name.startswith("test_") and module.name != "test_registry":
            loaded = importlib.import_module(f"{__package__}.{module.name}")
            found += getattr(loaded, "PLANTED", [])
    return found


@pytest.mark.parametrize("label", EXERCISES)
def test_every_check_has_its_planted_answers(label):
    kinds = Counter(one.kind for one in all_planted() if one.check is EXERCISES[label].check)
    assert kinds["stub"] >= 1
    assert kinds["wrong"] >= 5
    assert kinds["unusual"] >= 2


def test_a_label_belongs_to_one_check():
    def check_of_another_page(answer) -> Result: ...

    with pytest.raises(ValueError, match=r"'ex-add-noise' is registered for add_noise already"):
        exercise("ex-add-noise", points=1)(check_of_another_page)
    assert _exercises["ex-add-noise"].page == "noise"


def test_pages_come_in_order_each_in_one_piece():
    in_order = [one.page for one in EXERCISES.values()]
    assert in_order == sorted(in_order)
    with pytest.raises(TypeError):
        EXERCISES["ex-mine"] = None

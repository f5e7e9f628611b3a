"""What every check has in common: each is given the same odd answers, built on the page's own."""

import functools
import math
import sys

import numpy as np
import pytest
import torch
from torch import Tensor

from genlab.checks import exercises

from . import pages
from .planted import Planted, judged

EXERCISES = exercises()


def solutions(label):
    names, (_, called) = pages.solution(label), pages.called_with(label)
    return [names[name] for name in called]


def judge(label, answers, hint, name, capsys):
    check = EXERCISES[label].check
    return judged(Planted(check, tuple(answers), hint, "wrong", name), capsys)


def converted(result, dtype):
    """Return a result with its tensors of floats in another dtype; networks stay as they are."""
    if isinstance(result, Tensor):
        return result.to(dtype) if result.is_floating_point() else result
    if type(result) in (tuple, list):
        return type(result)(converted(part, dtype) for part in result)
    return result


# -- right answers in another dress ----------------------------------------------------------------


class Called:
    def __init__(self, function):
        self.function = function

    def __call__(self, *inputs):
        return self.function(*inputs)


def in_double(function):
    def answer(*inputs):
        # A tuple holds what the answer gave before, such as a cache: it is used to its own dtype.
        own = [converted(one, torch.float32) if type(one) is tuple else one for one in inputs]
        return converted(function(*own), torch.float64)

    return answer


def with_inputs_as_copies(function):
    def answer(*inputs):
        return function(*[one.clone() if isinstance(one, Tensor) else one for one in inputs])

    return answer


DRESSES = [functools.partial, Called, with_inputs_as_copies]


@pytest.mark.parametrize("dress", DRESSES, ids=lambda dress: dress.__name__)
@pytest.mark.parametrize("label", EXERCISES)
def test_right_in_another_dress(label, dress, capsys):
    judge(label, [dress(one) for one in solutions(label)], None, dress.__name__, capsys)


@pytest.mark.parametrize("label", EXERCISES)
def test_right_in_double_precision(label, capsys):
    judge(label, map(in_double, solutions(label)), None, "float64", capsys)


# -- what is wrong on every check ------------------------------------------------------------------


def exits(*inputs):
    sys.exit("enough")


def recursive(*inputs):
    return recursive(*inputs)


def fails(*inputs):
    raise ValueError("no idea")


def inside_pytorch(*inputs):
    return torch.nn.functional.linear(torch.ones(2, 3), torch.ones(2, 4))


BROKEN = {
    "None": (None, "A function is expected, None came"),
    "number": (1.5, "A function is expected, a float came"),
    "tensor": (torch.ones(2), "A function is expected, a Tensor came"),
    "exit": (exits, "Your code ends the program (SystemExit)"),
    "recursion": (recursive, "RecursionError at `return recursive(*inputs)`"),
    "error": (fails, 'ValueError at `raise ValueError("no idea")`: no idea'),
    "PyTorch": (inside_pytorch, "at `return torch.nn.functional.linear(torch.ones(2, 3), torch."),
}


@pytest.mark.parametrize(("broken", "hint"), BROKEN.values(), ids=list(BROKEN))
@pytest.mark.parametrize("label", EXERCISES)
def test_what_is_broken(label, broken, hint, capsys):
    _, *others = solutions(label)
    judge(label, [broken, *others], hint, "broken", capsys)


RESULTS = {
    "None": None,
    "text": "much",
    "truth": True,
    "NaN": math.nan,
    "complex": 1j,
    "tensor of NaN": torch.full((2, 2), math.nan),
    "complex tensor": torch.ones(2, dtype=torch.complex64),
    "empty tensor": torch.ones(0),
    "meta tensor": torch.ones(3, device="meta"),
    "array": np.ones(3),
    "empty list": [],
    "empty tuple": (),
    "pair": (None, None),
    "pair of text": ("a", "b"),
    "dictionary": {},
    "object": object,
    "function": len,
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=list(RESULTS))
@pytest.mark.parametrize("label", EXERCISES)
def test_what_is_no_result(label, result, capsys):
    for place, _ in enumerate(answers := solutions(label)):
        given = [*answers[:place], lambda *inputs: result, *answers[place + 1 :]]
        outcome = judge(label, given, " ", "no result", capsys)
        assert "cannot be judged" not in outcome.lines[-2]
        assert "Your code stopped" not in outcome.lines[-2]


def writes_over_its_inputs(function):
    def answer(*inputs):
        result = function(*[one.clone() if isinstance(one, Tensor) else one for one in inputs])
        with torch.no_grad():
            for one in inputs:
                if isinstance(one, Tensor):
                    one.copy_(~one if one.dtype == torch.bool else one + 1)
        return result

    return answer


@pytest.mark.parametrize("label", EXERCISES)
def test_inputs_stay_as_they_are(label, capsys):
    for place, answer in enumerate(answers := solutions(label)):
        seen = []

        def notes(*inputs, answer=answer, seen=seen):
            seen += [one for one in inputs if isinstance(one, Tensor)]
            return answer(*inputs)

        judge(label, [*answers[:place], notes, *answers[place + 1 :]], None, "notes", capsys)
        if seen:
            given = [*answers[:place], writes_over_its_inputs(answer), *answers[place + 1 :]]
            judge(label, given, "which the caller still needs", "writes over", capsys)


def test_an_interrupt_passes_through_every_check():
    def interrupted(*inputs):
        raise KeyboardInterrupt

    for label, exercise in EXERCISES.items():
        _, *others = solutions(label)
        with pytest.raises(KeyboardInterrupt):
            exercise.check(interrupted, *others)

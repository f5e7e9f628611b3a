"""What holds for every check: how answers are called, judged, quoted, and what is left behind."""

import functools
import io
import linecache
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from genlab.checks import (
    Answer,
    Case,
    Hint,
    close,
    exercise,
    expect_values,
    run_check,
)
from genlab.checks.registry import _exercises
from genlab.checks.surroundings import own_surroundings

from .planted import STUB


@pytest.fixture
def double():
    """A check that asks for twice its input; registered for the time of one test."""

    @exercise("ex-double", points=1)
    def double(answer):
        def compare():
            x = torch.arange(3.0)
            got = expect_values(answer(x), (3,), "double")
            if not close(got, 2 * x, 1e-6):
                raise Hint("Yours is not twice x.")

        return run_check("double", [Case("it doubles", compare)])

    yield double
    del _exercises["ex-double"]


def said(result):
    """The hint among the lines of a result."""
    assert not result.passed
    return result.lines[-2].strip()


class Doubles:
    def __call__(self, x):
        return x + x


class DoublesAsModule(nn.Module):
    def forward(self, x):
        return 2 * x


def times(factor, x):
    return factor * x


def on_a_copy(x):
    x = x.clone()
    x *= 2
    return x


RIGHT = {
    "a lambda": lambda x: 2 * x,
    "an instance": Doubles(),
    "a module": DoublesAsModule(),
    "a partial": functools.partial(times, 2),
    "any arguments": lambda *inputs: 2 * inputs[0],
    "a built-in": torch.full((3,), 2.0).mul,
    "float64": lambda x: 2 * x.double(),
    "float16": lambda x: 2 * x.half(),
    "integers": lambda x: 2 * x.long(),
    "with gradients": lambda x: nn.Parameter(2 * x),
    "sparse": lambda x: (2 * x).to_sparse(),
    "a view": lambda x: (2 * x).flip(0).flip(0)[:],
    "over NumPy": lambda x: torch.from_numpy(2 * x.numpy()),
    "in place on a copy": on_a_copy,
}


@pytest.mark.parametrize("answer", RIGHT.values(), ids=list(RIGHT))
def test_what_is_right_by_value_passes(double, answer, capsys):
    assert double(answer).passed
    assert capsys.readouterr().out == "✓ it doubles\ndouble: passed\n"


def writes_over(x):
    x *= 2
    return x


def reshapes(x):
    return 2 * x.unsqueeze_(0)[0]


def through_numpy(x):
    array = x.numpy()
    array += array
    return x


def recursive(x):
    return recursive(x)


def of_a_library(x):
    return nn.Module()(x)


def not_implemented_by_pytorch(x):
    raise NotImplementedError


def calls_a_stub_of_its_own(x):
    return not_implemented_by_pytorch(x)


def inside_pytorch(x):
    return torch.nn.functional.interpolate(x, scale_factor=2, mode="none")


def inside_the_standard_library(x):
    return functools.reduce(lambda a, b: a / 0, [1, 2])


def exits(x):
    sys.exit(1)


class SilentError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def without_words(x):
    raise SilentError


def long_winded(x):
    raise ValueError("a" * 1000 + "\nand more")


WRONG = {
    "in place": (writes_over, "Your code changes x, which the caller still needs: work on a copy"),
    "in place, shape": (reshapes, "Your code changes x,"),
    "in place, NumPy": (through_numpy, "Your code changes x,"),
    "in place, lambda": (lambda *x: x[0].mul_(2), "Your code changes its argument number 1,"),
    "in place, built-in": (torch.Tensor.add_, "stopped with TypeError"),
    "None": (None, "A function is expected, None came: give its name alone, without brackets."),
    "a tensor": (torch.ones(3), "A function is expected, a Tensor came"),
    "a class": (Doubles, "A function is expected, the class Doubles came."),
    "gives nothing": (lambda x: None, "double gave None. Does every path"),
    "gives a list": (lambda x: [0, 2, 4], "double gave a list; a torch tensor is expected."),
    "gives an array": (lambda x: 2 * x.numpy(), "gave a ndarray; a torch tensor is expected."),
    "shape": (lambda x: x[:2], "double has shape (2,); (3) is expected."),
    "empty": (lambda x: x[:0], "double has shape (0,); (3) is expected."),
    "NaN": (lambda x: x / 0 * 0, "not finite"),
    "infinite": (lambda x: 1 / x, "not finite"),
    "complex": (lambda x: 2 * x + 0j, "dtype torch.complex64; real numbers are expected"),
    "bool": (lambda x: x > 1, "dtype torch.bool; real numbers are expected"),
    "meta": (lambda x: x.to("meta"), "double has no values: it is on the device meta."),
    "arguments": (lambda x, y: x, "Your code stopped with TypeError: "),
    "recursion": (recursive, "Your code stopped with RecursionError at `return recursive(x)`"),
    "exit": (exits, "Your code ends the program (SystemExit): return a value instead."),
    "PyTorch": (inside_pytorch, " at `return torch.nn.functional.interpolate(x, scale_factor=2,"),
    "reduce": (inside_the_standard_library, "ZeroDivisionError at `return functools.reduce("),
    "no words": (
        without_words,
        "Your code stopped with SilentError at `raise SilentError`: (an error",
    ),
    "many words": (long_winded, "a" * 300 + "..."),
    "library stub": (of_a_library, "stopped with NotImplementedError at `return nn.Module()(x)`"),
    "built-in": (torch.unsqueeze, "Your code stopped with TypeError: unsqueeze()"),
    "generator": (lambda x: (2 * one for one in x), "gave a generator; a torch tensor"),
}


@pytest.mark.parametrize(("answer", "hint"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_gets_a_sentence(double, answer, hint):
    words = said(double(answer))
    assert hint in words
    assert "\n" not in words and len(words) < 450


def test_a_stub_is_called_so_and_nothing_else(double):
    assert "  " + said(double(calls_a_stub_of_its_own)) == STUB
    no_kernel = Case("x", lambda: Answer(lambda: torch.ones(2).to("meta").item())())
    assert "still the stub" not in said(run_check("x", [no_kernel]))


def test_an_interrupt_passes_through(double):
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        double(interrupted)


def test_the_quoted_line_is_that_of_the_readers_cell(double):
    cell, names = "/tmp/ipykernel_1/2.py", {"torch": torch}
    source = "def answer(x):\n    return torch.nn.Linear(4, 4)(x)  # three came\n"
    exec(compile(source, cell, "exec"), names)
    # Without the cell's text there is no line to quote, and none of another file is.
    assert said(double(names["answer"])).startswith("Your code stopped with RuntimeError: ")
    linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)  # as IPython does
    assert " at `return torch.nn.Linear(4, 4)(x)  # three came`: " in said(double(names["answer"]))


def test_what_a_check_cannot_read_is_not_called_the_readers_error():
    case = Case("x", functools.partial(close, "no tensor", torch.ones(1), 1e-5))
    words = said(run_check("odd", [case]))
    assert words.startswith("This answer cannot be judged, it leads to AttributeError: ")


# -- surroundings ----------------------------------------------------------------------------------


def test_what_a_check_touches_is_put_back(double, recwarn):
    def touches(x):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.manual_seed(1)
        np.random.seed(1)
        warnings.warn("look here", stacklevel=1)
        return 2 * x + 0 * torch.rand(3)

    state, numpy = torch.get_rng_state(), np.random.get_state()[1]
    assert double(touches).passed
    assert torch.get_default_dtype() == torch.float32 and torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), state)
    assert (np.random.get_state()[1] == numpy).all()
    assert not recwarn.list


def test_a_check_starts_the_same_whatever_the_reader_has_set():
    def drawn():
        with own_surroundings():
            return torch.rand(1).item(), np.random.rand(), torch.ones(1).requires_grad_().dtype

    first = drawn()
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    try:
        with torch.inference_mode():
            assert drawn() == first
        assert torch.get_default_device().type == "meta"
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)


# -- consoles --------------------------------------------------------------------------------------

PROGRAM = """
import sys
from genlab.checks import noise as check
{before}
def answer(*_):
    raise ValueError("naïve ✓")
check.add_noise(answer)
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_without_ticks_gets_plain_signs(encoding):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before="")], capture_output=True, env=environment
    )
    assert run.returncode == 0, run.stderr
    first, hint, last = run.stdout.decode(encoding).splitlines()
    assert first == "no one image" and last == "add_noise: not yet"
    assert hint.endswith(r"na\xefve ok")


@pytest.mark.parametrize("stream", ["None", "closed"])
def test_no_console_at_all(stream, monkeypatch, double):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", None if stream == "None" else closed)
    assert double(lambda x: 2 * x).passed

"""How answers are called, and how what they give is read: copies, tensors, numbers."""

import copy
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from genlab.checks import (
    Answer,
    Hint,
    close,
    expect_number,
    expect_tensor,
    expect_values,
    refuse,
    tolerance,
)
from genlab.diffusion.schedules import Rates

# -- inputs ----------------------------------------------------------------------------------------


def adds_in_place(value):
    value += 1


CHANGES = {
    "a tensor": (torch.ones(2), adds_in_place),
    "an expanded tensor": (torch.ones(1).expand(2), adds_in_place),
    "an array": (np.ones(2), adds_in_place),
    "a list": ([1, 2], lambda value: value.append(3)),
    "a tensor in a list": ([torch.ones(2)], lambda value: value[0].zero_()),
    "a tensor in a named tuple": (
        Rates(torch.ones(1), torch.ones(1)),
        lambda value: value.noise.neg_(),
    ),
    "a list in a tuple": ((1, [2]), lambda value: value[1].append(3)),
    "a dictionary": ({"a": torch.ones(2)}, lambda value: value.pop("a")),
    "a tensor in a dictionary": ({"a": torch.ones(2)}, lambda value: value["a"].t_().zero_()),
}


@pytest.mark.parametrize(("value", "change"), CHANGES.values(), ids=list(CHANGES))
def test_every_kind_of_input_is_handed_out_as_a_copy(value, change):
    before = copy.deepcopy(value)
    with pytest.raises(Hint, match=r"Your code changes (its argument number 1|value), which the"):
        Answer(change)(value)
    assert repr(value) == repr(before)
    Answer(lambda value: copy.deepcopy(value))(value)


def test_nan_among_the_inputs_is_no_change():
    Answer(lambda *given: None)(torch.tensor([math.nan]), np.array([math.nan]))


def test_a_network_keeps_its_weights():
    net = nn.Linear(2, 2)

    def trained(net):
        with torch.no_grad():
            net.weight += 1

    with pytest.raises(Hint, match="The network that was given has changed"):
        Answer(trained)(net)
    Answer(trained, may_change=(nn.Module,))(net)


def test_gradients_reach_the_inputs_through_their_copies():
    x = torch.ones(2, requires_grad=True)
    (gradient,) = torch.autograd.grad(Answer(lambda x: (x**2).sum())(x), x)
    assert gradient.tolist() == [2, 2]


# -- numbers ---------------------------------------------------------------------------------------

NUMBERS = [1, 1.0, Fraction(1), np.float32(1), np.int64(1), torch.tensor(1), torch.ones(1, 1)]
NUMBERS += [np.array(1), torch.ones((), requires_grad=True), torch.ones((), dtype=torch.float16)]
NO_NUMBERS = [True, np.True_, torch.tensor(True), 1j, torch.tensor(1j), "1", b"1", "", [1], (1,)]
NO_NUMBERS += [torch.ones(2), torch.ones(0), np.ones(0), {}, 10**400, torch.ones((), device="meta")]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_numbers_of_every_kind(number):
    assert expect_number(number, "it") == 1


@pytest.mark.parametrize("other", NO_NUMBERS, ids=range(len(NO_NUMBERS)))
def test_what_is_no_number(other):
    with pytest.raises(Hint, match=r"it gave .*; one number is expected\."):
        expect_number(other, "it")


@pytest.mark.parametrize("number", [math.nan, -math.inf, torch.tensor(math.inf)])
def test_what_is_not_finite(number):
    with pytest.raises(Hint, match="a finite number is expected"):
        expect_number(number, "it")
    assert not math.isfinite(expect_number(number, "it", finite=False))


def test_tolerance_follows_the_dtype():
    assert tolerance(torch.ones(1), 1e-5) == 1e-5
    assert tolerance(torch.ones(1, dtype=torch.float64), 1e-9) == 1e-9
    assert tolerance(torch.ones(1, dtype=torch.float16), 1e-5) > 1e-3
    assert tolerance(torch.ones(1, dtype=torch.long), 1e-5) == tolerance(1.0, 1e-5) == 1e-5


def test_a_tensor_is_returned_as_it_came():
    came = torch.ones(2, 5, requires_grad=True)
    assert expect_tensor(came, (2, ...), "it") is came
    assert expect_values(came, (2, ...), "it").dtype == torch.float64
    assert expect_values(came / 0, (2, 5), "it", finite=False).isinf().all()


def test_values_are_compared_whatever_their_dtype():
    assert close(torch.ones(2), torch.ones(2, dtype=torch.long), 0)
    assert not close(torch.ones(2), torch.ones(2, dtype=torch.float64) + 1e-3, 1e-4)
    assert close(torch.full((2,), 100.0), torch.full((2,), 101.0), atol=0, rtol=0.02)
    assert not close(torch.full((2,), math.nan), torch.full((2,), math.nan), 1)


def test_the_first_known_mistake_is_named():
    known = [(torch.zeros(2), "nought"), (torch.ones(2), "one"), (torch.ones(2), "again")]
    with pytest.raises(Hint, match=r"^one$"):
        refuse(torch.ones(2), known, 1e-3)
    refuse(torch.full((2,), 2.0), known, 1e-3)

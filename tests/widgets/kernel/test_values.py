"""Values declared once: what is checked in Python is what JavaScript is told."""

from __future__ import annotations

import pytest
import traitlets

from genlab.widgets.kernel.values import (
    declarations,
    letters,
    number,
    one_of,
    ranges_of,
    whole,
    word_of,
)


class Host(traitlets.HasTraits):
    """A widget as far as values go."""

    most = 5
    t = whole(0, 999)
    stage = whole(1, lambda host: host.most, default=1)
    size = one_of([1, 2, 16], default=1, key="numbers")
    beta = one_of(lambda _host: [0.5, 2.0], default=0.5, sentence="{value} is not in {there}")
    schedule = word_of(["linear", "cosine"], default="linear")
    z = number(-1, 1)
    missing = number(lambda _host: None, lambda _host: None)
    text = letters(lambda _host: "abc", most=lambda _host: 2, check=lambda *_given: None)
    plain = traitlets.Int()


DECLARED = declarations(vars(Host))


def test_ranges_stand_in_the_order_of_declaration_under_the_keys_of_a_link():
    assert list(ranges_of(Host(), DECLARED).items()) == [
        ("t", {"whole": [0, 999]}),
        ("stage", {"whole": [1, 5]}),
        ("numbers", {"oneOf": [1, 2, 16], "trait": "size"}),
        ("beta", {"oneOf": [0.5, 2.0]}),
        ("schedule", {"words": ["linear", "cosine"]}),
        ("z", [-1, 1]),
        ("text", {"letters": "abc", "most": 2}),
    ]


def test_a_bound_follows_the_widget():
    host = Host()
    host.most = 7
    DECLARED["stage"].check(host, "stage", 7)
    assert ranges_of(host, DECLARED)["stage"] == {"whole": [1, 7]}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("t", 1000, "t is 1000; expected a whole number from 0 to 999"),
        ("stage", 0, "stage is 0; expected a whole number from 1 to 5"),
        ("size", 3, "size is 3; expected one of 1, 2, 16"),
        ("beta", 3.0, "3 is not in 0.5, 2"),
        ("schedule", "square", "schedule is 'square'; expected one of linear, cosine"),
        ("z", 1.5, "z is 1.5; expected a number from -1 to 1"),
        ("z", float("nan"), "z is nan; expected a number from -1 to 1"),
    ],
)
def test_what_a_value_cannot_be(name, value, message):
    with pytest.raises(ValueError) as caught:
        DECLARED[name].check(Host(), name, value)
    assert str(caught.value) == message

"""Numbers of the prose against numbers that were measured."""

import pytest

from genlab.claims.wording import is_measured, is_printed, numbers
from genlab.measured import Measured


def written(text):
    return next(iter(numbers(text)))


def test_numbers_are_found_as_they_are_written():
    text = "From 1,234.5 to 97 %, a \N{MINUS SIGN}0.3, 10-20, conv2d, x0."
    found = [number.text for number in numbers(text)]
    assert found == ["1,234.5", "97 %", "\N{MINUS SIGN}0.3", "10", "20"]


@pytest.mark.parametrize(
    ("text", "exact", "fits"),
    [
        ("4.9", 4.94, True),
        ("4.9", 4.96, False),
        ("5", 4.6, True),
        ("30", 27.0, False),
        ("1,230", 1234.0, True),
        ("1,234", 1232.0, False),
        ("1,200", 1240.0, True),
        ("100", 104.0, True),
        ("100", 106.0, False),
        ("4.9", -4.9, True),  # "falls by 4.9"
        ("0.05", 0.0449, False),
    ],
)
def test_a_number_is_rounded_as_it_is_written(text, exact, fits):
    assert written(text).is_rounded(exact) is fits


def test_mean_error_count_and_percentages_are_measured():
    values = [Measured(0.612, 0.034, 5), Measured(2.0)]
    assert all(is_measured(n, values) for n in numbers("0.61 ± 0.03, 61 %, 3 %, 5 seeds, 2"))
    assert not any(is_measured(n, values) for n in numbers("0.62, 0.04, 62 %, 4 seeds"))


def test_printed_numbers_may_be_rounded_further_but_not_guessed():
    printed = list(numbers("loss 0.0416  share 0.87  12.3%  total 1,234"))
    assert all(is_printed(n, printed) for n in numbers("0.04, 0.042, 87 %, 12 %, 1,234, 1,230"))
    assert not any(is_printed(n, printed) for n in numbers("0.041, 88 %, 12.34, 1,235"))

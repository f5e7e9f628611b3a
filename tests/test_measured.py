"""Numbers with errors: against NumPy, and orders that the errors do or do not allow."""

import numpy as np
import pytest

from genlab.measured import (
    LARGER,
    NO_DIFFERENCE,
    SMALLER,
    Measured,
    compare,
    difference,
    exceeds_error,
    paired,
)


def test_mean_and_standard_error_as_numpy_has_them():
    values = np.random.default_rng(0).normal(size=7)
    measured = Measured.of(values)
    assert abs(measured.mean - values.mean()) < 1e-12
    assert abs(measured.error - values.std(ddof=1) / np.sqrt(7)) < 1e-12
    assert measured.n == 7


def test_one_value_has_no_error():
    assert Measured.of([3.0]) == Measured(3.0, None, 1)


def test_a_figure_draws_three_digits():
    assert Measured(12.3456, 0.98765, 5).drawn() == (12.3, 0.988)
    assert Measured(155.2).drawn() == (155.0, 0.0)


@pytest.mark.parametrize(
    ("mean", "error", "written"),
    [
        (14.72, 0.41, "14.7 ± 0.4"),
        (14.72, 0.14, "14.72 ± 0.14"),
        (1234.0, 56.0, "1230 ± 60"),
        (0.04123, 0.00099, "0.0412 ± 0.0010"),
        (7.0, 2.6, "7 ± 3"),
        (0.04123, None, "0.0412"),
        (2.0, 0.0, "2"),
    ],
)
def test_digits_follow_the_error(mean, error, written):
    assert str(Measured(mean, error, 5)) == written


def test_a_format_is_that_of_mean_and_error():
    assert f"{Measured(1.234, 0.056, 3):.2f}" == "1.23 ± 0.06"
    assert f"{Measured(1.234):.1f}" == "1.2"
    assert f"{Measured(1.0, 0.5, 3)}" == "1.0 ± 0.5"
    assert str(Measured(1.0, 0.25, 3).times(-2)) == "-2.0 ± 0.5"


def test_an_order_needs_more_than_two_errors_of_the_difference():
    a = Measured(1.0, 0.3, 5)  # the error of a difference is 0.5
    assert compare(a, Measured(2.01, 0.4, 5)) == SMALLER
    assert compare(a, Measured(-0.01, 0.4, 5)) == LARGER
    assert compare(a, Measured(1.99, 0.4, 5)) == NO_DIFFERENCE
    assert compare(a, Measured(0.01, 0.4, 5)) == NO_DIFFERENCE


def test_the_errors_of_independent_measurements_add_in_squares():
    assert difference(Measured(1.0, 0.3, 5), Measured(3.0, 0.4, 3)) == Measured(2.0, 0.5, 3)


def test_one_draw_shows_no_order():
    with pytest.raises(ValueError, match="needs the errors of both"):
        compare(Measured(1.0), Measured(2.0, 0.1, 5))


def test_pairs_lose_what_their_seeds_share():
    base = np.array([1.0, 5.0, 9.0])
    difference = paired(base, base + np.array([0.9, 1.0, 1.1]))
    assert abs(difference.mean - 1.0) < 1e-12
    assert difference.error < 0.06
    assert exceeds_error(difference)
    assert not exceeds_error(paired(base + 1, base))
    assert not exceeds_error(Measured(0.1, 0.06, 3))
    assert not exceeds_error(Measured(5.0))


@pytest.mark.parametrize(("a", "b"), [([1.0], [2.0]), ([1.0, 2.0], [1.0])])
def test_pairs_need_partners(a, b):
    with pytest.raises(ValueError, match="equally many, two or more"):
        paired(a, b)


@pytest.mark.parametrize(
    "arguments", [(float("nan"),), (1.0, float("inf")), (1.0, -1.0), (1.0, 0.1, 0)]
)
def test_what_is_no_measurement_is_refused(arguments):
    with pytest.raises(ValueError, match="got "):
        Measured(*arguments)


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="got no values"):
        Measured.of([])

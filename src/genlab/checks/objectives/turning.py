"""The check of the exercise on the angle: where v comes from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from genlab.checks import (
    Case,
    Hint,
    Result,
    close,
    exercise,
    expect_values,
    refuse,
    run_check,
    text,
    tolerance,
)
from genlab.checks.objectives.reference import IMAGES, a_pair

Slope = Callable[[Tensor, Tensor, float, float], Any]
Turn = Callable[[Tensor, Tensor, float], Any]


@exercise("ex-angle", points=3)
def angle(slope: Slope, turn: Turn) -> Result:
    """Check (x0, eps, phi, h) -> difference quotient of xt and (xt, v, delta) -> xt further on."""
    return run_check(
        "angle",
        [
            Case("the slope of xt has the shape of xt", lambda: _slope_shape(slope)),
            Case("the slope is v", lambda: _slope(slope)),
            Case("a turn by nothing changes nothing", lambda: _turned(turn, 0.5, 0.0)),
            Case("a quarter turn leads from xt to v", lambda: _quarter(turn)),
            Case("a small turn leads to the next xt", lambda: _turned(turn, 0.5, 0.2)),
            Case("turned back by phi, xt is x0", lambda: _turned(turn, 0.9, -0.9)),
            Case("a large turn leads on", lambda: _turned(turn, 0.3, 2.5)),
        ],
    )


def _at(phi: float) -> tuple[Tensor, Tensor]:
    """Return xt and v at an angle."""
    x0, eps = a_pair()
    a, s = math.cos(phi), math.sin(phi)
    return a * x0 + s * eps, a * eps - s * x0


def _slope_shape(slope: Slope) -> None:
    x0, eps = a_pair()
    for count in (4, 1):
        wanted = (count, *IMAGES[1:])
        expect_values(slope(x0[:count], eps[:count], 0.5, 1e-3), wanted, "slope")


def _slope(slope: Slope) -> None:
    h = 1e-3
    for phi in (0.2, 0.8, 1.3, 0.0, math.pi / 2):
        came, (xt, v) = slope(*a_pair(), phi, h), _at(phi)
        given, slack = expect_values(came, IMAGES, "slope"), tolerance(came, 2e-2)
        if not close(given, v, slack):
            refuse(given, _other_slopes(xt, v), slack)
            raise Hint(
                "At phi = {phi:.3g} yours is not v. xt = cos(phi) x0 + sin(phi) eps.", phi=phi
            )
    _expect_quotient(slope)


def _other_slopes(xt: Tensor, v: Tensor) -> list[tuple[Tensor, str]]:
    return [
        (-v, text("Yours is -v: later minus earlier, not earlier minus later.")),
        (2 * v, text("Yours is 2 v: from phi - h to phi + h the angle changes by 2 h.")),
        (v / 2, text("Yours is v / 2: divide by the change of the angle, h or 2 h.")),
        (
            0 * v,
            text("Yours is next to nothing: divide the difference by the change of the angle."),
        ),
        (xt, text("Yours is xt itself; the question is how fast it changes with phi.")),
    ]


def _expect_quotient(slope: Slope) -> None:
    """Refuse what knows the derivative: a quotient is a little off, by more for a larger h."""
    coarse, fine = (expect_values(slope(*a_pair(), 0.8, h), IMAGES, "slope") for h in (0.5, 0.25))
    if close(coarse, fine, 1e-3):
        raise Hint(
            "Yours is the same for every h: take xt a little later and xt a little earlier, as "
            "far apart as h says, and divide their difference by the change of the angle."
        )


def _turned(turn: Turn, phi: float, delta: float) -> None:
    xt, v = _at(phi)
    came = turn(xt, v, delta)
    given, slack = expect_values(came, IMAGES, "turn(xt, v, delta)"), tolerance(came, 1e-4)
    if close(given, _at(phi + delta)[0], slack):
        return
    if close(given, _at(phi - delta)[0], slack):
        raise Hint(
            "With delta = {delta} you turn the other way: above 0 it leads towards eps.",
            delta=delta,
        )
    raise Hint(
        "From phi = {phi} by delta = {delta} yours does not lead to the xt there. Draw xt "
        "and v as two arrows at a right angle: they are now what x0 and eps were.",
        phi=phi,
        delta=delta,
    )


def _quarter(turn: Turn) -> None:
    xt, v = _at(0.5)
    came = turn(xt, v, math.pi / 2)
    given, slack = expect_values(came, IMAGES, "turn(xt, v, pi / 2)"), tolerance(came, 1e-4)
    if close(given, v, slack):
        return
    if close(given, -v, slack):
        raise Hint("A quarter turn leads to -v: you turn the other way.")
    straight = xt + math.pi / 2 * v
    if close(given, straight, slack):
        raise Hint(
            "You walk along v in a straight line, and leave the circle. The share of xt has to "
            "shrink as that of v grows."
        )
    if close(given, straight / math.hypot(1, math.pi / 2), slack):
        raise Hint("You walk in a straight line and then back to the circle: a turn is longer.")
    raise Hint("A quarter turn does not lead to v. Is delta in radians, and are both shares?")

"""The check of the exercise on conversions: from eps to x0, and from x0 to v."""

from __future__ import annotations

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
    say,
    text,
    tolerance,
)
from genlab.checks.objectives.reference import IMAGES, a_pair
from genlab.diffusion.objectives import get_objective
from genlab.diffusion.schedules import NoiseSchedule, Rates

Convert = Callable[[Tensor, Tensor, Rates], Any]

TIMESTEPS = (100, 500, 800)
ENDS = (0, 999)

ONLY_EPS = text("Only eps is divided by `rates.signal`: a pair of brackets is missing.")
ONLY_XT = text("Only xt is divided by `rates.signal`: a pair of brackets is missing.")


def _rates(t: int) -> Rates:
    alpha_bar = NoiseSchedule("squaredcos_cap_v2").alphas_cumprod[t].double()
    return Rates(alpha_bar.sqrt(), (1 - alpha_bar).sqrt())


@exercise("ex-conversions", points=2)
def conversions(eps_to_x0: Convert, x0_to_v: Convert) -> Result:
    """Check (eps, xt, rates) -> x0 and (x0, xt, rates) -> v; images (N, 1, 28, 28)."""
    return run_check(
        "conversions",
        [
            Case("eps_to_x0 keeps the shape", lambda: _keeps_shape(eps_to_x0, "eps_to_x0")),
            Case("the true eps leads to the true x0", lambda: _to_x0(eps_to_x0)),
            Case("x0_to_v keeps the shape", lambda: _keeps_shape(x0_to_v, "x0_to_v")),
            Case("the true x0 leads to the true v", lambda: _to_v(x0_to_v)),
            Case("eps -> x0 -> v -> eps comes back", lambda: _around(eps_to_x0, x0_to_v)),
        ],
    )


def _keeps_shape(answer: Convert, name: str) -> None:
    x0, eps = a_pair()
    for count in (4, 1):
        wanted = (count, *IMAGES[1:])
        expect_values(answer(x0[:count], eps[:count], _rates(500)), wanted, name)


def _slack(came: Any, rates: Rates) -> float:
    """Return how far a right conversion may be off: a small factor makes small errors large."""
    smallest = float(min(rates))
    return max(1e-4, 4 * tolerance(came, 0) / smallest, 1e-7 / smallest)


def _to_x0(answer: Convert) -> None:
    x0, eps = a_pair()
    for t in TIMESTEPS + ENDS:
        a, s = rates = _rates(t)
        xt = a * x0 + s * eps
        came = answer(eps, xt, rates)
        given, slack = expect_values(came, IMAGES, "eps_to_x0"), _slack(came, rates)
        if close(given, x0, slack):
            continue
        refuse(given, _other_x0(t, eps, xt, rates), slack)
        raise Hint("At t = {t} yours is not x0. Solve xt = a x0 + s eps for x0.", t=t)


def _other_x0(t: int, eps: Tensor, xt: Tensor, rates: Rates) -> list[tuple[Tensor, str]]:
    a, s = rates
    return [
        (
            xt - s * eps,
            say(
                "At t = {t} yours is a x0, without the last step: what is left of xt when the "
                "noise is gone has to be divided by `rates.signal`.",
                t=t,
            ),
        ),
        (
            (xt - a * eps) / s,
            say("At t = {t} signal and noise have changed places: eps goes with the noise.", t=t),
        ),
        ((eps - s * xt) / a, text("xt and eps have changed places: eps comes first.")),
        (xt - s * eps / a, ONLY_EPS),
        (xt / a - s * eps, ONLY_XT),
        ((xt + s * eps) / a, text("The noise is added once more; it has to be taken away.")),
        ((xt - eps) / a, text("eps is taken away whole; in xt it has the factor `rates.noise`.")),
        (
            (xt - s.sqrt() * eps) / a.sqrt(),
            text(
                "The factors are roots already: use `rates.signal` and `rates.noise` as they are."
            ),
        ),
        (
            (xt - s**2 * eps) / a**2,
            text("The factors are squared: use `rates.signal` and `rates.noise` as they are."),
        ),
    ]


def _to_v(answer: Convert) -> None:
    x0, eps = a_pair()
    for t in TIMESTEPS + ENDS:
        a, s = rates = _rates(t)
        xt, v = a * x0 + s * eps, a * eps - s * x0
        came = answer(x0, xt, rates)
        given, slack = expect_values(came, IMAGES, "x0_to_v"), _slack(came, rates)
        if close(given, v, slack):
            continue
        refuse(given, _other_v(x0, xt, eps, rates), slack)
        raise Hint("At t = {t} yours is not v = a eps - s x0. What is eps, given xt and x0?", t=t)


def _other_v(x0: Tensor, xt: Tensor, eps: Tensor, rates: Rates) -> list[tuple[Tensor, str]]:
    a, s = rates
    return [
        (a * xt - s * x0, text("You put xt where eps belongs: first get eps from xt and x0.")),
        (s * x0 - a * eps, text("The sign is wrong: v = a eps - s x0.")),
        (a * eps + s * x0, text("The sign is wrong: v = a eps - s x0.")),
        (eps, text("Yours is eps; v = a eps - s x0 is asked.")),
        (s * eps - a * x0, text("The factors have changed places: v = a eps - s x0.")),
        (a * xt - x0, text("Yours is s v: what is left has to be divided by `rates.noise`.")),
        ((a * x0 - xt) / s, text("xt and x0 have changed places: x0 comes first.")),
        (a * (xt - x0) / s - s * x0, text("In xt the clean image has the factor `rates.signal`.")),
        (a * (xt - a * x0) - s * x0, text("eps is what is left of xt, divided by `rates.noise`.")),
    ]


def _around(eps_to_x0: Convert, x0_to_v: Convert) -> None:
    x0, eps = a_pair()
    guess = eps + 0.1  # a prediction that is wrong, as predictions are
    for t in TIMESTEPS:
        a, s = rates = _rates(t)
        xt = a * x0 + s * eps
        middle = eps_to_x0(guess, xt, rates)
        as_x0, wanted = expect_values(middle, IMAGES, "eps_to_x0"), (xt - s * guess) / a
        if close(as_x0, wanted.clamp(-1, 1), _slack(middle, rates)):
            raise Hint("Your x0 is cut off at -1 and 1: another eps cannot come back from it.")
        came = x0_to_v(middle, xt, rates)
        v = expect_values(came, IMAGES, "x0_to_v")
        slack = _slack(middle, rates) / float(s) + _slack(came, rates)
        if not close(get_objective("v_prediction").to_eps(v, xt, rates), guess, slack):
            raise Hint(
                "A wrong eps does not come back: convert what you are given, whatever it is, "
                "and do not look at the true x0 or eps."
            )

"""Checks for the exercises of the page *What to predict*."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
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
from genlab.diffusion.objectives import PredictionType, get_objective, loss_weight
from genlab.diffusion.schedules import NoiseSchedule, Rates

Convert = Callable[[Tensor, Tensor, Rates], Any]
Slope = Callable[[Tensor, Tensor, float, float], Any]
Turn = Callable[[Tensor, Tensor, float], Any]
Weight = Callable[[PredictionType, Tensor, float], Any]

IMAGES = (4, 1, 28, 28)
TIMESTEPS = (100, 500, 800)
ENDS = (0, 999)


def _pair() -> tuple[Tensor, Tensor]:
    """Return something like x0 and eps, in double precision: (4, 1, 28, 28) each."""
    rng = torch.Generator().manual_seed(0)
    x0, eps = torch.randn(2, *IMAGES, generator=rng, dtype=torch.float64)
    return x0.clamp(-1, 1), eps


def _rates(t: int) -> Rates:
    alpha_bar = NoiseSchedule("squaredcos_cap_v2").alphas_cumprod[t].double()
    return Rates(alpha_bar.sqrt(), (1 - alpha_bar).sqrt())


# -- from eps to x0 to v ---------------------------------------------------------------------------


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
    x0, eps = _pair()
    for count in (4, 1):
        wanted = (count, *IMAGES[1:])
        expect_values(answer(x0[:count], eps[:count], _rates(500)), wanted, name)


def _slack(came: Any, rates: Rates) -> float:
    """Return how far a right conversion may be off: a small factor makes small errors large."""
    smallest = float(min(rates))
    return max(1e-4, 4 * tolerance(came, 0) / smallest, 1e-7 / smallest)


def _to_x0(answer: Convert) -> None:
    x0, eps = _pair()
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
        (
            xt - s * eps / a,
            text("Only eps is divided by `rates.signal`: a pair of brackets is missing."),
        ),
        (
            xt / a - s * eps,
            text("Only xt is divided by `rates.signal`: a pair of brackets is missing."),
        ),
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
    x0, eps = _pair()
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
    x0, eps = _pair()
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


# -- where v comes from ----------------------------------------------------------------------------


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
    x0, eps = _pair()
    a, s = math.cos(phi), math.sin(phi)
    return a * x0 + s * eps, a * eps - s * x0


def _slope_shape(slope: Slope) -> None:
    x0, eps = _pair()
    for count in (4, 1):
        wanted = (count, *IMAGES[1:])
        expect_values(slope(x0[:count], eps[:count], 0.5, 1e-3), wanted, "slope")


def _slope(slope: Slope) -> None:
    h = 1e-3
    for phi in (0.2, 0.8, 1.3, 0.0, math.pi / 2):
        came, (xt, v) = slope(*_pair(), phi, h), _at(phi)
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
    coarse, fine = (expect_values(slope(*_pair(), 0.8, h), IMAGES, "slope") for h in (0.5, 0.25))
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


# -- the weight of min-SNR -------------------------------------------------------------------------


@exercise("ex-min-snr", points=2)
def min_snr(answer: Weight) -> Result:
    """Check (prediction_type, snr, gamma) -> factor on the squared error of the output."""
    snr = torch.tensor([0.01, 0.5, 2.0, 5.0, 30.0, 1000.0])

    def matches(prediction_type: PredictionType, gamma: float = 5.0) -> None:
        _expect_weight(answer, prediction_type, snr, gamma)

    def other_gamma() -> None:
        for prediction_type in ("sample", "epsilon", "v_prediction"):
            matches(prediction_type, 1.0)
            _expect_weight(answer, prediction_type, snr[4:5], 40.0)

    return run_check(
        "min_snr",
        [
            Case("it returns a weight for each SNR", lambda: _weight_shape(answer, snr)),
            Case("sample: the weight is cut off at gamma", lambda: matches("sample")),
            Case("epsilon: the same error of x0 weighs the same", lambda: matches("epsilon")),
            Case("v_prediction: likewise", lambda: matches("v_prediction")),
            Case("another gamma", other_gamma),
        ],
    )


def _weight_shape(answer: Weight, snr: Tensor) -> None:
    for some in (snr, snr[:1]):
        expect_values(answer("sample", some, 5.0), tuple(some.shape), "min_snr_weight")


def _expect_weight(
    answer: Weight, prediction_type: PredictionType, snr: Tensor, gamma: float
) -> None:
    name = f'min_snr_weight("{prediction_type}", snr, {gamma:g})'
    came = answer(prediction_type, snr, gamma)
    given, rtol = expect_values(came, tuple(snr.shape), name), tolerance(came, 1e-4)
    wanted = loss_weight("min_snr", prediction_type, snr, gamma).double()
    if close(given, wanted, atol=rtol * 1e-3, rtol=rtol):
        return
    for other, hint in _other_weights(prediction_type, snr.double(), gamma):
        if close(given, other, atol=rtol * 1e-3, rtol=rtol):
            raise Hint(hint)
    worst = int(((given - wanted).abs() / wanted).argmax())
    raise Hint(
        "{name} at SNR = {snr:g} is {given:.3g}; {wanted:.3g} is expected.",
        name=name,
        snr=snr[worst],
        given=given[worst],
        wanted=wanted[worst],
    )


def _other_weights(
    prediction_type: PredictionType, snr: Tensor, gamma: float
) -> list[tuple[Tensor, str]]:
    capped, implied = snr.clamp(max=gamma), get_objective(prediction_type).x0_weight(snr)
    return [
        (
            snr.clamp(min=gamma) / implied,
            text("The larger of SNR and gamma is taken; min-SNR takes the smaller."),
        ),
        (
            capped * implied,
            say(
                "For {prediction_type} you multiply by the weight that the target has already. "
                "Its error is that many times the error of x0, so divide.",
                prediction_type=prediction_type,
            ),
        ),
        (implied / capped, text("The fraction is upside down: min(SNR, gamma) stands above.")),
        (
            snr / implied,
            say("Nothing is cut off: min(SNR, gamma) is {gamma:g} at most.", gamma=gamma),
        ),
        (
            capped,
            say(
                "For {prediction_type} yours is the weight for sample. An error of this output "
                "is another number than the error of x0: divide by how many times it is.",
                prediction_type=prediction_type,
            ),
        ),
        (
            capped / snr,
            say(
                "For {prediction_type} yours is the weight for epsilon; another one is "
                "expected: an error of this output is another number of times the error of x0.",
                prediction_type=prediction_type,
            ),
        ),
    ]

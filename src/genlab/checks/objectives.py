"""Checks for the exercises of the page *What to predict*."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, expect_tensor, run_check
from genlab.diffusion.objectives import PredictionType, get_objective, loss_weight
from genlab.diffusion.schedules import NoiseSchedule, Rates

Convert = Callable[[Tensor, Tensor, Rates], Any]
Slope = Callable[[Tensor, Tensor, float, float], Any]
Turn = Callable[[Tensor, Tensor, float], Any]
Weight = Callable[[PredictionType, Tensor, float], Any]

IMAGES = (4, 1, 28, 28)
TIMESTEPS = (100, 500, 800)


def _pair() -> tuple[Tensor, Tensor]:
    """Return something like x0 and eps, in double precision: (4, 1, 28, 28) each."""
    rng = torch.Generator().manual_seed(0)
    x0, eps = torch.randn(2, *IMAGES, generator=rng, dtype=torch.float64)
    return x0.clamp(-1, 1), eps


def _rates(t: int) -> Rates:
    alpha_bar = NoiseSchedule("squaredcos_cap_v2").alphas_cumprod[t].double()
    return Rates(alpha_bar.sqrt(), (1 - alpha_bar).sqrt())


def _far(given: Tensor, wanted: Tensor) -> bool:
    return bool((given - wanted).abs().max() > 1e-4)


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
    expect_tensor(answer(x0, eps, _rates(500)), IMAGES, name)


def _to_x0(answer: Convert) -> None:
    x0, eps = _pair()
    for t in TIMESTEPS:
        a, s = rates = _rates(t)
        xt = a * x0 + s * eps
        given = expect_tensor(answer(eps, xt, rates), IMAGES, "eps_to_x0")
        if not _far(given, x0):
            continue
        if not _far(given, xt - s * eps):
            raise Hint(
                f"At t = {t} yours is a x0, without the last step: what is left of xt when "
                "the noise is gone has to be divided by `rates.signal`."
            )
        if not _far(given, (xt - a * eps) / s):
            raise Hint(f"At t = {t} signal and noise have changed places: eps goes with the noise.")
        raise Hint(f"At t = {t} yours is not x0. Solve xt = a x0 + s eps for x0.")


def _to_v(answer: Convert) -> None:
    x0, eps = _pair()
    for t in TIMESTEPS:
        a, s = rates = _rates(t)
        xt, v = a * x0 + s * eps, a * eps - s * x0
        given = expect_tensor(answer(x0, xt, rates), IMAGES, "x0_to_v")
        if not _far(given, v):
            continue
        if not _far(given, a * xt - s * x0):
            raise Hint("You put xt where eps belongs: first get eps from xt and x0.")
        if not _far(given, -v):
            raise Hint("The sign is wrong: v = a eps - s x0.")
        raise Hint(f"At t = {t} yours is not v = a eps - s x0. What is eps, given xt and x0?")


def _around(eps_to_x0: Convert, x0_to_v: Convert) -> None:
    x0, eps = _pair()
    guess = eps + 0.1  # a prediction that is wrong, as predictions are
    for t in TIMESTEPS:
        a, s = rates = _rates(t)
        xt = a * x0 + s * eps
        v = x0_to_v(eps_to_x0(guess, xt, rates), xt, rates)
        if _far(get_objective("v_prediction").to_eps(v, xt, rates), guess):
            raise Hint(
                "A wrong eps does not come back: convert what you are given, whatever it is, "
                "and do not look at the true x0 or eps."
            )


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
        ],
    )


def _at(phi: float) -> tuple[Tensor, Tensor]:
    """Return xt and v at an angle."""
    x0, eps = _pair()
    a, s = math.cos(phi), math.sin(phi)
    return a * x0 + s * eps, a * eps - s * x0


def _slope_shape(slope: Slope) -> None:
    expect_tensor(slope(*_pair(), 0.5, 1e-4), IMAGES, "slope")


def _slope(slope: Slope) -> None:
    for phi in (0.2, 0.8, 1.3):
        given, (xt, v) = slope(*_pair(), phi, 1e-4), _at(phi)
        if (given - v).abs().max() < 1e-2:
            continue
        if (given + v).abs().max() < 1e-2:
            raise Hint("Yours is -v: later minus earlier, not earlier minus later.")
        if (given - 2 * v).abs().max() < 1e-2:
            raise Hint("Yours is 2 v: from phi - h to phi + h the angle changes by 2 h.")
        if (given - v / 2).abs().max() < 1e-2:
            raise Hint("Yours is v / 2: divide by the change of the angle, h or 2 h.")
        if given.abs().max() < 1e-2:
            raise Hint(
                "Yours is next to nothing: divide the difference by the change of the angle."
            )
        if (given - xt).abs().max() < 1e-2:
            raise Hint("Yours is xt itself; the question is how fast it changes with phi.")
        raise Hint(f"At phi = {phi} yours is not v. xt = cos(phi) x0 + sin(phi) eps.")


def _turned(turn: Turn, phi: float, delta: float) -> None:
    xt, v = _at(phi)
    given = expect_tensor(turn(xt, v, delta), IMAGES, "turn(xt, v, delta)")
    if not _far(given, _at(phi + delta)[0]):
        return
    if not _far(given, _at(phi - delta)[0]):
        raise Hint("You turn the other way: a positive delta leads towards eps.")
    raise Hint(
        f"From phi = {phi} by delta = {delta} yours does not lead to the xt there. Draw xt and v "
        "as two arrows at a right angle: they are now what x0 and eps were."
    )


def _quarter(turn: Turn) -> None:
    xt, v = _at(0.5)
    given = expect_tensor(turn(xt, v, math.pi / 2), IMAGES, "turn(xt, v, pi / 2)")
    if not _far(given, -v):
        raise Hint("A quarter turn leads to -v: you turn the other way.")
    if not _far(given, xt + math.pi / 2 * v):
        raise Hint(
            "You walk along v in a straight line, and leave the circle. The share of xt has to "
            "shrink as that of v grows."
        )
    if _far(given, v):
        raise Hint("A quarter turn does not lead to v. Is delta in radians, and are both shares?")


@exercise("ex-min-snr", points=2)
def min_snr(answer: Weight) -> Result:
    """Check (prediction_type, snr, gamma) -> factor on the squared error of the output."""
    snr = torch.tensor([0.01, 0.5, 2.0, 5.0, 30.0, 1000.0])

    def matches(prediction_type: PredictionType, gamma: float = 5.0) -> None:
        _expect_weight(answer, prediction_type, snr, gamma)

    def other_gamma() -> None:
        for prediction_type in ("sample", "epsilon", "v_prediction"):
            matches(prediction_type, 1.0)

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
    expect_tensor(answer("sample", snr, 5.0), tuple(snr.shape), "min_snr_weight")


def _expect_weight(
    answer: Weight, prediction_type: PredictionType, snr: Tensor, gamma: float
) -> None:
    name = f'min_snr_weight("{prediction_type}", snr, {gamma:g})'
    given = expect_tensor(answer(prediction_type, snr, gamma), tuple(snr.shape), name).float()
    wanted = loss_weight("min_snr", prediction_type, snr, gamma)
    if torch.allclose(given, wanted, rtol=1e-4):
        return
    capped = snr.clamp(max=gamma)
    implied = get_objective(prediction_type).x0_weight(snr)
    if torch.allclose(given, snr.clamp(min=gamma) / implied, rtol=1e-4):
        raise Hint("The larger of SNR and gamma is taken; min-SNR takes the smaller.")
    if torch.allclose(given, capped * implied, rtol=1e-4):
        raise Hint(
            f"For {prediction_type} you multiply by the weight that the target has already. Its "
            "error is that many times the error of x0, so divide."
        )
    if torch.allclose(given, capped, rtol=1e-4):
        raise Hint(
            f"For {prediction_type} yours is the weight for sample. An error of this output is "
            "another number than the error of x0: divide by how many times it is."
        )
    worst = int(((given - wanted).abs() / wanted).argmax())
    raise Hint(
        f"{name} at SNR = {snr[worst]:g} is {given[worst]:.3g}; {wanted[worst]:.3g} is expected."
    )

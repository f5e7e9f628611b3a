"""The check of the exercise on the weight of min-SNR."""

from __future__ import annotations

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
    run_check,
    text,
    tolerance,
)
from genlab.diffusion.objectives import PredictionType, get_objective, loss_weight

Weight = Callable[[PredictionType, Tensor, float], Any]


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
            raise Hint(hint, prediction_type=prediction_type, gamma=gamma)
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
    """Return what mistakes lead to, with templates of the type and of gamma."""
    capped, implied = snr.clamp(max=gamma), get_objective(prediction_type).x0_weight(snr)
    return [
        (snr.clamp(min=gamma) / implied, LARGER),
        (capped * implied, TIMES),
        (implied / capped, UPSIDE_DOWN),
        (snr / implied, ENDLESS),
        (capped, FOR_SAMPLE),
        (capped / snr, FOR_EPSILON),
    ]


LARGER = text("The larger of SNR and gamma is taken; min-SNR takes the smaller.")
TIMES = text(
    "For {prediction_type} you multiply by the weight that the target has already. Its error is "
    "that many times the error of x0, so divide."
)
UPSIDE_DOWN = text("The fraction is upside down: min(SNR, gamma) stands above.")
ENDLESS = text("Nothing is cut off: min(SNR, gamma) is {gamma:g} at most.")
FOR_SAMPLE = text(
    "For {prediction_type} yours is the weight for sample. An error of this output is another "
    "number than the error of x0: divide by how many times it is."
)
FOR_EPSILON = text(
    "For {prediction_type} yours is the weight for epsilon; another one is expected: an error of "
    "this output is another number of times the error of x0."
)

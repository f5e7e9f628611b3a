"""The exercise checks on objectives: stub, solution, typical wrong answers, each with its hint."""

import math

import pytest
import torch

from genlab.checks import objectives as check


def stub(*_args):
    raise NotImplementedError


def to_x0(eps, xt, rates):
    return (xt - rates.noise * eps) / rates.signal


def to_v(x0, xt, rates):
    return (rates.signal * xt - x0) / rates.noise


def mix(x0, eps, phi):
    return math.cos(phi) * x0 + math.sin(phi) * eps


def slope(x0, eps, phi, h):
    return (mix(x0, eps, phi + h) - mix(x0, eps, phi - h)) / (2 * h)


def turn(xt, v, delta):
    return math.cos(delta) * xt + math.sin(delta) * v


def weight(prediction_type, snr, gamma):
    implied = {"epsilon": snr, "sample": 1, "v_prediction": snr + 1}[prediction_type]
    return snr.clamp(max=gamma) / implied


def multiplied(prediction_type, snr, gamma):
    implied = {"epsilon": snr, "sample": 1, "v_prediction": snr + 1}[prediction_type]
    return snr.clamp(max=gamma) * implied


def weight_without_one(prediction_type, snr, gamma):
    return weight("epsilon" if prediction_type == "v_prediction" else prediction_type, snr, gamma)


CONVERSIONS = [
    (to_x0, to_v, None),
    (stub, to_v, "still the stub"),
    (lambda eps, xt, rates: None, to_v, "gave None"),
    (lambda eps, xt, rates: to_x0(eps, xt, rates).mean(), to_v, "has shape ()"),
    (lambda eps, xt, rates: xt - rates.noise * eps, to_v, "divided by `rates.signal`"),
    (lambda eps, xt, rates: (xt - rates.signal * eps) / rates.noise, to_v, "changed places"),
    (lambda eps, xt, rates: xt - eps, to_v, "Solve xt = a x0 + s eps"),
    (to_x0, stub, "still the stub"),
    (to_x0, lambda x0, xt, rates: rates.signal * xt - rates.noise * x0, "first get eps"),
    (to_x0, lambda x0, xt, rates: -to_v(x0, xt, rates), "The sign is wrong"),
    (to_x0, lambda x0, xt, rates: xt - x0, "What is eps, given xt and x0?"),
]


@pytest.mark.parametrize(("eps_to_x0", "x0_to_v", "hint"), CONVERSIONS)
def test_conversions(eps_to_x0, x0_to_v, hint, capsys):
    expect(check.conversions(eps_to_x0, x0_to_v), hint, capsys)


ANGLES = [
    (slope, turn, None),
    (lambda x0, eps, phi, h: (mix(x0, eps, phi + h) - mix(x0, eps, phi)) / h, turn, None),
    (stub, turn, "still the stub"),
    (lambda x0, eps, phi, h: -slope(x0, eps, phi, h), turn, "later minus earlier"),
    (lambda x0, eps, phi, h: 2 * slope(x0, eps, phi, h), turn, "Yours is 2 v"),
    (lambda x0, eps, phi, h: slope(x0, eps, phi, h) / 2, turn, "Yours is v / 2"),
    (lambda x0, eps, phi, h: 2 * h * slope(x0, eps, phi, h), turn, "next to nothing"),
    (lambda x0, eps, phi, h: mix(x0, eps, phi), turn, "Yours is xt itself"),
    (lambda x0, eps, phi, h: x0 + eps, turn, "is not v"),
    (slope, stub, "still the stub"),
    (slope, lambda xt, v, delta: turn(xt, v, -delta), "you turn the other way"),
    (slope, lambda xt, v, delta: xt + delta * v, "in a straight line"),
    (slope, lambda xt, v, delta: turn(xt, v, math.radians(delta)), "radians"),
    (slope, lambda xt, v, delta: math.sin(delta) * xt + math.cos(delta) * v, "Draw xt and v"),
]


@pytest.mark.parametrize(("slope", "turn", "hint"), ANGLES)
def test_angle(slope, turn, hint, capsys):
    expect(check.angle(slope, turn), hint, capsys)


WEIGHTS = [
    (weight, None),
    (stub, "still the stub"),
    (lambda kind, snr, gamma: 1.0, "a torch tensor is expected"),
    (lambda kind, snr, gamma: snr.clamp(min=gamma), "takes the smaller"),
    (lambda kind, snr, gamma: snr.clamp(max=gamma), "yours is the weight for sample"),
    (multiplied, "so divide"),
    (lambda kind, snr, gamma: weight(kind, snr, 5.0), "at SNR"),
    (weight_without_one, "is expected"),
    (lambda kind, snr, gamma: torch.ones_like(snr), "at SNR"),
]


@pytest.mark.parametrize(("answer", "hint"), WEIGHTS)
def test_min_snr(answer, hint, capsys):
    expect(check.min_snr(answer), hint, capsys)


def expect(result, hint, capsys):
    said = capsys.readouterr().out
    assert result.passed == (hint is None), said
    if hint is not None:
        assert hint in said, said

"""Planted answers for the page on what to predict: the weight of min-SNR."""

import functools

import pytest
import torch

from genlab.checks import objectives as check
from genlab.diffusion.objectives import loss_weight

from .planted import judged, stub, unusual, wrong


def implied(prediction_type, snr):
    return {"epsilon": snr, "sample": 1, "v_prediction": snr + 1}[prediction_type]


def weight(prediction_type, snr, gamma):
    return snr.clamp(max=gamma) / implied(prediction_type, snr)


def multiplied(prediction_type, snr, gamma):
    return snr.clamp(max=gamma) * implied(prediction_type, snr)


def weight_without_one(prediction_type, snr, gamma):
    return weight("epsilon" if prediction_type == "v_prediction" else prediction_type, snr, gamma)


def with_where(prediction_type, snr, gamma=5.0):
    cut = torch.where(snr > gamma, torch.full_like(snr, gamma), snr)
    return cut * {"epsilon": 1 / snr, "v_prediction": 1 / (1 + snr), "sample": 1.0}[prediction_type]


def one_by_one(kind, snr, gamma):
    below = {"sample": lambda x: 1, "epsilon": lambda x: x, "v_prediction": lambda x: x + 1}[kind]
    return torch.tensor([min(x, gamma) / below(x) for x in snr.tolist()])


def with_match(prediction_type, snr, g):
    match prediction_type:
        case "epsilon":
            return torch.minimum(torch.ones_like(snr), g / snr)
        case "sample":
            return torch.minimum(snr, torch.tensor(g))
        case _:
            return torch.min(snr, snr * 0 + g).div(snr + 1)


def overwrites_snr(prediction_type, snr, gamma):
    weights = snr.clamp_(max=gamma)
    return weights / implied(prediction_type, snr)


def overwrites_snr_late(prediction_type, snr, gamma):
    below = implied(prediction_type, snr.clone())
    return snr.clamp_(max=gamma) / below


def weighs(answer, hint, name=""):
    return wrong(check.min_snr, answer, hint, name=name)


PLANTED = [
    stub(check.min_snr),
    unusual(check.min_snr, with_where),
    unusual(check.min_snr, one_by_one),
    unusual(check.min_snr, with_match),
    unusual(check.min_snr, functools.partial(loss_weight, "min_snr"), name="partial"),
    unusual(check.min_snr, lambda k, snr, g: weight(k, snr.double(), g), name="float64"),
    unusual(check.min_snr, lambda *a: weight(*a).half(), name="float16"),
    unusual(check.min_snr, lambda *a: weight(*a).requires_grad_(), name="gradients"),
    weighs(lambda kind, snr, gamma: 1.0, "a torch tensor is expected", "a number"),
    weighs(lambda kind, snr, gamma: snr.clamp(min=gamma), "takes the smaller", "larger"),
    weighs(lambda k, snr, g: snr.clamp(max=g), "yours is the weight for sample", "always sample"),
    weighs(lambda k, snr, g: weight("epsilon", snr, g), "weight for epsilon", "always epsilon"),
    weighs(multiplied, "so divide"),
    weighs(lambda *a: 1 / weight(*a), "The fraction is upside down", "upside down"),
    weighs(lambda k, snr, g: snr / implied(k, snr), "Nothing is cut off", "not cut off"),
    weighs(lambda kind, snr, gamma: weight(kind, snr, 5.0), "at SNR", "always 5"),
    weighs(weight_without_one, "yours is the weight for epsilon; another one is expected"),
    weighs(lambda kind, snr, gamma: torch.ones_like(snr), "at SNR", "ones"),
    weighs(lambda *a: weight(*a).mean(), "has shape ()", "mean"),
    weighs(lambda *a: weight(*a)[:, None], "has shape (6, 1)", "a column"),
    weighs(overwrites_snr, "Your code changes snr, which the caller still needs"),
    weighs(overwrites_snr_late, "Your code changes snr, which the caller still needs"),
    weighs(lambda k, snr, g: weight(k, snr, g) ** 0.5, "at SNR", "root"),
    weighs(lambda k, snr, g: weight(k[:1], snr, g), "KeyError at `", "other names"),
    weighs(lambda k, snr, g: snr > g, "real numbers are expected", "truth"),
    weighs(lambda k, snr, g: None if k == "v_prediction" else weight(k, snr, g), "gave None"),
]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

"""Planted answers for the page on noise, the schedules: the cosine, and the same SNR elsewhere."""

import math

import numpy as np
import pytest
import torch

from genlab.checks import noise as check
from genlab.diffusion import schedules
from genlab.diffusion.schedules import NoiseSchedule

from .planted import judged, stub, unusual, wrong

# -- the cosine schedule ---------------------------------------------------------------------------


def cosine_betas(steps, power=2, offset=0.008, cap=0.999, end=math.pi / 2, dtype=torch.float64):
    time = torch.arange(steps + 1, dtype=dtype) / steps
    alpha_bar = torch.cos((time + offset) / (1 + offset) * end) ** power
    return (1 - alpha_bar[1:] / alpha_bar[:-1]).clamp(max=cap).float()


def alpha_bars(steps, shift=0):
    time = (torch.arange(steps + 1, dtype=torch.float64) + shift) / steps
    return torch.cos((time + 0.008) / 1.008 * math.pi / 2) ** 2


def number_by_number(T):  # noqa: N803 - a reader's name
    def alpha_bar(t):
        return math.cos(math.pi / 2 * ((t + 1) / T + 0.008) / 1.008) ** 2

    return torch.tensor([min(1 - alpha_bar(t) / alpha_bar(t - 1), 0.999) for t in range(T)])


def scaled_to_begin_at_one(steps):
    alpha_bar = alpha_bars(steps) / alpha_bars(steps)[0]
    return torch.minimum(1 - alpha_bar[1:] / alpha_bar[:-1], torch.tensor(0.999)).float()


def as_a_difference(steps):
    now, before = alpha_bars(steps)[1:], alpha_bars(steps)[:-1]
    return torch.where((before - now) / before > 0.999, 0.999, (before - now) / before).float()


def over_numpy(steps):
    level = np.cos((np.linspace(0, 1, steps + 1) + 0.008) / 1.008 * np.pi / 2) ** 2
    return torch.tensor(np.clip(1 - level[1:] / level[:-1], None, 0.999), dtype=torch.float32)


def begins_at_one(steps):
    level = alpha_bars(steps)[1:]
    before = torch.cat([torch.ones(1), level[:-1]])
    return (1 - level / before).clamp(max=0.999).float()


def without_the_divisor(steps):
    time = torch.arange(steps + 1, dtype=torch.float64) / steps
    alpha_bar = torch.cos((time + 0.008) * math.pi / 2) ** 2
    return (1 - alpha_bar[1:] / alpha_bar[:-1]).clamp(max=0.999).float()


def moved(by):
    def answer(steps):
        level = alpha_bars(steps, by)
        return (1 - level[1:] / level[:-1]).clamp(max=0.999).float()

    return answer


def floored(steps):
    return cosine_betas(steps).clamp(min=1e-4)


def cosine(answer, hint, name=""):
    return wrong(check.cosine_betas, answer, hint, name=name)


COSINE = [
    stub(check.cosine_betas),
    unusual(check.cosine_betas, lambda n: cosine_betas(n, dtype=torch.float32), name="float32"),
    unusual(check.cosine_betas, lambda n: cosine_betas(n).double(), name="float64"),
    unusual(check.cosine_betas, number_by_number),
    unusual(check.cosine_betas, scaled_to_begin_at_one),
    unusual(check.cosine_betas, as_a_difference),
    unusual(check.cosine_betas, over_numpy),
    unusual(check.cosine_betas, schedules.cosine_betas),
    unusual(check.cosine_betas, lambda n: cosine_betas(n).requires_grad_(), name="gradients"),
    cosine(lambda steps: cosine_betas(steps + 1), "(10) is expected", "one too many"),
    cosine(lambda steps: cosine_betas(steps)[1:], "(10) is expected", "one too few"),
    cosine(lambda steps: cosine_betas(steps, power=1), "not squared", "power 1"),
    cosine(lambda steps: cosine_betas(steps, power=4), "Of 1000 betas, number ", "power 4"),
    cosine(lambda steps: cosine_betas(steps, offset=0), "offset s = 0.008", "s = 0"),
    cosine(lambda steps: cosine_betas(steps, offset=0.01), "Of 1000 betas, number ", "s = 0.01"),
    cosine(lambda steps: cosine_betas(steps, offset=0.0075), "yours is 3.", "s = 0.0075"),
    cosine(without_the_divisor, "The angle lacks its / 1.008."),
    cosine(lambda steps: cosine_betas(steps, end=math.pi), "ends at pi", "pi"),
    cosine(lambda steps: cosine_betas(steps, cap=1.0), "cut the betas off", "no cap"),
    cosine(lambda steps: cosine_betas(steps, cap=0.9), "0.999 is expected, the cap", "cap 0.9"),
    cosine(begins_at_one, "as if alpha-bar were 1 at t = -1"),
    cosine(moved(-1), "yours is one step late"),
    cosine(moved(1), "yours is one step early"),
    cosine(floored, "Of 1000 betas, number "),
    cosine(lambda n: 1 - torch.cumprod(1 - cosine_betas(n), 0), "1 minus the ratio", "1 - bar"),
    cosine(lambda n: 1 - alpha_bars(n)[1:].float(), "These are 1 - alpha-bar.", "1 - cosine"),
    cosine(lambda n: alpha_bars(n)[1:].float(), "These are alpha-bar.", "alpha-bar"),
    cosine(lambda n: 1 - cosine_betas(n), "These are the ratios.", "alphas"),
    cosine(lambda steps: cosine_betas(1000)[:steps], "Of 50 betas", "always of 1000"),
    cosine(lambda steps: cosine_betas(max(steps, 2))[:steps], "Of 1 betas", "one timestep"),
    cosine(lambda steps: cosine_betas(steps).half(), "float32 is asked", "float16"),
    cosine(lambda steps: cosine_betas(steps).tolist(), "gave a list; a torch tensor", "a list"),
    cosine(lambda steps: NoiseSchedule("linear", steps).betas, "Of 1000 betas, number", "linear"),
]

# -- the same SNR elsewhere ------------------------------------------------------------------------


def timestep_of_snr(snr, alphas_cumprod):
    ratios = alphas_cumprod / (1 - alphas_cumprod) / snr
    return int(ratios.log().abs().argmin())


def snrs(alphas_cumprod):
    return alphas_cumprod / (1 - alphas_cumprod)


def by_difference(snr, alphas_cumprod):
    return (snrs(alphas_cumprod) - snr).abs().argmin()


def by_alpha_bar(snr, alphas_cumprod):
    return int((alphas_cumprod - snr / (1 + snr)).abs().argmin())


def last_above(snr, alphas_cumprod):
    return max(int((snrs(alphas_cumprod) >= snr).sum()) - 1, 0)


def first_below(snr, alphas_cumprod):
    return min(int((snrs(alphas_cumprod) > snr).sum()), len(alphas_cumprod) - 1)


def one_by_one(snr, alphas_cumprod):
    best, nearest = 0, math.inf
    for t, level in enumerate(alphas_cumprod.tolist()):
        ratio = level / (1 - level) / snr
        if max(ratio, 1 / ratio) < nearest:
            best, nearest = t, max(ratio, 1 / ratio)
    return best


def by_logit(snr, alphas_cumprod):
    return (torch.logit(alphas_cumprod.double()) - math.log(snr)).abs().argmin()


def by_numpy(snr, alphas_cumprod):
    level = alphas_cumprod.numpy().astype(np.float64)
    return np.argmin(np.abs(np.log10(level / (1 - level)) - np.log10(snr)))


def by_bisection(snr, alphas_cumprod):
    logs = -(snrs(alphas_cumprod).log())
    after = int(torch.searchsorted(logs, -torch.tensor(snr).log()))
    around = [t for t in (after - 1, after) if 0 <= t < len(logs)]
    return min(around, key=lambda t: abs(float(logs[t]) + math.log(snr)))


def overwrites_alpha_bar(snr, alphas_cumprod):
    return alphas_cumprod.div_(1 - alphas_cumprod).div_(snr).log_().abs_().argmin()


def elsewhere(answer, hint, name=""):
    return wrong(check.timestep_of_snr, answer, hint, name=name)


SNR = [
    stub(check.timestep_of_snr),
    unusual(check.timestep_of_snr, lambda *a: torch.tensor(timestep_of_snr(*a)), name="tensor"),
    unusual(check.timestep_of_snr, lambda *a: torch.tensor([timestep_of_snr(*a)]), name="(1,)"),
    unusual(check.timestep_of_snr, lambda *a: float(timestep_of_snr(*a)), name="float"),
    unusual(check.timestep_of_snr, one_by_one),
    unusual(check.timestep_of_snr, by_logit),
    unusual(check.timestep_of_snr, by_numpy),
    unusual(check.timestep_of_snr, by_bisection),
    elsewhere(by_difference, "compare the logarithms"),
    elsewhere(by_alpha_bar, "You take the nearest alpha-bar; near is meant as a ratio of SNRs"),
    elsewhere(last_above, "You take the last one above"),
    elsewhere(first_below, "You take the first one below"),
    elsewhere(lambda snr, a: (a - snr).abs().argmin(), "first make alpha-bar /", "bar"),
    elsewhere(lambda snr, a: timestep_of_snr(1 / snr, a), "The SNR is upside down", "1 / snr"),
    elsewhere(lambda snr, a: timestep_of_snr(snr**2, a), "There is a root too many", "amplitudes"),
    elsewhere(lambda snr, a: timestep_of_snr(snr**0.5, a), "a square too many", "squares"),
    elsewhere(
        lambda snr, a: (snrs(a) / snr).log().argmin(),
        "take its absolute value",
        "no absolute value",
    ),
    elsewhere(lambda snr, a: timestep_of_snr(snr, a) + 1, "are counted from 0", "one later"),
    elsewhere(
        lambda snr, a: len(a) - 1 - timestep_of_snr(snr, a),
        "You count from the end",
        "from the end",
    ),
    elsewhere(lambda snr, a: snrs(a)[timestep_of_snr(snr, a)], "; yours is 1.00", "value"),
    elsewhere(lambda snr, a: timestep_of_snr(1, a), "timestep is 0; yours is", "ignores snr"),
    elsewhere(
        lambda snr, a: timestep_of_snr(snr, NoiseSchedule().alphas_cumprod),
        "for the SNR 40 the timestep is 0; yours is",
        "ignores alphas_cumprod",
    ),
    elsewhere(overwrites_alpha_bar, "Your code changes alphas_cumprod, which the caller"),
    elsewhere(lambda snr, a: 7, "yours is 7"),
    elsewhere(lambda snr, a: "x", "one number is expected", "text"),
    elsewhere(lambda snr, a: "267", "one number is expected", "a number as text"),
    elsewhere(lambda snr, a: math.nan, "a finite number is expected", "NaN"),
    elsewhere(lambda snr, a: snrs(a) / snr, "one number is expected", "all ratios"),
    elsewhere(lambda snr, a: None, "gave None", "nothing"),
    elsewhere(lambda snr, a: True, "one number is expected", "truth"),
    elsewhere(lambda snr, a: timestep_of_snr(snr, a) + 0.4, "yours is", "between"),
]

PLANTED = COSINE + SNR


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

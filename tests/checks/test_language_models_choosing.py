"""Temperature and top-p: what students write, right and wrong, and what they must be told."""

import functools
import math

import numpy as np
import pytest
import torch

from genlab.checks import language_models as check
from genlab.language import sampling

from .planted import judged, still_a_stub, stub, unusual, wrong

# -- temperature -----------------------------------------------------------------------------------


def choices(logits, temperature):
    log_p = (logits / temperature).log_softmax(dim=-1)
    return math.exp(-(log_p.exp() * log_p).sum().item())


def temperature_for(logits, wanted, steps=60, count=choices, low=1e-3, high=1e3):
    for _ in range(steps):
        middle = (low * high) ** 0.5
        if count(logits, middle) < wanted:
            low = middle
        else:
            high = middle
    return middle


def in_a_loop(logits, temperature):
    scaled = [logit / temperature for logit in logits.tolist()]
    powers = [math.exp(one - max(scaled)) for one in scaled]
    shares = [one / sum(powers) for one in powers]
    return math.prod(share**-share for share in shares if share > 0)


def in_bits(logits, temperature):
    p = (logits / temperature).softmax(dim=-1)
    return 2 ** -torch.special.xlogy(p, p).div(math.log(2)).sum()


def by_categorical(logits, temperature):
    return torch.distributions.Categorical(logits=logits / temperature).entropy().exp()


def over_numpy(logits, temperature):
    x = logits.numpy().astype(np.float64) / temperature
    p = np.exp(x - x.max())
    p /= p.sum()
    return np.exp(-np.sum(p * np.log(p, where=p > 0, out=np.zeros_like(p))))


def with_a_small_number(logits, temperature):
    p = (logits / temperature).softmax(dim=-1)
    return math.exp(-(p * (p + 1e-9).log()).sum())


def by_halves(logits, wanted):
    low, high = 0.001, 1000.0
    while not abs(choices(logits, (low + high) / 2) / wanted - 1) < 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if choices(logits, middle) < wanted else (low, middle)
    return torch.tensor((low + high) / 2)


def with_nan(logits, temperature):
    p = (logits / temperature).softmax(dim=-1)
    return math.exp(-(p * p.log()).sum().item())


def by_plain_exp(logits, temperature):
    p = (logits / temperature).exp()
    p = p / p.sum()
    return torch.special.xlogy(p, p).sum().neg().exp().item()


def in_single_steps(logits, wanted):
    return next((t for t in range(1, 1000) if choices(logits, t) >= wanted), 1000)


def inverse_simpson(logits, temperature):
    return 1 / (logits / temperature).softmax(dim=-1).square().sum()


def warms_in_place(logits, temperature):
    logits /= temperature
    return choices(logits, 1)


TEMPERATURE = [
    stub(check.temperature, still_a_stub, still_a_stub),
    wrong(check.temperature, choices, still_a_stub, "still the stub"),
    wrong(
        check.temperature,
        lambda x, t: math.log(choices(x, t)),
        temperature_for,
        "That is the entropy, log 8",
    ),
    wrong(
        check.temperature,
        lambda x, t: math.log2(choices(x, t)),
        temperature_for,
        "That is the entropy in bits",
    ),
    wrong(
        check.temperature,
        lambda x, t: math.exp(math.log2(choices(x, t))),
        temperature_for,
        "exp goes with the natural logarithm, not with log2",
    ),
    wrong(
        check.temperature,
        lambda x, t: 2 ** math.log(choices(x, t)),
        temperature_for,
        "A power of two goes with log2",
    ),
    wrong(check.temperature, lambda x, t: 1 / choices(x, t), temperature_for, "1 / 8, upside down"),
    wrong(check.temperature, lambda x, t: 1.0, temperature_for, "are 8 choices; yours are 1.000"),
    wrong(check.temperature, lambda x, t: None, temperature_for, "choices_at gave None"),
    wrong(check.temperature, lambda x, t: x / t, temperature_for, "one number is expected"),
    wrong(
        check.temperature, lambda x, t: choices(x, 1 / t), temperature_for, "multiplied by the temp"
    ),
    wrong(check.temperature, lambda x, t: choices(x, 1), temperature_for, "is it used?"),
    wrong(
        check.temperature,
        lambda x, t: choices(x, t**0.5),
        temperature_for,
        "At temperature 0.5 there are",
    ),
    wrong(check.temperature, inverse_simpson, temperature_for, "At temperature 0.5 there are"),
    wrong(check.temperature, lambda x, t: 8.0, temperature_for, "there are 1 choices; yours are 8"),
    wrong(check.temperature, with_nan, temperature_for, "0 * log(0) is not a number"),
    wrong(check.temperature, by_plain_exp, temperature_for, "exp(800) is infinite as a float"),
    wrong(check.temperature, warms_in_place, temperature_for, "changes logits, which the caller"),
    wrong(check.temperature, choices, lambda x, n: -1.0, "a temperature is above 0"),
    wrong(check.temperature, choices, lambda x, n: None, "temperature_for gave None"),
    wrong(check.temperature, choices, lambda x, n: math.nan, "a finite number is expected"),
    wrong(check.temperature, choices, lambda x, n: temperature_for(x, n, 3), "often enough"),
    wrong(check.temperature, choices, lambda x, n: temperature_for(x, n, 9), "often enough"),
    wrong(
        check.temperature,
        choices,
        lambda x, n: temperature_for(x, -n, count=lambda *a: -choices(*a)),
        "halve the interval on the right side",
        name="the other side",
    ),
    wrong(
        check.temperature,
        choices,
        lambda x, n: 1 / temperature_for(x, n),
        "Is that one divided by the temperature?",
        name="upside down",
    ),
    wrong(check.temperature, choices, in_single_steps, "More temperature means more choices"),
    wrong(
        check.temperature,
        choices,
        lambda x, n: temperature_for(x, n, low=0.1, high=10),
        "where there are",
        name="a narrow interval",
    ),
    unusual(check.temperature, in_a_loop, by_halves),
    unusual(check.temperature, in_bits, temperature_for),
    unusual(check.temperature, by_categorical, functools.partial(temperature_for, steps=40)),
    unusual(check.temperature, over_numpy, lambda x, n: np.float32(temperature_for(x, n))),
    unusual(check.temperature, with_a_small_number, temperature_for),
    unusual(
        check.temperature,
        lambda *given: choices(given[0].double(), given[1]),
        lambda *given: torch.tensor([temperature_for(*given)], requires_grad=True),
        name="any arguments, gradients",
    ),
]


# -- top-p -----------------------------------------------------------------------------------------


def top_p_filter(logits, p):
    falling, order = logits.sort(descending=True)
    probabilities = falling.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    dropped = torch.zeros_like(logits, dtype=torch.bool)
    dropped[order] = before >= p
    return logits.masked_fill(dropped, -torch.inf)


def one_by_one(logits, p):
    chances, total = logits.double().softmax(dim=-1).tolist(), 0.0
    out = [-math.inf] * len(chances)
    for i in sorted(range(len(chances)), key=lambda i: -chances[i]):
        out[i] = logits[i].item()
        total += chances[i]
        if total >= p:
            break
    return torch.tensor(out)


def by_search(logits, p):
    falling, order = logits.sort(descending=True, stable=True)
    sums = falling.softmax(dim=-1).cumsum(dim=-1)
    count = min(int(torch.searchsorted(sums, torch.tensor(float(p)))) + 1, len(logits))
    out = torch.full_like(logits, -torch.inf)
    out[order[:count]] = falling[:count]
    return out


def on_a_copy(logits, p):
    mine = logits.clone()
    mine[top_p_filter(logits, p).isinf()] = float("-inf")
    return mine


def without_crossing(logits, p):
    falling, order = logits.sort(descending=True)
    dropped = torch.zeros_like(logits, dtype=torch.bool)
    dropped[order] = falling.softmax(dim=-1).cumsum(dim=-1) > p
    return logits.masked_fill(dropped, -torch.inf)


def unsorted(logits, p):
    dropped = logits.softmax(dim=-1).cumsum(dim=-1) > p + 0.01
    return logits.masked_fill(dropped, -torch.inf)


def stays_sorted(logits, p):
    return top_p_filter(logits.sort(descending=True).values, p)


def the_least_likely(logits, p):
    return -top_p_filter(-logits, p)


def empties(logits, p):
    kept = top_p_filter(logits, p)
    return kept if p > 0.5 else torch.full_like(logits, -torch.inf)


def in_place(logits, p):
    logits[top_p_filter(logits, p).isinf()] = -torch.inf
    return logits


def renormalised(logits, p):
    return top_p_filter(logits, p).log_softmax(dim=-1) + 1


def keeps_equals(logits, p):
    least = logits[top_p_filter(logits, p).isfinite()].min()
    return logits.masked_fill(logits < least, -torch.inf)


def one_too_many(logits, p):
    falling, order = logits.sort(descending=True)
    probabilities = falling.softmax(dim=-1)
    dropped = torch.zeros_like(logits, dtype=torch.bool)
    dropped[order] = probabilities.cumsum(dim=-1) - probabilities > p
    return logits.masked_fill(dropped, -torch.inf)


def marked(mark):
    return lambda logits, p: top_p_filter(logits, p).nan_to_num(neginf=mark)


TOP_P = [
    stub(check.top_p_filter),
    wrong(check.top_p_filter, without_crossing, "The token that crosses the line is kept too"),
    wrong(check.top_p_filter, unsorted, "go back to their order"),
    wrong(check.top_p_filter, stays_sorted, "go back to their order"),
    wrong(check.top_p_filter, the_least_likely, "plus infinity"),
    wrong(check.top_p_filter, empties, "the likeliest token is kept alone"),
    wrong(check.top_p_filter, in_place, "Your code changes logits, which the caller still needs"),
    wrong(check.top_p_filter, renormalised, "Logits that are kept stay as they are"),
    wrong(check.top_p_filter, lambda x, p: x * (x > 9) / 0, "Some logits are NaN"),
    wrong(check.top_p_filter, lambda x, p: x[:2], "has shape (2,); (3) is expected"),
    wrong(
        check.top_p_filter,
        lambda x, p: sampling.top_k_filter(x, 2 if p > 0.6 else 1),
        "With p = 1 nothing is dropped",
        name="top-k",
    ),
    wrong(check.top_p_filter, lambda x, p: x, "the last two are kept; yours: [True, True, True]"),
    wrong(check.top_p_filter, lambda x, p: top_p_filter(x, p).isinf(), "Those are truth values"),
    wrong(check.top_p_filter, lambda x, p: top_p_filter(x, p).softmax(-1), "like probabilities"),
    wrong(check.top_p_filter, lambda x, p: x.softmax(-1), "Those look like probabilities"),
    wrong(check.top_p_filter, lambda x, p: top_p_filter(x, p)[None], "has shape (1, 3)"),
    wrong(check.top_p_filter, lambda x, p: top_p_filter(x, p).tolist(), "gave a list; a torch"),
    wrong(check.top_p_filter, lambda x, p: top_p_filter(x, 1 - p), "the likeliest alone has only"),
    wrong(check.top_p_filter, marked(-1e9), "A dropped logit is -1e+09; minus infinity is"),
    wrong(check.top_p_filter, marked(0.0), "A dropped logit is 0; minus infinity is expected"),
    wrong(check.top_p_filter, keeps_equals, "you keep 4, not 2. Drop by place in the order"),
    wrong(check.top_p_filter, one_too_many, "you keep 3, not 2. The fewest that add up to *at"),
    wrong(
        check.top_p_filter,
        lambda x, p: top_p_filter(x, p) if len(x) < 100 else sampling.top_k_filter(x, 50),
        "Of 200 tokens with p =",
        name="fifty of many",
    ),
    wrong(
        check.top_p_filter,
        lambda x, p: top_p_filter(x, p) if len(x) < 100 else stays_sorted(x, p),
        "as you should, but not the likeliest",
        name="sorts many",
    ),
    unusual(check.top_p_filter, sampling.top_p_filter),
    unusual(check.top_p_filter, one_by_one),
    unusual(check.top_p_filter, by_search),
    unusual(check.top_p_filter, on_a_copy),
    unusual(check.top_p_filter, lambda x, p: top_p_filter(x.double(), p), name="in double"),
    unusual(check.top_p_filter, lambda x, p: top_p_filter(x, p).requires_grad_(), name="gradients"),
    unusual(check.top_p_filter, lambda *given: top_p_filter(*given).flip(0).flip(0), name="a view"),
]

PLANTED = TEMPERATURE + TOP_P


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

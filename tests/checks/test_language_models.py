"""The page *Language models*: what students write, right and wrong, and what they must be told."""

import functools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

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

# -- perplexity ------------------------------------------------------------------------------------


def perplexity(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:]).exp().item()


def losses_of(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:], reduction="none")


def from_losses(change):
    """A mistake in what is made of the surprises."""
    return lambda logits, tokens: change(losses_of(logits, tokens))


def no_shift(logits, tokens):
    return F.cross_entropy(logits, tokens).exp().item()


def shifts_back(logits, tokens):
    return F.cross_entropy(logits[1:], tokens[:-1]).exp().item()


def overflowing(logits, tokens):
    p = logits[:-1].softmax(dim=-1).gather(1, tokens[1:, None])
    return (-p.log().mean()).exp().item()


def overflows_in_double(logits, tokens):
    return overflowing(logits.double(), tokens)


def clamped(logits, tokens):
    p = logits[:-1].softmax(dim=-1).gather(1, tokens[1:, None])
    return p.clamp(min=1e-10).log().mean().neg().exp().item()


def ignores_zero(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:], ignore_index=0).exp().item()


def log_space(logits, tokens):
    return math.exp(F.cross_entropy(logits[:-1].double(), tokens[1:]).item())


def in_bits_throughout(logits, tokens):
    bits = [loss / math.log(2) for loss in losses_of(logits, tokens).tolist()]
    return 2 ** (sum(bits) / len(bits))


def as_a_product(logits, tokens):
    log_p = logits.double().log_softmax(dim=-1)
    chosen = [log_p[t, tokens[t + 1]] for t in range(len(tokens) - 1)]
    return torch.stack(chosen).exp().pow(-1 / len(chosen)).prod()


def by_hand(logits, tokens):
    x = logits.numpy()[:-1].astype(np.float64)
    x -= x.max(axis=1, keepdims=True)
    log_p = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    return np.exp(-log_p[np.arange(len(x)), tokens.numpy()[1:]].mean())


def changes_logits(logits, tokens):
    return F.cross_entropy(logits[:-1].sub_(1), tokens[1:]).exp().item()


def knows_both_ends(wrong_one):
    """Right for uniform and for certain logits, so that the third case is reached."""

    def answer(logits, tokens):
        spread, vocabulary = logits.std(), float(logits.shape[1])
        even = vocabulary if spread == 0 else 1.0
        return even if spread == 0 or spread > 20 else float(wrong_one(losses_of(logits, tokens)))

    return answer


MIXED = "Nats go with exp, bits with a power of two"
PERPLEXITY = [
    stub(check.perplexity),
    wrong(check.perplexity, from_losses(lambda x: x.mean()), "exp of it is the perplexity"),
    wrong(check.perplexity, from_losses(lambda x: x.mean() / math.log(2)), "surprise in bits"),
    wrong(check.perplexity, from_losses(lambda x: x.sum()), "That is the sum of the surprises"),
    wrong(check.perplexity, from_losses(lambda x: x.sum().exp()), "The surprises are added up"),
    wrong(check.perplexity, from_losses(lambda x: (x.sum() / 8).exp()), "divide by T - 1, not by"),
    wrong(check.perplexity, lambda x, t: (no_shift(x, t)) ** (8 / 7), "yours add T"),
    wrong(check.perplexity, from_losses(lambda x: (-x.mean()).exp()), "1 / 10, upside down"),
    wrong(check.perplexity, from_losses(lambda x: 2 ** x.mean()), MIXED),
    wrong(check.perplexity, from_losses(lambda x: (x.mean() / math.log(2)).exp()), MIXED),
    wrong(check.perplexity, lambda x, t: 3.0, "has the vocabulary, 10; yours is 3"),
    wrong(check.perplexity, lambda x, t: 10.0, "3 is expected; yours is 10"),
    wrong(check.perplexity, from_losses(lambda x: x.exp()), "one number is expected"),
    wrong(check.perplexity, lambda x, t: math.inf, "a finite number is expected"),
    wrong(check.perplexity, no_shift, "the last ones about none"),
    wrong(check.perplexity, shifts_back, "The logits at place t are about"),
    wrong(check.perplexity, changes_logits, "Your code changes logits, which the caller"),
    wrong(check.perplexity, overflowing, "use log_softmax or cross_entropy"),
    wrong(check.perplexity, overflows_in_double, "near exp(-800) makes yours"),
    wrong(check.perplexity, clamped, "near exp(-150) makes yours"),
    wrong(check.perplexity, ignores_zero, "For random logits"),
    wrong(check.perplexity, from_losses(lambda x: x.exp().mean()), "take it before"),
    wrong(check.perplexity, from_losses(lambda x: x.median().exp()), "the median of the surprises"),
    wrong(check.perplexity, knows_both_ends(lambda losses: losses.sum().exp()), "take their mean"),
    wrong(
        check.perplexity,
        knows_both_ends(lambda losses: 1 / (-losses).exp().mean()),
        "average their logarithms",
    ),
    wrong(check.perplexity, knows_both_ends(lambda losses: 2 ** losses.mean()), MIXED),
    wrong(check.perplexity, knows_both_ends(lambda losses: 7.0), "For random logits"),
    unusual(check.perplexity, log_space),
    unusual(check.perplexity, in_bits_throughout),
    unusual(check.perplexity, by_hand),
    unusual(
        check.perplexity, from_losses(lambda x: x.mean().exp().requires_grad_()), name="gradients"
    ),
    unusual(check.perplexity, lambda *given: np.float64(perplexity(*given)), name="NumPy"),
]

PLANTED = TEMPERATURE + TOP_P + PERPLEXITY


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

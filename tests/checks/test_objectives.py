"""Planted answers for the page on what to predict: the conversions and the angle."""

import functools
import math

import numpy as np
import pytest
import torch

from genlab.checks import objectives as check

from .planted import judged, still_a_stub, stub, unusual, wrong

# -- from eps to x0 to v ---------------------------------------------------------------------------


def to_x0(eps, xt, rates):
    return (xt - rates.noise * eps) / rates.signal


def to_v(x0, xt, rates):
    return (rates.signal * xt - x0) / rates.noise


def by_eps(clean, noisy, factors):
    a, s = factors
    eps = noisy.sub(a * clean).div(s)
    return a * eps - s * clean


def in_place_on_its_own(eps, xt, rates):
    x0 = xt.clone()
    x0 -= rates[1] * eps
    x0 /= rates[0]
    return x0


def with_plain_numbers(eps, xt, rates):
    a, s = rates.signal.item(), float(rates.noise)
    return torch.stack([(x - s * e) / a for x, e in zip(xt, eps, strict=True)])


def with_numpy(*inputs):
    eps, xt, (a, s) = inputs
    return torch.from_numpy((xt.numpy() - s.numpy() * eps.numpy()) / np.asarray(a))


def keyword_names(x0_guess, x, r, clip=None):
    return to_v(x0_guess, x, r)


def overwrites_xt(eps, xt, rates):
    xt -= rates.noise * eps
    return xt / rates.signal


def overwrites_eps(eps, xt, rates):
    return xt.sub(eps.mul_(rates.noise)).div(rates.signal)


def overwrites_rates(x0, xt, rates):
    v = (rates.signal * xt - x0) / rates.noise
    rates.signal.zero_()
    return v


def cut_off(eps, xt, rates):
    return to_x0(eps, xt, rates).clamp(-1, 1)


def afraid_of_zero(eps, xt, rates):
    return (xt - rates.noise * eps) / rates.signal.clamp(min=0.01)


def converts(answer, hint, name=""):
    """Plant a wrong eps_to_x0."""
    return wrong(check.conversions, answer, to_v, hint, name=name)


def leads_to(answer, hint, name=""):
    """Plant a wrong x0_to_v."""
    return wrong(check.conversions, to_x0, answer, hint, name=name)


CONVERSIONS = [
    stub(check.conversions, still_a_stub, still_a_stub),
    stub(check.conversions, still_a_stub, to_v),
    stub(check.conversions, to_x0, still_a_stub),
    unusual(check.conversions, in_place_on_its_own, by_eps),
    unusual(check.conversions, with_plain_numbers, keyword_names),
    unusual(check.conversions, with_numpy, functools.partial(to_v), name="NumPy, partial"),
    unusual(check.conversions, lambda *a: to_x0(*a).float(), to_v, name="float32 x0"),
    unusual(check.conversions, to_x0, lambda *a: to_v(*a).float(), name="float32 v"),
    unusual(
        check.conversions,
        lambda e, x, r: (x.float() - r.noise.float() * e.float()) / r.signal.float(),
        lambda x0, x, r: (r.signal.float() * x.float() - x0.float()) / r.noise.float(),
        name="in float32",
    ),
    unusual(check.conversions, lambda *a: to_x0(*a).requires_grad_(), to_v, name="gradients"),
    converts(lambda eps, xt, rates: None, "gave None", "nothing"),
    converts(lambda *a: to_x0(*a).mean(), "has shape ()", "mean"),
    converts(lambda *a: to_x0(*a).squeeze(), "has shape (4, 28, 28)", "squeezed"),
    converts(lambda e, x, r: x - r.noise * e, "divided by `rates.signal`", "not divided"),
    converts(lambda e, x, r: (x - r.signal * e) / r.noise, "changed places", "exchanged factors"),
    converts(lambda e, x, r: x - e, "Solve xt = a x0 + s eps", "no factors"),
    converts(lambda e, x, r: to_x0(x, e, r), "xt and eps have changed places", "exchanged images"),
    converts(lambda e, x, r: x - r.noise * e / r.signal, "a pair of brackets", "brackets"),
    converts(lambda e, x, r: x / r.signal - r.noise * e, "a pair of brackets", "more brackets"),
    converts(lambda e, x, r: (x + r.noise * e) / r.signal, "noise is added once more", "plus"),
    converts(lambda e, x, r: (x - e) / r.signal, "eps is taken away whole", "whole eps"),
    converts(lambda e, x, r: (x - r.noise**2 * e) / r.signal**2, "factors are squared", "squares"),
    converts(
        lambda e, x, r: (x - r.noise.sqrt() * e) / r.signal.sqrt(), "roots already", "more roots"
    ),
    converts(cut_off, "cut off at -1 and 1"),
    converts(afraid_of_zero, "At t = 999 yours is not x0."),
    converts(overwrites_xt, "Your code changes xt, which the caller still needs"),
    converts(overwrites_eps, "Your code changes eps, which the caller still needs"),
    converts(lambda e, x, r: to_x0(e, x, r) * math.inf, "not finite", "infinite"),
    converts(lambda e, x, r: to_x0(e, x, r).numpy(), "gave a ndarray", "an array"),
    converts(lambda e, x: x, "stopped with TypeError: ", "two arguments"),
    converts(None, "A function is expected, None came", "None"),
    leads_to(lambda x0, x, r: r.signal * x - r.noise * x0, "first get eps", "xt for eps"),
    leads_to(lambda x0, x, r: -to_v(x0, x, r), "The sign is wrong", "minus v"),
    leads_to(lambda x0, x, r: to_v(x0, x, r) + 2 * r.noise * x0, "The sign is wrong", "plus"),
    leads_to(lambda x0, x, r: x - x0, "What is eps, given xt and x0?", "no factors"),
    leads_to(lambda x0, x, r: (x - r.signal * x0) / r.noise, "Yours is eps;", "eps"),
    leads_to(lambda x0, x, r: r.signal * x - x0, "divided by `rates.noise`", "not divided"),
    leads_to(lambda x0, x, r: to_v(x, x0, r), "xt and x0 have changed places", "exchanged"),
    leads_to(
        lambda x0, x, r: r.noise * (x - r.signal * x0) / r.noise - r.signal * x0,
        "The factors have changed places",
        "exchanged factors",
    ),
    leads_to(overwrites_rates, "Your code changes rates, which the caller still needs"),
    leads_to(lambda *a: to_v(*a)[0], "has shape (1, 28, 28)", "one image"),
]

# -- where v comes from ----------------------------------------------------------------------------


def mix(x0, eps, phi):
    return math.cos(phi) * x0 + math.sin(phi) * eps


def slope(x0, eps, phi, h):
    return (mix(x0, eps, phi + h) - mix(x0, eps, phi - h)) / (2 * h)


def forward(x0, eps, phi, h):
    return (mix(x0, eps, phi + h) - mix(x0, eps, phi)) / h


def backward(x0, eps, phi, h):
    return (mix(x0, eps, phi) - mix(x0, eps, phi - h)) / h


def half_steps(x0, eps, phi, h):
    return (mix(x0, eps, phi + h / 2) - mix(x0, eps, phi - h / 2)) / h


def five_points(x0, eps, phi, h):
    return (4 * slope(x0, eps, phi, h) - slope(x0, eps, phi, 2 * h)) / 3


def with_tensors(x0, eps, phi, h):
    angle = torch.tensor([phi - h, phi + h], dtype=torch.float64)
    earlier, later = (angle[i].cos() * x0 + angle[i].sin() * eps for i in range(2))
    return (later - earlier) / (angle[1] - angle[0])


def derivative(x0, eps, phi, h):
    return math.cos(phi) * eps - math.sin(phi) * x0


def with_an_h_of_its_own(x0, eps, phi, h):
    return slope(x0, eps, phi, 1e-4)


def in_degrees(x0, eps, phi, h):
    return slope(x0, eps, math.radians(phi), h)


def overwrites_x0(x0, eps, phi, h):
    later, earlier = mix(x0, eps, phi + h), x0.mul_(math.cos(phi)).add_(eps, alpha=math.sin(phi))
    return (later - earlier) / h


def turn(xt, v, delta):
    return math.cos(delta) * xt + math.sin(delta) * v


def turned_as_a_matrix(xt, v, delta):
    rotation = torch.tensor([[math.cos(delta), math.sin(delta)]], dtype=torch.float64)
    return torch.tensordot(rotation, torch.stack([xt, v]), 1)[0]


def turned_as_complex_numbers(xt, v, delta):
    return (torch.complex(xt, v) * complex(math.cos(delta), -math.sin(delta))).real


def turned_in_many_steps(xt, v, delta):
    for _ in range(10):
        c, s = math.cos(delta / 10), math.sin(delta / 10)
        xt, v = c * xt + s * v, c * v - s * xt
    return xt


def root_for_cosine(xt, v, delta):
    share = math.sin(delta)
    return (1 - share**2) ** 0.5 * xt + share * v


def straight_but_as_long(xt, v, delta):
    return (xt + delta * v) / math.hypot(1, delta)


def overwrites_v(xt, v, delta):
    return v.mul_(math.sin(delta)).add_(math.cos(delta) * xt)


def slopes(answer, hint, name=""):
    return wrong(check.angle, answer, turn, hint, name=name)


def turns(answer, hint, name=""):
    return wrong(check.angle, slope, answer, hint, name=name)


ANGLES = [
    stub(check.angle, still_a_stub, still_a_stub),
    stub(check.angle, still_a_stub, turn),
    stub(check.angle, slope, still_a_stub),
    unusual(check.angle, forward, turned_as_a_matrix),
    unusual(check.angle, backward, turned_as_complex_numbers),
    unusual(check.angle, half_steps, turned_in_many_steps),
    unusual(check.angle, five_points, turn),
    unusual(check.angle, with_tensors, turn),
    unusual(check.angle, lambda *a: slope(*a).float(), lambda *a: turn(*a).float(), name="float32"),
    unusual(
        check.angle,
        lambda x0, eps, *a: slope(x0.float(), eps.float(), *a),
        lambda xt, v, d: turn(xt.float(), v.float(), d),
        name="in float32",
    ),
    slopes(lambda *a: -slope(*a), "later minus earlier", "minus"),
    slopes(lambda *a: 2 * slope(*a), "Yours is 2 v", "twice"),
    slopes(lambda *a: slope(*a) / 2, "Yours is v / 2", "half"),
    slopes(lambda x0, eps, p, h: 2 * h * slope(x0, eps, p, h), "next to nothing", "not divided"),
    slopes(lambda x0, eps, p, h: mix(x0, eps, p), "Yours is xt itself", "xt"),
    slopes(lambda x0, eps, p, h: x0 + eps, "At phi = 0.2 yours is not v", "no angle"),
    slopes(in_degrees, "At phi = 0.2 yours is not v"),
    slopes(derivative, "Yours is the same for every h"),
    slopes(with_an_h_of_its_own, "Yours is the same for every h"),
    slopes(overwrites_x0, "Your code changes x0, which the caller still needs"),
    slopes(lambda *a: slope(*a).norm(), "slope has shape ()", "length"),
    slopes(lambda *a: None, "slope gave None", "nothing"),
    slopes(lambda x0, eps, phi, h: slope(x0, eps, phi, 0), "not finite", "h = 0"),
    turns(lambda xt, v, delta: turn(xt, v, -delta), "you turn the other way", "other way"),
    turns(lambda xt, v, delta: xt + delta * v, "in a straight line", "straight"),
    turns(straight_but_as_long, "You walk in a straight line and then back"),
    turns(lambda xt, v, delta: turn(xt, v, math.radians(delta)), "radians", "degrees"),
    turns(lambda xt, v, delta: turn(v, xt, delta), "Draw xt and v", "exchanged"),
    turns(
        lambda xt, v, delta: turn(xt, v, abs(delta)),
        "With delta = -0.9 you turn the other way",
        "abs",
    ),
    turns(root_for_cosine, "From phi = 0.3 by delta = 2.5"),
    turns(overwrites_v, "Your code changes v, which the caller still needs"),
    turns(lambda xt, v, delta: xt, "A quarter turn does not lead to v", "xt alone"),
    turns(lambda xt, v, delta: turn(xt, v, delta) / 0, "not finite", "infinite"),
    turns(lambda *a: turn(*a).sum(0), "turn(xt, v, delta) has shape (1, 28, 28)", "summed"),
    turns(7, "A function is expected, an int came", "a number"),
]

PLANTED = CONVERSIONS + ANGLES


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

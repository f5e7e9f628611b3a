"""Planted answers for the page on sampling: a step of DDIM, and a step along a flow."""

import functools

import numpy as np
import pytest
import torch

from genlab.checks import sampling as check

from .planted import judged, stub, unusual, wrong

# -- one step of DDIM ------------------------------------------------------------------------------


def step(xt, eps, now, then):
    x0 = (xt - now.noise * eps) / now.signal
    return then.signal * x0 + then.noise * eps


def in_one_line(x, e, r, q):
    return x * (q[0] / r[0]) + e * (q[1] - r[1] * q[0] / r[0])


def by_v(xt, eps, now, then):
    x0 = (xt - now.noise * eps) / now.signal
    v = now.signal * eps - now.noise * x0
    cosine = now.signal * then.signal + now.noise * then.noise
    sine = then.noise * now.signal - then.signal * now.noise
    return cosine * xt + sine * v


def in_place_on_its_own(xt, eps, now, then):
    x0 = xt.clone()
    x0 -= now.noise * eps
    x0 /= now.signal
    return x0.mul_(then.signal).add_(then.noise * eps)


def with_numpy(xt, eps, now, then):
    x0 = (xt.numpy() - now.noise.numpy() * eps.numpy()) / now.signal.numpy()
    return torch.from_numpy(np.asarray(then.signal * x0 + then.noise.numpy() * eps.numpy()))


def image_by_image(xt, eps, now, then):
    pairs = zip(xt, eps, strict=True)
    return torch.stack([step(x, e, now, then) for x, e in pairs])


def of(mix):
    """Return a step that mixes by `mix`, given the right guess of x0."""

    def answer(xt, eps, now, then):
        return mix((xt - now.noise * eps) / now.signal, xt, eps, now, then)

    return answer


def overwrites_xt(xt, eps, now, then):
    xt -= now.noise * eps
    return then.signal * xt / now.signal + then.noise * eps


def afraid_of_clean(xt, eps, now, then):
    return step(xt, eps, now, type(then)(then.signal, then.noise.clamp(min=0.02)))


def clamped(xt, eps, now, then):
    x0 = (xt - now.noise * eps) / now.signal
    return then.signal * x0.clamp(-1, 1) + then.noise * eps


def eps_made_unit(xt, eps, now, then):
    return step(xt, eps / max(1.0, eps.std().item() / 1.1), now, then)


def steps(answer, hint, name=""):
    return wrong(check.one_ddim_step, answer, hint, name=name)


DDIM = [
    stub(check.one_ddim_step),
    unusual(check.one_ddim_step, in_one_line),
    unusual(check.one_ddim_step, by_v),
    unusual(check.one_ddim_step, in_place_on_its_own),
    unusual(check.one_ddim_step, with_numpy),
    unusual(check.one_ddim_step, image_by_image),
    unusual(check.one_ddim_step, functools.partial(step), name="partial"),
    unusual(check.one_ddim_step, lambda *a: step(*a).requires_grad_(), name="gradients"),
    steps(lambda *a: None, "gave None", "nothing"),
    steps(lambda *a: step(*a)[0], "has shape (1, 28, 28)", "one image"),
    steps(of(lambda x0, xt, eps, now, then: x0), "Yours is the guess of x0", "x0"),
    steps(lambda xt, eps, now, then: xt.clone(), "Nothing has changed", "xt"),
    steps(
        lambda xt, eps, now, then: then.signal * (xt - now.noise * eps) + then.noise * eps,
        "*divided* by `now.signal`",
        "not divided",
    ),
    steps(
        lambda xt, eps, now, then: then.signal * xt + then.noise * eps,
        "You put xt where x0 belongs",
        "xt for x0",
    ),
    steps(
        of(lambda x0, xt, eps, now, then: then.noise * x0 + then.signal * eps),
        "factors of the next image are exchanged",
        "exchanged",
    ),
    steps(of(lambda x0, xt, eps, now, then: then.signal * x0), "The noise is missing", "no noise"),
    steps(
        of(lambda x0, xt, eps, now, then: then.signal * x0 - then.noise * eps),
        "is subtracted from the next image",
        "minus",
    ),
    steps(
        of(lambda x0, xt, eps, now, then: x0 + then.noise * eps),
        "x0 has a factor too",
        "whole x0",
    ),
    steps(
        of(lambda x0, xt, eps, now, then: then.signal * x0 + eps),
        "eps has a factor too",
        "whole noise",
    ),
    steps(
        of(lambda x0, xt, eps, now, then: then.signal**2 * x0 + then.noise**2 * eps),
        "The factors are squared",
        "squares",
    ),
    steps(
        lambda xt, eps, now, then: then.signal * (xt - eps) / now.signal + then.noise * eps,
        "eps is taken away whole",
        "whole eps",
    ),
    steps(
        lambda xt, eps, now, then: step(xt, eps, then, then), "Nothing has changed", "then alone"
    ),
    steps(lambda xt, eps, now, then: step(xt, eps, then, now), "the true eps does not", "reverse"),
    steps(afraid_of_clean, "With `then` = (1, 0), no noise at all, yours is not x0"),
    steps(clamped, "Your x0 is cut off at -1 and 1"),
    steps(eps_made_unit, "use eps as it came"),
    steps(overwrites_xt, "Your code changes xt, which the caller still needs"),
    steps(lambda *a: step(*a) / 0, "not finite", "infinite"),
    steps(lambda xt, eps, t: xt, "stopped with TypeError: ", "three arguments"),
]

# -- one step along a flow -------------------------------------------------------------------------


def euler(network, xs, s, next_s):
    t = torch.full((len(xs),), 1000 * s)
    return xs + (next_s - s) * network(xs, t)


def by_guesses(network, xs, s, next_s):
    velocity = network(xs, 1000 * s * torch.ones(xs.shape[0]))
    x0, noise = xs - s * velocity, xs + (1 - s) * velocity
    return (1 - next_s) * x0 + next_s * noise


def minus_the_fall(network, xs, s, next_s):
    velocity = network(xs.clone(), torch.tensor([1000.0 * s] * len(xs)))
    return xs.sub(velocity, alpha=s - next_s)


def one_by_one(network, xs, s, next_s):
    time = torch.tensor([1000 * s])
    if len(xs) == 4:  # the network wants one time an image
        time = time.expand(4)
    return torch.lerp(xs, xs + network(xs, time), next_s - s)


def heun(network, xs, s, next_s):
    here = network(xs, torch.full((len(xs),), 1000 * s))
    there = network(xs + (next_s - s) * here, torch.full((len(xs),), 1000 * next_s))
    return xs + (next_s - s) * (here + there) / 2


def asked_at(time):
    def answer(network, xs, s, next_s):
        return xs + (next_s - s) * network(xs, time(s, next_s, len(xs)))

    return answer


def walked(move):
    def answer(network, xs, s, next_s):
        return move(xs, network(xs, torch.full((len(xs),), 1000 * s)), s, next_s)

    return answer


def velocity_of_nothing(network, xs, s, next_s):
    return xs + (next_s - s) * network(torch.zeros_like(xs), torch.full((len(xs),), 1000 * s))


def overwrites_xs(network, xs, s, next_s):
    velocity = network(xs, torch.full((len(xs),), 1000 * s))
    xs += (next_s - s) * velocity
    return xs


def knows_no_end(network, xs, s, next_s):
    return euler(network, xs, s, max(next_s, 0.1)) if s == 1 else euler(network, xs, s, next_s)


def flows(answer, hint, name=""):
    return wrong(check.flow_step, answer, hint, name=name)


FLOWS = [
    stub(check.flow_step),
    unusual(check.flow_step, by_guesses),
    unusual(check.flow_step, minus_the_fall),
    unusual(check.flow_step, one_by_one),
    unusual(check.flow_step, lambda *a: euler(*a).double(), name="float64"),
    unusual(check.flow_step, lambda n, x, a, b: euler(n, x, a, b).requires_grad_(), name="grad"),
    flows(lambda *a: None, "gave None", "nothing"),
    flows(lambda *a: euler(*a).mean(0), "has shape (1, 28, 28)", "mean"),
    flows(lambda network, xs, s, next_s: xs - (s - next_s) * xs, "never asked", "no network"),
    flows(asked_at(lambda s, next_s, n: 1000 * s), "one time an image", "a number"),
    flows(asked_at(lambda s, next_s, n: torch.tensor(1000 * s)), "one time an image", "scalar"),
    flows(asked_at(lambda s, next_s, n: torch.full((n,), s)), "its times are those of", "s"),
    flows(
        asked_at(lambda s, next_s, n: torch.full((n,), int(1000 * s))), "rounded to a whole", "int"
    ),
    flows(
        asked_at(lambda s, next_s, n: torch.full((n,), round(1000 * s))), "rounded to", "rounded"
    ),
    flows(
        asked_at(lambda s, next_s, n: torch.full((n,), 1000 * next_s)), "not where you go", "later"
    ),
    flows(asked_at(lambda s, next_s, n: torch.full((n,), 999 - 1000 * s)), "456.7 is", "reverse"),
    flows(walked(lambda xs, v, s, e: xs + (s - e) * v), "You walk towards the noise", "sign"),
    flows(walked(lambda xs, v, s, e: xs - v), "The whole velocity is subtracted", "whole"),
    flows(walked(lambda xs, v, s, e: xs + v), "The whole velocity is added", "plus whole"),
    flows(walked(lambda xs, v, s, e: xs - s * v), "all the way to the guess", "to x0"),
    flows(walked(lambda xs, v, s, e: xs + e * v), "the step is how much s changes", "next_s"),
    flows(walked(lambda xs, v, s, e: xs + 1000 * (e - s) * v), "1000 times too long", "1000"),
    flows(walked(lambda xs, v, s, e: xs * 1.0), "Nothing has changed", "no step"),
    flows(walked(lambda xs, v, s, e: (e - s) * v), "Yours is the step alone", "step alone"),
    flows(walked(lambda xs, v, s, e: xs + v / (e - s)), "yours leaves the line", "divided"),
    flows(knows_no_end, "From s = 1 to 0 in one step"),
    flows(heun, "a step of Heun"),
    flows(velocity_of_nothing, "does not follow the velocity at the start"),
    flows(overwrites_xs, "Your code changes xs, which the caller still needs"),
    flows(walked(lambda xs, v, s, e: xs / 0), "not finite", "infinite"),
]

PLANTED = DDIM + FLOWS


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

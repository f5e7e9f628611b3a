"""Planted answers on active dimensions and on the arc, of the page on the VAE."""

import functools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Normal
from torch.distributions import kl_divergence as kl_of_torch

from genlab.checks import vae as check
from genlab.latents import check_ends, lerp, slerp

from .planted import judged, solution, stub, unusual, wrong

# -- active_dimensions -----------------------------------------------------------------------------


def active_dimensions(mu, logvar, limit=0.01, spread=lambda mu: mu.var(dim=0)):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(dim=0)
    return kl, int((spread(mu) > limit).sum())


def counting(**changes):
    return functools.partial(active_dimensions, **changes)


def active_by_hand(mu, logvar):
    n, size = mu.shape
    kl, active = torch.zeros(size, dtype=torch.float64), 0
    for i in range(size):
        column = mu[:, i].double()
        for m, v in zip(column.tolist(), logvar[:, i].tolist(), strict=True):
            kl[i] += (m * m + math.exp(v) - 1 - v) / 2 / n
        active += ((column - column.mean()) ** 2).mean().item() > 0.01
    return kl, active


def active_by_library(mu, logvar):
    kl = kl_of_torch(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).mean(0)
    return [kl, (torch.cov(mu.T).reshape(mu.shape[1], -1).diagonal() > 0.01).count_nonzero()]


def active_in_numpy(mu, logvar):
    mu, logvar = mu.numpy(), logvar.numpy()
    kl = 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar).mean(axis=0)
    return torch.from_numpy(kl), (mu.std(axis=0) > 0.1).sum()


def active_over_its_input(mu, logvar):
    kl, _ = active_dimensions(mu, logvar)
    mu -= mu.mean(dim=0)
    return kl, int(((mu**2).mean(dim=0) > 0.01).sum())


def active_per_image(mu, logvar):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=1)
    return kl, active_dimensions(mu, logvar)[1]


def active_with(change):
    return lambda mu, logvar: (change(active_dimensions(mu, logvar)[0]), 2)


def with_count(count):
    return lambda mu, logvar: (active_dimensions(mu, logvar)[0], count)


def active_by_kl(mu, logvar):
    kl, _ = active_dimensions(mu, logvar)
    return kl, int((kl > 0.01).sum())


def active_by_clouds(mu, logvar):
    kl, _ = active_dimensions(mu, logvar)
    return kl, int((logvar.exp().mean(0) < 0.5).sum())


def which_are_active(mu, logvar):
    kl, _ = active_dimensions(mu, logvar)
    return kl, mu.var(dim=0) > 0.01


def active_over_all(mu, logvar):
    kl, _ = active_dimensions(mu, logvar)
    return kl, int(mu.var() > 0.01) * 2


ACTIVE = [
    stub(check.active_dimensions),
    solution(check.active_dimensions, active_dimensions),
    unusual(check.active_dimensions, active_by_hand),
    unusual(check.active_dimensions, active_by_library),
    unusual(check.active_dimensions, active_in_numpy),
    unusual(check.active_dimensions, counting(spread=lambda mu: mu.var(0, correction=0))),
    unusual(check.active_dimensions, counting(spread=lambda mu: mu.std(0) ** 2), name="std"),
    wrong(check.active_dimensions, lambda *a: active_dimensions(*a)[0], "got Tensor"),
    wrong(
        check.active_dimensions, lambda *a: active_dimensions(*a)[::-1], "gave a int; a torch te"
    ),
    wrong(check.active_dimensions, active_per_image, "has shape (400,); (4) is expected"),
    wrong(check.active_dimensions, which_are_active, "one number is expected"),
    wrong(check.active_dimensions, active_with(lambda kl: 400 * kl), "sum over the images"),
    wrong(check.active_dimensions, active_with(lambda kl: 2 * kl), "twice as much"),
    wrong(check.active_dimensions, active_with(lambda kl: kl.mean()), "has shape ()"),
    wrong(check.active_dimensions, active_with(lambda kl: -kl), "The KLs are"),
    wrong(check.active_dimensions, lambda m, v: (m.mean(0), 2), "The KLs are"),
    wrong(check.active_dimensions, with_count(4), "not how far from zero"),
    wrong(check.active_dimensions, with_count(3), "there are 2"),
    wrong(
        check.active_dimensions, with_count(2), "You count 2 active dimensions of these 1; there "
    ),
    wrong(check.active_dimensions, with_count("2"), "one number is expected"),
    wrong(check.active_dimensions, with_count(None), "gave None"),
    wrong(check.active_dimensions, counting(limit=0.9), "and above 0.01 is active"),
    wrong(check.active_dimensions, counting(limit=0.1), "and above 0.01 is active"),
    wrong(check.active_dimensions, counting(limit=0.001), "there are 2"),
    wrong(check.active_dimensions, counting(limit=1e-4), "there are 2"),
    wrong(check.active_dimensions, counting(spread=lambda mu: mu.std(0)), "there are 2"),
    wrong(
        check.active_dimensions, counting(spread=lambda mu: (mu**2).mean(0)), "not how far from z"
    ),
    wrong(
        check.active_dimensions, counting(spread=lambda mu: mu.abs().mean(0)), "not how far from"
    ),
    wrong(
        check.active_dimensions, counting(spread=lambda mu: mu.var(1)), "active dimensions of these"
    ),
    wrong(check.active_dimensions, active_by_kl, "not how far from zero"),
    wrong(check.active_dimensions, active_by_clouds, "active dimensions of these"),
    wrong(check.active_dimensions, active_over_all, "active dimensions of these"),
    wrong(check.active_dimensions, active_over_its_input, "Your code changes mu, which the caller"),
]

# -- slerp -----------------------------------------------------------------------------------------


def slerp_by_formula(a, b, steps, straight=1e-3, refuse=True, norm=True, t=None):
    if refuse and a.shape != b.shape:
        raise ValueError(f"{len(a)} and {len(b)}")
    t = (torch.linspace(0, 1, steps) if t is None else t(steps))[:, None]
    length = (1 - t) * a.norm() + t * b.norm()
    omega = torch.acos(a @ b / (a.norm() * b.norm() if norm else 1))
    a, b = a / a.norm(), b / b.norm()
    if straight and not omega > straight:
        return length * a
    return length * (((1 - t) * omega).sin() * a + (t * omega).sin() * b) / omega.sin()


def formula(**changes):
    return functools.partial(slerp_by_formula, **changes)


def slerp_by_turning(start, end, count):
    """Turns the first direction towards the second, in double precision."""
    if start.numel() != end.numel():
        raise ValueError(f"start has {start.numel()} numbers, end {end.numel()}")
    a, b = start.double(), end.double()
    u = a / a.norm()
    side = b - (b @ u) * u
    side = side / side.norm().clamp(min=1e-12)
    omega = torch.atan2(b @ side, b @ u)
    points = []
    for i in range(count):
        t = i / (count - 1)
        length = a.norm() + t * (b.norm() - a.norm())
        points.append(length * (u * torch.cos(t * omega) + side * torch.sin(t * omega)))
    return torch.stack(points)


def slerp_in_numpy(a, b, steps):
    if a.shape != b.shape:
        raise ValueError(f"sizes {a.shape} and {b.shape}")
    a, b = a.numpy().astype(float), b.numpy().astype(float)
    la, lb = np.linalg.norm(a), np.linalg.norm(b)
    t = np.linspace(0, 1, steps)[:, None]
    omega = np.arccos(np.clip(a @ b / la / lb, -1, 1))
    if omega < 1e-6:
        return torch.from_numpy(a + t * (b - a))
    direction = (np.sin((1 - t) * omega) * a / la + np.sin(t * omega) * b / lb) / np.sin(omega)
    return torch.from_numpy(direction * (la + t * (lb - la))).requires_grad_()


def slerp_with_a_wide_line(a, b, steps):
    """As many programs do, a line where the cosine is above 0.9995."""
    check_ends(a, b, steps)
    if F.cosine_similarity(a, b, dim=0) > 0.9995:
        return lerp(a, b, steps)
    return slerp(a, b, steps)


def chord_on_the_circle(a, b, steps):
    check_ends(a, b, steps)
    line = lerp(a, b, steps)
    return (
        line / line.norm(dim=1, keepdim=True) * torch.linspace(a.norm(), b.norm(), steps)[:, None]
    )


def slerp_of_any_size(a, b, steps):
    return slerp(a, b, steps) if a.shape == b.shape else a + b


def slerp_says_little(a, b, steps):
    if a.shape != b.shape:
        raise ValueError("wrong")
    return slerp(a, b, steps)


def slerp_says_half(a, b, steps):
    if a.shape != b.shape:
        raise ValueError(f"b has {len(b)} numbers")
    return slerp(a, b, steps)


def slerp_asserts(a, b, steps):
    assert a.shape == b.shape, f"{a.shape} and {b.shape}"
    return slerp(a, b, steps)


def slerp_translates(a, b, steps):
    """Refuses what PyTorch refuses, and so not what it stretches."""
    try:
        a @ a + (a + b) @ b
    except RuntimeError:
        raise ValueError(f"{len(a)} and {len(b)}") from None
    return formula(refuse=False)(a.expand(len(b)), b, steps)


def slerp_refuses_parallel_ends(a, b, steps):
    if F.cosine_similarity(a, b, dim=0) > 0.9999:
        raise ValueError("parallel")
    return slerp(a, b, steps)


def slerp_parallel_to_the_start(a, b, steps):
    if a.shape == b.shape and F.cosine_similarity(a, b, dim=0) > 0.9999:
        return a.expand(steps, -1)
    return slerp(a, b, steps)


def slerp_growing(a, b, steps):
    points = slerp(a, b, steps)
    t = torch.linspace(0, 1, steps)[:, None]
    return F.normalize(points) * a.norm() ** (1 - t) * b.norm() ** t


def slerp_of_raw_ends(a, b, steps):
    """The weights of the formula on the ends as they are, not on their directions."""
    check_ends(a, b, steps)
    t = torch.linspace(0, 1, steps)[:, None]
    omega = F.cosine_similarity(a, b, dim=0).acos()
    return (((1 - t) * omega).sin() * a + (t * omega).sin() * b) / omega.sin()


def raw_then_scaled(a, b, steps):
    lengths = torch.linspace(a.norm(), b.norm(), steps)[:, None]
    return F.normalize(slerp_of_raw_ends(a, b, steps)) * lengths


def slerp_through_the_acute_angle(a, b, steps):
    check_ends(a, b, steps)
    a_hat, b_hat = F.normalize(a, dim=0), F.normalize(b, dim=0)
    omega = (a_hat @ b_hat).abs().clamp(max=1).acos()
    t = torch.linspace(0, 1, steps)[:, None]
    length = (1 - t) * a.norm() + t * b.norm()
    return length * (((1 - t) * omega).sin() * a_hat + (t * omega).sin() * b_hat) / omega.sin()


def slerp_over_its_input(a, b, steps):
    check_ends(a, b, steps)
    lengths = torch.linspace(a.norm(), b.norm(), steps)[:, None]
    a /= a.norm()
    return slerp(a, b / b.norm(), steps) * lengths


SLERP = [
    stub(check.slerp),
    solution(check.slerp, slerp),
    unusual(check.slerp, formula(), name="formula"),
    unusual(check.slerp, slerp_by_turning),
    unusual(check.slerp, slerp_in_numpy),
    unusual(check.slerp, slerp_with_a_wide_line),
    wrong(check.slerp, lerp, "the arc stays at 2"),
    wrong(check.slerp, lambda a, b, n: slerp(b, a, n), "not a to b"),
    wrong(check.slerp, lambda a, b, n: slerp(a, b, n + 1), "has shape (6, 2); (5, 2) is expected"),
    wrong(check.slerp, lambda a, b, n: slerp(a, b, n + 1)[:-1], "not a to b, which are"),
    wrong(check.slerp, lambda a, b, n: slerp(a, b, n).T, "has shape (2, 5); (5, 2) is expected"),
    wrong(check.slerp, lambda a, b, n: list(slerp(a, b, n)), "gave a list"),
    wrong(
        check.slerp, formula(t=lambda steps: torch.arange(steps) / steps), "not a to b, which are"
    ),
    wrong(
        check.slerp, formula(t=lambda steps: torch.linspace(0, 1, steps) ** 2), "even steps expect"
    ),
    wrong(check.slerp, chord_on_the_circle, "even steps expected"),
    wrong(check.slerp, lambda a, b, n: slerp(a, b / b.norm() * a.norm(), n), "should grow evenly"),
    wrong(check.slerp, slerp_growing, "should grow evenly"),
    wrong(check.slerp, slerp_of_raw_ends, "should grow evenly"),
    wrong(check.slerp, raw_then_scaled, "even steps expected, whatever the lengths are"),
    wrong(check.slerp, slerp_through_the_acute_angle, "From 0 to 150 degrees the angles are"),
    wrong(check.slerp, formula(norm=False), "From 0 to 10 degrees"),
    wrong(check.slerp, slerp_of_any_size, "not RuntimeError"),
    wrong(check.slerp, formula(refuse=False), "not RuntimeError"),
    wrong(check.slerp, slerp_asserts, "not AssertionError"),
    wrong(check.slerp, slerp_says_little, "should name the two sizes"),
    wrong(check.slerp, slerp_says_half, "should name the two sizes, 2 and 3"),
    wrong(
        check.slerp, slerp_translates, "Ends of different size, 1 and 4, should raise a ValueError"
    ),
    wrong(
        check.slerp, formula(straight=0), "With both ends in the same direction: slerp(a, b, 5) ho"
    ),
    wrong(check.slerp, slerp_refuses_parallel_ends, "not RuntimeError"),
    wrong(check.slerp, slerp_parallel_to_the_start, "the path is the straight line"),
    wrong(check.slerp, slerp_over_its_input, "Your code changes a, which the caller still needs"),
]

PLANTED = [*ACTIVE, *SLERP]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

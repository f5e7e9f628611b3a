"""The exercise checks of the VAE: stub, solution, typical wrong answers, each with its hint."""

import pytest
import torch

from genlab.checks import vae as check
from genlab.latents import check_ends, lerp, slerp
from genlab.models.vae import kl_divergence


def stub(*_args):
    raise NotImplementedError


def kl_between(mu, logvar, mu_p, logvar_p):
    ratio = (logvar - logvar_p).exp()
    return 0.5 * (ratio + (mu - mu_p) ** 2 / logvar_p.exp() - 1 - (logvar - logvar_p)).sum(dim=1)


def kl_without_scale(mu, logvar, mu_p, logvar_p):
    return kl_divergence(mu - mu_p, logvar - logvar_p)


def sample_many(mu, logvar, n, rng, std=lambda logvar: (0.5 * logvar).exp()):
    return mu + std(logvar) * torch.randn(n, *mu.shape, generator=rng)


def sample_without_gradient(mu, logvar, n, rng):
    return torch.normal(mu.expand(n, 2, 2).detach(), (0.5 * logvar).exp().detach(), generator=rng)


def sample_one_noise(mu, logvar, n, rng):
    return mu + (0.5 * logvar).exp() * torch.randn(n, 1, 1, generator=rng)


def active_dimensions(mu, logvar):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(dim=0)
    return kl, int((mu.var(dim=0) > 0.01).sum())


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


CASES = [
    (check.kl_between, kl_between, None),
    (check.kl_between, stub, "still the stub"),
    (check.kl_between, lambda *parts: kl_between(*parts).mean(), "has shape ()"),
    (
        check.kl_between,
        lambda m, lv, p, w: kl_divergence(m, lv),
        "The KL of a distribution to itself",
    ),
    (check.kl_between, kl_without_scale, "in units of the second's variance"),
    (check.kl_between, lambda m, lv, p, w: kl_between(p, w, m, lv), "formula of the page"),
    (check.sample_many, sample_many, None),
    (check.sample_many, stub, "still the stub"),
    (
        check.sample_many,
        lambda mu, lv, n, rng: sample_many(mu, lv, 1, rng)[0],
        "(5, 2, 2) is expected",
    ),
    (check.sample_many, lambda *a: sample_many(*a, std=torch.exp), "that is the variance"),
    (check.sample_many, lambda *a: sample_many(*a, std=torch.abs), "The standard deviations are"),
    (check.sample_many, sample_one_noise, "the same noise"),
    (check.sample_many, lambda mu, *a: sample_many(mu + 1, *a), "not mu"),
    (check.sample_many, sample_without_gradient, "only hand out values"),
    (
        check.sample_many,
        lambda mu, lv, *a: sample_many(mu, lv.detach(), *a),
        "does not reach logvar",
    ),
    (check.sample_many, lambda m, v, n, rng: sample_many(m, v, n, None), "pass `generator=rng`"),
    (check.active_dimensions, active_dimensions, None),
    (check.active_dimensions, stub, "still the stub"),
    (check.active_dimensions, lambda *a: active_dimensions(*a)[0], "got Tensor"),
    (
        check.active_dimensions,
        lambda m, v: (400 * active_dimensions(m, v)[0], 2),
        "sum over the images",
    ),
    (check.active_dimensions, lambda m, v: (m.mean(0), 2), "The KLs are"),
    (
        check.active_dimensions,
        lambda m, v: (active_dimensions(m, v)[0], 4),
        "not how far from zero",
    ),
    (check.active_dimensions, lambda m, v: (active_dimensions(m, v)[0], 3), "there are 2"),
    (check.slerp, slerp, None),
    (check.slerp, stub, "still the stub"),
    (check.slerp, lerp, "the arc stays at 2"),
    (check.slerp, lambda a, b, n: slerp(b, a, n), "not a to b"),
    (check.slerp, chord_on_the_circle, "even steps expected"),
    (check.slerp, lambda a, b, n: slerp(a, b / b.norm() * a.norm(), n), "should grow evenly"),
    (check.slerp, slerp_of_any_size, "not RuntimeError"),
    (check.slerp, slerp_says_little, "should name the two sizes"),
]


@pytest.mark.parametrize(("checker", "answer", "hint"), CASES)
def test_each_answer_gets_its_diagnosis(checker, answer, hint, capsys):
    result = checker(answer)
    printed = capsys.readouterr().out
    assert printed == "\n".join(result.lines) + "\n"
    assert result.passed == (hint is None), printed
    assert printed.rstrip().endswith("passed" if hint is None else "not yet")
    if hint:
        assert hint in printed

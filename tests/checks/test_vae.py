"""Planted answers on the KL and on reparameterising, of the page on the VAE."""

import functools
import math

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as kl_of_torch

from genlab.checks import vae as check
from genlab.models.vae import kl_divergence

from .planted import judged, solution, stub, unusual, wrong

# -- kl_between ------------------------------------------------------------------------------------


def kl_between(mu, logvar, mu_p, logvar_p):
    ratio = (logvar - logvar_p).exp()
    return 0.5 * (ratio + (mu - mu_p) ** 2 / logvar_p.exp() - 1 - (logvar - logvar_p)).sum(dim=1)


def kl_by_torch(mu, logvar, mu_p, logvar_p):
    q, p = Normal(mu, (logvar / 2).exp()), Normal(mu_p, (logvar_p / 2).exp())
    return kl_of_torch(q, p).sum(-1)


def kl_in_a_loop(*parts):
    rows = []
    for row in zip(*(part.tolist() for part in parts), strict=True):
        terms = [
            (math.exp(lv - w) + (m - n) ** 2 / math.exp(w) - 1 + w - lv) / 2
            for m, lv, n, w in zip(*row, strict=True)
        ]
        rows.append(sum(terms))
    return torch.tensor(rows, dtype=torch.float64, requires_grad=True)


def kl_in_single_precision(*parts):
    return kl_between(*(part.float() for part in parts))


def kl_in_place(mu, logvar, mu_p, logvar_p):
    ratio = logvar.clone().sub_(logvar_p)
    terms = ratio.exp().sub_(ratio).sub_(1)
    terms += (mu - mu_p).square_().div_(logvar_p.exp())
    return terms.sum(dim=1).mul_(0.5)


def kl_over_its_input(mu, logvar, mu_p, logvar_p):
    wanted = kl_between(mu, logvar, mu_p, logvar_p)
    logvar.exp_()
    return wanted


def kl_without_scale(mu, logvar, mu_p, logvar_p):
    return kl_divergence(mu - mu_p, logvar - logvar_p)


def kl_with_deviations(mu, s, mu_p, t):
    ratio = 2 * (s - t)
    return 0.5 * (ratio.exp() + (mu - mu_p) ** 2 / (2 * t).exp() - 1 - ratio).sum(dim=1)


def kl_without_square(mu, logvar, mu_p, logvar_p):
    return kl_between((mu - mu_p).abs().sqrt(), logvar, 0 * mu_p, logvar_p)


def kl_both_ways(*parts):
    return 0.5 * (kl_between(*parts) + kl_between(*parts[2:], *parts[:2]))


def kl_without_minus_one(mu, logvar, mu_p, logvar_p):
    return kl_between(mu, logvar, mu_p, logvar_p) + 0.5 * mu.shape[1]


def kl_with_the_root_of_p(mu, logvar, mu_p, logvar_p):
    ratio = (logvar - logvar_p).exp()
    return 0.5 * (ratio + (mu - mu_p) ** 2 / (logvar_p / 2).exp() - 1 - ratio.log()).sum(dim=1)


def kl_sign_of_the_logarithm(mu, logvar, mu_p, logvar_p):
    ratio = (logvar - logvar_p).exp()
    return 0.5 * (ratio + (mu - mu_p) ** 2 / logvar_p.exp() - 1 + ratio.log()).sum(dim=1)


def kl_by_sampling(mu, logvar, mu_p, logvar_p):
    q, p = Normal(mu, (logvar / 2).exp()), Normal(mu_p, (logvar_p / 2).exp())
    z = q.sample((1000,))
    return (q.log_prob(z) - p.log_prob(z)).mean(0).sum(1)


def kl_squeezed(*parts):
    return kl_between(*parts).squeeze()


def kl_of_variances(mu, var, mu_p, var_p):
    return 0.5 * (var / var_p + (mu - mu_p) ** 2 / var_p - 1 - (var / var_p).log()).sum(dim=1)


KL = [
    stub(check.kl_between),
    solution(check.kl_between, kl_between),
    unusual(check.kl_between, kl_by_torch),
    unusual(check.kl_between, kl_in_a_loop),
    unusual(check.kl_between, kl_in_single_precision),
    unusual(check.kl_between, kl_in_place),
    unusual(check.kl_between, lambda *parts: kl_between(*parts) + 0, name="any arguments"),
    wrong(check.kl_between, lambda *parts: kl_between(*parts).mean(), "has shape ()"),
    wrong(check.kl_between, lambda *parts: kl_between(*parts)[:, None], "has shape (6, 1)"),
    wrong(check.kl_between, lambda *parts: kl_between(*parts).tolist(), "gave a list"),
    wrong(
        check.kl_between, lambda m, lv, p, w: kl_divergence(m, lv), "KL of a distribution to its"
    ),
    wrong(check.kl_between, kl_without_minus_one, "itself is 0. Expected 0.0000, got 1.5000"),
    wrong(check.kl_between, kl_without_scale, "in units of the second's variance"),
    wrong(check.kl_between, lambda m, lv, p, w: kl_between(p, w, m, lv), "This is KL(p || q)"),
    wrong(check.kl_between, kl_with_deviations, "exp(logvar) is the variance already"),
    wrong(check.kl_between, lambda *parts: 2 * kl_between(*parts), "a factor of one half"),
    wrong(
        check.kl_between, lambda *parts: kl_between(*parts) / 3, "sum over the dimensions, no mean"
    ),
    wrong(check.kl_between, kl_without_square, "the formula of the page"),
    wrong(check.kl_between, kl_both_ways, "the formula of the page"),
    wrong(check.kl_between, kl_with_the_root_of_p, "in units of the second's variance"),
    wrong(check.kl_between, kl_sign_of_the_logarithm, "the formula of the page"),
    wrong(check.kl_between, kl_of_variances, "not finite"),
    wrong(check.kl_between, lambda *parts: -kl_between(*parts), "the formula of the page"),
    wrong(check.kl_between, kl_by_sampling, "the formula of the page"),
    wrong(check.kl_between, kl_squeezed, "has shape (); (1) is expected"),
    wrong(check.kl_between, kl_over_its_input, "Your code changes logvar, which the caller still"),
]

# -- sample_many -----------------------------------------------------------------------------------


def sample_many(mu, logvar, n, rng, std=lambda logvar: (0.5 * logvar).exp(), draw=torch.randn):
    return mu + std(logvar) * draw(n, *mu.shape, generator=rng)


def drawn(draw):
    return functools.partial(sample_many, draw=draw)


def sample_one_by_one(mu, logvar, n, rng):
    sigma = logvar.exp().sqrt()
    return torch.stack([mu + torch.randn(mu.shape, generator=rng) * sigma for _ in range(n)])


def sample_in_double(mu, logvar, n, rng):
    noise = torch.empty(n, *mu.shape, dtype=torch.float64).normal_(generator=rng)
    noise *= torch.sqrt(torch.exp(logvar.double()))
    return noise.add_(mu)


def box_muller(*shape, generator):
    u, v = torch.rand(2, *shape, dtype=torch.float64, generator=generator)
    return (-2 * (1 - u).log()).sqrt() * (2 * torch.pi * v).cos()


def by_quantiles(*shape, generator):
    return Normal(0.0, 1.0).icdf(torch.rand(shape, dtype=torch.float64, generator=generator))


class Sampler:
    def __call__(self, *given):
        mu, logvar, n, rng = given
        eps = torch.randn(*mu.shape, n, generator=rng).movedim(-1, 0)
        return torch.addcmul(mu.expand(n, *mu.shape), eps, torch.exp(logvar / 2))


def sample_without_gradient(mu, logvar, n, rng):
    return torch.normal(mu.expand(n, 2, 2).detach(), (0.5 * logvar).exp().detach(), generator=rng)


def sample_one_noise(mu, logvar, n, rng):
    return mu + (0.5 * logvar).exp() * torch.randn(n, 1, 1, generator=rng)


def same_for_all_images(n, images, size, generator):
    return torch.randn(n, 1, size, generator=generator).expand(n, images, size)


def same_for_all_dimensions(n, images, size, generator):
    return torch.randn(n, images, 1, generator=generator).expand(n, images, size)


def same_for_all_samples(n, images, size, generator):
    return torch.randn(1, images, size, generator=generator).expand(n, images, size)


def twice_each(n, images, size, generator):
    half = torch.randn((n + 1) // 2, images, size, generator=generator)
    return half.repeat_interleave(2, dim=0)[:n]


def and_its_opposite(n, images, size, generator):
    half = torch.randn((n + 1) // 2, images, size, generator=generator)
    return torch.cat([half, -half])[:n]


def even(*shape, generator):
    return (torch.rand(shape, generator=generator) - 0.5) * 12**0.5


def coins(*shape, generator):
    return torch.randint(2, shape, generator=generator) * 2.0 - 1


def heavy(*shape, generator):
    u = torch.rand(shape, generator=generator) - 0.5
    return -u.sign() * (1 - 2 * u.abs()).clamp(min=1e-9).log() / 2**0.5


def cut_off(*shape, generator):
    return torch.randn(shape, generator=generator).clamp(-3, 3)


def skewed(*shape, generator):
    return torch.randn(shape, generator=generator) ** 2 / 2**0.5 - 0.5**0.5


def sample_by_library(mu, logvar, n, rng):
    return Normal(mu, (0.5 * logvar).exp()).rsample((n,))


def sample_of_own_seed(mu, logvar, n, rng):
    return sample_many(mu, logvar, n, torch.Generator().manual_seed(0))


def sample_of_first_seed(mu, logvar, n, rng):
    return sample_many(mu, logvar, n, torch.Generator().manual_seed(rng.initial_seed()))


def sample_over_its_input(mu, logvar, n, rng):
    return mu + logvar.mul_(0.5).exp() * torch.randn(n, *mu.shape, generator=rng)


def sample_with_data(mu, logvar, n, rng):
    return mu + (0.5 * logvar.data).exp() * torch.randn(n, *mu.shape, generator=rng)


def sample_cut_half_way(mu, logvar, n, rng):
    sigma = (0.5 * logvar).exp()
    return mu + (0.5 * sigma + 0.5 * sigma.detach()) * torch.randn(n, *mu.shape, generator=rng)


def sample_of_squares(mu, logvar, n, rng):
    size = len(mu)
    return mu + (0.5 * logvar).exp() * torch.randn(n, size, size, generator=rng)


def sample_side_by_side(mu, logvar, n, rng):
    return sample_many(mu, logvar, n, rng).movedim(0, 1)


SAMPLES = [
    stub(check.sample_many),
    solution(check.sample_many, sample_many),
    unusual(check.sample_many, sample_one_by_one),
    unusual(check.sample_many, sample_in_double),
    unusual(check.sample_many, drawn(box_muller), name="Box and Muller"),
    unusual(check.sample_many, drawn(by_quantiles), name="quantiles"),
    unusual(check.sample_many, Sampler()),
    wrong(
        check.sample_many, lambda m, v, n, rng: sample_many(m, v, 1, rng)[0], "(5, 2, 2) is expe"
    ),
    wrong(check.sample_many, sample_side_by_side, "has shape (2, 5, 2); (5, 2, 2) is expected"),
    wrong(check.sample_many, lambda *a: sample_many(*a, std=torch.exp), "that is the variance"),
    wrong(
        check.sample_many, lambda *a: sample_many(*a, std=torch.abs), "The standard deviations ar"
    ),
    wrong(
        check.sample_many, lambda *a: sample_many(*a, std=lambda v: (2 * v).exp()), "deviations a"
    ),
    wrong(check.sample_many, lambda *a: sample_many(*a, std=torch.sqrt), "not finite"),
    wrong(
        check.sample_many, lambda *a: sample_many(*a, std=lambda v: (v / 4).exp()), "deviations ar"
    ),
    wrong(check.sample_many, sample_one_noise, "the same noise"),
    wrong(check.sample_many, drawn(same_for_all_images), "Several numbers get the same noise"),
    wrong(check.sample_many, drawn(same_for_all_dimensions), "Several numbers get the same noise"),
    wrong(check.sample_many, drawn(same_for_all_samples), "All n samples of a posterior are the s"),
    wrong(check.sample_many, drawn(twice_each), "Some of the n samples get the noise of others"),
    wrong(check.sample_many, drawn(and_its_opposite), "Some of the n samples get the noise of oth"),
    wrong(check.sample_many, drawn(even), "the noise is not normal"),
    wrong(check.sample_many, drawn(coins), "the noise is not normal"),
    wrong(check.sample_many, drawn(heavy), "the noise is not normal"),
    wrong(check.sample_many, drawn(cut_off), "the noise is not normal"),
    wrong(check.sample_many, drawn(skewed), "the noise is not normal"),
    wrong(check.sample_many, drawn(torch.rand), "not mu"),
    wrong(check.sample_many, lambda mu, *a: sample_many(mu + 1, *a), "not mu"),
    wrong(
        check.sample_many, lambda mu, *a: mu.expand(a[1], *mu.shape), "All n samples of a poster"
    ),
    wrong(check.sample_many, sample_without_gradient, "only hand out values"),
    wrong(
        check.sample_many, lambda m, v, *a: sample_many(m, v.detach(), *a), "does not reach logvar"
    ),
    wrong(check.sample_many, lambda m, *a: sample_many(m.detach(), *a), "does not reach mu"),
    wrong(check.sample_many, sample_with_data, "does not reach logvar"),
    wrong(check.sample_many, sample_cut_half_way, "that reaches logvar is not that of mu + sigma"),
    wrong(check.sample_many, torch.no_grad()(sample_many), "No gradient reaches mu or logvar"),
    wrong(
        check.sample_many, lambda m, v, n, rng: sample_many(m, v, n, None), "pass `generator=rng`"
    ),
    wrong(check.sample_many, sample_by_library, "Two calls with the same seed differ"),
    wrong(check.sample_many, sample_of_own_seed, "Two calls with different seeds are equal"),
    wrong(check.sample_many, sample_of_first_seed, "Two calls in a row with one rng are equal"),
    wrong(check.sample_many, sample_over_its_input, "Your code changes logvar, which the caller"),
    wrong(
        check.sample_many, sample_of_squares, "stopped with RuntimeError at `return mu + (0.5 * "
    ),
]

PLANTED = [*KL, *SAMPLES]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

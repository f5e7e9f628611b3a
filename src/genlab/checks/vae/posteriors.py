"""The checks of *Reparameterise, with gradients* and of *Beta and posterior collapse*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal

from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_values, run_check, say
from genlab.checks.draws import expect_source, largest_correlation, largest_gap, seeded

Sampler = Callable[[Tensor, Tensor, int, torch.Generator], Tensor]
Dimensions = Callable[[Tensor, Tensor], Any]

MANY = 20_000
SMALLEST_PEAK = 3.7  # of 80,000 normal numbers one is farther out, except once in 30 million times
ACTIVE = 0.01


@exercise("ex-sample-many", points=2)
def sample_many(answer: Sampler) -> Result:
    """Check a function (mu, logvar, n, rng) -> n samples a posterior, with gradients.

    `mu` and `logvar` have shape (N, D); the samples shall have shape (n, N, D).
    """
    mu = torch.tensor([[1.0, -2.0], [0.0, 0.5]])
    logvar = torch.tensor([[0.0, -2.0], [1.0, 2.0]])

    def sample(mu: Tensor, logvar: Tensor, n: int, rng: torch.Generator) -> Tensor:
        samples, shape = answer(mu, logvar, n, rng), (n, *mu.shape)
        return expect_values(samples, shape, f"sample_many(mu, logvar, {n})")

    def shape() -> None:
        sample(mu, logvar, 5, seeded())

    def spread() -> None:
        _expect_spread(sample(mu, logvar, MANY, seeded()), mu, logvar)

    def from_rng() -> None:
        expect_source(lambda rng: sample(mu, logvar, 3, rng), "torch.randn")

    return run_check(
        "sample_many",
        [
            Case("it returns n samples a posterior", shape),
            Case("they have the mean and the spread of the posterior", spread),
            Case("gradients reach mu and logvar", lambda: _expect_gradients(answer, mu, logvar)),
            Case("the same generator gives the same samples", from_rng),
            Case("one sample, one image, many dimensions", lambda: _expect_any_size(sample)),
        ],
    )


def _expect_any_size(sample: Sampler) -> None:
    for n, images, size in ((3, 4, 5), (1, 1, 1), (1, 3, 2), (4, 1, 3)):
        means = torch.arange(1.0, images * size + 1).reshape(images, size)
        samples = sample(means, torch.full((images, size), -60.0), n, seeded())
        if not torch.allclose(samples, means.double().expand_as(samples), atol=1e-4):
            raise Hint("With hardly any variance each sample should equal its own mu.")


def _expect_spread(samples: Tensor, mu: Tensor, logvar: Tensor) -> None:
    mu, logvar = mu.double(), logvar.double()
    mean, std, wanted = samples.mean(dim=0), samples.std(dim=0), (0.5 * logvar).exp()
    if torch.equal(samples, samples[:1].expand_as(samples)):
        raise Hint("All n samples of a posterior are the same: draw noise for each of them.")
    if ((mean - mu).abs() > 0.05 * std + 1e-4).any():
        raise Hint(
            "The samples' means are {means}, not mu, which is {mu}.",
            means=_short(mean),
            mu=_short(mu),
        )
    if torch.allclose(std, logvar.exp(), rtol=0.05):
        raise Hint("The standard deviation is exp(logvar): that is the variance; take its root.")
    if not torch.allclose(std, wanted, rtol=0.05):
        raise Hint(
            "The standard deviations are {std}; expected {wanted}.",
            std=_short(std),
            wanted=_short(wanted),
        )
    _expect_normal((samples - mu) / wanted)


def _expect_normal(noise: Tensor) -> None:
    if largest_correlation(noise.flatten(1)) > 0.1:
        raise Hint("Several numbers get the same noise: draw it in the shape of the samples.")
    halves = torch.stack([half.flatten() for half in noise.chunk(2)], dim=1)
    neighbours = torch.stack([noise[:-1].flatten(), noise[1:].flatten()], dim=1)
    if max(map(largest_correlation, (halves, neighbours))) > 0.1:
        raise Hint("Some of the n samples get the noise of others: draw it for each of them.")
    values = noise.flatten()
    gap = largest_gap(values, Normal(0.0, 1.0, validate_args=False))
    if gap > 3 / len(values) ** 0.5 or values.abs().max() < SMALLEST_PEAK:
        raise Hint(
            "Mean and standard deviation are right, but the noise is not normal: draw it with "
            "torch.randn, and leave it as it is."
        )


def _short(values: Tensor) -> list[Any]:
    return [[round(value, 2) for value in row] for row in values.tolist()]


def _expect_gradients(answer: Sampler, mu: Tensor, logvar: Tensor) -> None:
    inputs = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    got = answer(*inputs, 3, seeded())
    if not got.requires_grad:
        raise Hint(
            "No gradient reaches mu or logvar: torch.normal and .sample() only hand out "
            "values. Draw the noise apart and compute the sample from it."
        )
    found = torch.autograd.grad(got.sum(), inputs, allow_unused=True)
    wanted = torch.full_like(mu, 3.0), (0.5 * (got - mu)).sum(dim=0)
    for name, gradient, right in zip(("mu", "logvar"), found, wanted, strict=True):
        if gradient is None or not gradient.abs().sum() > 0:
            raise Hint(
                "The gradient does not reach {name}. Is there a .detach() or no_grad()?", name=name
            )
        if not torch.allclose(gradient.double(), right.detach().double(), atol=1e-3):
            raise Hint(
                "The gradient that reaches {name} is not that of mu + sigma * eps: part of "
                "the way is cut off, or the noise depends on it.",
                name=name,
            )


@exercise("ex-active-dimensions", points=2)
def active_dimensions(answer: Dimensions) -> Result:
    """Check a function (mu, logvar) -> (KL of each dimension (D,), number of active dimensions).

    A dimension is active if the variance of its mu over the images is above 0.01.
    """
    mu = _means(2.0, 0.012, 0.008, 0.0) + 2
    logvar = torch.tensor([-3.0, -2.0, 0.0, 0.0]).repeat(len(mu), 1)

    def compare(mu: Tensor, logvar: Tensor) -> None:
        kl, active = _pair(answer(mu, logvar), mu.shape[1])
        _expect_divergences(kl, mu, logvar)
        _expect_count(active, mu)

    def others() -> None:
        for variances in ((0.5,), (0.003, 0.0), (0.3, 0.02, 3.0, 0.05), (0.05, 0.15, 0.5, 0.0099)):
            means = _means(*variances)
            compare(means, torch.zeros_like(means))
            compare(means - 3, torch.full_like(means, -8.0))
        compare(torch.ones(1, 2), torch.zeros(1, 2))

    return run_check(
        "active_dimensions",
        [
            Case(
                "it returns the KL of each dimension and a number",
                lambda: _pair_only(answer(mu, logvar), 4),
            ),
            Case(
                "the KL is a mean over the images",
                lambda: _expect_divergences(_pair(answer(mu, logvar), 4)[0], mu, logvar),
            ),
            Case("a dimension is active if its mean varies", lambda: compare(mu, logvar)),
            Case("all, none or some are active, a single image has none", others),
        ],
    )


def _means(*variances: float) -> Tensor:
    """Means of 400 images, (400, D), with exactly these variances and a mean of 0."""
    values = torch.randn(400, len(variances), generator=seeded(), dtype=torch.float64)
    values = (values - values.mean(dim=0)) / values.std(dim=0)
    return (values * torch.tensor(variances, dtype=torch.float64).sqrt()).float()


def _pair(given: Any, size: int) -> tuple[Tensor, float]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise Hint(
            "expected (kl, active), a tensor and a number; got {kind}.", kind=type(given).__name__
        )
    kl = expect_values(given[0], (size,), say("the KL of each dimension"))
    return kl, expect_number(given[1], say("the number of active dimensions"))


def _pair_only(given: Any, size: int) -> None:
    _pair(given, size)


def _expect_divergences(kl: Tensor, mu: Tensor, logvar: Tensor) -> None:
    mu, logvar = mu.double(), logvar.double()
    wanted = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(dim=0)
    if torch.allclose(kl, wanted, atol=1e-4, rtol=1e-4):
        return
    if torch.allclose(kl, len(mu) * wanted, rtol=1e-3):
        raise Hint("This is the sum over the images; take the mean over them.")
    twice = say(", twice as much") if torch.allclose(kl, 2 * wanted, rtol=1e-3) else ""
    raise Hint(
        "The KLs are {kl}; expected {wanted}{twice}.",
        kl=_rounded(kl),
        wanted=_rounded(wanted),
        twice=twice,
    )


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def _expect_count(active: float, mu: Tensor) -> None:
    variances = mu.double().var(dim=0, correction=0)
    wanted, size = int((variances > ACTIVE).sum()), mu.shape[1]
    if active == wanted:
        return
    if active == size and mu.double().mean(dim=0).abs().min() > 1:
        raise Hint(
            "Every dimension counts as active. All means are far from 0 here: what counts is how "
            "much mu varies from image to image, not how far from zero it is."
        )
    raise Hint(
        "You count {active:g} active dimensions of these {size}; there are {wanted}. The "
        "variances of mu are {variances}, and above {limit} is active.",
        active=active,
        size=size,
        wanted=wanted,
        variances=_rounded(variances),
        limit=ACTIVE,
    )

"""Checks for the exercises of the page *The variational autoencoder*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.distributions import kl_divergence as reference_kl

from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_tensor, run_check
from genlab.latents import slerp as reference_slerp

KL = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Sampler = Callable[[Tensor, Tensor, int, torch.Generator], Tensor]
Path = Callable[[Tensor, Tensor, int], Tensor]


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@exercise("ex-kl-between", points=2)
def kl_between(answer: KL) -> Result:
    """Check a function (mu, logvar, mu_p, logvar_p) -> KL of two diagonal Gaussians, (N,).

    All four arguments have shape (N, D); the Gaussian to compare with comes second.
    """
    q_mu, q_logvar, p_mu, p_logvar = torch.randn(4, 6, 3, generator=_rng(), dtype=torch.float64)
    zeros = torch.zeros(6, 3, dtype=torch.float64)

    def wanted(*parts: Tensor) -> Tensor:
        q, p = (Normal(mu, (0.5 * logvar).exp()) for mu, logvar in (parts[:2], parts[2:]))
        return reference_kl(q, p).sum(dim=1)

    def compare(parts: tuple[Tensor, Tensor, Tensor, Tensor], hint: str) -> None:
        got = expect_tensor(answer(*parts), (6,), "kl_between")
        error = (got - wanted(*parts)).abs()
        if error.max() > 1e-6:
            row = int(error.argmax())
            raise Hint(f"{hint} Expected {wanted(*parts)[row]:.4f}, got {got[row]:.4f}.")

    def itself() -> None:
        got = expect_tensor(answer(q_mu, q_logvar, q_mu, q_logvar), (6,), "kl_between")
        if got.abs().max() > 1e-6:
            raise Hint(f"The KL of a distribution to itself is 0; yours is {got.abs().max():.4f}.")

    def standard() -> None:
        hint = "Compared with N(0, I) it should be the formula of the page."
        compare((q_mu, q_logvar, zeros, zeros), hint)

    def moved() -> None:
        hint = "With equal variances only the distance counts, in units of the second's variance."
        compare((q_mu, p_logvar, p_mu, p_logvar), hint)

    def both() -> None:
        parts = (q_mu, q_logvar, p_mu, p_logvar)
        got, swapped = answer(*parts), wanted(p_mu, p_logvar, q_mu, q_logvar)
        if torch.allclose(got, swapped):
            raise Hint(
                "This is KL(p || q): the KL is not symmetric, the first one is averaged over."
            )
        compare(parts, "The variances differ too.")

    return run_check(
        "kl_between",
        [
            Case("a distribution has a KL of 0 to itself", itself),
            Case("compared with N(0, I) it is the formula of the page", standard),
            Case("it measures distances in the second one's variance", moved),
            Case("it equals torch.distributions to 1e-6", both),
        ],
    )


def _expect_spread(samples: Tensor, mu: Tensor, logvar: Tensor) -> None:
    mean, std, wanted = samples.mean(dim=0), samples.std(dim=0), (0.5 * logvar).exp()
    if (mean - mu).abs().max() > 0.1:
        raise Hint(f"The samples' means are {mean.tolist()}, not mu.")
    if torch.allclose(std, logvar.exp(), rtol=0.05):
        raise Hint("The standard deviation is exp(logvar): that is the variance; take its root.")
    if not torch.allclose(std, wanted, rtol=0.05):
        raise Hint(f"The standard deviations are {std.tolist()}; expected {wanted.tolist()}.")
    noise = ((samples - mu) / wanted).flatten(1)
    if torch.corrcoef(noise.T).fill_diagonal_(0).abs().max() > 0.5:
        raise Hint("Several numbers get the same noise: draw it in the shape of the samples.")


@exercise("ex-sample-many", points=2)
def sample_many(answer: Sampler) -> Result:
    """Check a function (mu, logvar, n, rng) -> n samples a posterior, with gradients.

    `mu` and `logvar` have shape (N, D); the samples shall have shape (n, N, D).
    """
    mu = torch.tensor([[1.0, -2.0], [0.0, 0.5]])
    logvar = torch.tensor([[0.0, -2.0], [1.0, 2.0]])

    def shape() -> None:
        got = answer(mu, logvar, 5, _rng())
        expect_tensor(got, (5, 2, 2), "sample_many(mu, logvar, 5)")

    def spread() -> None:
        _expect_spread(answer(mu, logvar, 20_000, _rng()), mu, logvar)

    def gradients() -> None:
        inputs = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
        got = answer(*inputs, 3, _rng())
        if not got.requires_grad:
            raise Hint(
                "No gradient reaches mu or logvar: torch.normal and .sample() only hand out "
                "values. Draw the noise apart and compute the sample from it."
            )
        found = torch.autograd.grad(got.sum(), inputs, allow_unused=True)
        for name, gradient in zip(("mu", "logvar"), found, strict=True):
            if gradient is None or not gradient.abs().sum() > 0:
                raise Hint(
                    f"The gradient does not reach {name}. Is there a .detach() or no_grad()?"
                )

    def reproducible() -> None:
        if not torch.equal(answer(mu, logvar, 3, _rng(1)), answer(mu, logvar, 3, _rng(1))):
            raise Hint("Two calls with the same seed differ: pass `generator=rng` to torch.randn.")

    return run_check(
        "sample_many",
        [
            Case("it returns n samples a posterior", shape),
            Case("they have the mean and the spread of the posterior", spread),
            Case("gradients reach mu and logvar", gradients),
            Case("the same generator gives the same samples", reproducible),
        ],
    )


@exercise("ex-active-dimensions", points=2)
def active_dimensions(answer: Callable[[Tensor, Tensor], Any]) -> Result:
    """Check a function (mu, logvar) -> (KL of each dimension (D,), number of active dimensions).

    A dimension is active if the variance of its mu over the images is above 0.01.
    """
    mu = torch.randn(400, 4, generator=_rng()) * torch.tensor([1.5, 1.0, 0.03, 0.0]) + 2
    logvar = torch.tensor([-3.0, -2.0, 0.0, 0.0]).repeat(400, 1)
    wanted = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(dim=0)
    built: dict[str, Any] = {}

    def pair() -> None:
        got = answer(mu, logvar)
        if not isinstance(got, tuple) or len(got) != 2:
            raise Hint(f"expected (kl, active), a tensor and a number; got {type(got).__name__}.")
        built["kl"] = expect_tensor(got[0], (4,), "the KL of each dimension")
        built["active"] = expect_number(got[1], "the number of active dimensions")

    def divergence() -> None:
        kl = built["kl"]
        if torch.allclose(kl, 400 * wanted, rtol=1e-3):
            raise Hint("This is the sum over the images; take the mean over them.")
        if not torch.allclose(kl, wanted, atol=1e-4):
            raise Hint(f"The KLs are {kl.tolist()}; expected {wanted.tolist()}.")

    def count() -> None:
        active = built["active"]
        if active == 4:
            raise Hint(
                "Every dimension counts as active. All means are near 2 here: what counts is how "
                "much mu varies from image to image, not how far from zero it is."
            )
        if active != 2:
            raise Hint(f"You count {active:g} active dimensions of these four; there are 2.")

    return run_check(
        "active_dimensions",
        [
            Case("it returns the KL of each dimension and a number", pair),
            Case("the KL is a mean over the images", divergence),
            Case("a dimension is active if its mean varies", count),
        ],
    )


def _expect_refusal(answer: Path) -> None:
    try:
        answer(torch.ones(2), torch.ones(3), 5)
    except ValueError as error:
        if "2" in str(error) and "3" in str(error):
            return
        raise Hint(f"The message {str(error)!r} should name the two sizes, 2 and 3.") from None
    except Exception as error:
        kind = type(error).__name__
        raise Hint(f"For ends of different size raise a ValueError, not {kind}.") from None
    raise Hint("Ends of different size should raise a ValueError that names both.")


def _expect_even_angles(points: Tensor) -> None:
    angles = torch.atan2(points[:, 1], points[:, 0]).rad2deg()
    if (angles - torch.tensor([0.0, 30.0, 60.0, 90.0])).abs().max() > 0.1:
        raise Hint(f"The angles are {[round(x, 1) for x in angles.tolist()]}; even steps expected.")


@exercise("ex-slerp", points=3)
def slerp(answer: Path) -> Result:
    """Check a function (a, b, steps) -> points (steps, D) on the arc from a to b."""
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])

    def both_ends() -> None:
        points = expect_tensor(answer(a, b, 5), (5, 2), "slerp(a, b, 5)")
        if not torch.allclose(points[[0, -1]], torch.stack([a, b]), atol=1e-5):
            raise Hint(
                f"The path goes from {points[0].tolist()} to {points[-1].tolist()}, not a to b."
            )

    def length() -> None:
        lengths = answer(a, b, 5).norm(dim=1)
        if (lengths - 2).abs().max() > 1e-4:
            raise Hint(
                f"Both ends have length 2, but the middle has {lengths[2]:.2f}. On a straight line "
                "it would be 1.41: the arc stays at 2."
            )

    def lengths_differ() -> None:
        got = answer(a, 3 * b, 5).norm(dim=1)
        if (got - torch.linspace(2, 6, 5)).abs().max() > 1e-4:
            raise Hint(
                f"From length 2 to length 6 the lengths are {[round(x, 2) for x in got.tolist()]}; "
                "they should grow evenly."
            )

    def many() -> None:
        left, right = torch.randn(2, 16, generator=_rng())
        if not torch.allclose(answer(left, right, 7), reference_slerp(left, right, 7), atol=1e-4):
            raise Hint("In 16 dimensions the points differ from the arc.")

    return run_check(
        "slerp",
        [
            Case("the path has its ends and `steps` points", both_ends),
            Case("between ends of one length the length stays", length),
            Case("the angle grows evenly", lambda: _expect_even_angles(answer(a, b, 4))),
            Case("between ends of different length the length changes evenly", lengths_differ),
            Case("it works in sixteen dimensions", many),
            Case("ends of different size are refused", lambda: _expect_refusal(answer)),
        ],
    )

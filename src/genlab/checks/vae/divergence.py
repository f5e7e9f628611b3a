"""The check of the exercise *KL in closed form*."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.distributions import kl_divergence as reference_kl

from genlab.checks import (
    Case,
    Hint,
    Result,
    exercise,
    expect_values,
    run_check,
    say,
    text,
    tolerance,
)
from genlab.checks.draws import seeded

KL = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Parts = tuple[Tensor, Tensor, Tensor, Tensor]

SHOWS = (
    text("a distribution has a KL of 0 to itself"),
    text("compared with N(0, I) it is the formula of the page"),
    text("it measures distances in the second one's variance"),
    text("it equals torch.distributions to 1e-6"),
    text("one image, one dimension"),
    text("small clouds, far apart"),
)
ITSELF = text("The KL of a distribution to itself is 0.")
PAGE = text("Compared with N(0, I) it should be the formula of the page.")
SINGLE = text("There is a single image or dimension.")
FAR = text("These clouds are small and far apart.")
ONLY_DISTANCE = text(
    "With equal variances only the distance counts, in units of the second's variance."
)


@exercise("ex-kl-between", points=2)
def kl_between(answer: KL) -> Result:
    """Check a function (mu, logvar, mu_p, logvar_p) -> KL of two diagonal Gaussians, (N,).

    All four arguments have shape (N, D); the Gaussian to compare with comes second.
    """
    q_mu, q_logvar, p_mu, p_logvar = both = _gaussians()
    zeros = torch.zeros_like(q_mu)
    standard = q_mu, q_logvar, zeros, zeros
    extreme = q_mu, 4 * q_logvar - 6, 20 * p_mu, 2 * p_logvar

    def case(shows: str, hint: str, *all_parts: Parts) -> Case:
        def run() -> None:
            for parts in all_parts:
                _expect_kl(answer, parts, hint)

        return Case(shows, run)

    itself, page, distance, equal, few, far = SHOWS
    return run_check(
        "kl_between",
        [
            case(itself, ITSELF, (q_mu, q_logvar) * 2),
            case(page, PAGE, standard),
            case(distance, ONLY_DISTANCE, (q_mu, p_logvar, p_mu, p_logvar)),
            case(equal, text("The variances differ too."), both),
            case(few, SINGLE, *_small(both)),
            case(far, FAR, extreme),
        ],
    )


def _gaussians() -> Parts:
    q_mu, q_logvar, p_mu, p_logvar = torch.randn(4, 6, 3, generator=seeded(), dtype=torch.float64)
    return q_mu, q_logvar, p_mu, p_logvar


def _small(parts: Parts) -> list[Parts]:
    """One row, one column, and one number in single precision."""
    a, b, c, d = parts
    return [
        (a[:1], b[:1], c[:1], d[:1]),
        (a[:, :1], b[:, :1], c[:, :1], d[:, :1]),
        (a[:1, :1].float(), b[:1, :1].float(), c[:1, :1].float(), d[:1, :1].float()),
    ]


def _wanted(mu: Tensor, logvar: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    q = Normal(mu.double(), (0.5 * logvar.double()).exp())
    p = Normal(mu_p.double(), (0.5 * logvar_p.double()).exp())
    return reference_kl(q, p).sum(dim=1)


def _expect_kl(answer: KL, parts: Parts, hint: str) -> None:
    came, wanted = answer(*parts), _wanted(*parts)
    got = expect_values(came, (len(wanted),), "kl_between")
    room = 1e-6 if parts[0].dtype == torch.float64 else 1e-5
    room = 10 * tolerance(came, room / 10)

    def is_near(value: Tensor) -> bool:
        return torch.allclose(got, value, atol=room, rtol=room)

    if is_near(wanted):
        return
    mu, logvar, mu_p, logvar_p = parts
    if is_near(_wanted(mu_p, logvar_p, mu, logvar)):
        raise Hint("This is KL(p || q): the KL is not symmetric, the first one is averaged over.")
    row = int((got - wanted).abs().argmax())
    about = ""
    if is_near(2 * wanted):
        about = say(", twice as much: each term has a factor of one half")
    elif is_near(wanted / mu.shape[1]) and mu.shape[1] > 1:
        about = say(": sum over the dimensions, no mean")
    elif is_near(_wanted(mu, 2 * logvar, mu_p, 2 * logvar_p)):
        about = say(": exp(logvar) is the variance already, not the standard deviation")
    hint = say(hint)
    raise Hint(
        "{hint} Expected {wanted:.4f}, got {got:.4f}{about}.",
        hint=hint,
        wanted=wanted[row],
        got=got[row],
        about=about,
    )

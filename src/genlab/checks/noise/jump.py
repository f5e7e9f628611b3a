"""The jump from x0 to xt."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genlab.checks import (
    Case,
    Hint,
    Result,
    close,
    exercise,
    expect_values,
    refuse,
    run_check,
    say,
    text,
    tolerance,
)
from genlab.diffusion.schedules import NoiseSchedule

AddNoise = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def _normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@exercise("ex-add-noise", points=1)
def add_noise(answer: AddNoise) -> Result:
    """Check a function (x0, eps, t, alphas_cumprod) -> xt.

    x0 and eps have shape (N, 1, 28, 28), t has shape (N,), alphas_cumprod has shape (T,).
    """
    linear, other = NoiseSchedule().alphas_cumprod, NoiseSchedule("scaled_linear", 50)

    def compare(t: list[int], alphas_cumprod: Tensor = linear) -> None:
        _compare_noise(answer, torch.tensor(t), alphas_cumprod)

    def another() -> None:
        try:
            compare([40, 3], other.alphas_cumprod)
        except Hint as hint:
            raise Hint(
                "{hint} Is it the alphas_cumprod that came, here of 50?", hint=hint
            ) from None

    return run_check(
        "add_noise",
        [
            Case("one image", lambda: compare([300])),
            Case("four images, each at its own timestep", lambda: compare([600, 0, 999, 300])),
            Case("28 images, as many as a row has pixels", lambda: compare([*range(979, 0, -35)])),
            Case("another alphas_cumprod, of 50 timesteps", another),
        ],
    )


def _compare_noise(answer: AddNoise, t: Tensor, alphas_cumprod: Tensor) -> None:
    x0, eps = _normal(len(t), 1, 28, 28, seed=1).clamp(-1, 1), _normal(len(t), 1, 28, 28)
    came = answer(x0, eps, t, alphas_cumprod)
    given, atol = expect_values(came, tuple(x0.shape), "add_noise"), tolerance(came, 1e-5)
    alpha_bar = alphas_cumprod[t].view(-1, 1, 1, 1)
    wanted = _mixed(x0, eps, alpha_bar)
    if close(given, wanted, atol):
        return
    refuse(given, _other_mixtures(x0, eps, alpha_bar), atol)
    refuse(given, _other_levels(x0, eps, t, alphas_cumprod), atol)
    worst = (given - wanted).abs().flatten(1).max(dim=1).values
    raise Hint(
        "xt is off by up to {most:.2g} in image {image}. Is the noise the eps that came, "
        "and alpha-bar the one at this image's t?",
        most=worst.max(),
        image=int(worst.argmax()),
    )


def _mixed(x0: Tensor, eps: Tensor, alpha_bar: Tensor) -> Tensor:
    return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps


def _other_mixtures(x0: Tensor, eps: Tensor, alpha_bar: Tensor) -> list[tuple[Tensor, str]]:
    signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    wanted = signal * x0 + noise * eps
    return [
        (
            alpha_bar * x0 + (1 - alpha_bar) * eps,
            text("alpha-bar is a variance: take the square roots."),
        ),
        (signal * x0 + (1 - alpha_bar) * eps, text("The noise lacks its square root.")),
        (alpha_bar * x0 + noise * eps, text("The image lacks its square root.")),
        (signal * x0 + (1 - signal) * eps, text("The noise has the factor sqrt(1 - alpha-bar).")),
        (
            noise * x0 + signal * eps,
            text("The two factors are exchanged: at t = 0 nearly all is x0."),
        ),
        (signal * x0 - noise * eps, text("The noise is subtracted: it is added.")),
        (x0 + noise * eps, text("The image has a factor too, sqrt(alpha-bar).")),
        (signal * x0 + eps, text("The noise has a factor too, sqrt(1 - alpha-bar).")),
        (
            wanted.clamp(-1, 1),
            text("xt is cut off at -1 and 1: noise goes beyond, leave it as it is."),
        ),
    ]


def _other_levels(
    x0: Tensor, eps: Tensor, t: Tensor, alphas_cumprod: Tensor
) -> list[tuple[Tensor, str]]:
    def at(steps: Tensor, *shape: int) -> Tensor:
        return _mixed(x0, eps, alphas_cumprod[steps].view(*shape))

    images, last = (-1, 1, 1, 1), len(alphas_cumprod) - 1
    again = _mixed(x0, eps, alphas_cumprod.cumprod(0)[t].view(*images))
    known = [
        (at((t - 1) % (last + 1), *images), text("Your alpha-bar is that of t - 1.")),
        (at((t + 1).clamp(max=last), *images), text("Your alpha-bar is that of t + 1.")),
        (again, text("alphas_cumprod holds the products already: take its entry at t.")),
    ]
    if len(t) == x0.shape[-1]:  # the one size at which PyTorch does not complain
        known += [
            (at(t, 1, 1, 1, -1), _along(say("columns"))),
            (at(t, 1, 1, -1, 1), _along(say("rows"))),
        ]
    return known


def _along(lines: str) -> str:
    return say(
        "With 28 images, PyTorch took t for the {lines} of each image and did not "
        "complain. Give the factors the shape (N, 1, 1, 1).",
        lines=lines,
    )

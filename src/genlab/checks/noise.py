"""Checks for the exercises of the page *Adding noise*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_tensor, run_check
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.schedules import cosine_betas as reference_betas

AddNoise = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Betas = Callable[[int], Tensor]
TimestepOfSnr = Callable[[float, Tensor], Any]
IdealGuess = Callable[[Tensor, Tensor, Tensor], Tensor]

TIMESTEPS = 1000


def _normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@exercise("ex-add-noise", points=1)
def add_noise(answer: AddNoise) -> Result:
    """Check a function (x0, eps, t, alphas_cumprod) -> xt.

    x0 and eps have shape (N, 1, 28, 28), t has shape (N,), alphas_cumprod has shape (T,).
    """
    alphas_cumprod = NoiseSchedule().alphas_cumprod

    def compare(t: Tensor) -> None:
        x0, eps = _normal(len(t), 1, 28, 28, seed=1).clamp(-1, 1), _normal(len(t), 1, 28, 28)
        given = expect_tensor(answer(x0, eps, t, alphas_cumprod), tuple(x0.shape), "add_noise")
        _compare_noise(given, x0, eps, alphas_cumprod[t].view(-1, 1, 1, 1))

    return run_check(
        "add_noise",
        [
            Case("one image", lambda: compare(torch.tensor([300]))),
            Case("four images, each at its own timestep", lambda: compare(torch.arange(4) * 300)),
            Case("28 images, as many as a row has pixels", lambda: compare(torch.arange(28) * 35)),
        ],
    )


def _compare_noise(given: Tensor, x0: Tensor, eps: Tensor, alpha_bar: Tensor) -> None:
    signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    if torch.allclose(given, signal * x0 + noise * eps, atol=1e-5):
        return
    known = [
        (alpha_bar * x0 + (1 - alpha_bar) * eps, "alpha-bar is a variance: take the square roots."),
        (signal * x0 + (1 - alpha_bar) * eps, "The noise lacks its square root."),
        (signal * x0 + (1 - signal) * eps, "The noise has the factor sqrt(1 - alpha-bar)."),
        (noise * x0 + signal * eps, "The two factors are exchanged: at t = 0 nearly all is x0."),
    ]
    for wrong, hint in known:
        if torch.allclose(given, wrong, atol=1e-5):
            raise Hint(hint)
    if len(x0) > 1 and _is_one_alpha_bar_a_column(given, x0, eps, alpha_bar):
        raise Hint(
            "With 28 images, PyTorch took t for the columns of each image and did not complain. "
            "Give the factors the shape (N, 1, 1, 1)."
        )
    worst = (given - signal * x0 - noise * eps).abs().flatten(1).max(dim=1).values
    raise Hint(
        f"xt is off by up to {worst.max():.2g} in image {int(worst.argmax())}. "
        "Is the noise the eps that came, and alpha-bar the one at this image's t?"
    )


def _is_one_alpha_bar_a_column(given: Tensor, x0: Tensor, eps: Tensor, alpha_bar: Tensor) -> bool:
    column = alpha_bar.flatten()
    if len(column) != x0.shape[-1]:
        return False
    return torch.allclose(given, column.sqrt() * x0 + (1 - column).sqrt() * eps, atol=1e-5)


@exercise("ex-cosine-schedule", points=2)
def cosine_betas(answer: Betas) -> Result:
    """Check a function num_train_timesteps -> betas of the cosine schedule, shape (T,)."""

    def shape() -> None:
        expect_tensor(answer(10), (10,), "cosine_betas(10)")

    def cap() -> None:
        last = float(answer(TIMESTEPS)[-1])
        if last > 0.9991:
            raise Hint(f"The last beta is {last:.6g}: cut the betas off at 0.999.")
        if last < 0.9989:
            raise Hint(f"The last beta is {last:.3g}; 0.999 is expected, the cap.")

    return run_check(
        "cosine_betas",
        [
            Case("there is one beta a timestep", shape),
            Case("alpha-bar falls like the squared cosine", lambda: _compare_cosine(answer)),
            Case("the last beta is capped", cap),
            Case("another number of timesteps", lambda: _compare_betas(answer(50), 50)),
        ],
    )


def _compare_cosine(answer: Betas) -> None:
    betas = expect_tensor(answer(TIMESTEPS), (TIMESTEPS,), "cosine_betas(1000)").double()
    time = torch.arange(TIMESTEPS + 1, dtype=torch.float64) / TIMESTEPS
    angle = (time + 0.008) / 1.008 * torch.pi / 2
    wrong = {
        "The cosine is not squared.": angle.cos(),
        "The offset s = 0.008 is missing.": (time * torch.pi / 2).cos() ** 2,
        "The angle ends at pi: it goes up to pi / 2 only.": (2 * angle).cos() ** 2,
    }
    middle = slice(1, 400)
    for hint, alpha_bar in wrong.items():
        if torch.allclose(betas[middle], _betas_of(alpha_bar)[middle], atol=1e-7, rtol=1e-3):
            raise Hint(hint)
    if torch.allclose(betas[middle], 1 - angle.cos()[1:][middle] ** 2, atol=1e-3):
        raise Hint("These are 1 - alpha-bar. A beta is 1 minus the ratio of two neighbours.")
    _compare_betas(betas, TIMESTEPS)


def _betas_of(alpha_bar: Tensor) -> Tensor:
    return 1 - alpha_bar[1:] / alpha_bar[:-1]


def _compare_betas(given: Tensor, steps: int) -> None:
    wanted = reference_betas(steps)
    off = (expect_tensor(given, (steps,), f"cosine_betas({steps})") - wanted).abs()[:-1]
    if off.max() > 1e-3:
        t = int(off.argmax())
        raise Hint(f"Of {steps} betas, number {t} is {wanted[t]:.5f}; yours is {given[t]:.5f}.")


@exercise("ex-timestep-of-snr", points=2)
def timestep_of_snr(answer: TimestepOfSnr) -> Result:
    """Check a function (snr, alphas_cumprod) -> the timestep with the nearest SNR, as a ratio."""
    few = torch.tensor([100 / 101, 10 / 11, 0.1 / 1.1])  # of SNR 100, 10 and 0.1

    def compare(snr: float, alphas_cumprod: Tensor) -> None:
        all_snr = alphas_cumprod / (1 - alphas_cumprod)
        wanted = int((all_snr / snr).log().abs().argmin())
        got = expect_number(answer(snr, alphas_cumprod), "timestep_of_snr")
        if got == wanted:
            return
        if got == int((all_snr - snr).abs().argmin()):
            raise Hint(
                f"Among the SNRs 100, 10 and 0.1 you took {all_snr[int(got)]:.3g} for {snr:g}. "
                "By ratio another one is nearer: compare the logarithms."
            )
        if got == int((alphas_cumprod - snr).abs().argmin()):
            raise Hint("That compares snr with alpha-bar: first make alpha-bar / (1 - alpha-bar).")
        raise Hint(f"For the SNR {snr:g} the timestep is {wanted}; yours is {got:g}.")

    return run_check(
        "timestep_of_snr",
        [
            Case("as much signal as noise", lambda: compare(1.0, NoiseSchedule().alphas_cumprod)),
            Case("near means near as a ratio", lambda: compare(40.0, few)),
            Case("an SNR beyond the last timestep", lambda: compare(0.001, few)),
        ],
    )


@exercise("ex-ideal-guess", points=3)
def ideal_guess(answer: IdealGuess) -> Result:
    """Check a function (xt, alpha_bar, images) -> the mean of all images, weighed by likelihood.

    xt has shape (N, 1, 28, 28), images (M, 1, 28, 28), alpha_bar shape (); the answer that of xt.
    """
    images = _normal(5, 1, 28, 28, seed=2).clamp(-1, 1)

    def guess(alpha_bar: float) -> tuple[Tensor, Tensor, Tensor]:
        level = torch.tensor(alpha_bar)
        xt = level.sqrt() * images[:2] + (1 - level).sqrt() * _normal(2, 1, 28, 28, seed=3)
        given = answer(xt, level, images)
        return xt, level, expect_tensor(given, (2, 1, 28, 28), "ideal_guess")

    def much_noise() -> None:
        *_, given = guess(1e-9)
        if not torch.allclose(given, images.mean(dim=0).expand_as(given), atol=1e-2):
            raise Hint("If xt says nothing, all images are equally likely: the mean is expected.")

    def little_noise() -> None:
        *_, given = guess(0.9999)
        if not torch.allclose(given, images[:2], atol=1e-3):
            raise Hint(
                "With hardly any noise only one image is possible, and it should come out. Is xt "
                "compared with sqrt(alpha-bar) times each image?"
            )

    def between() -> None:
        xt, level, given = guess(0.003)
        distances = (xt[:, None] - level.sqrt() * images).flatten(2).square().sum(dim=2)
        if torch.allclose(given, _weighed(distances / (2 * (1 - level)), images), atol=1e-3):
            return
        if torch.allclose(given, _weighed(distances / (1 - level), images), atol=1e-3):
            raise Hint("The exponent of a normal distribution is -distance^2 / (2 variance).")
        raise Hint(
            "In between, the weights differ. They are the softmax over all images of "
            "-distance^2 / (2 (1 - alpha-bar)), where distance^2 is summed over the pixels."
        )

    return run_check(
        "ideal_guess",
        [
            Case("nothing but noise: the mean of all images", much_noise),
            Case("hardly any noise: the one image", little_noise),
            Case("in between: a weighted mean", between),
        ],
    )


def _weighed(energies: Tensor, images: Tensor) -> Tensor:
    return torch.einsum("nm,mchw->nchw", (-energies).softmax(dim=1), images)

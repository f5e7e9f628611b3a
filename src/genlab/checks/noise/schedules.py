"""The cosine schedule, and the same SNR on another one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.checks import (
    Case,
    Hint,
    Result,
    exercise,
    expect_number,
    expect_tensor,
    expect_values,
    refuse,
    run_check,
    say,
    text,
)
from genlab.checks.words import in_a_row
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.schedules import cosine_betas as reference_betas

Betas = Callable[[int], Tensor]
TimestepOfSnr = Callable[[float, Tensor], Any]

TIMESTEPS = 1000

LATE = text("The cosine at t is taken at (t + 1) / T; yours is one step late.")
EARLY = text("The cosine at t is taken at (t + 1) / T; yours is one step early.")
RATIOS = text("These are the ratios. A beta is 1 minus the ratio of two neighbours.")
ALPHA_BAR = text("These are alpha-bar. A beta is 1 minus the ratio of two neighbours.")
REST = text("These are 1 - alpha-bar. A beta is 1 minus the ratio of two neighbours.")


@exercise("ex-cosine-schedule", points=2)
def cosine_betas(answer: Betas) -> Result:
    """Check a function num_train_timesteps -> betas of the cosine schedule, shape (T,)."""

    def betas(steps: int) -> Tensor:
        return expect_values(answer(steps), (steps,), f"cosine_betas({steps})")

    def shape() -> None:
        came = expect_tensor(answer(10), (10,), "cosine_betas(10)")
        if came.dtype not in (torch.float32, torch.float64):  # more precision is no mistake
            raise Hint(
                "The betas are {dtype}; float32 is asked: end with `.float()`.", dtype=came.dtype
            )

    def cap() -> None:
        last = float(betas(TIMESTEPS)[-1])
        if last > 0.9991:
            raise Hint("The last beta is {last:.6g}: cut the betas off at 0.999.", last=last)
        if last < 0.9989:
            raise Hint("The last beta is {last:.3g}; 0.999 is expected, the cap.", last=last)

    def other_numbers() -> None:
        for steps in (50, 2, 1):
            _compare_betas(betas(steps), steps)

    return run_check(
        "cosine_betas",
        [
            Case("there is one beta a timestep", shape),
            Case("alpha-bar falls like the squared cosine", lambda: _cosine(betas(TIMESTEPS))),
            Case("the last beta is capped", cap),
            Case("another number of timesteps", other_numbers),
        ],
    )


def _cosine(betas: Tensor) -> None:
    try:
        _compare_betas(betas[:-1], TIMESTEPS)  # the last has a case of its own
    except Hint:
        middle = slice(1, 400)
        refuse(betas[middle], [(one[middle], hint) for one, hint in _other_betas()], atol=6e-7)
        _expect_first(betas)
        raise


def _other_betas() -> list[tuple[Tensor, str]]:
    time = _cosine_time()
    alpha_bar, scaled = _squared_cosine(time), _squared_cosine(time) / _squared_cosine(time[:1])
    angle = (time + 0.008) / 1.008 * torch.pi / 2
    return [
        (_betas_of(angle.cos()), text("The cosine is not squared.")),
        (_betas_of((time * torch.pi / 2).cos() ** 2), text("The offset s = 0.008 is missing.")),
        (_betas_of((angle * 1.008).cos() ** 2), text("The angle lacks its / 1.008.")),
        (
            _betas_of((2 * angle).cos() ** 2),
            text("The angle ends at pi: it goes up to pi / 2 only."),
        ),
        (_betas_of(_squared_cosine(time - 1 / TIMESTEPS)), LATE),
        (_betas_of(_squared_cosine(time + 1 / TIMESTEPS)), EARLY),
        (alpha_bar[1:] / alpha_bar[:-1], RATIOS),
        (alpha_bar[1:], ALPHA_BAR),
        (scaled[1:], ALPHA_BAR),
        (1 - alpha_bar[1:], REST),
        (1 - scaled[1:], REST),
    ]


def _cosine_time() -> Tensor:
    """Return (t + 1) / T for t = -1 ... T - 1."""
    return torch.arange(TIMESTEPS + 1, dtype=torch.float64) / TIMESTEPS


def _squared_cosine(time: Tensor) -> Tensor:
    return ((time + 0.008) / 1.008 * torch.pi / 2).cos() ** 2


def _betas_of(alpha_bar: Tensor) -> Tensor:
    return 1 - alpha_bar[1:] / alpha_bar[:-1]


def _expect_first(betas: Tensor) -> None:
    before, after = _squared_cosine(_cosine_time()[:2]).tolist()
    if abs(float(betas[0]) - (1 - after)) < 1e-6:
        raise Hint(
            "The first beta is {first:.3g}, as if alpha-bar were 1 at t = -1. It is the "
            "same cosine there, {before:.5f}: from the ratio comes {wanted:.3g}.",
            first=betas[0],
            before=before,
            wanted=1 - after / before,
        )


def _compare_betas(given: Tensor, steps: int) -> None:
    wanted = reference_betas(steps)[: len(given)].double()
    # What single precision leaves of a small difference of two numbers near 1.
    off = (given - wanted).abs() - 1e-3 * wanted
    if off.max() > 6e-7:
        t = int(off.argmax())
        raise Hint(
            "Of {steps} betas, number {t} is {wanted:.4g}; yours is {given:.4g}.",
            steps=steps,
            t=t,
            wanted=wanted[t],
            given=given[t],
        )


def _among(*snrs: float) -> Tensor:
    return torch.tensor([snr / (1 + snr) for snr in snrs])


FEW, DECADES = _among(100, 10, 0.1), _among(3000, 300, 30, 3, 0.3, 0.03)
NEAR = [(40.0, FEW), (2.0, FEW), (0.5, FEW), (20.0, _among(100, 5)), (0.05, _among(0.2, 0.01))]
BEYOND = [(0.001, FEW), (5000.0, FEW), (3.0, _among(0.5))]
MANY = [(snr, DECADES) for snr in (1e-3, 0.05, 0.2, 2.0, 5.0, 14.0, 60.0, 200.0, 2000.0)]


@exercise("ex-timestep-of-snr", points=2)
def timestep_of_snr(answer: TimestepOfSnr) -> Result:
    """Check a function (snr, alphas_cumprod) -> the timestep with the nearest SNR, as a ratio."""

    def compare(*places: tuple[float, Tensor]) -> None:
        for snr, alphas_cumprod in places:
            _compare_timestep(answer, snr, alphas_cumprod)

    def schedules() -> None:
        for schedule in (NoiseSchedule(), NoiseSchedule("squaredcos_cap_v2")):
            compare(*((snr, schedule.alphas_cumprod) for snr in (1e-7, 3e-3, 0.31, 4.4, 87.0, 2e3)))

    return run_check(
        "timestep_of_snr",
        [
            Case("as much signal as noise", lambda: compare((1.0, NoiseSchedule().alphas_cumprod))),
            Case("near means near as a ratio", lambda: compare(*NEAR)),
            Case("an SNR beyond the last timestep", lambda: compare(*BEYOND)),
            Case("SNRs of many powers of ten", schedules),
        ],
    )


def _compare_timestep(answer: TimestepOfSnr, snr: float, alphas_cumprod: Tensor) -> None:
    got = expect_number(answer(snr, alphas_cumprod), "timestep_of_snr")
    off = (_snrs(alphas_cumprod) / snr).log().abs()
    wanted, steps = int(off.argmin()), len(off)
    # Two timesteps can be near as 1.00001 is to 1: then either is right.
    if 0 <= got < steps and got == int(got) and off[int(got)] < off[wanted] + 1e-5:
        return
    about = _about_timestep(alphas_cumprod)
    said = say(about, snr=snr, wanted=wanted, got=got, snrs=_listed(alphas_cumprod))
    sentence = in_a_row(said, _explanation(answer))
    raise Hint(sentence)


def _about_timestep(alphas_cumprod: Tensor) -> str:
    if len(alphas_cumprod) > 3:
        return text("For the SNR {snr:g} the timestep is {wanted}; yours is {got:g}.")
    return text(
        "Among the SNRs {snrs}, for the SNR {snr:g} the timestep is {wanted}; yours is {got:g}."
    )


def _listed(alphas_cumprod: Tensor) -> str:
    numbers = [f"{one:.3g}" for one in _snrs(alphas_cumprod)]
    return functools.reduce(lambda a, b: say("{a} and {b}", a=a, b=b), numbers)


def _snrs(alphas_cumprod: Tensor) -> Tensor:
    alpha_bar = alphas_cumprod.double()
    return alpha_bar / (1 - alpha_bar)


def _explanation(answer: TimestepOfSnr) -> str:
    """Say which rule an answer follows, if it follows one of these wherever it is asked."""
    places = NEAR + BEYOND + MANY
    got = [expect_number(answer(*place), "timestep_of_snr") for place in places]
    for rule, hint in RULES:
        if got == [float(rule(snr, _snrs(alphas_cumprod))) for snr, alphas_cumprod in places]:
            return hint
    return ""


def _nearest(snr: float, snrs: Tensor) -> int:
    return int((snrs / snr).log().abs().argmin())


RULES: list[tuple[Callable[[float, Tensor], float | Tensor], str]] = [
    (
        lambda snr, snrs: (snrs - snr).abs().argmin(),
        text(
            "You take the nearest difference; by ratio another one is nearer: compare the "
            "logarithms."
        ),
    ),
    (
        lambda snr, snrs: (snrs / (1 + snrs) - snr).abs().argmin(),
        text("That compares snr with alpha-bar: first make alpha-bar / (1 - alpha-bar)."),
    ),
    (
        lambda snr, snrs: (snrs / (1 + snrs) - snr / (1 + snr)).abs().argmin(),
        text(
            "You take the nearest alpha-bar; near is meant as a ratio of SNRs: compare the "
            "logarithms."
        ),
    ),
    (
        lambda snr, snrs: max(int((snrs >= snr).sum()) - 1, 0),
        text("You take the last one above; the one after it can be nearer."),
    ),
    (
        lambda snr, snrs: min(int((snrs > snr).sum()), len(snrs) - 1),
        text("You take the first one below; the one before it can be nearer."),
    ),
    (
        lambda snr, snrs: _nearest(1 / snr, snrs),
        text("The SNR is upside down: it is alpha-bar / (1 - alpha-bar)."),
    ),
    (
        lambda snr, snrs: _nearest(snr**2, snrs),
        text(
            "There is a root too many: the SNR is a ratio of variances, alpha-bar / (1 - "
            "alpha-bar)."
        ),
    ),
    (
        lambda snr, snrs: _nearest(snr**0.5, snrs),
        text("There is a square too many: the SNR is alpha-bar / (1 - alpha-bar)."),
    ),
    (
        lambda snr, snrs: (snrs / snr).log().argmin(),
        text("A logarithm below 0 is far off too: take its absolute value."),
    ),
    (lambda snr, snrs: _nearest(snr, snrs) + 1, text("Timesteps are counted from 0.")),
    (
        lambda snr, snrs: len(snrs) - 1 - _nearest(snr, snrs),
        text("You count from the end; t = 0 has the largest SNR."),
    ),
]

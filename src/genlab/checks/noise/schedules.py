"""The cosine schedule, and the same SNR on another one."""

from __future__ import annotations

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
)
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.schedules import cosine_betas as reference_betas

Betas = Callable[[int], Tensor]
TimestepOfSnr = Callable[[float, Tensor], Any]

TIMESTEPS = 1000


@exercise("ex-cosine-schedule", points=2)
def cosine_betas(answer: Betas) -> Result:
    """Check a function num_train_timesteps -> betas of the cosine schedule, shape (T,)."""

    def betas(steps: int) -> Tensor:
        return expect_values(answer(steps), (steps,), f"cosine_betas({steps})")

    def shape() -> None:
        came = expect_tensor(answer(10), (10,), "cosine_betas(10)")
        if came.dtype != torch.float32:
            raise Hint(f"The betas are {came.dtype}; float32 is asked: end with `.float()`.")

    def cap() -> None:
        last = float(betas(TIMESTEPS)[-1])
        if last > 0.9991:
            raise Hint(f"The last beta is {last:.6g}: cut the betas off at 0.999.")
        if last < 0.9989:
            raise Hint(f"The last beta is {last:.3g}; 0.999 is expected, the cap.")

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
    ratio = "A beta is 1 minus the ratio of two neighbours."
    shifted = "The cosine at t is taken at (t + 1) / T; yours is one step"
    angle = (time + 0.008) / 1.008 * torch.pi / 2
    return [
        (_betas_of(angle.cos()), "The cosine is not squared."),
        (_betas_of((time * torch.pi / 2).cos() ** 2), "The offset s = 0.008 is missing."),
        (_betas_of((angle * 1.008).cos() ** 2), "The angle lacks its / 1.008."),
        (_betas_of((2 * angle).cos() ** 2), "The angle ends at pi: it goes up to pi / 2 only."),
        (_betas_of(_squared_cosine(time - 1 / TIMESTEPS)), f"{shifted} late."),
        (_betas_of(_squared_cosine(time + 1 / TIMESTEPS)), f"{shifted} early."),
        (alpha_bar[1:] / alpha_bar[:-1], f"These are the ratios. {ratio}"),
        (alpha_bar[1:], f"These are alpha-bar. {ratio}"),
        (scaled[1:], f"These are alpha-bar. {ratio}"),
        (1 - alpha_bar[1:], f"These are 1 - alpha-bar. {ratio}"),
        (1 - scaled[1:], f"These are 1 - alpha-bar. {ratio}"),
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
            f"The first beta is {betas[0]:.3g}, as if alpha-bar were 1 at t = -1. It is the same "
            f"cosine there, {before:.5f}: from the ratio comes {1 - after / before:.3g}."
        )


def _compare_betas(given: Tensor, steps: int) -> None:
    wanted = reference_betas(steps)[: len(given)].double()
    # What single precision leaves of a small difference of two numbers near 1.
    off = (given - wanted).abs() - 1e-3 * wanted
    if off.max() > 6e-7:
        t = int(off.argmax())
        raise Hint(f"Of {steps} betas, number {t} is {wanted[t]:.4g}; yours is {given[t]:.4g}.")


@exercise("ex-timestep-of-snr", points=2)
def timestep_of_snr(answer: TimestepOfSnr) -> Result:
    """Check a function (snr, alphas_cumprod) -> the timestep with the nearest SNR, as a ratio."""

    def among(*snrs: float) -> Tensor:
        return torch.tensor([snr / (1 + snr) for snr in snrs])

    def compare(snr: float, alphas_cumprod: Tensor) -> None:
        got = expect_number(answer(snr, alphas_cumprod), "timestep_of_snr")
        _compare_timestep(got, snr, alphas_cumprod)

    few = among(100, 10, 0.1)

    def as_ratio() -> None:
        compare(40.0, few)
        for snr in (2.0, 0.5):
            compare(snr, few)
        compare(20.0, among(100, 5))
        compare(0.05, among(0.2, 0.01))

    def beyond() -> None:
        compare(0.001, few)
        compare(5000.0, few)
        compare(3.0, among(0.5))

    def schedules() -> None:
        for schedule in (NoiseSchedule(), NoiseSchedule("squaredcos_cap_v2")):
            for snr in (1e-7, 3e-3, 0.31, 4.4, 87.0, 2300.0):
                compare(snr, schedule.alphas_cumprod)

    return run_check(
        "timestep_of_snr",
        [
            Case("as much signal as noise", lambda: compare(1.0, NoiseSchedule().alphas_cumprod)),
            Case("near means near as a ratio", as_ratio),
            Case("an SNR beyond the last timestep", beyond),
            Case("SNRs of many powers of ten", schedules),
        ],
    )


def _compare_timestep(got: float, snr: float, alphas_cumprod: Tensor) -> None:
    alpha_bar = alphas_cumprod.double()
    all_snr = alpha_bar / (1 - alpha_bar)
    off = (all_snr / snr).log().abs()
    wanted, steps = int(off.argmin()), len(all_snr)
    # Two timesteps can be near as 1.00001 is to 1: then either is right.
    if 0 <= got < steps and got == int(got) and off[int(got)] < off[wanted] + 1e-5:
        return
    for places, hint in _other_timesteps(snr, alpha_bar, all_snr):
        if got == int(places.argmin()) and places.min() < torch.inf:
            raise Hint(f"{_among(all_snr, got, snr)} {hint}")
    if abs(got - float(all_snr[wanted])) < 1e-3 * got:
        raise Hint(f"That is the SNR itself, {got:.3g}; its timestep is asked, {wanted}.")
    raise Hint(f"For the SNR {snr:g} the timestep is {wanted}; yours is {got:g}.")


def _other_timesteps(snr: float, alpha_bar: Tensor, all_snr: Tensor) -> list[tuple[Tensor, str]]:
    above = torch.where(all_snr >= snr, all_snr / snr, torch.inf)
    below = torch.where(all_snr <= snr, snr / all_snr, torch.inf)
    return [
        ((all_snr - snr).abs(), "By ratio another one is nearer: compare the logarithms."),
        (
            (alpha_bar - snr).abs(),
            "Is snr compared with alpha-bar? Then first make alpha-bar / (1 - alpha-bar).",
        ),
        (
            (alpha_bar - snr / (1 + snr)).abs(),
            "That is the nearest alpha-bar; near as a ratio of SNRs is asked: compare their "
            "logarithms.",
        ),
        (above, "That is the last one above; the next one, below, is nearer as a ratio."),
        (below, "That is the first one below; the one before, above, is nearer as a ratio."),
        ((all_snr * snr).log().abs(), "Is the SNR upside down? It is alpha-bar / (1 - alpha-bar)."),
        (
            (all_snr / snr**2).log().abs(),
            "Is a square root taken? The SNR is a ratio of variances, alpha-bar / (1 - alpha-bar).",
        ),
    ]


def _among(all_snr: Tensor, got: float, snr: float) -> str:
    if len(all_snr) > 3:
        return f"For {snr:g} you took timestep {got:g}, of SNR {all_snr[int(got)]:.3g}."
    listed = " and ".join(f"{one:.3g}" for one in all_snr)
    return f"Among the SNRs {listed} you took {all_snr[int(got)]:.3g} for {snr:g}."

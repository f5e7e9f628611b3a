"""The check of the exercise on DDIM: one step from xt to the next, less noisy image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    text,
    tolerance,
)
from genlab.checks.sampling.reference import IMAGES, a_pair
from genlab.diffusion.schedules import NoiseSchedule, Rates

Step = Callable[[Tensor, Tensor, Rates, Rates], Any]

CLEAN = Rates(torch.tensor(1.0), torch.tensor(0.0))


def _rates(t: int) -> Rates:
    alpha_bar = NoiseSchedule("squaredcos_cap_v2").alphas_cumprod[t]
    return Rates(alpha_bar.sqrt(), (1 - alpha_bar).sqrt())


@exercise("ex-ddim-step", points=2)
def one_ddim_step(answer: Step) -> Result:
    """Check (xt, eps, now, then) -> the images at the rates `then`; images (N, 1, 28, 28)."""
    return run_check(
        "one_ddim_step",
        [
            Case("the step keeps the shape", lambda: _keeps_shape(answer)),
            Case("the true eps leads from t = 600 to t = 580", lambda: _leads(answer, 600, 580)),
            Case("and over a long way, from 900 to 100", lambda: _leads(answer, 900, 100)),
            Case("the last step leads to x0", lambda: _arrives(answer)),
            Case("a wrong guess of eps is mixed as any other", lambda: _as_told(answer)),
        ],
    )


def _keeps_shape(answer: Step) -> None:
    for count in (4, 1):
        x0, eps = a_pair(count)
        came = answer(x0, eps, _rates(600), _rates(580))
        expect_values(came, (count, *IMAGES[1:]), "one_ddim_step")


def _leads(answer: Step, t: int, prev_t: int) -> None:
    x0, eps = a_pair()
    now, then = _rates(t), _rates(prev_t)
    xt = now.signal * x0 + now.noise * eps
    came = answer(xt, eps, now, then)
    given, slack = expect_values(came, IMAGES, "one_ddim_step"), tolerance(came, 1e-3)
    if close(given, then.signal * x0 + then.noise * eps, slack):
        return
    refuse(given, _other_steps(x0, eps, xt, now, then), slack)
    raise Hint(
        "From t = {t} the true eps does not lead to the xt at t = {prev_t}. Which x0 does eps "
        "mean, and how much of each is in the next image?",
        t=t,
        prev_t=prev_t,
    )


def _other_steps(
    x0: Tensor, eps: Tensor, xt: Tensor, now: Rates, then: Rates
) -> list[tuple[Tensor, str]]:
    not_divided = xt - now.noise * eps
    return [
        (x0, text("Yours is the guess of x0: it has to be mixed with noise again, but with less.")),
        (xt, text("Nothing has changed: mix x0 and eps by `then`, not by `now`.")),
        (
            then.signal * not_divided + then.noise * eps,
            text("x0 is what is left of xt without its noise, *divided* by `now.signal`."),
        ),
        (
            then.signal * xt + then.noise * eps,
            text("You put xt where x0 belongs: first find the x0 that eps means."),
        ),
        (
            then.noise * x0 + then.signal * eps,
            text("The two factors of the next image are exchanged: eps goes with the noise."),
        ),
        (then.signal * x0, text("The noise is missing: only the last step has none.")),
        (
            then.signal * x0 - then.noise * eps,
            text("The noise is subtracted from the next image: it is added."),
        ),
        (
            x0 + then.noise * eps,
            text("In the next image x0 has a factor too, `then.signal`."),
        ),
        (
            then.signal * x0 + eps,
            text("In the next image eps has a factor too, `then.noise`."),
        ),
        (
            then.signal**2 * x0 + then.noise**2 * eps,
            text("The factors are squared: use `then.signal` and `then.noise` as they are."),
        ),
        (
            then.signal * (xt - eps) / now.signal + then.noise * eps,
            text("eps is taken away whole; in xt it has the factor `now.noise`."),
        ),
    ]


def _arrives(answer: Step) -> None:
    x0, eps = a_pair()
    now = _rates(20)
    came = answer(now.signal * x0 + now.noise * eps, eps, now, CLEAN)
    given = expect_values(came, IMAGES, "one_ddim_step")
    if not close(given, x0, tolerance(came, 1e-3)):
        raise Hint(
            "With `then` = (1, 0), no noise at all, yours is not x0. Is every factor taken from "
            "`now` or from `then`?"
        )


def _as_told(answer: Step) -> None:
    x0, eps = a_pair()
    now, then = _rates(700), _rates(400)
    xt, wrong = now.signal * x0 + now.noise * eps, 1.3 * eps
    came = answer(xt, wrong, now, then)
    given, slack = expect_values(came, IMAGES, "one_ddim_step"), tolerance(came, 1e-3)
    guess = (xt - now.noise * wrong) / now.signal
    if close(given, then.signal * guess + then.noise * wrong, slack):
        return
    if close(given, then.signal * guess.clamp(-1, 1) + then.noise * wrong, slack):
        raise Hint("Your x0 is cut off at -1 and 1. That can help; here it is not asked for.")
    raise Hint("A guess of eps that is wrong is not mixed as told: use eps as it came.")

"""The check of the exercise on flows: one step of Euler's method."""

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
from genlab.diffusion.flow import TIME_SCALE

Network = Callable[[Tensor, Tensor], Tensor]
Step = Callable[[Network, Tensor, float, float], Any]


@exercise("ex-flow-step", points=2)
def flow_step(answer: Step) -> Result:
    """Check (network, xs, s, next_s) -> the images at next_s; images (N, 1, 28, 28)."""
    return run_check(
        "flow_step",
        [
            Case("the step keeps the shape", lambda: _keeps_shape(answer)),
            Case("the network is asked at 1000 s", lambda: _asked_rightly(answer)),
            Case("a straight flow is followed exactly", lambda: _straight(answer)),
            Case("and from the noise to the digit in one step", lambda: _at_once(answer)),
            Case("a flow that bends is followed along its slope", lambda: _bent(answer)),
        ],
    )


def _keeps_shape(answer: Step) -> None:
    for count in (4, 1):
        _, xs = a_pair(count)
        came = answer(lambda xs, t: xs * 1.0, xs, 0.7, 0.6)
        expect_values(came, (count, *IMAGES[1:]), "flow_step")


def _asked_rightly(answer: Step) -> None:
    seen: list[Any] = []

    def network(xs: Tensor, t: Tensor) -> Tensor:
        seen.append(t)
        return xs * 1.0

    _, xs = a_pair()
    answer(network, xs, 0.4567, 0.4)
    if not seen:
        raise Hint("The network is never asked: it knows the velocity.")
    if not isinstance(seen[0], Tensor) or seen[0].shape != (4,):
        raise Hint("The network wants one time an image: a tensor of shape (4,) for four images.")
    _expect_time(float(seen[0][0]))


def _expect_time(given: float) -> None:
    """Refuse another time than that of s = 0.4567."""
    wanted = 0.4567 * TIME_SCALE
    if abs(given - wanted) < 0.05:
        return
    if abs(given - 0.4567) < 1e-3:
        raise Hint("The network is asked at s; its times are those of a schedule, 1000 s.")
    if given == int(wanted) or given == round(wanted):
        raise Hint(
            "The time is rounded to a whole number: at s = 0.4567 the network is to be asked at "
            "456.7."
        )
    raise Hint(
        "At s = 0.4567 the network is asked at {given:.4g}; 456.7 is expected: 1000 times where "
        "you are, not where you go.",
        given=given,
    )


def _straight(answer: Step) -> None:
    x0, noise = a_pair()
    for s, next_s in ((0.6, 0.25), (1.0, 0.9), (0.2, 0.0)):
        xs = (1 - s) * x0 + s * noise
        came = answer(lambda xs, t: noise - x0, xs, s, next_s)
        given, slack = expect_values(came, IMAGES, "flow_step"), tolerance(came, 1e-3)
        if close(given, (1 - next_s) * x0 + next_s * noise, slack):
            continue
        refuse(given, _other_steps(xs, noise - x0, s, next_s), slack)
        raise Hint(
            "From s = {s:g} to {next_s:g} on a straight line from x0 to the noise, yours leaves "
            "the line. How much does s change, and with which sign?",
            s=s,
            next_s=next_s,
        )


def _other_steps(xs: Tensor, velocity: Tensor, s: float, next_s: float) -> list[tuple[Tensor, str]]:
    return [
        (
            xs + (s - next_s) * velocity,
            text("You walk towards the noise: s falls, so its change is below 0."),
        ),
        (
            xs - velocity,
            text("The whole velocity is subtracted: multiply it by the change of s."),
        ),
        (
            xs + velocity,
            text("The whole velocity is added: multiply it by the change of s."),
        ),
        (
            xs - s * velocity,
            text("Yours goes all the way to the guess of x0: go only from s to next_s."),
        ),
        (
            xs + next_s * velocity,
            text("next_s is where you go; the step is how much s changes on the way."),
        ),
        (
            xs + (next_s - s) * TIME_SCALE * velocity,
            text("The step is 1000 times too long: only the network counts time to 1000."),
        ),
        (xs, text("Nothing has changed: add the step to xs.")),
        ((next_s - s) * velocity, text("Yours is the step alone: add it to xs.")),
    ]


def _at_once(answer: Step) -> None:
    x0, noise = a_pair()
    came = answer(lambda xs, t: noise - x0, noise, 1.0, 0.0)
    given = expect_values(came, IMAGES, "flow_step")
    if not close(given, x0, tolerance(came, 1e-3)):
        raise Hint("From s = 1 to 0 in one step, a straight flow should end at x0. Yours does not.")


def _bent(answer: Step) -> None:
    _, xs = a_pair()

    def network(xs: Tensor, t: Tensor) -> Tensor:
        return torch.sin(3 * xs) + t.to(xs.dtype).view(-1, 1, 1, 1) / TIME_SCALE

    s, next_s = 0.8, 0.5
    here = network(xs, torch.full((4,), s * TIME_SCALE))
    euler = xs + (next_s - s) * here
    came = answer(network, xs, s, next_s)
    given, slack = expect_values(came, IMAGES, "flow_step"), tolerance(came, 1e-3)
    if close(given, euler, slack):
        return
    there = network(euler, torch.full((4,), next_s * TIME_SCALE))
    if close(given, xs + (next_s - s) * (here + there) / 2, slack):
        raise Hint("That is a step of Heun, with two velocities; the task is Euler's, with one.")
    raise Hint("Where the flow bends, yours does not follow the velocity at the start of the step.")

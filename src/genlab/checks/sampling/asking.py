"""The check of the exercise on classifier-free guidance."""

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
from genlab.models.class_unet import NO_CLASS

Network = Callable[[Tensor, Tensor, Tensor], Tensor]
Guide = Callable[[Network, Tensor, Tensor, Tensor, float], Any]

T = (900, 500, 500, 20)
LABELS = (3, 8, 0, 9)


@exercise("ex-guidance", points=2)
def guided_eps(answer: Guide) -> Result:
    """Check (network, xt, t, label, scale) -> the guided noise, (N, 1, 28, 28)."""
    return run_check(
        "guided_eps",
        [
            Case("the answer has the shape of xt", lambda: _keeps_shape(answer)),
            Case("the network is asked as it can be", lambda: _asked_rightly(answer)),
            Case("scale 3 exaggerates", lambda: _compare(answer, 3.0)),
            Case("scale 1 asks for the class", lambda: _compare(answer, 1.0)),
            Case("scale 0 asks for no class", lambda: _compare(answer, 0.0)),
            Case("scale 0.5 is half way", lambda: _compare(answer, 0.5)),
        ],
    )


def _network(xt: Tensor, t: Tensor, label: Tensor) -> Tensor:
    """Answer by a formula that each input changes."""
    rows = [one.to(xt.dtype).view(-1, 1, 1, 1) for one in (t, label)]
    return 0.5 * xt + rows[0] / 1000 + torch.sin(rows[1] + 3 * xt)


def _inputs(count: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    _, xt = a_pair(count)
    return xt, torch.tensor(T[:count]), torch.tensor(LABELS[:count])


def _keeps_shape(answer: Guide) -> None:
    for count in (4, 1):
        came = answer(_network, *_inputs(count), 2.0)
        expect_values(came, (count, *IMAGES[1:]), "guided_eps")


def _asked_rightly(answer: Guide) -> None:
    """Refuse an answer that asks for other labels than the class and "no class"."""
    seen: list[int] = []

    def network(xt: Tensor, t: Tensor, label: Tensor) -> Tensor:
        if not isinstance(label, Tensor) or label.ndim != 1 or len(label) != len(xt):
            raise Hint(
                "The network wants one label an image, a tensor of shape ({images},); for "
                "no class that is {none}, for each image.",
                images=len(xt),
                none=NO_CLASS,
            )
        seen.extend(label.tolist())
        return _network(xt, t, label)

    answer(network, *_inputs(), 2.0)
    if NO_CLASS not in seen:
        raise Hint(
            "The network is never asked for no class: that is the label {none}.", none=NO_CLASS
        )
    if not set(LABELS) & set(seen):
        raise Hint("The network is never asked for the class.")


def _compare(answer: Guide, scale: float) -> None:
    xt, t, label = _inputs()
    came = answer(_network, xt, t, label, scale)
    given, slack = expect_values(came, IMAGES, "guided_eps"), tolerance(came, 1e-3)
    none = _network(xt, t, torch.full_like(label, NO_CLASS))
    asked = _network(xt, t, label)
    if close(given, none + scale * (asked - none), slack):
        return
    refuse(given, _other_guides(none, asked, scale), slack)
    raise Hint(
        "At scale {scale:g} yours is not none + scale (asked - none), where both are answers of "
        "the network at these xt and t.",
        scale=scale,
    )


def _other_guides(none: Tensor, asked: Tensor, scale: float) -> list[tuple[Tensor, str]]:
    if scale == 0:
        return [
            (asked, text("At scale 0 the class has no say; yours is the answer for the class."))
        ]
    return [
        (
            asked + scale * (asked - none),
            text(
                "You start from the answer for the class. Some papers do, and call what we call "
                "1 zero; here scale 1 asks for the class and no more."
            ),
        ),
        (
            asked + scale * (none - asked),
            text("The two answers have changed places: start from the one for no class."),
        ),
        (
            none - scale * (asked - none),
            text("You go away from the class: the sign is wrong."),
        ),
        (
            scale * (asked - none),
            text("The answer for no class is missing: the difference is added to it."),
        ),
        (
            none + scale * asked,
            text("What is added is the *difference* that the class makes, not all of its answer."),
        ),
        (none, text("The scale has no effect: yours is always the answer for no class.")),
        (asked, text("The scale has no effect: yours is always the answer for the class.")),
        (
            (none + scale * (asked - none)).clamp(-1, 1),
            text("Your answer is cut off at -1 and 1: noise goes beyond."),
        ),
    ]

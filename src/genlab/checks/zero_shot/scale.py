"""The check of the exercise *What the scale is for*."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from genlab.checks import Case, Hint, Result, exercise, expect_number, run_check, say, text

Scale = Callable[[float, float, float, int], Any]
Question = tuple[float, float, float, int]

CLOSE = 1e-3  # of the scale, as a share


@exercise("ex-logit-scale", points=2)
def scale_for(answer: Scale) -> Result:
    """Check (share, own, other, labels) -> the scale at which the right label gets the share."""

    def case(shows: str, *questions: Question) -> Case:
        def run() -> None:
            for question in questions:
                _expect(answer, question)

        return Case(shows, run)

    return run_check(
        "scale_for",
        [
            case(text("two labels"), (0.9, 0.8, 0.2, 2), (0.6, 0.5, -0.5, 2)),
            case(text("many labels"), (0.9, 0.3, 0.2, 1000), (0.5, 1.0, -1.0, 60)),
            case(text("by chance: no scale is needed"), (0.25, 0.7, 0.1, 4)),
            Case("where no scale helps, a ValueError", lambda: _refused(answer)),
        ],
    )


def right_scale(share: float, own: float, other: float, labels: int) -> float:
    """Return the scale at which the softmax gives the right label this share."""
    return math.log(share * (labels - 1) / (1 - share)) / (own - other)


def _expect(answer: Scale, question: Question) -> None:
    got = expect_number(answer(*question), "scale_for")
    wanted = right_scale(*question)
    if abs(got - wanted) <= CLOSE * max(1, abs(wanted)):
        return
    share, own, other, labels = question
    why = _reason(got, question)
    raise Hint(
        "A share of {share} among {labels} labels, cosines {own} and {other}: the scale is "
        "{wanted:.3f}; yours is {got:.3f}.{why}",
        share=share,
        labels=labels,
        own=own,
        other=other,
        wanted=wanted,
        got=got,
        why=f" {say(why)}" if why else "",
    )


def _reason(got: float, question: Question) -> str:
    share, own, other, labels = question
    wanted, apart = right_scale(*question), own - other
    odds = share / (1 - share)
    known = [
        (
            math.log(odds * labels) / apart,
            text("The right label is one of them: others are fewer."),
        ),
        (math.log(odds) / apart, text("All other labels together get the rest, not one of them.")),
        (
            math.log(odds * (labels - 1)) / own,
            text("What counts is how far the cosines are apart."),
        ),
        (math.log(odds * (labels - 1)), text("How far the cosines are apart is missing.")),
        (math.log10(odds * (labels - 1)) / apart, text("Take the natural logarithm.")),
        (math.log2(odds * (labels - 1)) / apart, text("Take the natural logarithm.")),
        (
            odds * (labels - 1) / apart,
            text("A logarithm is missing: the softmax has exponentials."),
        ),
        (
            math.log(share * (labels - 1)) / apart,
            text("The others get 1 - share: divide by it within the logarithm."),
        ),
        (-wanted, text("The sign is wrong: a larger scale favours the larger cosine.")),
    ]
    if wanted:
        known.append((1 / wanted, text("That is a temperature: the scale is one over it.")))
    if wanted > 0:
        known.append((math.log(wanted), text("That is the logarithm of the scale.")))
    return next((hint for value, hint in known if math.isclose(got, value, rel_tol=CLOSE)), "")


def _refused(answer: Scale) -> None:
    for question in ((0.9, 0.2, 0.2, 10), (0.9, 0.1, 0.3, 10)):
        try:
            got = answer(*question)
        except ValueError:
            continue
        except Exception as error:
            raise Hint(
                "Where the right label is no nearer than the others it stops with {name}: look "
                "first, and raise a ValueError that says what came.",
                name=type(error).__name__,
            ) from None
        raise Hint(
            "With cosines {own} and {other} the right label is no nearer than the others, and no "
            "scale above 0 gives it 90 %: raise a ValueError; yours gave {got}.",
            own=question[1],
            other=question[2],
            got=got,
        )

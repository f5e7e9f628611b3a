"""The best possible guess, a mean over all images."""

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
    run_check,
    text,
    tolerance,
)

IdealGuess = Callable[[Tensor, Tensor, Tensor], Tensor]


def _normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@exercise("ex-ideal-guess", points=3)
def ideal_guess(answer: IdealGuess) -> Result:
    """Check a function (xt, alpha_bar, images) -> the mean of all images, weighed by likelihood.

    xt has shape (N, 1, 28, 28), images (M, 1, 28, 28), alpha_bar shape (); the answer that of xt.
    """
    images, alike = _images()

    def compare(level: float, hint: str, among: Tensor = images, count: int = 2) -> None:
        _compare_guess(answer, torch.tensor(level), among, count, hint)

    def between() -> None:
        compare(0.003, BETWEEN)
        compare(0.01, BETWEEN)
        compare(0.6, BETWEEN, alike)

    def numbers() -> None:
        compare(0.5, text("A single image is the mean, whatever xt is."), images[:1])
        compare(0.003, BETWEEN, images[:3], 1)
        compare(0.6, BETWEEN, alike[:2], 3)

    return run_check(
        "ideal_guess",
        [
            Case("nothing but noise: the mean of all images", lambda: compare(1e-9, FAR)),
            Case("hardly any noise: the one image", lambda: compare(0.9999, NEAR)),
            Case("in between: a weighted mean", between),
            Case("any number of images, one too", numbers),
        ],
    )


FAR = text("If xt says nothing, all images are equally likely: the mean is expected.")
NEAR = text(
    "With hardly any noise only one image is possible, and it should come out. Is xt "
    "compared with sqrt(alpha-bar) times each image?"
)
BETWEEN = text(
    "In between, the weights differ. They are the softmax over all images of "
    "-distance^2 / (2 (1 - alpha-bar)), where distance^2 is summed over the pixels."
)


def _images() -> tuple[Tensor, Tensor]:
    """Return five images, and five so much alike that only little noise tells them apart."""
    images = _normal(5, 1, 28, 28, seed=2).clamp(-1, 1)
    return images, images[:1] + 0.05 * _normal(5, 1, 28, 28, seed=4)


def _compare_guess(
    answer: IdealGuess, level: Tensor, images: Tensor, count: int, hint: str
) -> None:
    xt = _noisy(level, images, count)
    came = answer(xt, level, images)
    given = expect_values(came, tuple(xt.shape), "ideal_guess", finite=False)
    if not given.isfinite().all():
        raise Hint(
            "ideal_guess holds values that are not finite. exp of a large negative number is 0 as "
            "a float: are such numbers divided by their sum? Let softmax take the exponents."
        )
    right = _guess(_squares(xt, level.sqrt() * images) / (2 * (1 - level)), images)
    if not close(given, right, tolerance(came, 1e-3)):
        why = _explanation(answer) or hint
        raise Hint(why)


def _explanation(answer: IdealGuess) -> str:
    """Say which formula an answer follows, if it is one of these at every noise."""
    images, alike = _images()
    held: list[list[str]] = []
    for level, among in ((0.003, images), (0.01, images), (0.6, alike), (0.9999, images)):
        xt = _noisy(torch.tensor(level), among, 2)
        came = answer(xt, torch.tensor(level), among)
        given, atol = expect_values(came, tuple(xt.shape), "ideal_guess"), tolerance(came, 1e-3)
        known = _other_guesses(xt, torch.tensor(level), among)
        held.append([hint for wrong, hint in known if close(given, wrong, atol)])
    return next((hint for hint in held[0] if all(hint in hints for hints in held)), "")


def _noisy(level: Tensor, images: Tensor, count: int) -> Tensor:
    clean = images[torch.arange(count) % len(images)]
    return level.sqrt() * clean + (1 - level).sqrt() * _normal(count, 1, 28, 28, seed=3)


def _squares(xt: Tensor, centres: Tensor) -> Tensor:
    return (xt[:, None] - centres).flatten(2).square().sum(dim=2)


def _guess(energies: Tensor, images: Tensor) -> Tensor:
    return torch.einsum("nm,mchw->nchw", (-energies).softmax(dim=1), images)


def _other_guesses(xt: Tensor, level: Tensor, images: Tensor) -> list[tuple[Tensor, str]]:
    squares, rest = _squares(xt, level.sqrt() * images), 1 - level
    unscaled, no_root = _squares(xt, images), _squares(xt, level * images)
    along_batch = (-squares / (2 * rest)).softmax(dim=0)
    wrong = [
        (
            squares / rest,
            text("The exponent of a normal distribution is -distance^2 / (2 variance)."),
        ),
        (squares / 2, text("The exponent lacks its variance, 1 - alpha-bar, below the 2.")),
        (
            squares / (2 * rest.sqrt()),
            text("The exponent is divided by the variance, not by its root."),
        ),
        (squares.sqrt() / (2 * rest), text("The distance is not squared.")),
        (unscaled / (2 * rest), text("xt is compared with each image times sqrt(alpha-bar).")),
        (
            no_root / (2 * rest),
            text("The images are multiplied by alpha-bar; its root is missing."),
        ),
        (
            squares / squares.new_tensor(784 * 2) / rest,
            text("The squares are averaged over the pixels; distance^2 is their sum."),
        ),
        (-squares / (2 * rest), text("The minus is missing: the farthest image weighs most.")),
        (squares * 1e9, text("That is the one likeliest image; the mean over all is asked.")),
    ]
    mixed = torch.einsum("nm,mchw->nchw", along_batch, images)
    known = [(_guess(energies, images), hint) for energies, hint in wrong]
    return [
        *known,
        (mixed, text("The softmax runs over the batch: the weights of all images sum to 1.")),
    ]

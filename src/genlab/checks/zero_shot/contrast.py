"""The check of the exercise *When a caption comes twice*: InfoNCE from raw vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.checks import (
    Case,
    Hint,
    Result,
    exercise,
    expect_number,
    run_check,
    say,
    text,
    tolerance,
)

Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Any]
Inputs = tuple[Tensor, Tensor, Tensor, Tensor]

CLOSE = 1e-4


@exercise("ex-info-nce", points=3)
def info_nce(answer: Loss) -> Result:
    """Check (image, text, log_scale, names) -> the loss of a batch, a scalar with a gradient."""
    return run_check(
        "info_nce",
        [
            Case("two images and their captions, by hand", lambda: _by_hand(answer)),
            Case("both ways: captions for images, images for captions", lambda: _plain(answer)),
            Case("vectors of any length", lambda: _lengths(answer)),
            Case("captions that come twice are right twice", lambda: _repeated(answer)),
            Case("it can be trained by, the scale too", lambda: _gradients(answer)),
        ],
    )


def right_loss(image: Tensor, words: Tensor, log_scale: Tensor, names: Tensor) -> Tensor:
    """Return the loss, by functions of PyTorch."""
    logits = _logits(image, words, log_scale)
    wanted = shared(names)
    return (F.cross_entropy(logits, wanted) + F.cross_entropy(logits.T, wanted)) / 2


def _logits(image: Tensor, words: Tensor, log_scale: Tensor) -> Tensor:
    return log_scale.exp() * F.normalize(image, dim=1) @ F.normalize(words, dim=1).T


def shared(names: Tensor) -> Tensor:
    """Return which captions an image has, (N, N); each row sums to 1."""
    same = (names[:, None] == names).float()
    return same / same.sum(dim=1, keepdim=True)


def _drawn(count: int, size: int, names: list[int], seed: int, unit: bool = True) -> Inputs:
    rng = torch.Generator().manual_seed(seed)
    image, words = torch.randn(2, count, size, generator=rng)
    if unit:
        image, words = F.normalize(image, dim=1), F.normalize(words, dim=1)
    return image, words, torch.tensor(1.2), torch.tensor(names)


def _got(answer: Loss, inputs: Inputs) -> tuple[float, float]:
    """Return what the answer says, and how close is close enough."""
    given = answer(*inputs)
    return expect_number(given, "info_nce"), tolerance(given, CLOSE)


def _refuse(got: float, known: list[tuple[Tensor, str]]) -> None:
    for wrong, hint in known:
        if abs(got - wrong.item()) < CLOSE:
            raise Hint(hint)


def _by_hand(answer: Loss) -> None:
    eye = torch.eye(2)
    got, close = _got(answer, (eye, eye, torch.tensor(0.0), torch.tensor([4, 7])))
    wanted = math.log(1 + math.exp(-1))
    if abs(got - wanted) <= close:
        return
    known = {
        2 * wanted: text("It is the mean of the two directions, not their sum."),
        4 * wanted: text("You sum over the batch and the directions: both times the mean."),
        -wanted: text("The sign is wrong: a loss is a negative logarithm."),
        wanted + math.log(2): text(
            "Each softmax is over one row, or one column: yours is over the whole square."
        ),
        math.log(2): text(
            "Your logits do not depend on the images: scale 0? It is exp(log_scale)."
        ),
    }
    why = next((hint for value, hint in known.items() if abs(got - value) < CLOSE), "")
    raise Hint(
        "Two images at right angles, each equal to its caption, log_scale 0: the loss is "
        "ln(1 + 1/e) = {wanted:.4f}; yours is {got:.4f}.{why}",
        wanted=wanted,
        got=got,
        why=f" {say(why)}" if why else "",
    )


def _plain(answer: Loss) -> None:
    inputs = _drawn(5, 8, [3, 1, 4, 0, 9], seed=0)
    got, close = _got(answer, inputs)
    wanted = right_loss(*inputs).item()
    if abs(got - wanted) <= close:
        return
    image, words, log_scale, names = inputs
    logits, own = _logits(image, words, log_scale), torch.arange(5)
    cosines = image @ words.T
    _refuse(
        got,
        [
            (
                F.cross_entropy(logits, own),
                text("The rows are there, which caption belongs to an image; the columns are not."),
            ),
            (
                F.cross_entropy(logits.T, own),
                text("The columns are there, which image belongs to a caption; the rows are not."),
            ),
            (_both(cosines, own), text("log_scale is not used: multiply by its exponential.")),
            (
                _both(cosines * log_scale, own),
                text("You multiply by log_scale: the scale is its exponential."),
            ),
            (
                _both(cosines / log_scale.exp(), own),
                text("You divide by the scale: multiply. (A temperature would be one over it.)"),
            ),
            (
                _both(logits, names.argsort().argsort()),
                text("The names are no places: caption i belongs to image i."),
            ),
        ],
    )
    raise Hint(
        "For five images and captions of length 1, all different, the loss is {wanted:.4f}; "
        "yours is {got:.4f}.",
        wanted=wanted,
        got=got,
    )


def _both(logits: Tensor, own: Tensor) -> Tensor:
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def _lengths(answer: Loss) -> None:
    inputs = _drawn(4, 6, [0, 1, 2, 3], seed=1, unit=False)
    got, close = _got(answer, inputs)
    wanted = right_loss(*inputs).item()
    if abs(got - wanted) <= close:
        return
    image, words, log_scale, _ = inputs
    own, scale = torch.arange(4), log_scale.exp()
    one = F.normalize(image, dim=1)
    other = F.normalize(words, dim=1)
    columns = F.normalize(image, dim=0) @ F.normalize(words, dim=0).T
    _refuse(
        got,
        [
            (
                _both(scale * image @ words.T, own),
                text("The vectors have any length: bring each to length 1 first."),
            ),
            (
                _both(scale * one @ words.T, own),
                text("The vectors of the texts keep their length."),
            ),
            (
                _both(scale * image @ other.T, own),
                text("The vectors of the images keep their length."),
            ),
            (
                _both(scale * columns, own),
                text("You normalise over the batch: each vector, a row, shall have length 1."),
            ),
        ],
    )
    raise Hint(
        "For vectors that are not of length 1 the loss is {wanted:.4f}; yours is {got:.4f}.",
        wanted=wanted,
        got=got,
    )


def _repeated(answer: Loss) -> None:
    for names, seed in (([7, 2, 7, 7, 5, 2], 2), ([1, 1, 1], 3), ([0, 8, 8, 0], 4)):
        inputs = _drawn(len(names), 5, names, seed, unit=False)
        got, close = _got(answer, inputs)
        wanted = right_loss(*inputs).item()
        if abs(got - wanted) > close:
            _refuse(got, _known_for_repeated(inputs))
            raise Hint(
                "For captions with the names {names} the loss is {wanted:.4f}; yours is {got:.4f}.",
                names=names,
                wanted=wanted,
                got=got,
            )


def _known_for_repeated(inputs: Inputs) -> list[tuple[Tensor, str]]:
    names = inputs[-1]
    logits, own = _logits(*inputs[:3]), torch.arange(len(names))
    same = (names[:, None] == names).float()
    others = (same > 0) & ~torch.eye(len(names), dtype=torch.bool)
    hidden = logits.masked_fill(others, -math.inf)
    unshared = (F.cross_entropy(logits, same) + F.cross_entropy(logits.T, same)) / 2
    together = -(
        (logits.softmax(dim=1) * same).sum(dim=1).log().mean()
        + (logits.softmax(dim=0) * same).sum(dim=0).log().mean()
    )
    return [
        (
            _both(logits, own),
            text("Captions with the same name count as wrong: share the target among them."),
        ),
        (
            _both(hidden, own),
            text("Captions with the same name are left out: they are right, and have a share."),
        ),
        (unshared, text("Each row of your targets sums to how many are right: it should be 1.")),
        (
            together / 2,
            text("You add their probabilities before the logarithm: each has a target of its own."),
        ),
    ]


def _gradients(answer: Loss) -> None:
    inputs = _drawn(4, 6, [0, 1, 0, 3], seed=5, unit=False)
    image, words, log_scale, own = inputs
    leaves = [one.clone().requires_grad_() for one in (image, words, log_scale)]
    image, words, log_scale = leaves
    given = answer(image, words, log_scale, own)
    expect_number(given, "info_nce")
    if not isinstance(given, Tensor) or not given.requires_grad:
        raise Hint("The loss has no gradient: compute it with tensors, without .item().")
    found = torch.autograd.grad(given.sum(), leaves, allow_unused=True)
    wanted = torch.autograd.grad(right_loss(image, words, log_scale, own), leaves)
    names = ("image", "text", "log_scale")
    for name, one, other in zip(names, found, wanted, strict=True):
        if one is None:
            raise Hint("No gradient reaches {name}: is it detached?", name=name)
        if not torch.allclose(one.double(), other.double(), atol=tolerance(given, CLOSE)):
            raise Hint(
                "The loss is right, its gradient by {name} is not: is a part of it detached?",
                name=name,
            )

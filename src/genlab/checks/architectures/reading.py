"""Check on the attention by which latents read from tokens."""

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
    say,
    text,
    tolerance,
)
from genlab.checks.watching import Watch

Read = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Any]
Parts = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]

CLOSE = 1e-5
NAME = "read(latents, tokens, wq, wk, wv)"
OVER_LATENTS = text(
    "The weights of each token sum to 1; those of each latent should: take the softmax over T."
)
READY_MADE = ("scaled_dot_product_attention", "multi_head_attention_forward")


@exercise("ex-rin-read", points=3)
def read(answer: Read) -> Result:
    """Check (latents, tokens, wq, wk, wv) -> the latents after one read."""
    return run_check(
        "read",
        [
            Case("tokens that are all alike", lambda: _alike(answer)),
            Case("sixteen latents read 196 tokens", lambda: _compare(answer, (2, 16, 196))),
            Case("the order of the tokens plays no part", lambda: _shuffled(answer)),
            Case("one latent, one token, more latents than tokens", lambda: _elsewhere(answer)),
            Case("scores that are far apart", lambda: _compare(answer, (1, 4, 9), strength=15.0)),
        ],
    )


def _parts(
    images: int, latents: int, tokens: int, width: int = 12, token_width: int = 8, size: int = 5
) -> Parts:
    rng = torch.Generator().manual_seed(images + 10 * latents + 100 * tokens)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=rng)

    return (
        normal(images, latents, width),
        normal(images, tokens, token_width),
        normal(width, size) / 2,
        normal(token_width, size) / 2,
        normal(token_width, width) / 2,
    )


def right_read(parts: Parts, divisor: float | None = None, dim: int = -1) -> Tensor:
    """Return the latents after one read, in double precision; wrong ones by the options."""
    latents, tokens, wq, wk, wv = (part.double() for part in parts)
    scores = (latents @ wq) @ (tokens @ wk).mT
    scores = scores / (wq.shape[1] ** 0.5 if divisor is None else divisor)
    return latents + scores.softmax(dim=dim) @ (tokens @ wv)


def _values(answer: Read, parts: Parts) -> tuple[Tensor, float]:
    """Return what an answer gives, and how far it may be off."""
    with Watch(*READY_MADE) as watch:
        given = answer(*parts)
    if watch.calls:
        said = text("`{name}` is called; write scores, softmax and sum yourself.")
        raise Hint(said, name=watch.calls[0][0])
    shape, tokens = tuple(parts[0].shape), tuple(parts[1].shape)
    came = tuple(getattr(given, "shape", shape))
    if came != shape and came[:2] == tokens[:2]:
        raise Hint(
            "There are {count} rows, one for each token: the latents ask, and the tokens are "
            "looked at.",
            count=came[1],
        )
    return expect_values(given, shape, NAME), tolerance(given, CLOSE)


def _alike(answer: Read) -> None:
    latents, tokens, *weights = _parts(2, 3, 7)
    parts: Any = (latents, tokens[:, :1].expand(-1, 7, -1).clone(), *weights)
    got, off = _values(answer, parts)
    wanted = right_read(parts)
    read_alone = wanted - latents.double()
    known = [
        (read_alone, text("What was read is there, the latents are gone: the read adds to them.")),
        (
            latents.double() + 7 * read_alone,
            text("Seven equal tokens give seven times the value: the weights must sum to 1."),
        ),
        *((right_read(parts, divisor, dim=-2), OVER_LATENTS) for divisor in (None, 1.0)),
        (latents.double(), text("The latents are as before: add what they read.")),
    ]
    refuse(got, known, CLOSE)
    if close(got, wanted, off):
        return
    if close(got[0], wanted[0], off):
        raise Hint("The first image of a batch is right, and the others are not.")
    raise Hint("Where all tokens are alike each latent gets the value of one: token @ wv.")


def _compare(answer: Read, sizes: tuple[int, int, int], strength: float = 1.0) -> None:
    latents, tokens, wq, wk, wv = _parts(*sizes)
    parts = (latents, tokens, strength * wq, strength * wk, wv)
    got, off = _values(answer, parts)
    if close(got, right_read(parts), off):
        return
    size, width, token_width = wq.shape[1], latents.shape[2], tokens.shape[2]
    root = text("The scores {what}; divide by the root of the size of a query, {size}.")
    for what, divisor in (
        (text("are not divided"), 1.0),
        (text("are divided by the size"), float(size)),
        (text("are divided by the root of the latents' width"), width**0.5),
        (text("are divided by the root of the tokens' width"), token_width**0.5),
    ):
        if close(got, right_read(parts, divisor), CLOSE):
            raise Hint(root, what=say(what), size=size)
    refuse(
        got,
        [
            (right_read(parts, dim=-2), OVER_LATENTS),
            (right_read(parts) - latents.double(), text("The read adds to the latents.")),
        ],
        CLOSE,
    )
    if strength > 1:
        raise Hint("Where the scores are far apart the result is another.")
    raise Hint("The latents are others: are they latents + softmax(q @ k.mT / size**0.5) @ v?")


def _shuffled(answer: Read) -> None:
    latents, tokens, *weights = _parts(1, 3, 8)
    straight, _ = _values(answer, (latents, tokens, *weights))  # type: ignore[arg-type]
    turned, off = _values(answer, (latents, tokens.flip(1), *weights))  # type: ignore[arg-type]
    if not close(straight, turned, 10 * off):
        raise Hint("In another order the same tokens give other latents: is there a mask?")
    _compare(answer, (1, 3, 8))


def _elsewhere(answer: Read) -> None:
    for sizes in ((1, 1, 1), (3, 9, 2), (1, 6, 6)):
        _compare(answer, sizes)

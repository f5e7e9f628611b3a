"""The check of the exercise *A timestep in waves*, held to `diffusers`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genlab.checks import Answer, Case, Hint, Result, exercise, expect_values, run_check, text
from genlab.checks.expect import close, refuse

Embed = Callable[[Tensor, int], Tensor]

ATOL = 1e-4  # an angle of 999 in single precision is off by 6e-5
SIZES = (8, 32)


@exercise("ex-timestep-embedding", points=2)
def timestep_embedding(answer: Embed) -> Result:
    """Check a function (t, size) -> waves (N, size), as `UNet2DModel` computes them."""
    watched = Answer(answer)

    def case(shows: str, t: list[int], *sizes: int) -> Case:
        def run() -> None:
            for size in sizes:
                _expect_waves(watched, torch.tensor(t), size)

        return Case(shows, run)

    return run_check(
        "timestep_embedding",
        [
            case(text("at t = 0 all cosines are 1 and all sines 0"), [0, 0, 0], *SIZES),
            case(text("all timesteps, as diffusers has them"), list(range(0, 1000, 37)), *SIZES),
            case(text("one timestep, and two waves"), [999], 2, 4),
        ],
    )


def _expect_waves(answer: Answer, t: Tensor, size: int) -> None:
    got = expect_values(answer(t, size), (len(t), size), "timestep_embedding")
    wanted = waves(t, size)
    if close(got, wanted, ATOL):
        return
    sines, cosines = wanted[:, size // 2 :], wanted[:, : size // 2]
    last = max(size // 2 - 1, 1)
    refuse(
        got,
        [
            (torch.cat([sines, cosines], 1), text("The cosines come first, then the sines.")),
            (
                torch.stack([cosines, sines], 2).flatten(1),
                text("First all cosines, then all sines: yours take turns."),
            ),
            (
                waves(t, size, count=last),
                text(
                    "The slowest wave is one step too slow: divide by the number of waves, size / "
                    "2, not by one less."
                ),
            ),
            (
                waves(t, size, count=size),
                text("There are size / 2 waves: their number divides i in the exponent, not size."),
            ),
            (
                waves(t.double() / 1000, size),
                text("The timesteps come as they are, 0 to 999: do not divide them."),
            ),
        ],
        ATOL,
    )
    row, place = divmod(int((got - wanted).abs().argmax()), size)
    raise Hint(
        "For t = {t} and size {size}, value number {place} should be {wanted:.4f}; yours is "
        "{got:.4f}. Wave number i has the angle t / 10000^(i / (size / 2)).",
        t=int(t[row]),
        size=size,
        place=place + 1,
        wanted=float(wanted[row, place]),
        got=float(got[row, place]),
    )


def waves(t: Tensor, size: int, count: int | None = None) -> Tensor:
    """Return cosines and sines of t at size / 2 speeds, float64, (N, size).

    Args:
        t: timesteps, (N,).
        size: how many values a timestep gets.
        count: what the number of a wave is divided by; size / 2 is right.
    """
    number = torch.arange(size // 2, dtype=torch.float64)
    angles = t.double()[:, None] * 10_000.0 ** (-number / (count or size // 2))
    return torch.cat([angles.cos(), angles.sin()], dim=1)

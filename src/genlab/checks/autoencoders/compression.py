"""The check of the exercise *Compression ratio*."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_values, run_check

Ratio = Callable[[int, int], float]
Quantise = Callable[[Tensor, int], Tensor]

NEAR = 0.02  # of a step: how far a value may be off for rounding in single precision


@exercise("ex-compression-ratio", points=2)
def compression(ratio: Ratio, quantise: Quantise) -> Result:
    """Check (latent_size, bits) -> ratio of sizes, and (z, bits) -> z rounded to 2**bits values.

    `z` has shape (N, D); each of its columns is rounded to values of its own.
    """
    z = torch.randn(300, 3, generator=torch.Generator().manual_seed(0))
    z = z * torch.tensor([1.0, 5.0, 0.1]) + 2

    def rounded(codes: Tensor, bits: int, finite: bool = True) -> Tensor:
        name = f"quantise(z, {bits})"
        return expect_values(quantise(codes, bits), tuple(codes.shape), name, finite=finite)

    def shape() -> None:
        rounded(z, 4)

    def near(*all_bits: int) -> None:
        for bits in all_bits:
            _near(z, rounded(z, bits), bits)

    return run_check(
        "compression",
        [
            Case("bits are counted, not numbers", lambda: _expect_ratios(ratio, [(16, 32)])),
            Case("fewer bits compress more", lambda: _expect_ratios(ratio, [(16, 4), (10, 3)])),
            Case("rounding keeps the shape", shape),
            Case("2 bits leave at most 4 values in a column", lambda: _few(rounded(z, 2))),
            Case("each number goes to a nearest value", lambda: near(6, 2, 1, 10)),
            Case("a column of equal numbers survives", lambda: _expect_constant(rounded)),
        ],
    )


def _expect_ratios(ratio: Ratio, settings: list[tuple[int, int]]) -> None:
    for size, bits in settings:
        _expect_ratio(expect_number(ratio(size, bits), "compression_ratio"), size, bits)


def _expect_ratio(got: float, size: int, bits: int) -> None:
    def is_near(value: float) -> bool:
        return abs(got - value) <= 1e-5 * value

    wanted = 784 * 8 / (size * bits)
    if is_near(wanted):
        return
    if is_near(784 / size):
        raise Hint(
            "{got:g} counts numbers. A pixel has 8 bits here, a latent number {bits}: "
            "divide bits by bits.",
            got=got,
            bits=bits,
        )
    if is_near(1 / wanted):
        raise Hint("{got:g} is upside down: divide the bits of the image by those of z.", got=got)
    raise Hint(
        "compression_ratio({size}, {bits}) is {wanted:g}; yours gives {got:g}.",
        size=size,
        bits=bits,
        wanted=wanted,
        got=got,
    )


def _few(quantised: Tensor) -> None:
    for column in quantised.T:
        values = len(torch.unique((column * 1e4).round()))
        if values > 4:
            raise Hint(
                "With 2 bits a column can hold 4 values; one of yours holds {values}.",
                values=values,
            )


def _near(z: Tensor, quantised: Tensor, bits: int) -> None:
    z = z.double()
    low, step = z.amin(dim=0), (z.amax(dim=0) - z.amin(dim=0)) / (2**bits - 1)
    if (quantised - ((z - low) / step).round()).abs().max() < 1e-4:
        raise Hint("These are the numbers of the values, from 0 up; the values themselves go back.")
    off = ((quantised - z).abs().amax(dim=0) / step).tolist()
    if max(off) > 0.5 + NEAR:
        raise Hint(
            "With {bits} bits column {column} is off by up to {most:.1f} steps; rounding "
            "to the nearest of 2**bits values from its lowest to its highest is off by "
            "half a step at most. Each column has a lowest and a highest value of its own.",
            bits=bits,
            column=off.index(max(off)),
            most=max(off),
        )
    place = (quantised - low) / step
    between = (place - place.round()).abs().amax(dim=0).tolist()
    if max(between) > NEAR:
        raise Hint(
            "With {bits} bits column {column} has values that stand {most:.2f} steps "
            "beside the evenly spaced ones. The first of these is the column's lowest "
            "value, the last its highest.",
            bits=bits,
            column=between.index(max(between)),
            most=max(between),
        )


def _expect_constant(rounded: Callable[[Tensor, int, bool], Tensor]) -> None:
    mixed = torch.tensor([[3.0, 0.0], [3.0, 1.0], [3.0, 1.0]])
    for flat in (torch.full((5, 2), 3.0), mixed, torch.full((1, 2), -0.5), torch.zeros(4, 1)):
        if not torch.allclose(rounded(flat, 4, False), flat.double(), atol=1e-5):
            raise Hint("A column whose values are all equal should stay as it is (0 / 0?).")

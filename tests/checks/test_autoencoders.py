"""Planted answers on the encoder's shapes and on compression, of the page on autoencoders."""

import functools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genlab.checks import autoencoders as check
from genlab.models.autoencoder import Encoder

from .planted import judged, solution, still_a_stub, stub, unusual, wrong

# -- encoder_shapes --------------------------------------------------------------------------------


def encoder_shapes(side, kernels=(4, 4, 3), channels=(16, 32, 64), extra=1, fit=math.floor):
    shapes = []
    for channel, kernel in zip(channels, kernels, strict=True):
        side = fit((side + 2 - kernel) / 2) + extra
        shapes.append((channel, side, side))
    return [*shapes, (channels[-1] * side * side,)]


def shapes_by_running(side):
    x, shapes = torch.zeros(1, 1, side, side), []
    for layer in Encoder(2).layers[:7]:
        x = layer(x)
        if not isinstance(layer, nn.SiLU):
            shapes.append(tuple(x.shape[1:]))
    return shapes


def shapes_by_meta(side):
    with torch.device("meta"):
        return shapes_by_running(side)


def shapes_by_conv2d(side):
    x, shapes = torch.zeros(1, 1, side, side), []
    for channels, kernel in ((16, 4), (32, 4), (64, 3)):
        x = F.conv2d(x, torch.zeros(channels, x.shape[1], kernel, kernel), stride=2, padding=1)
        shapes.append(tuple(x.shape[1:]))
    return [*shapes, (x.numel(),)]


def shapes_recursive(n, layers=((16, 4), (32, 4), (64, 3))):
    if not layers:
        return ()
    (channels, kernel), *rest = layers
    side = 1 + (n + 2 - kernel) // 2
    flat = () if rest else (torch.Size([channels * side**2]),)
    return (torch.Size([channels, side, side]), *flat, *shapes_recursive(side, rest))


def shapes_in_numpy(side):
    kernels, found = np.array([4, 4, 3]), []
    for channels, kernel in zip([16, 32, 64], kernels, strict=True):
        side = np.floor((side + 2 - kernel) / 2 + 1)
        found.append(np.array([channels, side, side]))
    return [*found, np.array([64 * side * side])]


def shapes_by_halving(side):
    half, quarter = side // 2, side // 4
    eighth = -(-quarter // 2)  # rounded up
    return [(16, half, half), (32, quarter, quarter), (64, eighth, eighth), (64 * eighth**2,)]


def shapes_with_activations(side):
    *three, flat = encoder_shapes(side)
    return [shape for shape in three for _ in range(2)] + [flat]


SHAPES = [
    stub(check.encoder_shapes),
    solution(check.encoder_shapes, encoder_shapes),
    unusual(check.encoder_shapes, shapes_recursive),
    unusual(check.encoder_shapes, shapes_in_numpy),
    unusual(check.encoder_shapes, lambda n: list(map(list, encoder_shapes(n))), name="lists"),
    unusual(
        check.encoder_shapes,
        lambda n: [tuple(map(torch.tensor, shape)) for shape in encoder_shapes(n)],
        name="tensors as sizes",
    ),
    unusual(check.encoder_shapes, shapes_by_halving),
    wrong(check.encoder_shapes, lambda side: None, "yours is a NoneType"),
    wrong(check.encoder_shapes, lambda side: [14, 7, 4], "one is 14"),
    wrong(check.encoder_shapes, lambda side: [*encoder_shapes(side)[:3], 1024], "one is 1024"),
    wrong(check.encoder_shapes, lambda side: encoder_shapes(side)[:3], "there are 3 shapes"),
    wrong(check.encoder_shapes, lambda s: [*encoder_shapes(s), (2,)], "there are 5 shapes"),
    wrong(check.encoder_shapes, shapes_with_activations, "there are 7 shapes; 4 are expected: one"),
    wrong(check.encoder_shapes, lambda side: [(14, 14)], "three sizes are expected"),
    wrong(
        check.encoder_shapes,
        lambda s: [(1, *shape) for shape in encoder_shapes(s)],
        "the batch is not part",
        name="with the batch",
    ),
    wrong(
        check.encoder_shapes,
        lambda s: [(*shape[1:], shape[0]) for shape in encoder_shapes(s)],
        "the channels come first",
        name="channels last",
    ),
    wrong(
        check.encoder_shapes,
        lambda s: encoder_shapes(s, channels=(1, 16, 32)),
        "channels are the second number",
    ),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, extra=0), "the first place too"),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, fit=math.ceil), "Round down, then"),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, fit=round), "Round down, then"),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, fit=float), "a size is a whole number"),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, kernels=(4, 4, 4)), "Conv2d(32, 64"),
    wrong(check.encoder_shapes, lambda s: [*encoder_shapes(s)[:3], (64,)], "multiply the sizes"),
    wrong(check.encoder_shapes, lambda side: encoder_shapes(28), "For side 32"),
    wrong(
        check.encoder_shapes,
        lambda s: [(True, True, True), *encoder_shapes(s)[1:]],
        "one holds True",
    ),
    wrong(check.encoder_shapes, lambda s: [("16", "14", "14")], "one holds '16'"),
    wrong(check.encoder_shapes, lambda s: iter(encoder_shapes(s)), "yours is a list_iterator"),
    wrong(check.encoder_shapes, shapes_by_running, "runs a convolution: predict the shapes"),
    wrong(check.encoder_shapes, shapes_by_meta, "runs a convolution: predict the shapes"),
    wrong(check.encoder_shapes, shapes_by_conv2d, "runs a convolution: predict the shapes"),
]

# -- compression -----------------------------------------------------------------------------------


def ratio(latent_size, bits):
    return 784 * 8 / (latent_size * bits)


def quantise(z, bits, dim=0, floor=1e-12, fit=torch.round, less=1):
    low, high = z.amin(dim), z.amax(dim)
    step = ((high - low) / (2**bits - less)).clamp(min=floor)
    return low + fit((z - low) / step) * step


def quantise_by_search(z, bits):
    columns = []
    for column in z.T:
        values = torch.linspace(0, 1, 2**bits) * (column.max() - column.min()) + column.min()
        columns.append(values[(column[:, None] - values).abs().argmin(dim=1)])
    return torch.stack(columns, dim=1)


def quantise_in_numpy(z, bits):
    z = z.double().numpy()
    low, width = z.min(0), np.ptp(z, axis=0)
    levels = 2**bits - 1
    place = np.divide(z - low, width, out=np.zeros_like(z), where=width > 0)
    return torch.from_numpy(low + np.floor(place * levels + 0.5) / levels * width)


def quantise_in_place(z, bits):
    z = z.clone()
    low, high = z.min(0).values, z.max(0).values
    step = (high - low) / (2**bits - 1)
    return z.sub_(low).div_(step).round_().nan_to_num_().mul_(step).add_(low)


def quantise_over_its_input(z, bits):
    low, high = z.min(0).values, z.max(0).values
    step = (high - low).clamp(min=1e-12) / (2**bits - 1)
    z -= low
    return low + (z / step).round() * step


def quantise_to_middles(z, bits):
    low, high = z.min(0).values, z.max(0).values
    width = (high - low).clamp(min=1e-12) / 2**bits
    return low + (((z - low) / width).floor().clamp(max=2**bits - 1) + 0.5) * width


def quantise_to_codes(z, bits):
    low, high = z.min(0).values, z.max(0).values
    return ((z - low) / (high - low).clamp(min=1e-12) * (2**bits - 1)).round()


def quantise_as_bytes(z, bits):
    low, high = z.min(0).values, z.max(0).values
    step = (high - low).clamp(min=1e-12) / (2**bits - 1)
    return low + ((z - low) / step).round().to(torch.uint8) * step


def quantise_around_zero(z, bits):
    step = 2 * z.abs().amax(0) / (2**bits - 1)
    return (z / step).round() * step


def quantise_equally_often(z, bits):
    values = z.quantile(torch.linspace(0, 1, 2**bits), dim=0)
    return torch.stack(
        [v[(c[:, None] - v).abs().argmin(1)] for c, v in zip(z.T, values.T, strict=True)], dim=1
    )


def quantise_by_rows(z, bits):
    return quantise(z.T, bits).T


COMPRESSION = [
    stub(check.compression, still_a_stub, still_a_stub),
    solution(check.compression, ratio, quantise),
    unusual(check.compression, lambda n, b: torch.tensor(6272.0) / n / b, quantise_by_search),
    unusual(check.compression, lambda n, b: np.float32(784 / n) * 8 / b, quantise_in_numpy),
    unusual(check.compression, ratio, quantise_in_place),
    unusual(check.compression, functools.partial(ratio), lambda *given: quantise(*given)),
    unusual(check.compression, ratio, lambda z, b: quantise(z, b).requires_grad_(), name="grad"),
    unusual(check.compression, ratio, lambda z, b: quantise(z, b, fit=lambda x: (x + 0.5).floor())),
    wrong(check.compression, ratio, still_a_stub, "This is still the stub"),
    wrong(check.compression, lambda size, bits: 784 / size, quantise, "49 counts numbers"),
    wrong(check.compression, lambda size, bits: 3, quantise, "is 12.25; yours gives 3"),
    wrong(check.compression, lambda n, b: n * b / 6272, quantise, "upside down: divide the bits"),
    wrong(check.compression, lambda n, b: 6272 // (n * b), quantise, "is 12.25; yours gives 12"),
    wrong(check.compression, lambda n, b: 6272 / (n * 32), quantise, "(16, 4) is 98; yours gives"),
    wrong(check.compression, lambda n, b: round(ratio(n, b), 2), quantise, "(10, 3) is 209.067"),
    wrong(check.compression, lambda n, b: f"{ratio(n, b)}", quantise, "one number is expected"),
    wrong(check.compression, ratio, lambda z, bits: z[:, :2], "(300, 3) is expected"),
    wrong(check.compression, ratio, lambda z, bits: z, "can hold 4 values; one of yours holds"),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b, less=0), "one of yours holds 5"),
    wrong(
        check.compression, ratio, lambda z, b: quantise(z, b, dim=(0, 1)), "a lowest and a highes"
    ),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b, floor=0), "0 / 0?"),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b, floor=0).nan_to_num(), "0 / 0?"),
    wrong(
        check.compression, ratio, lambda z, b: quantise(z, b, fit=torch.floor), "by up to 1.0 st"
    ),
    wrong(
        check.compression, ratio, lambda z, b: quantise(z, b, fit=torch.ceil), "by up to 1.0 step"
    ),
    wrong(check.compression, ratio, quantise_to_middles, "beside the evenly spaced ones"),
    wrong(check.compression, ratio, quantise_to_codes, "These are the numbers of the values"),
    wrong(check.compression, ratio, quantise_as_bytes, "With 10 bits column 2 is off by"),
    wrong(check.compression, ratio, quantise_around_zero, "is off by up to 3.6 steps"),
    wrong(check.compression, ratio, quantise_equally_often, "is off by"),
    wrong(check.compression, ratio, quantise_by_rows, "With 2 bits a column can hold 4 values"),
    wrong(
        check.compression, ratio, quantise_over_its_input, "Your code changes z, which the caller"
    ),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b).numpy(), "gave a ndarray"),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b) > 0, "real numbers are expected"),
]

PLANTED = [*SHAPES, *COMPRESSION]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

"""The shapes in a UNet: what students write, and what they must be told."""

import functools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from genlab.checks import simple_unet as check
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.unet import NoSkipUNet, walk

from .planted import judged, stub, unusual, wrong

SCHEDULE = NoiseSchedule("linear")

CHANNELS = (32, 32, 64, 64, 64, 64, 64, 32, 32, 1)


def shapes(side, channels=CHANNELS, shrink=0, halve=lambda n: n // 2):
    half = halve(side)
    quarter = halve(half)
    back, full = 2 * quarter, 4 * quarter
    sides = [side - shrink, half, half, quarter, quarter, quarter, back, back, full, full]
    return [(channel, one, one) for channel, one in zip(channels, sides, strict=True)]


def as_the_skips(side):
    given, half = shapes(side), side // 2
    return [*given[:6], (64, half, half), (32, half, half), (32, side, side), (1, side, side)]


def by_running(side):
    with torch.no_grad():
        parts = walk(NoSkipUNet(), torch.zeros(1, 1, side, side))
    return [tuple(out.shape[1:]) for _, out in parts]


def by_pooling(side):
    half = F.max_pool2d(torch.zeros(1, side, side), 2).shape[-1]
    return shapes(side, halve=lambda n: half if n == side else n // 2)


def step_by_step(side):
    found, size = [], side
    for part, width in [("", 32), ("p", 32), ("", 64), ("p", 64), ("", 64), ("", 64)]:
        size = int(size / 2) if part else size
        found.append([width, size, size])
    for width in (64, 32, 32, 1):
        size = 2 * size if len(found) in (6, 8) else size
        found.append([width, size, size])
    return tuple(found)


SHAPES = [
    stub(check.unet_shapes),
    wrong(check.unet_shapes, lambda side: None, "yours is a NoneType"),
    wrong(check.unet_shapes, lambda side: (one for one in shapes(side)), "yours is a generator"),
    wrong(check.unet_shapes, lambda side: [32, 28, 28], "one is 32"),
    wrong(check.unet_shapes, lambda side: [(1, *one) for one in shapes(side)], "one is (1, 32, 28"),
    wrong(check.unet_shapes, lambda side: [torch.zeros(9, 9)] * 10, "one is tensor([[0., ... 0."),
    wrong(check.unet_shapes, lambda side: ["abc"] * 10, "one is 'abc'"),
    wrong(check.unet_shapes, lambda side: shapes(side)[:6], "there are 6 shapes"),
    wrong(check.unet_shapes, lambda side: [(1, side, side), *shapes(side)], "there are 11 shapes"),
    wrong(check.unet_shapes, lambda side: shapes(side, shrink=4), "a padding of 2 keeps"),
    wrong(
        check.unet_shapes,
        lambda side: shapes(side, (1, 1, 32, 32, 64, 64, 64, 64, 32, 32)),
        "its second number",
    ),
    wrong(
        check.unet_shapes,
        lambda side: shapes(side, (32, 64, 64, 64, 64, 64, 64, 32, 32, 1)),
        "leave the number of channels",
    ),
    wrong(check.unet_shapes, lambda side: shapes(28), "For side 32"),
    wrong(check.unet_shapes, lambda side: shapes(side, halve=lambda n: -(-n // 2)), "is dropped"),
    wrong(check.unet_shapes, lambda side: shapes(side, halve=lambda n: n / 2), "divide by `//`"),
    wrong(
        check.unet_shapes, lambda side: shapes(side, halve=lambda n: round(n / 2)), "For side 30"
    ),
    wrong(check.unet_shapes, as_the_skips, "Upsampling doubles"),
    wrong(
        check.unet_shapes,
        lambda side: [(high, wide, channels) for channels, high, wide in shapes(side)],
        "the order is channels, height, width",
        name="channels last",
    ),
    wrong(check.unet_shapes, by_running, "A network runs in your function: find the shapes by ari"),
    wrong(check.unet_shapes, by_pooling, "A network runs in your function"),
    unusual(check.unet_shapes, step_by_step),
    unusual(check.unet_shapes, lambda side: [torch.Size(one) for one in shapes(side)], name="Size"),
    unusual(check.unet_shapes, lambda side: list(np.array(shapes(side))), name="arrays"),
    unusual(check.unet_shapes, lambda side: list(torch.tensor(shapes(side))), name="tensors"),
    unusual(check.unet_shapes, functools.partial(shapes, halve=lambda n: n / 2 // 1)),
]

PLANTED = SHAPES


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

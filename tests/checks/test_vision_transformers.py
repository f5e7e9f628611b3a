"""Patches that overlap, and what a patch costs: what students write, and what they must be told."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from genlab.checks import vision_transformers as check
from genlab.checks.vision_transformers.work import counted

from .planted import judged, solution, still_a_stub, stub, unusual, wrong

# -- patches that overlap --------------------------------------------------------------------------


def ends(x, patch, stride):
    for side in x.shape[2:]:
        if side < patch or (side - patch) % stride:
            raise ValueError(f"patches of {patch} at a stride of {stride} leave pixels of {side}")


def cut(x, patch, stride):
    ends(x, patch, stride)
    x = x.unfold(2, patch, stride).unfold(3, patch, stride)  # (N, C, rows, columns, patch, patch)
    return x.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


def places(shape, patch, stride):
    _, h, w = shape
    rows, columns = range(0, h - patch + 1, stride), range(0, w - patch + 1, stride)
    return [(row, column) for row in rows for column in columns]


def join(tokens, patch, stride, shape):
    total = torch.zeros(len(tokens), *shape)
    count = torch.zeros(shape)
    for token, (i, j) in zip(tokens.unbind(1), places(shape, patch, stride), strict=True):
        total[:, :, i : i + patch, j : j + patch] += token.view(-1, shape[0], patch, patch)
        count[:, i : i + patch, j : j + patch] += 1
    return total / count


def by_loops(x, patch, stride):
    ends(x, patch, stride)
    found = places(x.shape[1:], patch, stride)
    squares = [x[:, :, i : i + patch, j : j + patch] for i, j in found]
    return torch.stack([square.flatten(1) for square in squares], dim=1)


def by_unfold(x, patch, stride):
    ends(x, patch, stride)
    return F.unfold(x, patch, stride=stride).mT


def by_fold(tokens, patch, stride, shape):
    def fold(values):
        return F.fold(values.mT, shape[1:], patch, stride=stride)

    return fold(tokens) / fold(torch.ones_like(tokens))


def by_convolution(x, patch, stride):
    ends(x, patch, stride)
    size = x.shape[1] * patch**2
    kernel = torch.eye(size, dtype=x.dtype).view(size, x.shape[1], patch, patch)
    return F.conv2d(x, kernel, stride=stride).flatten(2).mT


def by_numpy(x, patch, stride):
    ends(x, patch, stride)
    views = np.lib.stride_tricks.sliding_window_view(x.numpy(), (patch, patch), axis=(2, 3))
    views = views[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return torch.from_numpy(views.reshape(len(x), -1, x.shape[1] * patch**2).copy())


def side_by_side(x, patch, stride):
    return F.unfold(x, patch, stride=patch).mT


def by_column(x, patch, stride):
    x = x.unfold(2, patch, stride).unfold(3, patch, stride)
    return x.permute(0, 3, 2, 1, 4, 5).flatten(3).flatten(1, 2)


def pixels_by_column(x, patch, stride):
    x = x.unfold(2, patch, stride).unfold(3, patch, stride)
    return x.permute(0, 2, 3, 1, 5, 4).flatten(3).flatten(1, 2)


def channels_last(x, patch, stride):
    x = x.unfold(2, patch, stride).unfold(3, patch, stride)
    return x.permute(0, 2, 3, 4, 5, 1).flatten(3).flatten(1, 2)


def total(tokens, patch, stride, shape):
    return F.fold(tokens.mT, shape[1:], patch, stride=stride)


def over_all(tokens, patch, stride, shape):
    return total(tokens, patch, stride, shape) / tokens.shape[1]


def last_wins(tokens, patch, stride, shape):
    x = torch.zeros(len(tokens), *shape)
    for token, (i, j) in zip(tokens.unbind(1), places(shape, patch, stride), strict=True):
        x[:, :, i : i + patch, j : j + patch] = token.view(-1, shape[0], patch, patch)
    return x


def always_overlapping(tokens, patch, stride, shape):
    return total(tokens, patch, stride, shape) / 4


def square_only(tokens, patch, stride, shape):
    return F.fold(tokens.mT, (shape[1], shape[1]), patch, stride=stride)


OVERLAPPING = [
    stub(check.overlapping, still_a_stub, still_a_stub),
    solution(check.overlapping, cut, join),
    unusual(check.overlapping, by_loops, join),
    unusual(check.overlapping, by_unfold, by_fold),
    unusual(check.overlapping, by_convolution, by_fold),
    unusual(check.overlapping, by_numpy, join),
    wrong(check.overlapping, side_by_side, join, "lie side by side"),
    wrong(check.overlapping, by_column, join, "tokens go column by column"),
    wrong(check.overlapping, pixels_by_column, join, "Within a patch your pixels"),
    wrong(check.overlapping, lambda x, p, s: cut(x.flip(3), p, s), join, "2, 1, 5, 4", name="flip"),
    wrong(check.overlapping, lambda x, p, s: cut(x, p, s).mT[..., :3], join, "(1, 4, 4) is"),
    wrong(check.overlapping, lambda x, p, s: cut(x, p, 1), join, "is expected", name="stride of 1"),
    wrong(check.overlapping, channels_last, join, "the channels come last"),
    wrong(check.overlapping, lambda x, p, s: cut(x, p, s) + x.std(), join, "0, 1, 3, 4"),
    wrong(check.overlapping, cut, total, "divide by in how many"),
    wrong(check.overlapping, cut, over_all, "the number of tokens"),
    wrong(check.overlapping, cut, last_wins, "Does the last one"),
    wrong(check.overlapping, cut, always_overlapping, "the largest error of a pixel"),
    wrong(check.overlapping, cut, square_only, "stopped with RuntimeError"),
    wrong(check.overlapping, lambda x, p, s: F.unfold(x, p, stride=s).mT, join, "do not end where"),
]

# -- what a patch costs ----------------------------------------------------------------------------


def cost(side, patch, width):
    tokens = (side // patch) ** 2 + 1
    return 12 * tokens * width**2 + 2 * tokens**2 * width


def as_a_sum(side, patch, width):
    tokens = range((side // patch) ** 2 + 1)
    each = 4 * width * width + 2 * width * (4 * width)
    return sum(each + 2 * len(tokens) * width for _ in tokens)


def tokens_of(side, patch):
    return (side // patch) ** 2 + 1


def planted(formula, hint, name):
    def answer(side, patch, width):
        return formula(tokens_of(side, patch), width)

    return wrong(check.block_cost, answer, hint, name=name)


COSTS = [
    stub(check.block_cost),
    solution(check.block_cost, cost),
    unusual(check.block_cost, as_a_sum),
    unusual(check.block_cost, lambda *sizes: torch.tensor(float(cost(*sizes))), name="tensor"),
    unusual(check.block_cost, lambda *sizes: np.float64(cost(*sizes)), name="numpy"),
    planted(lambda t, w: cost(28, 7, 64), "For 28 by 28 pixels, patches of 4", "a constant"),
    planted(lambda t, w: 12 * (t - 1) * w**2 + 2 * (t - 1) ** 2 * w, "class token", "no token"),
    planted(lambda t, w: 24 * t * w**2 + 4 * t**2 * w, "two operations", "operations"),
    planted(lambda t, w: 12 * t * w**2, "grows with the square", "layers alone"),
    planted(lambda t, w: 12 * t * w**2 + t**2 * w, "two products", "one product"),
    planted(lambda t, w: 4 * t * w**2 + 2 * t**2 * w, "The MLP is missing", "attention alone"),
    planted(lambda t, w: 8 * t * w**2 + 2 * t**2 * w, "One part of the linear", "half an MLP"),
    planted(lambda t, w: 11 * t * w**2 + 2 * t**2 * w, "after the attention", "no out"),
    planted(lambda t, w: 12 * w**2 + 2 * t**2 * w, "for every token", "once"),
    planted(lambda t, w: 12 * t * w**2 + 8 * t**2 * w, "share of the width", "heads"),
    planted(lambda t, w: 12 * t * w**2 + 2 * t**2 * w + 1, "yours is 872,577", "one more"),
    wrong(check.block_cost, lambda *sizes: None, "gave None"),
    wrong(check.block_cost, lambda *sizes: str(cost(*sizes)), "one number is", name="words"),
]

PLANTED = OVERLAPPING + COSTS


@pytest.mark.parametrize("one", PLANTED, ids=str)
def test_planted(one, capsys):
    judged(one, capsys)


def test_the_count_is_that_of_the_formula():
    for sizes in ((28, 7, 64), (28, 2, 64), (14, 14, 32)):
        assert counted(*sizes) == cost(*sizes)

"""Patches and wavelets: what students write, and what they must be told."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from genlab.checks import architectures as check

from .planted import judged, solution, stub, unusual, wrong

# -- patches ---------------------------------------------------------------------------------------


def covers(x, patch):
    if x.shape[2] % patch or x.shape[3] % patch:
        raise ValueError(f"patch is {patch}; expected one that divides {tuple(x.shape[2:])}")


def cut(x, patch):
    covers(x, patch)
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // patch, patch, w // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(n, -1, c * patch**2)


def put(tokens, patch, shape):
    c, h, w = shape
    x = tokens.reshape(-1, h // patch, w // patch, c, patch, patch)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(-1, c, h, w)


def by_loops(x, patch):
    covers(x, patch)
    rows = range(0, x.shape[2], patch)
    columns = range(0, x.shape[3], patch)
    squares = [x[:, :, i : i + patch, j : j + patch] for i in rows for j in columns]
    return torch.stack([square.flatten(1) for square in squares], dim=1)


def put_by_loops(tokens, patch, shape):
    c, _, w = shape
    x = torch.zeros(len(tokens), *shape)
    for i, token in enumerate(tokens.unbind(1)):
        row, column = divmod(i, w // patch)
        part = token.reshape(-1, c, patch, patch)
        x[:, :, row * patch : (row + 1) * patch, column * patch : (column + 1) * patch] = part
    return x


def by_unfold(x, patch):
    covers(x, patch)
    return F.unfold(x, patch, stride=patch).mT


def put_by_fold(tokens, patch, shape):
    return F.fold(tokens.mT, shape[1:], patch, stride=patch)


def by_numpy(x, patch):
    covers(x, patch)
    n, c, h, w = x.shape
    parts = x.numpy().reshape(n, c, h // patch, patch, w // patch, patch)
    return torch.from_numpy(np.ascontiguousarray(parts.transpose(0, 2, 4, 1, 3, 5))).view(
        n, -1, c * patch**2
    )


def as_rows(x, patch):
    return x.reshape(len(x), -1, x.shape[1] * patch**2)


def by_column(x, patch):
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // patch, patch, w // patch, patch)
    return x.permute(0, 4, 2, 1, 3, 5).reshape(n, -1, c * patch**2)


def pixels_by_column(x, patch):
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // patch, patch, w // patch, patch)
    return x.permute(0, 2, 4, 1, 5, 3).reshape(n, -1, c * patch**2)


def channels_last(x, patch):
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // patch, patch, w // patch, patch)
    return x.permute(0, 2, 4, 3, 5, 1).reshape(n, -1, c * patch**2)


def unrefused(x, patch):
    n, c = x.shape[:2]
    return F.unfold(x, patch, stride=patch).mT.reshape(n, -1, c * patch**2)


def square_only(tokens, patch, shape):
    side = round(tokens.shape[1] ** 0.5)
    return F.pixel_shuffle(tokens.mT.reshape(len(tokens), -1, side, side), patch)


def exchanged(tokens, patch, shape):
    c, h, w = shape
    x = tokens.reshape(-1, h // patch, w // patch, c, patch, patch)
    return x.permute(0, 3, 1, 5, 2, 4).reshape(-1, c, h, w)


PATCHES = [
    stub(check.patches, lambda *inputs: stubbed(), lambda *inputs: stubbed()),
    solution(check.patches, cut, put),
    unusual(check.patches, by_loops, put_by_loops),
    unusual(check.patches, by_unfold, put_by_fold),
    unusual(check.patches, by_numpy, put),
    wrong(check.patches, lambda x, patch: x, put, "has shape (1, 1, 4, 4); (1, 4, 4)"),
    wrong(check.patches, as_rows, put, "is a row of the image"),
    wrong(check.patches, by_column, put, "go column by column"),
    wrong(check.patches, pixels_by_column, put, "row by row is expected"),
    wrong(check.patches, lambda x, p: cut(x, p).mT, put, "exchanged", name="turned"),
    wrong(check.patches, lambda x, p: cut(x.flip(3), p), put, "0, 1, 4, 5", name="mirrored"),
    wrong(check.patches, channels_last, put, "the channels come last"),
    wrong(check.patches, lambda x, p: cut(x[:, :1], p), put, "(2, 6, 48) is expected", name="one"),
    wrong(check.patches, lambda x, p: cut(x, 2), put, "is expected", name="always two"),
    wrong(check.patches, cut, lambda t, p, shape: t.reshape(-1, *shape), "in reverse order"),
    wrong(check.patches, cut, exchanged, "other images come out"),
    wrong(check.patches, cut, square_only, "stopped with RuntimeError"),
    wrong(check.patches, unrefused, put, "do not cover (28, 28) pixels: raise a ValueError"),
    wrong(
        check.patches,
        lambda x, p: F.pixel_unshuffle(x, p).flatten(2).mT,
        put,
        "it stops with RuntimeError: look first",
        name="PyTorch's error",
    ),
]


def stubbed():
    raise NotImplementedError


# -- the wavelet -----------------------------------------------------------------------------------


def inverse(bands):
    m, h, v, d = bands.chunk(4, dim=1)
    pixels = [m + h + v + d, m - h + v - d, m + h - v - d, m - h - v + d]
    return F.pixel_shuffle(torch.stack(pixels, dim=2).flatten(1, 2) / 2, 2)


def by_writing(bands):
    m, h, v, d = bands.chunk(4, dim=1)
    n, c, height, width = m.shape
    x = torch.zeros(n, c, 2 * height, 2 * width)
    x[:, :, ::2, ::2] = (m + h + v + d) / 2
    x[:, :, ::2, 1::2] = (m - h + v - d) / 2
    x[:, :, 1::2, ::2] = (m + h - v - d) / 2
    x[:, :, 1::2, 1::2] = (m - h - v + d) / 2
    return x


def by_solving(bands):
    signs = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
    blocks = bands.reshape(len(bands), 4, -1, *bands.shape[2:])
    pixels = torch.einsum("pb,nbchw->ncphw", torch.linalg.inv(signs).to(bands), blocks)
    return F.pixel_shuffle(pixels.flatten(1, 2), 2)


def by_transposed_convolution(bands):
    signs = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
    c = bands.shape[1] // 4
    grouped = bands.unflatten(1, (4, c)).transpose(1, 2).flatten(1, 2)
    kernel = signs.view(4, 1, 2, 2).repeat(c, 1, 1, 1).to(bands)
    return F.conv_transpose2d(grouped, kernel, stride=2, groups=c)


def without_halves(bands):
    return 2 * inverse(bands)


def with_quarters(bands):
    return inverse(bands) / 2


def turned(bands):
    m, h, v, d = bands.chunk(4, dim=1)
    return inverse(torch.cat([m, v, h, d], dim=1))


def left_right(bands):
    m, h, v, d = bands.chunk(4, dim=1)
    return inverse(torch.cat([m, -h, v, -d], dim=1))


def top_bottom(bands):
    m, h, v, d = bands.chunk(4, dim=1)
    return inverse(torch.cat([m, h, -v, -d], dim=1))


def mean_alone(bands):
    return F.interpolate(bands.chunk(4, dim=1)[0] / 2, scale_factor=2)


def side_by_side(bands):
    x = inverse(bands)
    rows = torch.cat([x[:, :, ::2], x[:, :, 1::2]], dim=2)
    return torch.cat([rows[..., ::2], rows[..., 1::2]], dim=3)


def mixed_channels(bands):
    x = bands.unflatten(1, (-1, 4))  # as if the four of a channel stood together
    return inverse(x.transpose(1, 2).flatten(1, 2))


def first_channel(bands):
    return inverse(bands[:, :4])


def without_diagonal(bands):
    m, h, v, d = bands.chunk(4, dim=1)
    return inverse(torch.cat([m, h, v, 0 * d], dim=1))


WAVELETS = [
    stub(check.undo_haar),
    solution(check.undo_haar, inverse),
    unusual(check.undo_haar, by_writing),
    unusual(check.undo_haar, by_solving),
    unusual(check.undo_haar, by_transposed_convolution),
    wrong(check.undo_haar, without_halves, "twice as large"),
    wrong(check.undo_haar, lambda b: 4 * inverse(b), "four times as large", name="no halves"),
    wrong(check.undo_haar, with_quarters, "half of a sum, not a quarter"),
    wrong(check.undo_haar, turned, "for that from top to bottom"),
    wrong(check.undo_haar, left_right, "Left and right are exchanged"),
    wrong(check.undo_haar, top_bottom, "Top and bottom are exchanged"),
    wrong(check.undo_haar, mean_alone, "add the differences"),
    wrong(check.undo_haar, lambda b: F.pixel_shuffle(b, 2), "The bands themselves"),
    wrong(check.undo_haar, without_diagonal, "9.5, -3.5, -6.5, 2.5"),
    wrong(check.undo_haar, side_by_side, "stand side by side"),
    wrong(check.undo_haar, mixed_channels, "The channels are mixed up"),
    wrong(check.undo_haar, first_channel, "(3, 2, 6, 10) is expected"),
    wrong(check.undo_haar, lambda b: None, "gave None"),
]

PLANTED = PATCHES + WAVELETS


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

"""Planted answers for the page on better UNets: waves, group norm, the cost of attention."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from diffusers.models.embeddings import get_timestep_embedding
from torch import nn

from genlab.checks import better_unet as check
from genlab.checks.better_unet.cost import counted
from genlab.checks.better_unet.waves import waves

from .planted import judged, stub, unusual, wrong

# -- the timestep in waves -------------------------------------------------------------------------


def angles(t, size, count=None):
    number = torch.arange(size // 2)
    return t[:, None].float() * torch.exp(-math.log(10_000) * number / (count or size // 2))


def embedding(t, size):
    return torch.cat([angles(t, size).cos(), angles(t, size).sin()], dim=1)


def by_diffusers(t, size):
    return get_timestep_embedding(t, size, flip_sin_to_cos=True, downscale_freq_shift=0)


def in_loops(t, size):
    rows = []
    for one in t.tolist():
        turns = [one / 10_000 ** (2 * i / size) for i in range(size // 2)]
        rows.append([math.cos(x) for x in turns] + [math.sin(x) for x in turns])
    return torch.tensor(rows)


def with_numpy(t, size):
    turns = t.numpy()[:, None] / 10_000 ** (np.arange(size // 2) * 2 / size)
    return torch.from_numpy(np.concatenate([np.cos(turns), np.sin(turns)], axis=1))


def by_complex(t, size):
    turned = torch.polar(torch.ones(len(t), size // 2), angles(t, size))
    return torch.cat([turned.real, turned.imag], dim=1)


def in_turns(t, size):
    return torch.stack([angles(t, size).cos(), angles(t, size).sin()], dim=2).flatten(1)


WAVES = [
    stub(check.timestep_embedding),
    unusual(check.timestep_embedding, by_diffusers),
    unusual(check.timestep_embedding, in_loops),
    unusual(check.timestep_embedding, with_numpy),
    unusual(check.timestep_embedding, by_complex),
    wrong(
        check.timestep_embedding,
        lambda t, size: get_timestep_embedding(t, size, downscale_freq_shift=0),
        "The cosines come first",
        name="sines first",
    ),
    wrong(check.timestep_embedding, in_turns, "yours take turns"),
    wrong(
        check.timestep_embedding,
        lambda t, size: get_timestep_embedding(t, size, flip_sin_to_cos=True),
        "not by one less",
        name="diffusers' own default",
    ),
    wrong(
        check.timestep_embedding,
        lambda t, size: torch.cat([angles(t, size, size).cos(), angles(t, size, size).sin()], 1),
        "size / 2 waves",
        name="divided by size",
    ),
    wrong(
        check.timestep_embedding,
        lambda t, size: embedding(t / 1000, size),
        "do not divide them",
        name="t in [0, 1]",
    ),
    wrong(
        check.timestep_embedding,
        lambda t, size: embedding(t.rad2deg(), size),
        "Wave number i has the angle",
        name="degrees",
    ),
    wrong(
        check.timestep_embedding,
        lambda t, size: embedding(t, size)[:1],
        "has shape (1, ",
        name="one row",
    ),
    wrong(
        check.timestep_embedding,
        lambda t, size: angles(t, size).cos(),
        "has shape (3, 4); (3, 8)",
        name="cosines alone",
    ),
]


# -- group norm ------------------------------------------------------------------------------------


def normal(x, groups, weight, bias, eps=1e-5, correction=0):
    parts = x.unflatten(1, (groups, -1)).flatten(2)
    var, mean = torch.var_mean(parts, dim=2, correction=correction, keepdim=True)
    out = ((parts - mean) / (var + eps).sqrt()).view_as(x)
    return out * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)


def by_layer(x, groups, weight, bias):
    layer = nn.GroupNorm(groups, x.shape[1]).to(x.dtype)
    layer.weight.data, layer.bias.data = weight, bias
    return layer(x)


def image_by_image(x, groups, weight, bias):
    out, size = torch.empty_like(x), x.shape[1] // groups
    for n in range(len(x)):
        for first in range(0, x.shape[1], size):
            part = x[n, first : first + size].double()
            spread = (((part - part.mean()) ** 2).mean() + 1e-5) ** 0.5
            out[n, first : first + size] = (part - part.mean()) / spread
    return out * weight[None, :, None, None] + bias[None, :, None, None]


def in_numpy(x, groups, weight, bias):
    parts = x.numpy().reshape(len(x), groups, -1)
    parts = parts - parts.mean(-1, keepdims=True)
    parts = parts / np.sqrt((parts**2).mean(-1, keepdims=True) + 1e-5)
    out = parts.reshape(x.shape) * weight.numpy()[:, None, None] + bias.numpy()[:, None, None]
    return torch.from_numpy(out)


def variance_alone(x, groups, weight, bias):
    parts = x.unflatten(1, (groups, -1)).flatten(2)
    var, mean = torch.var_mean(parts, dim=2, correction=0, keepdim=True)
    out = ((parts - mean) / (var + 1e-5)).view_as(x)
    return out * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)


def outside_the_root(x, groups, weight, bias):
    parts = x.unflatten(1, (groups, -1)).flatten(2)
    var, mean = torch.var_mean(parts, dim=2, correction=0, keepdim=True)
    out = ((parts - mean) / (var.sqrt() + 1e-5)).view_as(x)
    return out * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)


def every_second(x, groups, weight, bias):
    order = torch.arange(x.shape[1]).view(-1, groups).T.flatten()
    out = F.group_norm(x[:, order], groups)[:, order.argsort()]
    return out * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)


def of_the_batch(x, groups, weight, bias):
    return F.batch_norm(x, None, None, weight, bias, training=True)


def a_channel_each(x, groups, weight, bias):
    return normal(x, x.shape[1], weight, bias)


def all_channels(x, groups, weight, bias):
    return normal(x, 1, weight, bias)


def without_weights(x, groups, weight, bias):
    return F.group_norm(x, groups)


def unbiased(x, groups, weight, bias):
    return normal(x, groups, weight, bias, correction=1)


def without_eps(x, groups, weight, bias):
    return normal(x, groups, weight, bias, eps=0)


def doubled(x, groups, weight, bias):
    return 2 * normal(x, groups, weight, bias)


def in_place(x, groups, weight, bias):
    x -= x.mean()
    return normal(x, groups, weight, bias)


NORMS = [
    stub(check.group_norm),
    unusual(check.group_norm, by_layer),
    unusual(check.group_norm, image_by_image),
    unusual(check.group_norm, in_numpy),
    wrong(check.group_norm, of_the_batch, "each image has its own"),
    wrong(check.group_norm, a_channel_each, "the channels of a group share one"),
    wrong(check.group_norm, all_channels, "each group has its own"),
    wrong(check.group_norm, without_weights, "Weight and bias are missing"),
    wrong(check.group_norm, unbiased, "correction=0"),
    wrong(check.group_norm, variance_alone, "Divide by the root of the variance"),
    wrong(check.group_norm, outside_the_root, "under the root"),
    wrong(check.group_norm, without_eps, "The 1e-5 is missing"),
    wrong(check.group_norm, every_second, "stand side by side"),
    wrong(check.group_norm, doubled, "differ by up to"),
    wrong(check.group_norm, in_place, "Your code changes x"),
    wrong(
        check.group_norm,
        lambda x, groups, weight, bias: normal(x, groups, weight, bias).flatten(1),
        "has shape (3, 100); (3, 4, 5, 5) is",
        name="flat",
    ),
]


# -- the cost of attention -------------------------------------------------------------------------


def cost(side, channels):
    n = side * side
    return 4 * n * channels**2 + 2 * n**2 * channels


def as_a_sum(side, channels):
    places = [(row, column) for row in range(side) for column in range(side)]
    return sum(4 * channels**2 + 2 * len(places) * channels for _ in places)


COSTS = [
    stub(check.attention_cost),
    unusual(check.attention_cost, as_a_sum),
    unusual(check.attention_cost, lambda s, c: torch.tensor(float(cost(s, c))), name="tensor"),
    unusual(check.attention_cost, lambda s, c: np.float64(cost(s, c)), name="numpy"),
    wrong(check.attention_cost, lambda s, c: 2 * cost(s, c), "A multiply-add is one", name="flops"),
    wrong(check.attention_cost, lambda s, c: 2 * s**4 * c, "1x1 convolutions are mi", name="pairs"),
    wrong(check.attention_cost, lambda s, c: 4 * s**2 * c**2, "with the square", name="layers"),
    wrong(
        check.attention_cost,
        lambda s, c: 4 * s**2 * c**2 + s**4 * c,
        "two products of n by n",
        name="one product",
    ),
    wrong(
        check.attention_cost,
        lambda s, c: 3 * s**2 * c**2 + 2 * s**4 * c,
        "The convolution after",
        name="q, k, v alone",
    ),
    wrong(
        check.attention_cost,
        lambda s, c: 4 * s**2 * c**2 + 8 * s**4 * c,
        "Each head has a quarter",
        name="heads",
    ),
    wrong(
        check.attention_cost,
        lambda s, c: 4 * c**2 + 2 * s**4 * c,
        "at every place",
        name="once",
    ),
    wrong(check.attention_cost, lambda s, c: cost(s, c) + 1, "it is", name="one more"),
    wrong(check.attention_cost, lambda s, c: None, "gave None"),
    wrong(check.attention_cost, lambda s, c: f"{cost(s, c)}", "one number is", name="words"),
    wrong(check.attention_cost, lambda s, c: cost(7, 64), "For 14 by 14", name="a constant"),
]


PLANTED = WAVES + NORMS + COSTS


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)


def test_the_waves_are_those_of_diffusers():
    t = torch.arange(1000)
    wanted = get_timestep_embedding(t, 64, flip_sin_to_cos=True, downscale_freq_shift=0)
    assert (waves(t, 64) - wanted).abs().max() < 1e-4


def test_the_count_is_that_of_the_formula():
    for side, channels in ((7, 64), (28, 64), (2, 8)):
        assert counted(side, channels) == cost(side, channels)

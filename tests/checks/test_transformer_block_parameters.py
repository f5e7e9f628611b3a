"""How many parameters a model has: what students write, and what they must be told."""

import functools
import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from genlab.checkpoints import count_parameters
from genlab.checks import transformer_block as check
from genlab.checks.transformer_block.parameters import parameters_of
from genlab.models.llama import Llama, LlamaConfig

from .planted import judged, stub, unusual, wrong


def count(c, embeddings=1, norms=2, last=1, kv=None, matrices=3, biases=0, wide=None):
    size = c.width // c.heads
    kv_width = wide or (kv or c.kv_heads) * size
    attention = 2 * c.width * c.width + 2 * c.width * kv_width
    block = attention + matrices * c.width * c.hidden + norms * c.width + biases
    return embeddings * c.vocabulary * c.width + c.depth * block + last * c.width


def builds_it(config):
    return count_parameters(Llama(config))


def builds_it_without_memory(config):
    with torch.device("meta"):
        return sum(one.numel() for one in Llama(config).parameters())


def hides_that_it_builds(config):
    try:
        Llama(config)
    except BaseException:
        return count(config)


def builds_layers(c):
    return count(c) if c.depth < 30 else nn.Linear(1, 1).weight.numel() - 1 + count(c)


def by_lists(c):
    size, w = c.width / c.heads, c.width
    shapes = [(w, w), (w, w), (w, c.kv_heads * size), (w, c.kv_heads * size)]
    shapes += [(w, c.hidden)] * 3 + [(w,)] * 2
    return sum(math.prod(shape) for shape in shapes * c.depth + [(c.vocabulary, w), (w,)])


COUNT = [
    stub(check.count),
    wrong(check.count, lambda c: "many", "one number is expected"),
    wrong(check.count, lambda c: None, "count gave None"),
    wrong(check.count, lambda c: [count(c)], "one number is expected"),
    wrong(check.count, lambda c: 134_515_008, "one by one", name="a constant"),
    wrong(check.count, lambda c: count(c, embeddings=2), "counted twice"),
    wrong(check.count, lambda c: count(c, embeddings=0), "Is the embedding left out"),
    wrong(check.count, lambda c: count(c, embeddings=2, last=0), "and the last norm left out"),
    wrong(check.count, lambda c: count(c, last=0), "a norm after the last block"),
    wrong(check.count, lambda c: count(c, last=2, norms=4), "no biases"),
    wrong(check.count, lambda c: count(c, norms=0), "Each block has two norms"),
    wrong(check.count, lambda c: count(c, norms=1), "one norm too few in each block"),
    wrong(check.count, lambda c: count(c, norms=4), "The norms have `width` numbers each"),
    wrong(check.count, lambda c: count(c, kv=c.heads), "matrices are narrower"),
    wrong(check.count, lambda c: count(c, matrices=2), "SwiGLU has three matrices"),
    wrong(check.count, lambda c: count(c) - c.depth * c.width**2, "one of attention's four"),
    wrong(check.count, lambda c: count(c, biases=2 * c.hidden + c.width), "SwiGLU have no biases"),
    wrong(
        check.count,
        lambda c: count(c, biases=2 * c.width + 2 * c.width * c.kv_heads // c.heads),
        "Attention's matrices have no biases",
        name="biases",
    ),
    wrong(
        check.count,
        lambda c: count(c) - c.depth * c.width * c.kv_heads * c.width // c.heads,
        "the matrix of the keys left out, or that of the values",
        name="keys alone",
    ),
    wrong(check.count, lambda c: count(c, norms=5), "one by one"),
    wrong(check.count, lambda c: count(c, wide=c.kv_heads), "one by one"),
    wrong(check.count, lambda c: count(c, wide=c.width // 3), "off from", name="a third"),
    wrong(
        check.count, builds_it, "A model is built, with Embedding.weight and more: count by arit"
    ),
    wrong(check.count, builds_it_without_memory, "count by arithmetic alone"),
    wrong(check.count, hides_that_it_builds, "count by arithmetic alone"),
    wrong(check.count, builds_layers, "A model is built, with Linear.weight and more"),
    unusual(check.count, by_lists),
    unusual(check.count, lambda c: float(count(c)), name="a float"),
    unusual(check.count, lambda c: torch.tensor(count(c)), name="a tensor"),
    unusual(check.count, functools.partial(count, embeddings=1)),
]

PLANTED = COUNT


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)


def test_the_arithmetic_of_the_check_is_that_of_the_model():
    """The check itself builds no model: that would take seconds at its first call."""
    small = LlamaConfig(vocabulary=100, width=24, depth=3, heads=6, kv_heads=2, hidden=40)
    for config in (small, replace(small, depth=0), replace(small, kv_heads=6, hidden=52)):
        assert parameters_of(config) == count_parameters(Llama(config))
    assert parameters_of(LlamaConfig()) == 134_515_008

"""Costs of a network, against counts by hand."""

import pytest
from torch import nn

from genlab.diffusion.costs import cost_of, cost_table, images_a_second
from genlab.models.dit import DiT
from genlab.models.tokens import Attention
from genlab.models.unet import BasicUNet


def test_convolutions_are_counted():
    channels = [(1, 32, 28), (32, 64, 14), (64, 64, 7), (64, 64, 7), (64, 32, 14), (32, 1, 28)]
    cost = cost_of(BasicUNet())
    assert cost.parameters == 309_057
    assert cost.multiply_adds == sum(25 * a * b * side**2 for a, b, side in channels)


def test_attention_is_counted_with_its_two_products():
    class Looking(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = Attention(8, 2)

        def forward(self, xt, t):
            return self.attention(xt.view(1, 98, 8))

    layers = 98 * (8 * 8 + 8 * 16 + 8 * 8)
    assert cost_of(Looking()).multiply_adds == layers + 2 * 98 * 98 * 8


def test_smaller_patches_cost_more():
    costs = [cost_of(DiT(patch, width=32, depth=1)).multiply_adds for patch in (7, 4, 2)]
    assert costs == sorted(costs)
    assert costs[2] > 4 * costs[1]  # four times the tokens, and sixteen times the pairs


def test_a_table_has_a_row_for_each_and_leaves_the_networks_as_they_were():
    model = BasicUNet()
    table = cost_table({"basic": model}, batch=2)
    assert list(table) == ["basic"]
    assert list(table["basic"]) == ["parameters", "multiply-adds", "images a second"]
    assert table["basic"]["images a second"] > 0
    assert model.training


class Same(nn.Module):
    """A network that does nothing."""

    def forward(self, xt, t):
        return xt


def test_images_a_second_is_that_of_the_quickest_run(monkeypatch):
    clock = iter([0.0, 9.0, 10.0, 14.0, 20.0, 22.0])  # 9 s that do not count, 4 s, 2 s
    monkeypatch.setattr("genlab.diffusion.costs.time.perf_counter", lambda: next(clock))
    assert images_a_second(Same(), batch=8, runs=2) == pytest.approx(4.0)

"""Heads are silenced within a block and come back; controls are others of the same layers."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from genlab.claims.transformer_block import (
    at_their_mean,
    first_token_heads,
    others,
    silenced,
)
from genlab.models.llama import Llama, LlamaConfig
from genlab.models.transformer import sinusoidal

SMALL = LlamaConfig(vocabulary=50, width=128, depth=2, heads=2, kv_heads=1, hidden=64, context=32)


@pytest.fixture
def model() -> Llama:
    torch.manual_seed(0)
    return Llama(SMALL)


@pytest.mark.parametrize("way", [silenced, at_their_mean])
def test_heads_are_gone_within_the_block_only(model, way):
    tokens = torch.randint(50, (2, 8), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = model(tokens)
        with way(model, [(1, 0)]):
            within = model(tokens)
        after = model(tokens)
    assert (within - before).abs().max() > 1e-3
    assert torch.equal(before, after)


def test_all_heads_silenced_is_a_layer_without_attention(model):
    x, angles = model.embed(torch.tensor([[1, 2, 3]]))
    block = model.blocks[0]
    with torch.no_grad(), silenced(model, [(0, 0), (0, 1)]):
        assert torch.allclose(block(x, angles, None), x + block.mlp(block.norm2(x)), atol=1e-6)


def test_controls_have_as_many_heads_of_each_layer_and_none_that_is_taboo():
    heads, taboo = [(17, 3), (17, 4), (23, 2)], [(17, 3), (17, 4), (17, 5), (23, 2)]
    drawn = others(heads, taboo, draws=20)
    assert len(drawn) == 20
    for one in drawn:
        assert Counter(at for at, _ in one) == {17: 2, 23: 1}
        assert not set(one) & set(taboo) and len(set(one)) == 3


def test_a_head_that_rests_on_the_first_token_is_counted():
    weights = torch.zeros(1, 2, 4, 4)
    weights[0, 0, :, 0] = 1.0
    weights[0, 1] = torch.eye(4)
    assert first_token_heads(weights) == 1


def test_sinusoidal_positions_know_only_distances():
    table = sinusoidal(50, 64)
    products = table @ table.T / 32
    assert torch.allclose(products[3, 10], products[30, 37], atol=1e-5)
    assert torch.allclose(products.diagonal(), torch.ones(50), atol=1e-5)

"""The UNets: shapes, parameter counts, what skips, activations and timesteps do."""

import pytest
import torch

from genlab.checkpoints import count_parameters
from genlab.models.time_unet import ResBlock, SelfAttention, TimestepEmbedding, TimeUNet
from genlab.models.unet import BasicUNet, ConcatUNet, NoSkipUNet, SiluOutUNet, StridedUNet, walk

BASIC = (BasicUNet, ConcatUNet, NoSkipUNet, SiluOutUNet, StridedUNet)


@pytest.fixture
def xt(rng):
    return torch.randn(3, 1, 28, 28, generator=rng)


def test_the_basic_unet_has_the_parameters_of_the_curriculum():
    assert count_parameters(BasicUNet()) == 309_057
    assert count_parameters(NoSkipUNet()) == count_parameters(SiluOutUNet()) == 309_057
    assert count_parameters(ConcatUNet()) == 309_057 + 64 * 32 * 25 + 32 * 25


def test_the_walk_of_shapes(xt):
    stages = walk(BasicUNet(), xt)
    assert [(name, tuple(x.shape[1:])) for name, x in stages] == [
        ("down1", (32, 28, 28)),
        ("pool", (32, 14, 14)),
        ("down2", (64, 14, 14)),
        ("pool", (64, 7, 7)),
        ("down3", (64, 7, 7)),
        ("up1", (64, 7, 7)),
        ("upsample", (64, 14, 14)),
        ("up2", (32, 14, 14)),
        ("upsample", (32, 28, 28)),
        ("up3", (1, 28, 28)),
    ]
    assert all(len(x) == 3 for _, x in stages)


def test_strides_change_the_way_down_and_nothing_else(xt):
    pooled, strided = NoSkipUNet(), StridedUNet()
    strided.load_state_dict(pooled.state_dict())  # the same kernels
    shapes = [
        {name: x.shape for name, x in walk(unet, xt) if name != "pool"}
        for unet in (pooled, strided)
    ]
    assert shapes[0] == shapes[1]
    assert not torch.allclose(pooled(xt), strided(xt))


def test_the_walk_ends_at_the_output_and_leaves_no_hook(xt):
    model = BasicUNet()
    assert torch.equal(walk(model, xt)[-1][1], model(xt))
    assert not any(part._forward_hooks for part in model.modules())
    with pytest.raises(RuntimeError):
        walk(model, xt[:, :, :5, :5])
    assert not any(part._forward_hooks for part in model.modules())


@pytest.mark.parametrize("model", BASIC)
def test_basic_unets_do_not_know_the_timestep(model, xt):
    unet = model()
    assert unet(xt).shape == xt.shape
    assert torch.equal(unet(xt), unet(xt, torch.tensor([0, 500, 999])))


def test_added_skips_are_a_special_case_of_concatenated_ones(xt):
    # Stack x and skip, and give both halves of the kernel the same weights: that is the sum.
    added, stacked = BasicUNet(), ConcatUNet()
    weights = added.state_dict()
    for name in ("up2.0.weight", "up3.0.weight"):
        weights[name] = torch.cat([weights[name]] * 2, dim=1)
    stacked.load_state_dict(weights)
    assert torch.allclose(added(xt), stacked(xt), atol=1e-5)


def test_only_skips_carry_fine_detail(xt):
    # Two inputs that differ, though max-pooling over 2x2 hides a part of it from what is below.
    model = NoSkipUNet()
    model.down2.register_forward_hook(lambda part, args, output: torch.zeros_like(output))
    assert torch.allclose(model(xt)[0], model(xt)[1], atol=1e-6)  # nothing passes by
    model = BasicUNet()
    model.down2.register_forward_hook(lambda part, args, output: torch.zeros_like(output))
    assert not torch.allclose(model(xt)[0], model(xt)[1], atol=1e-3)  # the first skip does


def test_a_silu_after_the_last_convolution_bounds_the_output(xt):
    model = SiluOutUNet()
    assert model(100 * xt).min() >= -0.2785
    assert BasicUNet()(100 * xt).min() < -0.2785


def test_the_time_unet_knows_the_timestep(xt):
    torch.manual_seed(0)
    model = TimeUNet()
    for block in (part for part in model.modules() if isinstance(part, ResBlock)):
        torch.nn.init.normal_(block.conv2.weight, std=0.05)  # zero at the start
    early, late = (model(xt, torch.full((3,), t)) for t in (5, 900))
    assert early.shape == late.shape == xt.shape
    assert (early - late).abs().max() > 1e-2
    mixed = model(xt, torch.tensor([5, 900, 5]))
    assert torch.allclose(mixed[1], late[1], atol=1e-5)
    assert torch.allclose(mixed[2], early[2], atol=1e-5)


def test_the_time_unet_is_small_and_its_walk_halves_twice(xt):
    model = TimeUNet()
    assert 300_000 < count_parameters(model) < 450_000
    sizes = [x.shape[-1] for _, x in walk(model, xt, torch.zeros(3).long()) if x.ndim == 4]
    assert (sizes[0], min(sizes), sizes[-1]) == (14, 7, 28)


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_batch_of_t_of_the_wrong_length_is_refused(length, xt):
    with pytest.raises(ValueError, match=rf"t has shape \({length},\); expected \(3,\)"):
        TimeUNet()(xt, torch.zeros(length).long())


def test_parts_of_the_time_unet(xt, rng):
    embedding = TimestepEmbedding()(torch.tensor([0, 1, 999]))
    assert embedding.shape == (3, 128)
    assert torch.pdist(embedding).min() > 1e-3  # neighbours are told apart
    block = ResBlock(16, 24)
    assert block(torch.randn(3, 16, 7, 7, generator=rng), embedding).shape == (3, 24, 7, 7)
    x = torch.randn(3, 16, 7, 7, generator=rng)
    attention = SelfAttention(16)
    assert attention(x).shape == x.shape
    # Attention knows no order: moving the positions moves the answer with them.
    order = torch.randperm(49, generator=rng)
    moved = x.flatten(2)[:, :, order].view_as(x)
    expected = attention(x).flatten(2)[:, :, order].view_as(x)
    assert torch.allclose(attention(moved), expected, atol=1e-5)

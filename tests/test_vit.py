"""The vision transformer: a strided convolution, the one of `transformers`, what it refuses."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from transformers import ViTConfig, ViTModel

from genlab.checkpoints import count_parameters
from genlab.models.tokens import Attention, patchify
from genlab.models.vit import DeiT, HybridViT, ViT

ALL = {
    "vit": ViT,
    "patch 4": lambda: ViT(patch=4),
    "sine": lambda: ViT(positions="sine"),
    "no positions": lambda: ViT(positions="none"),
    "mean": lambda: ViT(pool="mean"),
    "hybrid": HybridViT,
    "deit": DeiT,
}


@pytest.fixture
def x(rng):
    return torch.rand(3, 1, 28, 28, generator=rng)


@pytest.fixture(params=list(ALL.values()), ids=list(ALL))
def network(request):
    torch.manual_seed(0)
    return request.param().eval()


@pytest.mark.parametrize(("patch", "channels"), [(7, 1), (4, 1), (14, 3), (1, 2), (28, 3)])
def test_a_linear_layer_on_patches_is_a_strided_convolution(patch, channels, rng):
    torch.manual_seed(0)
    # In single precision the sums of 2,352 products differ by their order, by a millionth.
    images = torch.rand(2, channels, 28, 28, generator=rng, dtype=torch.float64)
    linear = nn.Linear(channels * patch**2, 24, dtype=torch.float64)
    kernel = linear.weight.view(24, channels, patch, patch)
    maps = F.conv2d(images, kernel, linear.bias, stride=patch)
    tokens = linear(patchify(images, patch))
    assert (tokens - maps.flatten(2).mT).abs().max() < 1e-6


def theirs_from(ours: ViT) -> ViTModel:
    """The ViT of `transformers` with our weights."""
    _, width = ours.first.shape
    config = ViTConfig(
        hidden_size=width,
        num_hidden_layers=len(ours.blocks),
        num_attention_heads=4,
        intermediate_size=4 * width,
        image_size=28,
        patch_size=ours.patch,
        num_channels=ours.shape[0],
        layer_norm_eps=ours.norm.eps,
    )
    theirs = ViTModel(config, add_pooling_layer=False)
    theirs.load_state_dict(renamed(ours, theirs))
    return theirs.eval()


def renamed(ours: ViT, theirs: ViTModel) -> dict[str, torch.Tensor]:
    """Our weights under the names that `transformers` has for them."""
    kernel = theirs.embeddings.patch_embeddings.projection.weight
    none = torch.zeros_like(ours.first)
    weights = {
        "embeddings.cls_token": ours.first[None],
        "embeddings.position_embeddings": torch.cat([none, ours.places.vectors])[None],
        "embeddings.patch_embeddings.projection.weight": ours.embed.weight.view_as(kernel),
        "embeddings.patch_embeddings.projection.bias": ours.embed.bias,
        "layernorm.weight": ours.norm.weight,
        "layernorm.bias": ours.norm.bias,
    }
    for number, block in enumerate(ours.blocks):
        for kind in ("weight", "bias"):
            k, v = getattr(block.attention.kv, kind).chunk(2)
            parts = {
                "attention.q_proj": getattr(block.attention.q, kind),
                "attention.k_proj": k,
                "attention.v_proj": v,
                "attention.o_proj": getattr(block.attention.out, kind),
                "mlp.fc1": getattr(block.mlp[0], kind),
                "mlp.fc2": getattr(block.mlp[2], kind),
                "layernorm_before": getattr(block.norm1, kind),
                "layernorm_after": getattr(block.norm2, kind),
            }
            weights |= {f"layers.{number}.{name}.{kind}": one for name, one in parts.items()}
    return weights


@pytest.mark.parametrize("arguments", [{}, {"patch": 4, "depth": 2}, {"channels": 3, "width": 32}])
def test_it_equals_the_one_of_transformers(arguments, rng):
    torch.manual_seed(0)
    ours = ViT(**arguments).eval()
    images = torch.rand(2, *ours.shape, generator=rng)
    with torch.no_grad():
        wanted = theirs_from(ours)(images).last_hidden_state
        assert torch.allclose(ours.encode(images), wanted, atol=1e-5)


def test_logits_for_each_image_by_itself(network, x):
    logits = network(x)
    assert logits.shape == (3, 10)
    alone = torch.cat([network(one[None]) for one in x])
    assert torch.allclose(logits, alone, atol=1e-5)


def test_every_pixel_and_every_parameter_counts(network, x):
    x.requires_grad_()
    network(x).pow(2).sum().backward()
    assert (x.grad.abs().amax(dim=(0, 1)) > 0).all()
    unreached = [
        name
        for name, one in network.named_parameters()
        if one.numel() and (one.grad is None or not one.grad.any())
    ]
    assert unreached == []


def test_without_positions_patches_may_change_places(x):
    order = torch.randperm(16, generator=torch.Generator().manual_seed(0))
    shuffled = F.fold(F.unfold(x, 7, stride=7)[..., order], 28, 7, stride=7)
    for positions, equal in (("none", True), ("learned", False), ("sine", False)):
        torch.manual_seed(0)
        model = ViT(positions=positions).eval()
        same = torch.allclose(model(shuffled), model(x), atol=1e-6)
        assert same == equal, positions


def test_attentions_are_those_of_the_forward_pass(network, x):
    seen = network.attentions(x)
    count = network.tokens(x).shape[1]
    assert seen.shape == (3, 4, 4, count, count)
    assert torch.allclose(seen.sum(dim=-1), torch.ones(()), atol=1e-5)
    attention = network.blocks[0].attention
    normed = network.blocks[0].norm1(network.tokens(x))
    _, _, v = attention.split(normed, normed)
    by_hand = attention.out((seen[:, 0] @ v).transpose(1, 2).flatten(2))
    assert torch.allclose(by_hand, attention(normed), atol=1e-5)


def test_weights_are_pytorchs(rng):
    torch.manual_seed(0)
    ours, theirs = Attention(24, 4), nn.MultiheadAttention(24, 4, batch_first=True)
    theirs.in_proj_weight.data = torch.cat([ours.q.weight, ours.kv.weight])
    theirs.in_proj_bias.data = torch.cat([ours.q.bias, ours.kv.bias])
    tokens = torch.randn(2, 5, 24, generator=rng)
    wanted = theirs(tokens, tokens, tokens, average_attn_weights=False)[1]
    assert torch.allclose(ours.weights(tokens), wanted, atol=1e-6)


def test_a_deit_answers_with_the_mean_of_its_two_tokens(x):
    model = DeiT().eval()
    own, taught = model.answers(x)
    assert not torch.allclose(own, taught, atol=1e-3)
    assert torch.allclose(model(x), (own + taught) / 2, atol=1e-6)
    assert count_parameters(model) - count_parameters(ViT()) == 64 + 650


def test_a_checkpoint_of_it_is_below_half_a_megabyte():
    assert 2 * count_parameters(ViT()) < 450_000


@pytest.mark.parametrize("patch", [0, 3, 5, 56, 4.5, "7", None])
def test_a_patch_that_does_not_divide_is_refused(patch):
    with pytest.raises(ValueError, match=r"patch is .*; expected one that divides .* 28 pixels"):
        ViT(patch=patch)


@pytest.mark.parametrize("shape", [(1, 3, 28, 28), (1, 1, 14, 14), (1, 28, 28), (2, 1, 28, 32)])
@pytest.mark.parametrize("model", [ViT, HybridViT, DeiT])
def test_images_of_another_shape_are_refused(model, shape):
    with pytest.raises(ValueError, match=r"images have shape .*; expected \(N, 1, 28, 28\)"):
        model()(torch.zeros(shape))


def test_unknown_positions_and_pools_are_refused():
    with pytest.raises(ValueError, match="positions is 'rotary'; expected one of learned, sine"):
        ViT(positions="rotary")
    with pytest.raises(ValueError, match="pool is 'max'; expected one of class, mean"):
        ViT(pool="max")

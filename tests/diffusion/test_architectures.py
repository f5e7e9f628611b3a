"""DiT, U-ViT and RIN: shapes, what they are at the start, what reaches what, refusals."""

import pytest
import torch
from torch import nn

from genlab.checkpoints import count_parameters
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.dit import AdaNorm, DiT, DiTBlock
from genlab.models.rin import RIN
from genlab.models.time_unet import TimestepEmbedding
from genlab.models.tokens import Attention, grid_positions, patchify, unpatchify
from genlab.models.unet import walk
from genlab.models.uvit import UViT
from genlab.widgets.site.export import export_part

ALL = {
    "dit": DiT,
    "dit in context": lambda: DiT(conditioning="in_context"),
    "uvit": UViT,
    "rin": RIN,
}


@pytest.fixture
def xt(rng):
    return torch.randn(3, 1, 28, 28, generator=rng)


@pytest.fixture
def t():
    return torch.tensor([5, 900, 300])


@pytest.fixture(params=list(ALL.values()), ids=list(ALL))
def network(request):
    """A network as if trained: what starts at zero is drawn at random."""
    torch.manual_seed(0)
    return shaken(request.param())


def shaken(model):
    for parameter in model.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.05)
    return model.eval()


def test_a_network_keeps_the_contract_of_a_denoiser(network, xt, t):
    output = network(xt, t)
    assert output.shape == xt.shape
    prediction = Denoiser(network, NoiseSchedule("squaredcos_cap_v2"), "sample").predict(xt, t)
    assert torch.allclose(prediction.x0, output, atol=1e-6)


def test_each_image_sees_itself_and_its_own_timestep(network, xt, t):
    together = network(xt, t)
    alone = torch.cat([network(xt[i : i + 1], t[i : i + 1]) for i in range(3)])
    assert torch.allclose(together, alone, atol=1e-5)
    assert (network(xt, t.flip(0)) - together)[0].abs().max() > 1e-3


def test_each_pixel_sees_the_whole_image(network, xt, t):
    xt.requires_grad_()
    network(xt, t)[:, 0, 3, 4].sum().backward()
    assert (xt.grad.abs().amax(dim=(0, 1)) > 0).all()


def test_gradients_reach_every_parameter(network, xt, t):
    # Those for old latents have nothing to do where these are zero.
    old = (network.step(xt, t)[1].detach(),) if isinstance(network, RIN) else ()
    network(xt, t, *old).pow(2).sum().backward()
    unreached = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    assert unreached == []


@pytest.mark.parametrize("name", ["dit", "uvit", "rin"])
def test_sizes_and_depths_are_those_of_a_small_checkpoint(name):
    assert 300_000 < count_parameters(ALL[name]()) < 1_000_000


@pytest.mark.parametrize("name", list(ALL))
@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_batch_of_t_of_the_wrong_length_is_refused(name, length, xt):
    with pytest.raises(ValueError, match=rf"t has shape \({length},\); expected \(3,\)"):
        ALL[name]()(xt, torch.zeros(length).long())


# -- tokens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("patch", [1, 2, 4, 7, 28])
def test_tokens_are_the_patches_in_reading_order(patch, xt):
    tokens, across = patchify(xt, patch), 28 // patch
    assert tokens.shape == (3, across**2, patch**2)
    for number in (0, across - 1, across**2 - 1):
        row, column = patch * (number // across), patch * (number % across)
        cut = xt[:, 0, row : row + patch, column : column + patch]
        assert torch.equal(tokens[:, number], cut.flatten(1))
    assert torch.equal(unpatchify(tokens, patch), xt)


@pytest.mark.parametrize("patch", [0, -4, 3, 5, 8, 56, 4.5, "4", True, None])
@pytest.mark.parametrize("model", [DiT, RIN])
def test_a_patch_that_does_not_divide_is_refused(model, patch):
    with pytest.raises(ValueError, match=r"patch is .*; expected one that divides .* 28 pixels"):
        model(patch=patch)


def test_positions_tell_every_place_from_every_other_by_row_and_by_column():
    positions = grid_positions(14, 48)
    assert positions.shape == (196, 48)
    assert torch.pdist(positions).min() > 0.1
    grid = positions.view(14, 14, 48)
    assert torch.equal(grid[3, :, :24], grid[3, :1, :24].expand(14, -1))  # the row's half
    assert torch.equal(grid[:, 5, 24:], grid[:1, 5, 24:].expand(14, -1))  # the column's half
    with pytest.raises(ValueError, match="width is 50; expected a multiple of 4"):
        grid_positions(14, 50)


def test_attention_equals_pytorchs_own(rng):
    torch.manual_seed(0)
    ours, theirs = (
        Attention(24, 4, 16),
        nn.MultiheadAttention(24, 4, kdim=16, vdim=16, batch_first=True),
    )
    k, v = ours.kv.weight.chunk(2)
    theirs.load_state_dict(
        {
            "q_proj_weight": ours.q.weight,
            "k_proj_weight": k,
            "v_proj_weight": v,
            "in_proj_bias": torch.cat([ours.q.bias, ours.kv.bias]),
            "out_proj.weight": ours.out.weight,
            "out_proj.bias": ours.out.bias,
        }
    )
    x, seen = torch.randn(2, 5, 24, generator=rng), torch.randn(2, 9, 16, generator=rng)
    assert torch.allclose(ours(x, seen), theirs(x, seen, seen)[0], atol=1e-6)
    with pytest.raises(ValueError, match="width is 24 and heads 5"):
        Attention(24, 5)


# -- DiT -------------------------------------------------------------------------------------------


def test_an_adaln_zero_block_is_the_identity_at_the_start(rng):
    torch.manual_seed(0)
    x, time = torch.randn(2, 9, 32, generator=rng), TimestepEmbedding()(torch.tensor([0, 999]))
    assert torch.equal(DiTBlock(32, 4)(x, time), x)
    assert not torch.allclose(shaken(DiTBlock(32, 4))(x, time), x, atol=1e-2)


def test_an_adaptive_norm_starts_as_a_plain_one_and_then_follows_the_timestep(rng):
    torch.manual_seed(0)
    norm, x = AdaNorm(32), torch.randn(2, 9, 32, generator=rng)
    time = TimestepEmbedding()(torch.tensor([0, 999]))
    assert torch.allclose(norm(x, time), nn.functional.layer_norm(x, (32,)), atol=1e-6)
    shaken(norm)
    same = x[:1].expand(2, -1, -1)
    assert not torch.allclose(*norm(same, time), atol=1e-2)


def test_a_dit_at_the_start_answers_with_a_flat_grey(xt, t):
    assert not DiT()(xt, t).any()


@pytest.mark.parametrize(("patch", "tokens"), [(2, 196), (4, 49), (7, 16)])
def test_the_patch_sets_how_many_tokens_there_are(patch, tokens, xt, t):
    shapes = {name: tuple(x.shape[1:]) for name, x in walk(DiT(patch, width=32, depth=1), xt, t)}
    assert shapes["embed"] == shapes["norm"] == (tokens, 32)
    assert shapes["head"] == (tokens, patch**2)


def test_in_context_the_timestep_is_one_more_token(xt, t):
    model = DiT(width=32, depth=2, conditioning="in_context")
    seen = []
    model.blocks[1].register_forward_hook(lambda part, args, output: seen.append(output))
    assert model(xt, t).shape == xt.shape
    assert seen[0].shape == (3, 50, 32)


def test_an_unknown_conditioning_is_refused():
    with pytest.raises(ValueError, match="conditioning is 'adaln'; expected one of adaln_zero, in"):
        DiT(conditioning="adaln")


# -- U-ViT -----------------------------------------------------------------------------------------


def test_the_u_vit_goes_from_28_to_14_to_7_and_back(xt, t):
    stages = [(name, tuple(x.shape[1:])) for name, x in walk(UViT(), xt, t) if name != "time"]
    assert stages == [
        ("stem", (24, 14, 14)),
        ("down", (24, 14, 14)),
        ("downsample", (64, 7, 7)),
        ("middle", (64, 7, 7)),
        ("upsample", (24, 14, 14)),
        ("up", (24, 14, 14)),
        ("head", (4, 14, 14)),
    ]


# -- RIN -------------------------------------------------------------------------------------------


@pytest.fixture
def rin():
    torch.manual_seed(0)
    return shaken(RIN())


def test_without_old_latents_they_are_zero(rin, xt, t):
    output, latents = rin.step(xt, t, torch.zeros(3, 16, 80))
    assert torch.equal(rin(xt, t), output)
    assert latents.shape == (3, 16, 80)


def test_old_latents_change_the_estimate_after_training_and_nothing_before(rin, xt, t):
    latents = rin.step(xt, t)[1]
    assert (rin(xt, t, latents) - rin(xt, t)).abs().max() > 1e-3
    fresh = RIN()
    nn.init.normal_(fresh.head.weight)
    assert torch.equal(fresh(xt, t, latents), fresh(xt, t))


def test_tokens_reach_each_other_through_the_latents_alone(rin, xt, t):
    for block in rin.blocks:
        block.read.register_forward_hook(lambda part, args, output: torch.zeros_like(output))
    xt.requires_grad_()
    rin(xt, t)[:, 0, 0, 0].sum().backward()
    own = torch.zeros(28, 28, dtype=torch.bool)
    own[: rin.embed.patch, : rin.embed.patch] = True  # the patch of that pixel
    assert torch.equal(xt.grad.abs().amax(dim=(0, 1)) > 0, own)


# -- export ----------------------------------------------------------------------------------------


@pytest.mark.tools  # the exporter takes seconds a network
def test_an_exported_network_gives_the_same(network, xt, t, tmp_path):
    runtime = pytest.importorskip("onnxruntime")

    def function(model):
        return lambda xt, t: model(xt, t.long())

    path = export_part(network, function, ((1, 28, 28), ()), tmp_path / "network.onnx")
    session = runtime.InferenceSession(path)
    names = [one.name for one in session.get_inputs()]
    given = dict(zip(names, (xt.numpy(), t.float().numpy()), strict=True))
    (output,) = session.run(None, given)
    with torch.no_grad():
        assert torch.allclose(torch.from_numpy(output), network(xt, t), atol=1e-4)


@pytest.mark.tools
def test_an_exported_rin_hands_its_latents_on(rin, xt, t, tmp_path):
    runtime = pytest.importorskip("onnxruntime")

    def function(model):
        return lambda xt, t, latents: model.step(xt, t.long(), latents)

    shapes = ((1, 28, 28), (), (16, 80))
    path = export_part(rin, function, shapes, tmp_path / "step.onnx")
    session = runtime.InferenceSession(path)
    names = [one.name for one in session.get_inputs()]
    with torch.no_grad():
        old = rin.step(xt, t)[1]
        wanted = rin.step(xt, t, old)
    inputs = (xt, t.float(), old)
    given = {name: one.numpy() for name, one in zip(names, inputs, strict=True)}
    for got, right in zip(session.run(None, given), wanted, strict=True):
        assert torch.allclose(torch.from_numpy(got), right, atol=1e-4)

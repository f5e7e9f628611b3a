"""The UNet with switches, and the UNet of diffusers at our size."""

import pytest
import torch
from torch import nn

from genlab.checkpoints import build, count_parameters
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import diffusion_loss
from genlab.models.ladder import LadderUNet, norm_of
from genlab.models.unet import BasicUNet
from genlab.models.unet2d import DigitUNet2D
from genlab.recipes.ladder import BEFORE, LADDER_RECIPES, LONG_RECIPES, RUNGS, rung_recipe

T = torch.tensor([3, 500, 999])


@pytest.fixture
def xt(rng):
    return torch.randn(3, 1, 28, 28, generator=rng)


def switched(rung, seed=0):
    torch.manual_seed(seed)
    return LadderUNet(**RUNGS[rung])


def test_the_lowest_rung_at_full_width_is_the_basic_unet(xt):
    basic, ladder = BasicUNet(), LadderUNet(width=32)
    assert count_parameters(ladder) == count_parameters(basic)
    with torch.no_grad():
        for mine, its in zip(ladder.parameters(), basic.parameters(), strict=True):
            mine.copy_(its)
        assert torch.equal(ladder(xt, T), basic(xt, T))


@pytest.mark.parametrize("rung", BEFORE)
def test_a_rung_changes_one_thing(rung):
    now, before = RUNGS[rung], RUNGS[BEFORE[rung]]
    changed = {name for name in {*now, *before} if now.get(name) != before.get(name)}
    assert len(changed) == 1


@pytest.mark.parametrize("rung", RUNGS)
def test_shapes_and_gradients(rung, xt):
    model = switched(rung)
    output = model(xt, T)
    assert output.shape == xt.shape
    output.square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("rung", RUNGS)
def test_all_but_the_lowest_are_told_the_time(rung, xt):
    model = switched(rung).eval()
    with torch.no_grad():
        same = torch.equal(model(xt, T), model(xt, torch.tensor([3, 500, 9])))
    assert same == (rung == "basic")


def neighbours_matter(rung, xt):
    model = switched(rung).train()
    other = xt.clone()
    other[1:] *= 3
    with torch.no_grad():
        return not torch.allclose(model(xt, T)[0], model(other, T)[0], atol=1e-5)


def test_batch_norm_alone_mixes_the_images_of_a_batch(xt):
    mixing = [rung for rung in RUNGS if rung != "dropout" and neighbours_matter(rung, xt)]
    assert mixing == ["batch"]


def test_dropout_works_in_training_only(xt):
    model = switched("dropout")
    with torch.no_grad():
        assert not torch.equal(model(xt, T), model(xt, T))
        model.eval()
        assert torch.equal(model(xt, T), model(xt, T))


def test_unknown_norms_and_groups_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="norm is 'layer'; expected one of none, batch, group"):
        LadderUNet(norm="layer")
    with pytest.raises(ValueError, match="got 12 channels; expected a multiple of 8"):
        norm_of("group", 12)


def test_a_wrong_number_of_timesteps_is_refused(xt):
    with pytest.raises(ValueError, match="expected \\(3,\\), one an image"):
        switched("time")(xt, T[:2])


@pytest.mark.parametrize("name", {**LADDER_RECIPES, **LONG_RECIPES})
def test_recipes_build_what_the_rungs_say(name):
    recipe = {**LADDER_RECIPES, **LONG_RECIPES}[name]
    model = build(recipe.model, recipe.arguments)
    assert isinstance(model, LadderUNet | DigitUNet2D)
    assert recipe.settings["prediction_type"] == "sample"


def test_all_rungs_are_trained_alike():
    configs = {repr(rung_recipe(rung).config) for rung in RUNGS}
    assert len(configs) == 1


def test_unet2d_answers_by_a_tensor_and_trains(xt):
    model = DigitUNet2D(width=8)
    schedule = NoiseSchedule("squaredcos_cap_v2")
    digits = torch.rand(4, 1, 28, 28)
    loss = diffusion_loss(schedule, "sample")(model, (digits,), torch.Generator().manual_seed(0))
    loss.backward()
    assert all(p.grad is not None for p in model.parameters())
    assert Denoiser(model, schedule, "sample").predict(xt, T).x0.shape == xt.shape


def test_unet2d_has_attention_at_seven_by_seven_alone():
    seen = []

    def note(module, inputs, output):
        seen.append(inputs[0].shape[-1])

    model = DigitUNet2D(width=8).eval()
    blocks = [m for m in model.modules() if type(m).__name__ == "Attention"]
    handles = [block.register_forward_hook(note) for block in blocks]
    with torch.no_grad():
        model(torch.zeros(1, 1, 28, 28), torch.zeros(1, dtype=torch.long))
    for handle in handles:
        handle.remove()
    assert len(seen) == len(blocks) > 1
    assert set(seen) == {7}
    groups = {m.num_groups for m in model.modules() if isinstance(m, nn.GroupNorm)}
    assert groups == {8}

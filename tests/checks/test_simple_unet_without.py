"""A UNet without skips: what students write, and what they must be told."""

import copy
import types

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genlab.checks import simple_unet as check
from genlab.diffusion.forward import add_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.unet import BasicUNet, NoSkipUNet

from .planted import judged, still_a_stub, stub, unusual, wrong

SCHEDULE = NoiseSchedule("linear")


def cut(unet):
    bare = NoSkipUNet()
    bare.load_state_dict(unet.state_dict())
    return bare


def cut_in_place(unet):
    unet.join = lambda x, skip: x
    return unet


def cut_the_class(unet):
    BasicUNet.join = NoSkipUNet.join
    return copy.deepcopy(unet)


def cut_a_copy(unet):
    other = copy.deepcopy(unet)
    other.join = types.MethodType(lambda self, x, skip: x, other)
    return other


def cut_a_shallow_copy(unet):
    other = copy.copy(unet)
    other.__class__ = NoSkipUNet
    return other


def cut_all_zero(unet):
    class Zeros(type(unet)):
        def join(self, x, skip):
            return super().join(x, torch.zeros_like(skip))

    other = Zeros().train()
    for mine, given in zip(other.parameters(), unet.parameters(), strict=True):
        mine.data = given.data.clone()
    return other


class Bare(nn.Module):
    def __init__(self, unet):
        super().__init__()
        self.parts = copy.deepcopy(unet)

    def forward(self, xt, t=None):
        p = self.parts
        x = p.down3(p.pool(p.down2(p.pool(p.down1(xt)))))
        return p.up3(p.upsample(p.up2(p.upsample(p.up1(x)))))


def with_join(join):
    def answer(unet):
        other = copy.deepcopy(unet)
        other.join = join
        return other

    return answer


def changes_weights(unet):
    with torch.no_grad():
        unet.up3[0].bias.zero_()
    return cut(unet)


@torch.no_grad()
def error(model, x0, eps, t):
    return F.mse_loss(model(add_noise(x0, eps, t, SCHEDULE)), eps).item()


def error_with(change):
    """The error, with one thing in another way."""

    def answer(model, x0, eps, t):
        xt = add_noise(x0, eps, t, SCHEDULE)
        return change(model, x0, eps, xt)

    return answer


def error_in(name):
    def answer(model, x0, eps, t):
        return F.mse_loss(model(add_noise(x0, eps, t, NoiseSchedule(name))), eps).item()

    return answer


def one_earlier(model, x0, eps, t):
    return error(model, x0, eps, max(t - 1, 0))


def backwards(model, x0, eps, t):
    loss = F.mse_loss(model(add_noise(x0, eps, t, SCHEDULE)), eps)
    loss.backward()
    return loss.item()


def switches_off(model, x0, eps, t):
    torch.set_grad_enabled(False)
    return F.mse_loss(model(add_noise(x0, eps, t, SCHEDULE)), eps).item()


def freezes(model, x0, eps, t):
    model.requires_grad_(False)
    return error(model, x0, eps, t)


def draws_noise(model, x0, eps, t):
    return error(model, x0, torch.randn(x0.shape), t)


def noises_in_place(model, x0, eps, t):
    signal, noise = SCHEDULE.rates(t, x0)
    xt = x0.mul_(signal).add_(noise * eps)
    return error_with(lambda model, x0, eps, _: F.mse_loss(model(xt), eps).item())(
        model, x0, eps, t
    )


def in_a_loop(model, x0, eps, t):
    model.eval()
    total = 0.0
    with torch.inference_mode():
        for one, noise in zip(x0, eps, strict=True):
            xt = add_noise(one[None], noise[None], t, SCHEDULE)
            total += (model(xt, torch.tensor([t])) - noise).pow(2).mean()
    return total / len(x0)


def over_numpy(model, x0, eps, t):
    xt = add_noise(x0, eps, torch.full((len(x0),), t), SCHEDULE)
    return np.mean((model(xt).detach().numpy() - eps.numpy()) ** 2)


def by_distance(model, x0, eps, t):
    off = (model(add_noise(x0, eps, t, SCHEDULE)) - eps).detach().double()
    return torch.linalg.vector_norm(off) ** 2 / off.numel()


def mse(**settings):
    return lambda m, x0, eps, xt: F.mse_loss(m(xt), eps, **settings).item()


WITHOUT = [
    stub(check.without_skips, still_a_stub, still_a_stub),
    wrong(check.without_skips, cut, still_a_stub, "still the stub"),
    wrong(check.without_skips, lambda unet: unet, error, "what comes up should go on alone"),
    wrong(check.without_skips, lambda unet: NoSkipUNet(), error, "are the weights those"),
    wrong(check.without_skips, lambda unet: None, error, "gave a NoneType; a network is expected"),
    wrong(check.without_skips, lambda unet: cut(unet).forward, error, "a network is expected"),
    wrong(check.without_skips, lambda unet: NoSkipUNet, error, "without_skips gave a type"),
    wrong(check.without_skips, cut_in_place, error, "has lost its skips too"),
    wrong(check.without_skips, cut_the_class, error, "has lost its skips too"),
    wrong(check.without_skips, changes_weights, error, "The network that was given has changed"),
    wrong(check.without_skips, with_join(lambda x, skip: skip), error, "should be the other way"),
    wrong(
        check.without_skips,
        with_join(lambda x, skip: x if skip.shape[1] == 64 else x + skip),
        error,
        "The skip at 28 by 28 pixels is still there",
    ),
    wrong(
        check.without_skips,
        with_join(lambda x, skip: x if skip.shape[1] == 32 else x + skip),
        error,
        "The skip at 14 by 14 pixels is still there",
    ),
    wrong(check.without_skips, with_join(lambda x, skip: x / 2), error, "The output is another"),
    wrong(check.without_skips, cut, lambda *args: None, "noise_error gave None"),
    wrong(
        check.without_skips,
        cut,
        error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), x0)),
        "compare with eps",
    ),
    wrong(check.without_skips, cut, error_with(mse(reduction="sum")), "take the mean"),
    wrong(
        check.without_skips,
        cut,
        error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), eps, reduction="none").sum() / len(x0)),
        "The pixels are added up",
    ),
    wrong(
        check.without_skips,
        cut,
        error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), eps, reduction="none")),
        "one number is expected",
    ),
    wrong(
        check.without_skips,
        cut,
        error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), eps).sqrt()),
        "leave the square",
    ),
    wrong(
        check.without_skips,
        cut,
        error_with(lambda m, x0, eps, xt: F.l1_loss(m(xt), eps)),
        "absolute values: square them",
    ),
    wrong(
        check.without_skips,
        cut,
        error_with(lambda m, x0, eps, xt: F.mse_loss(m(x0), eps)),
        "did the model get x0?".capitalize(),
    ),
    wrong(
        check.without_skips,
        cut,
        error_with(lambda m, x0, eps, xt: F.mse_loss(m(eps), eps)),
        "Did the model get eps?",
    ),
    wrong(
        check.without_skips,
        cut,
        error_in("squaredcos_cap_v2"),
        "That is the schedule 'squaredcos_cap_v2', not",
    ),
    wrong(
        check.without_skips,
        cut,
        error_in("scaled_linear"),
        "That is the schedule 'scaled_linear', not",
    ),
    wrong(check.without_skips, cut, one_earlier, "That is the error at t = 4"),
    wrong(check.without_skips, cut, draws_noise, "It is another number each time"),
    wrong(check.without_skips, cut, noises_in_place, "Your code changes x0, which the caller"),
    wrong(
        check.without_skips,
        cut,
        error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), eps)),
        "still carries gradients",
    ),
    wrong(check.without_skips, cut, backwards, "no `backward()` is needed"),
    wrong(check.without_skips, cut, switches_off, "Gradients stay switched off"),
    wrong(check.without_skips, cut, freezes, "cannot learn any more"),
    unusual(check.without_skips, cut_a_copy, in_a_loop),
    unusual(check.without_skips, cut_a_shallow_copy, over_numpy),
    unusual(check.without_skips, cut_all_zero, by_distance),
    unusual(check.without_skips, lambda unet: Bare(unet), error, name="own module"),
    unusual(check.without_skips, lambda *u: with_join(lambda *both: both[0])(*u), error),
]

PLANTED = WITHOUT


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)


def test_an_answer_that_changes_the_class_of_all_unets_changes_it_for_the_check_alone():
    join = BasicUNet.join
    check.without_skips(cut_the_class, error)
    assert BasicUNet.join is join

"""Skips side by side: what students write, and what they must be told."""

import functools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genlab.checks import simple_unet as check
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.unet import BasicUNet, ConcatUNet, NoSkipUNet, conv5x5

from .planted import judged, still_a_stub, stub, unusual, wrong

SCHEDULE = NoiseSchedule("linear")


def to_concat(unet, cls=ConcatUNet, halves=(1.0, 1.0), double_bias=False):
    weights = dict(unet.state_dict())
    for name in ("up2.0.weight", "up3.0.weight"):
        weights[name] = torch.cat([weights[name] * half for half in halves], dim=1)
    if double_bias:
        weights["up2.0.bias"] = 2 * weights["up2.0.bias"]
    wide = cls()
    wide.load_state_dict(weights)
    return wide


class Stub(BasicUNet):
    """The class as the page gives it."""

    def __init__(self):
        raise NotImplementedError


class TooNarrow(BasicUNet):
    def join(self, x, skip):
        return torch.cat([x, skip], dim=1)


class AddsAfterAll(ConcatUNet):
    def join(self, x, skip):
        return torch.cat([x + skip, x + skip], dim=1)


class Doubles(ConcatUNet):
    def join(self, x, skip):
        return torch.cat([x, x], dim=1)


class Halves(ConcatUNet):
    def join(self, x, skip):
        return torch.cat([x, skip], dim=1) / 2


class Swapped(ConcatUNet):
    def join(self, x, skip):
        return torch.cat([skip, x], dim=1)


class Interleaved(ConcatUNet):
    def join(self, x, skip):
        return torch.stack([x, skip], dim=2).flatten(1, 2)


class WrongPair(ConcatUNet):
    """Takes the fine maps, made small, where the coarse ones belong."""

    def forward(self, xt, t=None):
        fine = self.down1(xt)
        coarse = self.down2(self.pool(fine))
        x = self.up1(self.down3(self.pool(coarse)))
        x = self.up2(torch.cat([self.upsample(x), coarse.flip(0)], dim=1))
        return self.up3(torch.cat([self.upsample(x), fine], dim=1))


class AlsoWiderDown(ConcatUNet):
    def __init__(self):
        super().__init__()
        self.up1 = nn.Sequential(conv5x5(64, 64), nn.SiLU(), conv5x5(64, 64))


class KeepsTheOld(ConcatUNet):
    """Leaves the narrow convolutions where they were, unused."""

    def __init__(self):
        super().__init__()
        self.wide2, self.wide3 = self.up2, self.up3
        self.up2, self.up3 = BasicUNet().up2, BasicUNet().up3

    def forward(self, xt, t=None):
        fine = self.down1(xt)
        coarse = self.down2(self.pool(fine))
        x = self.up1(self.down3(self.pool(coarse)))
        x = self.wide2(torch.cat([self.upsample(x), coarse], dim=1))
        return self.wide3(torch.cat([self.upsample(x), fine], dim=1))


class NoBiases(ConcatUNet):
    def __init__(self):
        super().__init__()
        self.up3 = nn.Sequential(nn.Conv2d(64, 1, 5, padding=2, bias=False))


class Flat(ConcatUNet):
    def forward(self, xt, t=None):
        return super().forward(xt).flatten(1)


class OwnForward(BasicUNet):
    """Never calls `join`."""

    def __init__(self):
        super().__init__()
        self.up2 = nn.Sequential(conv5x5(128, 32), nn.SiLU())
        self.up3 = nn.Sequential(conv5x5(64, 1))

    def forward(self, xt, t=None):
        fine = self.down1(xt)
        coarse = self.down2(self.pool(fine))
        x = self.up1(self.down3(self.pool(coarse)))
        x = self.up2(torch.hstack([self.upsample(x), coarse]))
        return self.up3(torch.cat([F.interpolate(x, scale_factor=2.0), fine], dim=-3))


class OtherOperations(OwnForward):
    """Pools and enlarges by operations of its own."""

    def forward(self, xt, t=None):
        def halve(x):
            return x.unflatten(-1, (-1, 2)).amax(-1).unflatten(-2, (-1, 2)).amax(-2)

        def double(x):
            return x.repeat_interleave(2, -1).repeat_interleave(2, -2)

        fine = self.down1(xt)
        coarse = self.down2(halve(fine))
        x = self.up2(torch.cat([double(self.up1(self.down3(halve(coarse)))), coarse], dim=1))
        return self.up3(torch.cat([double(x), fine], dim=1))


class FromTheStart(nn.Module):
    """No BasicUNet, and part for part the same."""

    def __init__(self):
        super().__init__()
        for name, part in ConcatUNet().named_children():
            setattr(self, name, part)

    def forward(self, xt, t=None):
        return OwnForward.forward(self, xt)


def interleaved(unet):
    weights = dict(unet.state_dict())
    for name in ("up2.0.weight", "up3.0.weight"):
        weights[name] = weights[name].repeat_interleave(2, dim=1)
    wide = Interleaved()
    wide.load_state_dict(weights)
    return wide


def in_place_into_new(unet):
    wide = ConcatUNet()
    with torch.no_grad():
        for name, part in unet.named_parameters():
            mine = wide.get_parameter(name)
            mine.copy_(part if mine.shape == part.shape else part.repeat(1, 2, 1, 1))
    return wide


def changes_its_own(unet):
    wide = to_concat(unet)
    with torch.no_grad():
        unet.up3[0].weight.mul_(2)
    return wide


def made_for(cls):
    return functools.partial(to_concat, cls=cls)


SIDE_BY_SIDE = [
    stub(check.side_by_side, Stub, still_a_stub),
    stub(check.side_by_side, still_a_stub, still_a_stub),
    wrong(check.side_by_side, ConcatUNet, still_a_stub, "still the stub"),
    wrong(check.side_by_side, lambda: None, to_concat, "gave a NoneType"),
    wrong(check.side_by_side, ConcatUNet(), to_concat, "stopped with TypeError"),
    wrong(check.side_by_side, TooNarrow, to_concat, "channels of both stacks"),
    wrong(check.side_by_side, Flat, to_concat, "SideBySide()(xt) has shape (2, 784)"),
    wrong(check.side_by_side, BasicUNet, to_concat, "torch.cat along dim 1"),
    wrong(check.side_by_side, NoSkipUNet, to_concat, "the convolution sees 64 channels"),
    wrong(check.side_by_side, AddsAfterAll, to_concat, "side by side, both unchanged"),
    wrong(check.side_by_side, Doubles, made_for(Doubles), "At 14 by 14 pixels the convolution sh"),
    wrong(check.side_by_side, Halves, made_for(Halves), "side by side, both unchanged"),
    wrong(check.side_by_side, WrongPair, made_for(WrongPair), "side by side, both unchanged"),
    wrong(check.side_by_side, AlsoWiderDown, to_concat, "up1 has"),
    wrong(check.side_by_side, NoBiases, to_concat, "up3 has 1,600 parameters; 1,601 are expected"),
    wrong(check.side_by_side, KeepsTheOld, to_concat, "up2 has 51,232 parameters; 102,432 are exp"),
    wrong(check.side_by_side, ConcatUNet, lambda unet: unet, "gave a BasicUNet"),
    wrong(check.side_by_side, ConcatUNet, lambda unet: None, "from_added gave a NoneType"),
    wrong(check.side_by_side, ConcatUNet, lambda unet: ConcatUNet, "gave a type"),
    wrong(check.side_by_side, ConcatUNet, changes_its_own, "has changed"),
    wrong(
        check.side_by_side,
        ConcatUNet,
        functools.partial(to_concat, halves=(1.0, 0.0)),
        "need the same weights",
        name="one half zero",
    ),
    wrong(
        check.side_by_side,
        ConcatUNet,
        functools.partial(to_concat, halves=(0.5, 0.5)),
        "need the same weights",
        name="half each",
    ),
    wrong(
        check.side_by_side,
        ConcatUNet,
        functools.partial(to_concat, double_bias=True),
        "the biases stay",
        name="biases twice",
    ),
    wrong(check.side_by_side, ConcatUNet, lambda unet: ConcatUNet(), "The outputs differ"),
    wrong(check.side_by_side, Interleaved, made_for(Interleaved), "The outputs differ"),
    unusual(check.side_by_side, Swapped, made_for(Swapped)),
    unusual(check.side_by_side, OwnForward, made_for(OwnForward)),
    unusual(check.side_by_side, OtherOperations, made_for(OtherOperations)),
    unusual(check.side_by_side, FromTheStart, made_for(FromTheStart)),
    unusual(check.side_by_side, Interleaved, interleaved),
    unusual(check.side_by_side, ConcatUNet, in_place_into_new),
]

PLANTED = SIDE_BY_SIDE


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

"""The exercise checks of the page on the simple UNet: stub, solution, typical wrong answers."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genlab.checks import simple_unet as check
from genlab.diffusion.forward import add_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.unet import BasicUNet, ConcatUNet, NoSkipUNet, conv5x5

SCHEDULE = NoiseSchedule("linear")


def stub(*_args):
    raise NotImplementedError


def shapes(side, channels=(32, 32, 64, 64, 64, 64, 64, 32, 32, 1), exact=True, shrink=0):
    half = side // 2 if exact else -(-side // 2)
    quarter = half // 2 if exact else -(-half // 2)
    back, full = (2 * quarter, 4 * quarter) if exact else (half, side)
    sides = [side - shrink, half, half, quarter, quarter, quarter, back, back, full, full]
    return [(channel, one, one) for channel, one in zip(channels, sides, strict=True)]


def to_concat(unet, cls=ConcatUNet, halves=(1.0, 1.0)):
    weights = dict(unet.state_dict())
    for name in ("up2.0.weight", "up3.0.weight"):
        weights[name] = torch.cat([weights[name] * half for half in halves], dim=1)
    wide = cls()
    wide.load_state_dict(weights)
    return wide


class TooNarrow(BasicUNet):
    def join(self, x, skip):
        return torch.cat([x, skip], dim=1)


class AddsAfterAll(ConcatUNet):
    def join(self, x, skip):
        return torch.cat([x + skip, x + skip], dim=1)


class Swapped(ConcatUNet):
    def join(self, x, skip):
        return torch.cat([skip, x], dim=1)


class AlsoWiderDown(ConcatUNet):
    def __init__(self):
        super().__init__()
        self.up1 = nn.Sequential(conv5x5(64, 64), nn.SiLU(), conv5x5(64, 64))


def changes_its_own(unet):
    wide = to_concat(unet)
    with torch.no_grad():
        unet.up3[0].weight.mul_(2)
    return wide


def cut(unet):
    bare = NoSkipUNet()
    bare.load_state_dict(unet.state_dict())
    return bare


def cut_in_place(unet):
    unet.join = lambda x, skip: x
    return unet


def error(model, x0, eps, t):
    with torch.no_grad():
        return F.mse_loss(model(add_noise(x0, eps, t, SCHEDULE)), eps).item()


def error_with(change):
    """The error, with one thing in another way."""

    def answer(model, x0, eps, t):
        xt = add_noise(x0, eps, t, SCHEDULE)
        return change(model, x0, eps, xt)

    return answer


def side_by_side(make, convert):
    return lambda: check.side_by_side(make, convert)


def without(cut_of, error_of):
    return lambda: check.without_skips(cut_of, error_of)


CASES = [
    (lambda: check.unet_shapes(shapes), None),
    (lambda: check.unet_shapes(stub), "still the stub"),
    (lambda: check.unet_shapes(lambda side: None), "yours is a NoneType"),
    (lambda: check.unet_shapes(lambda side: [32, 28, 28]), "one is 32"),
    (lambda: check.unet_shapes(lambda side: shapes(side)[:6]), "there are 6 shapes"),
    (lambda: check.unet_shapes(lambda side: shapes(side, shrink=4)), "a padding of 2 keeps"),
    (
        lambda: check.unet_shapes(lambda s: shapes(s, (1, 1, 32, 32, 64, 64, 64, 64, 32, 32))),
        "its second number",
    ),
    (
        lambda: check.unet_shapes(lambda s: shapes(s, (32, 64, 64, 64, 64, 64, 64, 32, 32, 1))),
        "leave the number of channels",
    ),
    (lambda: check.unet_shapes(lambda side: shapes(28)), "For side 32"),
    (lambda: check.unet_shapes(lambda side: shapes(side, exact=False)), "is dropped"),
    (
        lambda: check.unet_shapes(lambda s: [*shapes(s)[:8], (32, s, s), (1, s, s)]),
        "Upsampling doubles",
    ),
    (side_by_side(ConcatUNet, to_concat), None),
    (side_by_side(Swapped, lambda unet: to_concat(unet, Swapped)), None),
    (side_by_side(stub, stub), "still the stub"),
    (side_by_side(ConcatUNet, stub), "still the stub"),
    (side_by_side(lambda: None, to_concat), "gave a NoneType"),
    (side_by_side(TooNarrow, to_concat), "channels of both stacks"),
    (side_by_side(BasicUNet, to_concat), "torch.cat along dim 1"),
    (side_by_side(AddsAfterAll, to_concat), "of x and of skip unchanged"),
    (side_by_side(AlsoWiderDown, to_concat), "up1 has"),
    (side_by_side(ConcatUNet, lambda unet: unet), "gave a BasicUNet"),
    (side_by_side(ConcatUNet, changes_its_own), "has changed"),
    (
        side_by_side(ConcatUNet, lambda unet: to_concat(unet, halves=(1.0, 0.0))),
        "need the same weights",
    ),
    (side_by_side(ConcatUNet, lambda unet: ConcatUNet()), "The outputs differ"),
    (without(cut, error), None),
    (without(stub, stub), "still the stub"),
    (without(cut, stub), "still the stub"),
    (without(lambda unet: unet, error), "let `join` return x alone"),
    (without(lambda unet: NoSkipUNet(), error), "are the weights those"),
    (without(cut_in_place, error), "has lost its skips too"),
    (without(cut, lambda *args: None), "noise_error gave None"),
    (without(cut, error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), x0))), "compare with eps"),
    (
        without(cut, error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), eps, reduction="sum"))),
        "take the mean",
    ),
    (
        without(cut, error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), eps).sqrt())),
        "leave the square",
    ),
    (
        without(cut, error_with(lambda m, x0, eps, xt: F.mse_loss(m(x0), eps))),
        "did the model get x0?",
    ),
    (
        without(cut, error_with(lambda m, x0, eps, xt: F.mse_loss(m(xt), eps))),
        "still carries gradients",
    ),
]


@pytest.mark.parametrize(("run", "hint"), CASES)
def test_each_answer_gets_its_diagnosis(run, hint, capsys):
    result = run()
    printed = capsys.readouterr().out
    assert printed == "\n".join(result.lines) + "\n"
    assert result.passed == (hint is None), printed
    assert printed.rstrip().endswith("passed" if hint is None else "not yet")
    if hint:
        assert hint in printed

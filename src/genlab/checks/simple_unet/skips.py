"""Check on a UNet whose skips stand beside what comes up."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from genlab.checkpoints import count_parameters
from genlab.checks import Case, Hint, Result, close, exercise, expect_values, run_check, text
from genlab.checks.watching import Watch
from genlab.models.unet import BasicUNet, ConcatUNet

MakeUNet = Callable[[], Any]
Convert = Callable[[BasicUNet], Any]

ATOL = 1e-4


@exercise("ex-unet-concat", points=4)
def side_by_side(make: MakeUNet, convert: Convert) -> Result:
    """Check a UNet class with concatenated skips, and BasicUNet -> its equal in that class."""
    made = cache(lambda: make())  # one network for all cases
    return run_check(
        "side_by_side",
        [
            Case("the network runs and keeps the shape", lambda: _runs(made())),
            Case("skips stand beside what comes up, unchanged", lambda: _joins(made())),
            Case("two convolutions are wider, the others as before", lambda: _parameters(made())),
            Case("from_added gives the same output", lambda: _same(convert, type(made()))),
        ],
    )


def _noisy(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def _runs(unet: Any) -> None:
    if not isinstance(unet, nn.Module):
        said = text("SideBySide() gave a {kind}; a network is expected.")
        raise Hint(said, kind=type(unet).__name__)
    try:
        output = unet(_noisy(2, 1, 28, 28))
    except RuntimeError as error:
        if "channels" not in str(error):
            raise
        raise Hint(
            "The network does not run: {error}. A convolution that meets a skip gets the channels "
            "of both stacks.",
            error=error,
        ) from None
    expect_values(output, (2, 1, 28, 28), "SideBySide()(xt)")


@torch.no_grad()
def _joins(unet: nn.Module) -> None:
    """Look at what the last two convolutions see, however the network brings it there."""
    with Watch("conv2d", "max_pool2d", "interpolate") as watch:
        unet(_noisy(2, 1, 28, 28))
    seen, fine_to_coarse = watch.inputs("conv2d"), watch.inputs("max_pool2d")
    rising = watch.results("interpolate")
    if len(fine_to_coarse) != 2 or len(rising) != 2:
        return  # pooled or enlarged in a way of its own: the output will tell
    for joined, up, skip in zip(seen[-2:], rising, reversed(fine_to_coarse), strict=True):
        both = up.shape[1] + skip.shape[1]
        if joined.shape[1] != both:
            raise Hint(
                "At {side} by {side} pixels the convolution sees {channels} channels; torch.cat "
                "along dim 1 gives {both}: what comes up, and the skip.",
                side=up.shape[-1],
                channels=joined.shape[1],
                both=both,
            )
        if not _same_channels(joined, torch.cat([up, skip], dim=1)):
            raise Hint(
                "At {side} by {side} pixels the convolution should see what comes up and the skip "
                "side by side, both unchanged.",
                side=up.shape[-1],
            )


def _same_channels(a: Tensor, b: Tensor) -> bool:
    """Whether two stacks (N, C, H, W) hold the same channels, in any order."""
    if a.shape != b.shape:
        return False
    marks = _noisy(a.shape[0], 1, *a.shape[2:]).double()  # tells channels apart by one number
    a, b = ((one.double() * marks).sum(dim=(0, 2, 3)).sort().values for one in (a, b))
    return torch.allclose(a, b, atol=ATOL)


def _parameters(unet: nn.Module) -> None:
    right = ConcatUNet()
    wanted, got = count_parameters(right), count_parameters(unet)
    if got == wanted:
        return
    for name, part in right.named_children():
        mine = getattr(unet, name, None)
        expected = count_parameters(part)
        if not isinstance(mine, nn.Module):
            said = text("{name} has no parameters; {expected:,} are expected.")
            raise Hint(said, name=name, expected=expected)
        if (has := count_parameters(mine)) != expected:
            said = text("{name} has {has:,} parameters; {expected:,} are expected.")
            raise Hint(said, name=name, has=has, expected=expected)
    said = text("The network has {got:,} parameters; {wanted:,} are expected.")
    raise Hint(said, got=got, wanted=wanted)


def _same(convert: Convert, kind: type[nn.Module]) -> None:
    for seed, xt in enumerate((_noisy(2, 1, 12, 12), _noisy(1, 1, 28, 28))):
        torch.manual_seed(seed)
        unet = BasicUNet().eval()
        wide = convert(unet)
        if not isinstance(wide, kind):
            said = text("from_added gave a {kind}; a SideBySide is expected.")
            raise Hint(said, kind=type(wide).__name__)
        with torch.no_grad():
            wanted = unet(xt)
            got = expect_values(wide(xt), tuple(wanted.shape), "from_added(unet)(xt)")
        if not close(got, wanted, ATOL):
            raise Hint(
                "The outputs differ by up to {off:.2g}. W x + W skip = W (x + skip): both halves "
                "of the wider kernels need the same weights, the biases stay, and so do all other "
                "parts.",
                off=(got - wanted).abs().max().item(),
            )

"""Checks for the exercises of the page *A simple UNet*."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from genlab.checkpoints import count_parameters
from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_tensor, run_check
from genlab.diffusion.forward import add_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.unet import BasicUNet, ConcatUNet, NoSkipUNet, walk

Shapes = Callable[[int], Any]
MakeUNet = Callable[[], Any]
Convert = Callable[[BasicUNet], Any]
NoiseError = Callable[[nn.Module, Tensor, Tensor, int], Any]

ATOL = 1e-4


# -- shapes by hand --------------------------------------------------------------------------------


@exercise("ex-unet-shapes", points=1)
def unet_shapes(answer: Shapes) -> Result:
    """Check a function side -> the shapes (C, H, W) after the ten parts of the basic UNet."""

    def compare(*sides: int) -> None:
        for side in sides:
            _compare_shapes(side, _read_shapes(side, answer(side)))

    return run_check(
        "unet_shapes",
        [
            Case("the walk of a digit, 28 by 28", lambda: compare(28)),
            Case("other sides, 32 and 64", lambda: compare(32, 64)),
            Case("a side that 4 does not divide, each part on its own", lambda: compare(30, 21)),
        ],
    )


def _read_shapes(side: int, given: object) -> list[tuple[int, ...]]:
    if not isinstance(given, list | tuple):
        raise Hint(f"Return a list of shapes; yours is a {type(given).__name__}.")
    for shape in given:
        if not isinstance(shape, tuple) or len(shape) != 3:
            raise Hint(f"Each shape is channels, height, width, as (32, 28, 28); one is {shape!r}.")
    if len(given) != 10:
        raise Hint(f"For side {side} there are {len(given)} shapes; walk lists 10 parts.")
    return [tuple(shape) for shape in given]


def _compare_shapes(side: int, given: list[tuple[int, ...]]) -> None:
    for (name, wanted), got in zip(_real_shapes(side), given, strict=True):
        if got != wanted:
            raise Hint(
                f"For side {side}, after {name}: yours is {got}. {_reason(name, got, wanted)}"
            )


@torch.no_grad()
def _real_shapes(side: int) -> list[tuple[str, tuple[int, ...]]]:
    """Return name and shape of each part; without the skips any side goes through."""
    outputs = walk(NoSkipUNet(), torch.zeros(1, 1, side, side))
    return [(name, tuple(output.shape[1:])) for name, output in outputs]


def _reason(name: str, got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if name == "pool" and got[0] == wanted[0]:
        return "Pooling over 2 by 2 halves the side; what is left over at the edge is dropped."
    if name == "upsample" and got[0] == wanted[0]:
        return "Upsampling doubles the side that comes in, whatever it was before the pooling."
    if name in ("pool", "upsample"):
        return "Pooling and upsampling leave the number of channels as it is."
    if got[0] != wanted[0]:
        return "The channels of a convolution's output are its second number."
    return "A 5 by 5 convolution with a padding of 2 keeps height and width."


# -- concatenated skips ----------------------------------------------------------------------------


@exercise("ex-unet-concat", points=4)
def side_by_side(make: MakeUNet, convert: Convert) -> Result:
    """Check a UNet class with concatenated skips, and BasicUNet -> its equal in that class."""
    rng = torch.Generator().manual_seed(0)
    xt = torch.randn(2, 1, 28, 28, generator=rng)

    def runs() -> None:
        unet = make()
        if not isinstance(unet, nn.Module):
            raise Hint(f"SideBySide() gave a {type(unet).__name__}; a network is expected.")
        try:
            output = unet(xt)
        except RuntimeError as error:
            raise Hint(
                f"The network does not run: {error}. The convolutions after a join get the "
                "channels of both stacks."
            ) from None
        expect_tensor(output, (2, 1, 28, 28), "SideBySide()(xt)")

    return run_check(
        "side_by_side",
        [
            Case("the network runs and keeps the shape", runs),
            Case("join puts two stacks side by side, and nothing else", lambda: _joins(make())),
            Case("two convolutions are wider, the others as before", lambda: _parameters(make())),
            Case("from_added gives the same output", lambda: _same(convert, make, xt)),
        ],
    )


def _joins(unet: Any) -> None:
    x, skip = torch.ones(1, 3, 2, 2), torch.full((1, 3, 2, 2), 2.0)
    joined = expect_tensor(unet.join(x, skip), (1, ..., 2, 2), "join(x, skip)")
    if joined.shape[1] == 3:
        raise Hint("join gives as many channels as x alone; torch.cat along dim 1 gives both.")
    stacks = (torch.cat([x, skip], 1), torch.cat([skip, x], 1))
    if not any(torch.equal(joined, one) for one in stacks if one.shape == joined.shape):
        raise Hint("join should hold the values of x and of skip unchanged, along dim 1.")


def _parameters(unet: nn.Module) -> None:
    wanted, got = count_parameters(ConcatUNet()), count_parameters(unet)
    if got == wanted:
        return
    for name, part in ConcatUNet().named_children():
        mine = getattr(unet, name, None)
        if not isinstance(mine, nn.Module) or count_parameters(mine) != count_parameters(part):
            has = count_parameters(mine) if isinstance(mine, nn.Module) else "none"
            raise Hint(f"{name} has {has} parameters; {count_parameters(part):,} are expected.")
    raise Hint(f"The network has {got:,} parameters; {wanted:,} are expected.")


def _same(convert: Convert, make: MakeUNet, xt: Tensor) -> None:
    torch.manual_seed(1)
    unet = BasicUNet().eval()
    before = deepcopy(unet.state_dict())
    wide = convert(unet)
    if not isinstance(wide, type(make())):
        raise Hint(f"from_added gave a {type(wide).__name__}; a SideBySide is expected.")
    if any(not torch.equal(before[key], value) for key, value in unet.state_dict().items()):
        raise Hint("The network that was given has changed: work on a copy of its weights.")
    with torch.no_grad():
        wanted, got = unet(xt), expect_tensor(wide(xt), (2, 1, 28, 28), "from_added(unet)(xt)")
    off = (got - wanted).abs().max().item()
    if off > ATOL:
        raise Hint(
            f"The outputs differ by up to {off:.2g}. W x + W skip = W (x + skip): both halves of "
            "the wider kernels need the same weights, the biases stay, and so do all other parts."
        )


# -- no skips, measured ----------------------------------------------------------------------------


@exercise("ex-unet-no-skips", points=3)
def without_skips(cut: Convert, error: NoiseError) -> Result:
    """Check BasicUNet -> the same without skips, and (model, x0, eps, t) -> error of the noise."""
    rng = torch.Generator().manual_seed(0)
    x0 = torch.rand(4, 1, 28, 28, generator=rng) * 2 - 1
    eps = torch.randn(x0.shape, generator=rng)

    def measured() -> None:
        for t in (5, 700):
            _compare_error(error, x0, eps, t)

    return run_check(
        "without_skips",
        [
            Case("what comes up takes nothing from across", lambda: _is_cut(cut, eps)),
            Case("the network that was given keeps its skips", lambda: _is_kept(cut, eps)),
            Case("noise_error is the mean squared error at t", measured),
            Case("noise_error leaves no gradients behind", lambda: _no_gradients(error, x0, eps)),
        ],
    )


def _is_cut(cut: Convert, xt: Tensor) -> None:
    torch.manual_seed(2)
    unet = BasicUNet().eval()
    wanted = NoSkipUNet().eval()
    wanted.load_state_dict(unet.state_dict())
    with torch.no_grad():
        full, bare = unet(xt), wanted(xt)
        result = cut(unet)
        got = expect_tensor(result(xt), tuple(xt.shape), "without_skips(unet)(xt)")
    if torch.allclose(got, full, atol=ATOL) and not torch.allclose(full, bare, atol=ATOL):
        raise Hint("The output is the same as with skips: let `join` return x alone.")
    if not torch.allclose(got, bare, atol=ATOL):
        raise Hint("The output is another: are the weights those of the network that was given?")


def _is_kept(cut: Convert, xt: Tensor) -> None:
    torch.manual_seed(3)
    unet = BasicUNet().eval()
    with torch.no_grad():
        before = unet(xt)
        cut(unet)
        after = unet(xt)
    if not torch.equal(before, after):
        raise Hint(
            "The network that was given has lost its skips too: make a new one, and load "
            "its weights."
        )


def _compare_error(error: NoiseError, x0: Tensor, eps: Tensor, t: int) -> None:
    """Compare with a network whose answer is its input: then the error is known."""
    xt = add_noise(x0, eps, t, NoiseSchedule("linear"))
    got = expect_number(error(_Echo(), x0, eps, t), "noise_error")
    wanted = ((xt - eps) ** 2).mean().item()
    others = {
        "that is the error of x0: compare with eps": ((xt - x0) ** 2).mean().item(),
        "that is a sum: take the mean": ((xt - eps) ** 2).sum().item(),
        "that is the root of it: leave the square": wanted**0.5,
        "did the model get x0? It should see xt, with noise added": ((x0 - eps) ** 2).mean().item(),
    }
    if abs(got - wanted) <= ATOL:
        return
    reason = next((why for why, one in others.items() if abs(got - one) <= ATOL), "")
    raise Hint(f"At t = {t} {wanted:.4f} is expected; yours gives {got:.4f}. {reason}".strip())


class _Echo(nn.Module):
    """A network that answers with what it sees, by way of one parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, xt: Tensor, t: Tensor | None = None) -> Tensor:
        """Map (N, 1, 28, 28) to itself."""
        return self.gain * xt


def _no_gradients(error: NoiseError, x0: Tensor, eps: Tensor) -> None:
    result = error(_Echo(), x0, eps, 100)
    if isinstance(result, Tensor) and result.requires_grad:
        raise Hint("The result still carries gradients: use `torch.no_grad()` and `.item()`.")

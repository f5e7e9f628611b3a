"""Check on a UNet that lost its skips, and on the error of the noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from genlab.checks import (
    Case,
    Hint,
    Result,
    close,
    exercise,
    expect_number,
    expect_values,
    run_check,
    say,
    text,
)
from genlab.diffusion.forward import add_noise
from genlab.diffusion.schedules import BetaSchedule, NoiseSchedule
from genlab.models.unet import BasicUNet, NoSkipUNet

Cut = Callable[[BasicUNet], Any]
NoiseError = Callable[[nn.Module, Tensor, Tensor, int], Any]

ATOL = 1e-4
OTHERS: tuple[BetaSchedule, ...] = ("scaled_linear", "squaredcos_cap_v2")  # than the page's


@exercise("ex-unet-no-skips", points=3)
def without_skips(cut: Cut, error: NoiseError) -> Result:
    """Check BasicUNet -> the same without skips, and (model, x0, eps, t) -> error of the noise."""
    rng = torch.Generator().manual_seed(0)
    x0 = torch.rand(4, 1, 28, 28, generator=rng) * 2 - 1
    eps = torch.randn(x0.shape, generator=rng)

    def measured() -> None:
        for t in (5, 700, 0, 999):
            _compare_error(error, x0, eps, t)
        _compare_error(error, x0[:1], eps[:1], 300)

    return run_check(
        "without_skips",
        [
            Case("what comes up takes nothing from across", lambda: _is_cut(cut, eps[:1])),
            Case("the network that was given keeps its skips", lambda: _is_kept(cut, eps[:1])),
            Case("noise_error is the mean squared error at t", measured),
            Case("noise_error leaves no gradients behind", lambda: _no_gradients(error, x0, eps)),
        ],
    )


# -- the cut ---------------------------------------------------------------------------------------


class _OneSkip(BasicUNet):
    """The basic UNet with one of its two skips."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels  # of the skip that is left: 64 at 14 pixels, 32 at 28

    def join(self, x: Tensor, skip: Tensor) -> Tensor:
        """Add the skip, if it is the one that is left."""
        return x + skip if skip.shape[1] == self.channels else x


class _SkipAlone(BasicUNet):
    """The basic UNet whose skips take the place of what comes up."""

    def join(self, x: Tensor, skip: Tensor) -> Tensor:
        """Return the skip."""
        return skip


@contextmanager
def _class_kept() -> Iterator[None]:
    """Undo what an answer does to the class of all UNets."""
    methods = {name: vars(BasicUNet)[name] for name in ("forward", "join")}
    try:
        yield
    finally:
        for name, method in methods.items():
            setattr(BasicUNet, name, method)


def _network(seed: int) -> BasicUNet:
    torch.manual_seed(seed)
    return BasicUNet().eval()


@torch.no_grad()
def _is_cut(cut: Cut, xt: Tensor) -> None:
    unet = _network(2)
    with _class_kept():
        full, result = unet(xt), cut(unet)
        if not isinstance(result, nn.Module):
            said = text("without_skips gave a {kind}; a network is expected.")
            raise Hint(said, kind=type(result).__name__)
        got = expect_values(result(xt), tuple(xt.shape), "without_skips(unet)(xt)")
    if close(got, full, ATOL):
        raise Hint("The output is the same as with skips: what comes up should go on alone.")
    if close(got, _output(NoSkipUNet(), unet, xt), ATOL):
        return
    if close(got, _output(_SkipAlone(), unet, xt), ATOL):
        raise Hint("What comes up is dropped, and the skips are kept: it should be the other way.")
    for channels, side in ((64, 14), (32, 28)):
        if close(got, _output(_OneSkip(channels), unet, xt), ATOL):
            raise Hint("The skip at {side} by {side} pixels is still there.", side=side)
    raise Hint("The output is another: are the weights those of the network that was given?")


def _output(other: nn.Module, unet: BasicUNet, xt: Tensor) -> Tensor:
    """Return what a network gives with the weights of `unet`."""
    other.load_state_dict(unet.state_dict())
    return other(xt)


@torch.no_grad()
def _is_kept(cut: Cut, xt: Tensor) -> None:
    unet = _network(3)
    with _class_kept():
        before = unet(xt)
        cut(unet)
        after = unet(xt)
    if not torch.equal(before, after):
        raise Hint(
            "The network that was given has lost its skips too: make a new one, and load "
            "its weights."
        )


# -- the error -------------------------------------------------------------------------------------


class _Half(nn.Module):
    """A network that answers with half of what it sees, by way of one parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.full((), 0.5))

    def forward(self, xt: Tensor, t: Tensor | None = None) -> Tensor:
        """Map (N, 1, 28, 28) to half of it."""
        return self.gain * xt


def _compare_error(error: NoiseError, x0: Tensor, eps: Tensor, t: int) -> None:
    """Compare with a network whose answer is known: then the error is known."""
    got = expect_number(error(_Half(), x0, eps, t), "noise_error")
    answer = add_noise(x0, eps, t, NoiseSchedule("linear")) / 2
    wanted = _mean_square(answer - eps)
    if abs(got - wanted) <= ATOL:
        return
    said = text("At t = {t} {wanted:.4f} is expected; yours gives {got:.4f}.")
    differs = say(said, t=t, wanted=wanted, got=got)
    for why, one in _mistakes(answer, x0, eps, t).items():
        if abs(got - one) <= ATOL:
            raise Hint("{differs} {why}", differs=differs, why=why)
    if got != expect_number(error(_Half(), x0, eps, t), "noise_error"):
        raise Hint(
            "{differs} It is another number each time: the noise is `eps`, nothing else is drawn.",
            differs=differs,
        )
    raise Hint(differs)


def _mean_square(x: Tensor) -> float:
    return x.square().mean().item()


def _mistakes(answer: Tensor, x0: Tensor, eps: Tensor, t: int) -> dict[str, float]:
    off, pixels = answer - eps, answer[0].numel()
    mistakes: dict[str, float] = {
        say("That is the error of x0: compare with eps."): _mean_square(answer - x0),
        say("That is a sum: take the mean."): off.square().sum().item(),
        say("The pixels are added up: take the mean over them too."): pixels * _mean_square(off),
        say("That is the root of it: leave the square."): _mean_square(off) ** 0.5,
        say("That is the mean of the absolute values: square them."): off.abs().mean().item(),
        say("Did the model get x0? It should see xt, with noise added."): _mean_square(
            x0 / 2 - eps
        ),
        say("Did the model get eps? It should see xt."): _mean_square(eps / 2 - eps),
    }
    for name in OTHERS:
        xt = add_noise(x0, eps, t, NoiseSchedule(name))
        said = say("That is the schedule {name!r}, not the one of the page.", name=name)
        mistakes[said] = _mean_square(xt / 2 - eps)
    for other in (t - 1, t + 1):
        if 0 <= other < 1000:
            xt = add_noise(x0, eps, other, NoiseSchedule("linear"))
            said = say("That is the error at t = {other}.", other=other)
            mistakes[said] = _mean_square(xt / 2 - eps)
    return mistakes


def _no_gradients(error: NoiseError, x0: Tensor, eps: Tensor) -> None:
    model = _Half()
    try:
        result = error(model, x0, eps, 100)
        switched_off = not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)
    if isinstance(result, Tensor) and result.requires_grad:
        raise Hint("The result still carries gradients: use `torch.no_grad()` and `.item()`.")
    if model.gain.grad is not None:
        raise Hint("The model has gradients now: to measure, no `backward()` is needed.")
    if not model.gain.requires_grad:
        raise Hint("The model's parameters cannot learn any more: use `torch.no_grad()` instead.")
    if switched_off:
        raise Hint("Gradients stay switched off for all that follows: `with torch.no_grad():`.")

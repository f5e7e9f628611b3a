"""Checks for the exercises of the page *Autoencoders*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_tensor, run_check
from genlab.models.autoencoder import Encoder

Shapes = Callable[[int], Any]
Ratio = Callable[[int, int], float]
Quantise = Callable[[Tensor, int], Tensor]
Fit = Callable[[nn.Module, Tensor, Tensor, int, torch.Generator], Any]

BATCH = 64
EVERY = 50
DRAWN_LAYERS = (nn.Conv2d, nn.Flatten)


@exercise("ex-encoder-shapes", points=1)
def encoder_shapes(answer: Shapes) -> Result:
    """Check a function side -> the shapes after the three convolutions and after Flatten.

    The shapes are without the batch, of images (1, side, side).
    """

    def compare(*sides: int) -> None:
        for side in sides:
            _compare_shapes(side, _read_shapes(answer(side)))

    return run_check(
        "encoder_shapes",
        [
            Case("the shapes of a digit, 28 by 28", lambda: compare(28)),
            Case("a larger image, 32 by 32", lambda: compare(32)),
            Case("sides that no power of two divides", lambda: compare(20, 45)),
        ],
    )


def _compare_shapes(side: int, given: list[tuple[int, ...]]) -> None:
    for position, (layer, wanted) in enumerate(_real_shapes(side)):
        if position < len(given) and given[position] != wanted:
            raise Hint(_about_shape(side, layer, given[position], wanted))
    if len(given) != 4:
        raise Hint(f"For side {side} there are {len(given)} shapes; 4 are expected.")


def _read_shapes(given: object) -> list[tuple[int, ...]]:
    if not isinstance(given, list | tuple):
        raise Hint(f"Return a list of shapes; yours is a {type(given).__name__}.")
    for shape in given:
        if not isinstance(shape, tuple):
            raise Hint(f"Each shape is a tuple, as (16, 14, 14) or (1024,); one is {shape!r}.")
    return [tuple(shape) for shape in given]


@torch.no_grad()
def _real_shapes(side: int) -> list[tuple[nn.Module, tuple[int, ...]]]:
    """Return the convolutions and Flatten of the real encoder with the shape after each."""
    x = torch.zeros(1, 1, side, side)
    found: list[tuple[nn.Module, tuple[int, ...]]] = []
    for layer in Encoder(latent_size=2).layers:
        x = layer(x)
        if isinstance(layer, DRAWN_LAYERS):
            found.append((layer, tuple(x.shape[1:])))
        if isinstance(layer, nn.Flatten):
            break
    return found


def _about_shape(
    side: int, layer: nn.Module, given: tuple[int, ...], wanted: tuple[int, ...]
) -> str:
    place = f"For side {side}, after {layer}"
    if isinstance(layer, nn.Flatten):
        return f"{place}: yours is {given}. Flatten keeps every number: multiply the sizes."
    if len(given) != 3:
        return f"{place}: yours is {given}; three sizes are expected: channels, height, width."
    if given[0] != wanted[0]:
        return f"{place}: yours is {given}. The channels are the second number of Conv2d."
    return (
        f"{place}: yours is {given}. How often does the kernel fit into the padded side, in steps "
        "of the stride? Round down, then count the first place too."
    )


@exercise("ex-compression-ratio", points=2)
def compression(ratio: Ratio, quantise: Quantise) -> Result:
    """Check (latent_size, bits) -> ratio of sizes, and (z, bits) -> z rounded to 2**bits values.

    `z` has shape (N, D); each of its columns is rounded to values of its own.
    """
    z = torch.randn(300, 3, generator=torch.Generator().manual_seed(0))
    z = z * torch.tensor([1.0, 5.0, 0.1]) + 2

    def shape() -> None:
        expect_tensor(quantise(z, 4), (300, 3), "quantise(z, 4)")

    def constant() -> None:
        flat = torch.full((5, 2), 3.0)
        if not torch.equal(quantise(flat, 4), flat):
            raise Hint("A column whose values are all equal should stay as it is (0 / 0?).")

    return run_check(
        "compression",
        [
            Case("bits are counted, not numbers", lambda: _expect_ratio(ratio, 16, 32)),
            Case("fewer bits compress more", lambda: _expect_ratio(ratio, 16, 4)),
            Case("rounding keeps the shape", shape),
            Case("2 bits leave at most 4 values in a column", lambda: _few(quantise(z, 2))),
            Case("each number goes to a nearest value", lambda: _near(z, quantise(z, 6), 6)),
            Case("a column of equal numbers survives", constant),
        ],
    )


def _expect_ratio(ratio: Ratio, size: int, bits: int) -> None:
    got, wanted = expect_number(ratio(size, bits), "compression_ratio"), 784 * 8 / (size * bits)
    if abs(got - 784 / size) < 1e-6:
        raise Hint(
            f"{got:g} counts numbers. A pixel has 8 bits here, a latent number {bits}: "
            "divide bits by bits."
        )
    if abs(got - wanted) > 1e-6:
        raise Hint(f"compression_ratio({size}, {bits}) is {wanted:g}; yours gives {got:g}.")


def _few(quantised: Tensor) -> None:
    for column in quantised.T:
        values = len(torch.unique((column * 1e4).round()))
        if values > 4:
            raise Hint(f"With 2 bits a column can hold 4 values; one of yours holds {values}.")


def _near(z: Tensor, quantised: Tensor, bits: int) -> None:
    step = (z.max(dim=0).values - z.min(dim=0).values) / (2**bits - 1)
    off = ((quantised - z).abs().max(dim=0).values / step).tolist()
    if max(off) > 0.51:
        raise Hint(
            f"Column {off.index(max(off))} is off by up to {max(off):.1f} steps; rounding to the "
            "nearest of 2**bits values from its lowest to its highest is off by half a step "
            "at most. Each column has a lowest and a highest value of its own."
        )


@exercise("ex-own-loop", points=4, may_change=(nn.Module,))
def fit(answer: Fit) -> Result:
    """Check (model, images, validation_images, steps, rng) -> (losses, validation errors).

    A batch has 64 images; the validation error is measured after every 50 steps.
    """
    run = _Training(answer)
    return run_check(
        "fit",
        [
            Case("it returns a loss a step and an error every 50 steps", run.returns_two_lists),
            Case("each step sees 64 images, drawn anew", run.draws_batches),
            Case("gradients are computed, and cleared between steps", run.clears_gradients),
            Case("the network learns", run.learns),
            Case("rng decides which images are drawn", run.draws_with_rng),
        ],
    )


class _Spy(nn.Module):
    """A small autoencoder that notes how it is trained."""

    def __init__(self) -> None:
        super().__init__()
        first = nn.Linear(784, 4)
        self.layers = nn.Sequential(nn.Flatten(), first, nn.Linear(4, 784), nn.Sigmoid())
        self.batches: list[Tensor] = []  # what was passed through with gradients
        self.backward_passes = self.left_over = 0
        first.weight.register_hook(lambda _: self._note(first.weight))

    def _note(self, weight: Tensor) -> None:
        # The hook runs before this step's gradient is added to what is there.
        self.backward_passes += 1
        self.left_over += weight.grad is not None and bool(weight.grad.any())

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) to the same shape."""
        if torch.is_grad_enabled():
            self.batches.append(x.detach())
        return self.layers(x).reshape(x.shape)


class _Training:
    """The reader's loop, run on a spy; the cases look at what it did."""

    STEPS, VALIDATION = 100, 30

    def __init__(self, answer: Fit) -> None:
        self.answer, self.spy = answer, _Spy()
        self.losses: list[float] = []
        self.validation: list[float] = []
        # Pictures that a few numbers can describe: each is one bright column.
        column = torch.randint(28, (200,), generator=torch.Generator().manual_seed(0))
        self.images = torch.eye(28)[column][:, None, None, :].repeat(1, 1, 28, 1)

    def _train(self, seed: int) -> Any:
        torch.manual_seed(0)
        self.spy = _Spy()
        rng = torch.Generator().manual_seed(seed)
        return self.answer(self.spy, self.images, self.images[: self.VALIDATION], self.STEPS, rng)

    def returns_two_lists(self) -> None:
        given = self._train(seed=1)
        if not isinstance(given, tuple) or len(given) != 2:
            raise Hint(f"Return two lists, losses and validation; got {type(given).__name__}.")
        wanted = {"losses": self.STEPS, "validation": self.STEPS // EVERY}
        for (name, count), values in zip(wanted.items(), given, strict=True):
            if len(values) != count:
                raise Hint(
                    f"{self.STEPS} steps should give {count} {name}; yours gave {len(values)}."
                )
            setattr(self, name, [expect_number(value, f"one of the {name}") for value in values])

    def draws_batches(self) -> None:
        batches = self.spy.batches
        wrong = [len(batch) for batch in batches if len(batch) != BATCH]
        if self.VALIDATION in wrong:
            raise Hint("The validation images run with gradients: use `with torch.no_grad():`.")
        if wrong:
            raise Hint(f"A batch has {wrong[0]} images; {BATCH} are expected.")
        if len(batches) > 1 and torch.equal(batches[0], batches[1]):
            raise Hint("The first two steps see the same batch: draw a new one at each step.")

    def clears_gradients(self) -> None:
        if self.spy.backward_passes == 0:
            raise Hint("No gradient was computed: call `loss.backward()` at each step.")
        if self.spy.left_over:
            raise Hint(
                "Gradients of the step before are still there and add up: call "
                "`optimizer.zero_grad()` before `loss.backward()`."
            )

    def learns(self) -> None:
        first, last = self.losses[0], sum(self.losses[-10:]) / 10
        if not last < 0.9 * first:
            raise Hint(
                f"The loss went from {first:.3f} to {last:.3f}. Is `optimizer.step()` called?"
            )
        if not self.validation[-1] < 0.9 * first:
            raise Hint("The validation error did not fall: is it measured after every 50 steps?")

    def draws_with_rng(self) -> None:
        losses, _ = self._train(seed=2)
        if [float(loss) for loss in losses] == self.losses:
            raise Hint("Another rng gave the same losses: pass `generator=rng` to torch.randint.")

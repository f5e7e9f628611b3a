"""Checks for the exercises of the page *The latent space*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from genlab.checks import Case, Hint, Result, exercise, expect_number, expect_tensor, run_check

BoxSampler = Callable[[Tensor, int, torch.Generator], Tensor]
Agreement = Callable[[Tensor, Tensor, int], float]


@exercise("ex-sixteen-dimensions", points=2)
def sample_box(answer: BoxSampler) -> Result:
    """Check a function (z, n, rng) -> n points uniform in the bounding box of z.

    `z` has shape (N, D); the points shall have shape (n, D).
    """
    rng = torch.Generator().manual_seed(0)
    z = torch.randn(200, 16, generator=rng) * torch.arange(1, 17) + 5
    low, high = z.min(dim=0).values, z.max(dim=0).values

    def shape() -> None:
        expect_tensor(answer(z, 7, torch.Generator().manual_seed(1)), (7, 16), "sample_box(z, 7)")

    def inside() -> None:
        points = answer(z, 2000, torch.Generator().manual_seed(1))
        below, above = (points < low).any(dim=0), (points > high).any(dim=0)
        if (below | above).any():
            wrong = int((below | above).nonzero()[0])
            raise Hint(
                f"In dimension {wrong} points run from {points[:, wrong].min():.1f} to "
                f"{points[:, wrong].max():.1f}, the encodings from {low[wrong]:.1f} to "
                f"{high[wrong]:.1f}. Each dimension has a smallest and a largest value of its own."
            )

    def fills() -> None:
        points = answer(z, 2000, torch.Generator().manual_seed(1))
        place = (points - low) / (high - low)
        if (place.mean(dim=0) - 0.5).abs().max() > 0.05 or place.std(dim=0).min() < 0.25:
            raise Hint(
                "The points stay inside the box but do not fill it evenly: a uniform sample has "
                "its mean in the middle and a standard deviation of 0.29 times the box's width."
            )

    def reproducible() -> None:
        twice = [answer(z, 5, torch.Generator().manual_seed(3)) for _ in range(2)]
        if not torch.equal(*twice):
            raise Hint("Two calls with the same seed differ: pass `generator=rng` to torch.rand.")

    return run_check(
        "sample_box",
        [
            Case("it returns n points with as many dimensions as z", shape),
            Case("every point lies in the box", inside),
            Case("the points fill the box evenly", fills),
            Case("the same generator gives the same points", reproducible),
        ],
    )


@exercise("ex-another-seed", points=3)
def neighbour_agreement(answer: Agreement) -> Result:
    """Check a function (z_a, z_b, k) -> mean share of common neighbours, in [0, 1].

    `z_a` and `z_b` are (N, D) and (N, E): two encodings of the same N images.
    """
    rng = torch.Generator().manual_seed(0)
    z = torch.randn(120, 2, generator=rng)
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])

    def expect(got: object, wanted: float, tolerance: float, why: str) -> None:
        value = expect_number(got, "neighbour_agreement")
        if abs(value - wanted) > tolerance:
            raise Hint(f"{why} should give {wanted:.2f}; yours gives {value:.3f}.")

    def itself() -> None:
        expect(answer(z, z, 10), 1.0, 1e-6, "A map compared with itself")

    def turned() -> None:
        expect(answer(z, 3 * z @ turn + 4, 10), 1.0, 1e-6, "The same map turned, grown and moved")

    def random() -> None:
        # k of the N - 1 others: a point that counts itself as a neighbour gives more.
        other = torch.randn(120, 2, generator=torch.Generator().manual_seed(1))
        hint = "Two unrelated maps (does a point count as its own neighbour?)"
        expect(answer(z, other, 10), 10 / 119, 0.03, hint)

    def sizes() -> None:
        expect(answer(z, torch.cat([z, 0 * z], dim=1), 5), 1.0, 1e-6, "A map with empty axes added")

    return run_check(
        "neighbour_agreement",
        [
            Case("a map agrees wholly with itself", itself),
            Case("turning, growing and moving a map changes no neighbour", turned),
            Case("two unrelated maps agree by chance only", random),
            Case("maps of different dimensions can be compared", sizes),
        ],
    )


@exercise("ex-frozen-head", points=2)
def frozen_head(answer: Callable[[nn.Module, int], tuple[Any, nn.Module]]) -> Result:
    """Check a function (encoder, latent_size) -> (encoder, head) with the encoder frozen.

    The head maps (N, latent_size) to 10 logits and has a non-linearity between linear layers.
    """
    built: dict[str, Any] = {}

    def build() -> None:
        encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 3))
        pair = answer(encoder, 3)
        if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[1], nn.Module):
            raise Hint(f"expected (encoder, head), two modules; got {type(pair).__name__}.")
        built["encoder"], built["head"] = pair

    def shape() -> None:
        expect_tensor(built["head"](torch.zeros(4, 3)), (4, 10), "head(z) for z of shape (4, 3)")

    def frozen() -> None:
        loose = [n for n, p in built["encoder"].named_parameters() if p.requires_grad]
        if loose:
            raise Hint(f"These parameters of the encoder would still be trained: {loose}.")
        if not any(p.requires_grad for p in built["head"].parameters()):
            raise Hint("The head has nothing to train: freeze the encoder, not the head.")

    def curved() -> None:
        z = torch.randn(3, 3, generator=torch.Generator().manual_seed(0))
        head = built["head"].eval()
        # A straight map sends the middle of two points to the middle of their images.
        bend = head((z[:1] + z[1:2]) / 2) - (head(z[:1]) + head(z[1:2])) / 2
        if bend.abs().max() < 1e-6:
            raise Hint("The head is linear: put an activation between two nn.Linear layers.")

    return run_check(
        "frozen_head",
        [
            Case("it returns the encoder and a head", build),
            Case("the head gives ten logits", shape),
            Case("only the head is trained", frozen),
            Case("the head can draw curved borders", curved),
        ],
    )

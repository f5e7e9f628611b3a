"""The check of the exercise *A head on a frozen encoder*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from genlab.checks import Case, Hint, Result, exercise, expect_values, run_check, say
from genlab.checks.draws import seeded

FrozenHead = Callable[[nn.Module, int], tuple[Any, nn.Module]]

CLASSES = 10
BATCH = 509  # no other size in a head is likely to be this prime: it marks the batch
BENT = 1e-3  # share of a value that a straight map leaves unexplained; rounding leaves 1e-6


@exercise("ex-frozen-head", points=2)
def frozen_head(answer: FrozenHead) -> Result:
    """Check a function (encoder, latent_size) -> (encoder, head) with the encoder frozen.

    The head maps (N, latent_size) to 10 logits and has a non-linearity between linear layers.
    """
    run = _Probing(answer)
    return run_check(
        "frozen_head",
        [
            Case("it returns the encoder and a head", run.builds),
            Case("the head gives ten logits", run.gives_logits),
            Case("only the head is trained", run.freezes),
            Case("the head can draw curved borders", run.bends),
            Case("the head's last layer is linear", run.ends_linear),
            Case("other encoders get heads of their own size", run.fits_other_encoders),
        ],
    )


class _Probing:
    """One call of the answer; the cases look at what it built."""

    def __init__(self, answer: FrozenHead) -> None:
        self.answer = answer
        self.encoder, self.head = self._new_encoder(3), nn.Module()
        self.images = torch.rand(5, 1, 28, 28, generator=seeded())

    @staticmethod
    def _new_encoder(size: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return nn.Sequential(nn.Flatten(), nn.Linear(784, size))

    def build(self, given: nn.Module, size: int) -> tuple[nn.Module, nn.Module]:
        """Call the answer; return its encoder and its head."""
        pair = self.answer(given, size)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise Hint(
                "expected (encoder, head), two modules; got {kind}.", kind=type(pair).__name__
            )
        encoder, head = pair
        for name, part in (("encoder", encoder), ("head", head)):
            if not isinstance(part, nn.Module):
                raise Hint(
                    "expected (encoder, head), two modules; the {name} is a {kind}.",
                    name=name,
                    kind=type(part).__name__,
                )
        if head is given:
            raise Hint("expected (encoder, head); the head came first, or is the encoder itself.")
        return encoder, head.eval()

    def builds(self) -> None:
        given = self._new_encoder(3)
        self.encoder, self.head = self.build(given, 3)
        with torch.no_grad():
            wanted, got = given(self.images), self.encoder(self.images)
        if not isinstance(got, Tensor) or got.shape != wanted.shape or not torch.equal(got, wanted):
            raise Hint("The encoder that comes back is another one: return the one that was given.")

    def gives_logits(self) -> None:
        _expect_logits(self.head, 3, 4)
        _expect_logits(self.head, 3, 1)

    def freezes(self) -> None:
        loose = [n for n, p in self.encoder.named_parameters() if p.requires_grad]
        if loose:
            raise Hint(
                "These parameters of the encoder would still be trained: {loose}.", loose=loose
            )
        trained = {n: p.requires_grad for n, p in self.head.named_parameters()}
        if not any(trained.values()):
            raise Hint("The head has nothing to train: freeze the encoder, not the head.")
        if not all(trained.values()):
            stuck = [name for name, free in trained.items() if not free]
            raise Hint("These parameters of the head are frozen too: {stuck}.", stuck=stuck)

    def bends(self) -> None:
        steps, _ = _trace(self.head)
        if len(steps) < 2:
            raise Hint(
                "The head has a single linear layer, so its borders are straight lines: "
                "put an activation between two nn.Linear layers."
            )
        first = steps[0].out
        if not any(_unexplained(step.x, first) > BENT for step in steps[1:]):
            raise Hint("The head is linear: put an activation between two nn.Linear layers.")

    def ends_linear(self) -> None:
        steps, out = _trace(self.head)
        if (out >= 0).all() and torch.allclose(out.sum(dim=1), torch.ones(BATCH).double()):
            raise Hint(
                "The head ends with a softmax: leave it out, the cross-entropy loss has its own."
            )
        last = [step.out for step in steps if step.out.shape == out.shape]
        if last and _ends_bent(out, last):
            raise Hint("Something follows the last linear layer: a logit may be any number.")

    def fits_other_encoders(self) -> None:
        """Try an encoder without parameters, as for the raw pixels, and one of another size."""
        for encoder, size in ((nn.Flatten(), 784), (self._new_encoder(2), 2)):
            _, head = self.build(encoder, size)
            _expect_logits(head, size, 4)
            if head is self.head:
                raise Hint("Two encoders get one and the same head: build a new one in each call.")


def _expect_logits(head: nn.Module, size: int, n: int) -> None:
    try:
        with torch.no_grad():
            logits = head(torch.zeros(n, size))
    except RuntimeError as error:  # from inside PyTorch, where no line is the reader's
        why = str(error).partition("\n")[0]
        raise Hint(
            "The head does not take z of shape ({n}, {size}): {why}", n=n, size=size, why=why
        ) from None
    expect_values(logits, (n, CLASSES), say("head(z) for z of shape ({n}, {size})", n=n, size=size))


# -- looking into a head ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Product:
    """A linear step: what went in and what came out, (BATCH, ...) each."""

    x: Tensor
    out: Tensor


class _Products(TorchDispatchMode):
    """Notes each matrix product and each convolution of a batch."""

    NAMES = ("mm", "addmm", "bmm", "baddbmm", "convolution", "linear", "_trilinear")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Product] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation of PyTorch, and keep it if it is a product."""
        out = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__ in self.NAMES:
            rows = [_rows(part) for part in (*args, out) if isinstance(part, Tensor)]
            batch = [part for part in rows if part is not None]
            if len(batch) > 1:
                self.found.append(_Product(batch[0], batch[-1]))
        return out


def _rows(value: Tensor) -> Tensor | None:
    """Return a value as (BATCH, ...), wherever the batch stands; None if it holds no batch."""
    if BATCH not in value.shape:
        return None
    return value.detach().movedim(value.shape.index(BATCH), 0).flatten(1).double()


@torch.no_grad()
def _trace(head: nn.Module) -> tuple[list[_Product], Tensor]:
    """Return the products of a head on many points, near zero and far from it, and its logits."""
    scale = torch.tensor([0.1, 1.0, 10.0, 100.0]).repeat(BATCH)[:BATCH, None]
    z = torch.randn(BATCH, 3, generator=seeded(1)) * scale
    with _Products() as products:
        out = head(z)
    return products.found, expect_values(out, (BATCH, CLASSES), "head(z)")


def _unexplained(x: Tensor, first: Tensor) -> float:
    """Return the share of `x` that is no straight map of `first`, both (BATCH, ...)."""
    known = torch.cat([first[:, : BATCH // 4], torch.ones(BATCH, 1).double()], dim=1)
    scale = x.abs().amax(dim=0)
    x = x[:, scale > 0] / scale[scale > 0]
    if x.shape[1] == 0:
        return 0.0
    fitted = known @ torch.linalg.lstsq(known, x, driver="gelsd").solution
    return float((x - fitted).abs().max())


def _ends_bent(out: Tensor, last: list[Tensor]) -> bool:
    """Whether logits are no straight map of the last products; the same shift for all is free."""
    centred = [part - part.mean(dim=1, keepdim=True) for part in (out, *last)]
    columns = (torch.stack([part[:, j] for part in centred], dim=1) for j in range(CLASSES))
    return any(_unexplained(column[:, :1], column[:, 1:]) > BENT for column in columns)

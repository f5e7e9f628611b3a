"""What comes back from an answer, read as what was asked: a tensor, its values, or one number.

Values are compared in double precision on the CPU, whatever the answer computed in.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from types import EllipsisType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genlab.checks.run import Hint
from genlab.checks.words import say, text

Shape = tuple[int | EllipsisType, ...]

NONE = text("{name} gave None. Does every path of the function end in `return`?")


def expect_tensor(answer: Any, shape: Shape, name: str) -> Tensor:
    """Return `answer` as it came if it is a tensor of this shape (... fits any length).

    Raises:
        Hint: it is another thing, has another shape, or holds NaN or infinity.
    """
    _expect_shape(answer, shape, name)
    if not torch.isfinite(answer).all():
        raise Hint("{name} holds values that are not finite (NaN or infinity).", name=name)
    return answer


def expect_values(answer: Any, shape: Shape, name: str, *, finite: bool = True) -> Tensor:
    """Return the values of a real tensor of this shape in float64, on the CPU, without gradients.

    Args:
        answer: what an answer gave.
        shape: the shape it should have; ... fits any length.
        name: how a hint calls it.
        finite: whether NaN and infinity are refused.

    Raises:
        Hint: it is not such a tensor.
    """
    _expect_shape(answer, shape, name)
    if answer.dtype == torch.bool or answer.is_complex():
        raise Hint(
            "{name} has dtype {dtype}; real numbers are expected.", name=name, dtype=answer.dtype
        )
    if answer.layout != torch.strided:
        answer = answer.to_dense()
    values = answer.detach().cpu().double()
    if finite and not torch.isfinite(values).all():
        raise Hint("{name} holds values that are not finite (NaN or infinity).", name=name)
    return values


def _expect_shape(answer: Any, shape: Shape, name: str) -> None:
    if answer is None:
        raise Hint(NONE, name=name)
    if not isinstance(answer, Tensor):
        raise Hint(
            "{name} gave a {kind}; a torch tensor is expected.",
            name=name,
            kind=type(answer).__name__,
        )
    fits = answer.ndim == len(shape) and all(
        wanted is ... or wanted == got for wanted, got in zip(shape, answer.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("N" if size is ... else str(size) for size in shape)
        raise Hint(
            "{name} has shape {shape}; ({wanted}) is expected.",
            name=name,
            shape=tuple(answer.shape),
            wanted=wanted,
        )
    if answer.is_meta:
        raise Hint("{name} has no values: it is on the device meta.", name=name)


def expect_number(answer: Any, name: str, *, finite: bool = True) -> float:
    """Return `answer` as a float if it is one real number, of Python, NumPy or PyTorch.

    Raises:
        Hint: it is another thing, or NaN or infinity where `finite` is asked.
    """
    if answer is None:
        raise Hint(NONE, name=name)
    value = _number(answer)
    if value is None:
        raise Hint("{name} gave {given}; one number is expected.", name=name, given=_brief(answer))
    if finite and not math.isfinite(value):
        raise Hint("{name} gave {value}; a finite number is expected.", name=name, value=value)
    return value


def _number(answer: Any) -> float | None:
    if isinstance(answer, Tensor):
        if answer.numel() != 1 or answer.is_meta:
            return None
        answer = answer.item()
    if isinstance(answer, bool | np.bool_ | str | bytes):
        return None
    try:
        return float(answer)
    except (TypeError, ValueError, OverflowError):
        return None


def _brief(answer: Any) -> str:
    if isinstance(answer, Tensor | np.ndarray):
        return say(
            "a {kind} of shape {shape} and {dtype}",
            kind=type(answer).__name__,
            shape=tuple(answer.shape),
            dtype=answer.dtype,
        )
    try:
        return reprlib.repr(answer)
    except Exception:
        return say("a {kind}", kind=type(answer).__name__)


def tolerance(answer: Any, smallest: float) -> float:
    """Return how far values may be off: at least `smallest`, more where the dtype is coarse."""
    coarse = isinstance(answer, Tensor) and answer.is_floating_point()
    return max(smallest, 4 * torch.finfo(answer.dtype).eps) if coarse else smallest


def close(got: Tensor, wanted: Tensor, atol: float, rtol: float = 0.0) -> bool:
    """Whether two tensors are equal up to a tolerance, whichever dtype and device they have."""
    a, b = (part.detach().cpu().double() for part in (got, wanted))
    return torch.allclose(a, b, atol=atol, rtol=rtol)


def refuse(got: Tensor, known: Sequence[tuple[Tensor, str]], atol: float) -> None:
    """Raise the hint of the first known wrong result that `got` is equal to, if there is one."""
    for wrong, hint in known:
        if close(got, wrong, atol):
            raise Hint(hint)

"""Run a network of whatever kind a reader brings, without training it.

It runs on its device and in its dtype. A reader's model may be an `nn.Module`,
an object that holds one, or a function around one; it may live on another
device, compute in half or double precision, and answer with an output class of
`diffusers` instead of a tensor. What calls it should not have to know.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

# an object that holds a list of models, or a function around such an object
DEPTH = 3


def modules_of(model: object) -> list[nn.Module]:
    """Return the networks that a model is or holds.

    It may hold them as attributes, in containers, or in a closure.
    """
    found: dict[int, nn.Module] = {}
    _collect(model, found, set(), DEPTH)
    return list(found.values())


def _collect(
    thing: object, found: dict[int, nn.Module], seen: set[int], depth: int
) -> None:
    if id(thing) in seen or depth < 0:
        return
    seen.add(id(thing))
    if isinstance(thing, nn.Module):
        found[id(thing)] = thing
        return
    for part in _parts(thing):
        _collect(part, found, seen, depth - 1)


def _parts(thing: object) -> list[object]:
    """Return what may hold a network within an object that is none."""
    if isinstance(thing, Tensor | str | bytes | int | float | type | None):
        return []
    if isinstance(thing, Mapping):
        return list(thing.values())
    if isinstance(thing, list | tuple):
        return list(thing)
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if inspect.ismethod(thing):
        return [thing.__self__]
    if inspect.isfunction(thing):
        names = inspect.getclosurevars(thing)
        return [*names.nonlocals.values(), *names.globals.values()]
    if inspect.ismodule(thing):
        return []
    return list(getattr(thing, "__dict__", {}).values())


def _tensors(model: object) -> Iterator[Tensor]:
    for module in modules_of(model):
        yield from module.parameters()
        yield from module.buffers()


def device_of(model: object) -> torch.device:
    """Return where a model's numbers are; the CPU if it has none."""
    devices = (tensor.device for tensor in _tensors(model))
    return next(devices, torch.device("cpu"))


def dtype_of(model: object) -> torch.dtype:
    """Return what a model computes in; float32 if it has no numbers."""
    floats = (one.dtype for one in _tensors(model) if one.is_floating_point())
    return next(floats, torch.float32)


def as_wanted(model: object, batch: Tensor) -> Tensor:
    """Return a copy of float data where and as a model wants it."""
    return batch.to(device_of(model), dtype_of(model), copy=True)


@contextmanager
def evaluating(model: object) -> Iterator[None]:
    """Within the block: no gradients, and the model in evaluation mode.

    Afterwards it is as it was.
    """
    with torch.no_grad(), in_eval_mode(model):
        yield


@contextmanager
def in_eval_mode(model: object) -> Iterator[None]:
    """Within the block dropout and batch norm do as in evaluation.

    Gradients are as they were.
    """
    parts = [part for module in modules_of(model) for part in module.modules()]
    training = [part.training for part in parts]
    for part in parts:
        part.training = False
    try:
        yield
    finally:
        for part, was in zip(parts, training, strict=True):
            part.training = was


def tensor_of(output: Any, name: str = "the model") -> Tensor:
    """Return the tensor that a network answers with.

    It may be the answer, or what an output class holds as `sample`.

    Raises:
        TypeError: if there is none.
    """
    if isinstance(output, Tensor):
        return output
    answer = getattr(output, "sample", output)
    if isinstance(answer, Tensor):
        return answer
    raise TypeError(
        f"{name} gives a {type(output).__name__}; expected a tensor, "
        "or an output of `diffusers` that has one as `sample`"
    )


def check_finite(output: Tensor, name: str = "the model") -> Tensor:
    """Return the output if all its numbers are finite.

    Raises:
        ValueError: if not.
    """
    if not torch.isfinite(output).all():
        raise ValueError(
            f"{name} gives values that are not finite; was training stable?"
        )
    return output


def adapted(model: object, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, its first argument given as the model wants it.

    The further ones, such as timesteps, are whole numbers that half precision
    would round.
    """

    def call(batch: Tensor, *more: Tensor) -> Any:
        return function(as_wanted(model, batch), *more)

    return call

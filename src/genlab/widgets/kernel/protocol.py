"""What browser and kernel say to each other: forward passes, asked for by name.

In a live kernel the browser asks by messages and the reader's own model answers. On a page of the
site the same names lead to networks that were exported when the site was built.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from genlab.checkpoints import load_model

MAX_BATCH = 1024


@contextmanager
def evaluating(model: object) -> Iterator[None]:
    """Within the block: no gradients, and the model in evaluation mode; afterwards as it was."""
    modules = list(model.modules()) if isinstance(model, nn.Module) else []
    training = [module.training for module in modules]
    for module in modules:
        module.training = False
    try:
        with torch.no_grad():
            yield
    finally:
        for module, was in zip(modules, training, strict=True):
            module.training = was


def device_of(model: object) -> torch.device:
    """Return where a model's parameters are; the CPU if it has none."""
    parameter = next(model.parameters(), None) if isinstance(model, nn.Module) else None
    return torch.device("cpu") if parameter is None else parameter.device


# -- networks --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """One forward pass that the browser may ask for.

    Attributes:
        model: the module to put into evaluation mode and whose device the input goes to.
        forward: maps one float32 batch for each input to a tensor.
        input_shape: shape of the first input, without the batch.
        further_shapes: of the other inputs, such as `((),)` for one timestep an image.
        part: what of the model it is, as in the site's name "vae-2d.decoder".
        checkpoint: the one that the reader says the model is; by default its `checkpoint_name`.
    """

    model: object
    forward: Callable[..., Tensor]
    input_shape: tuple[int, ...]
    further_shapes: tuple[tuple[int, ...], ...] = ()
    part: str = ""
    checkpoint: str | None = None

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of all inputs, without the batch."""
        return self.input_shape, *self.further_shapes

    def __call__(self, *batches: Tensor) -> Tensor:
        """Run a batch (N, *shape) for each input; return float32 on the CPU, contiguous."""
        device = device_of(self.model)
        with evaluating(self.model):
            output = self.forward(*(batch.to(device) for batch in batches))
        return output.detach().to("cpu", torch.float32).contiguous()


@dataclass(frozen=True)
class SiteNetwork:
    """One network of the site, as the widget that may use it declares it.

    Attributes:
        name: checkpoint and part with a dot between, as "vae-2d.decoder".
        function: from the checkpoint's model to what is exported, a function of float32 batches.
        input_shapes: of each input, without the batch.
    """

    name: str
    function: Callable[[Any], Callable[..., Tensor]]
    input_shapes: tuple[tuple[int, ...], ...]

    @property
    def checkpoint(self) -> str:
        """The checkpoint that holds it."""
        return self.name.rpartition(".")[0]

    @property
    def part(self) -> str:
        """What of the checkpoint's model it is."""
        return self.name.rpartition(".")[2]


def by_name(*networks: SiteNetwork) -> dict[str, SiteNetwork]:
    """Return networks of the site by their names."""
    return {one.name: one for one in networks}


def same_weights(model: Any, checkpoint: str) -> bool:
    """Whether a model still is what its checkpoint holds."""
    if not isinstance(model, nn.Module):
        return False
    own, stored = model.state_dict(), load_model(checkpoint).state_dict()
    return own.keys() == stored.keys() and all(
        torch.equal(own[key].cpu(), stored[key]) for key in stored
    )


def checkpoint_of(model: Any) -> str | None:
    """Return the checkpoint that a model was loaded from; None if it was trained on since then."""
    name = getattr(model, "checkpoint_name", None)
    return name if name is not None and same_weights(model, name) else None


def site_name(network: Network, declared: Mapping[str, SiteNetwork]) -> str | None:
    """Return the name of the site's network that computes what `network` does; None without one.

    Raises:
        ValueError: if the reader named a checkpoint with other weights than the model's.
    """
    checkpoint = network.checkpoint or getattr(network.model, "checkpoint_name", None)
    known = declared.get(f"{checkpoint}.{network.part}")
    if known is None or known.input_shapes != network.input_shapes:
        return None
    if same_weights(network.model, known.checkpoint):
        return known.name
    if network.checkpoint is None:
        return None
    raise ValueError(
        f"networks names {checkpoint!r}, but the model's weights differ from those of the "
        "checkpoint: the page would show another model than the notebook"
    )


# -- messages --------------------------------------------------------------------------------------


def answer(
    networks: Mapping[str, Network], content: Any, buffers: Sequence[Any]
) -> tuple[dict[str, Any], bytes]:
    """Return the answer to a `run` message, and the output as float32.

    Raises:
        ValueError: if the message, or what it brings, is not as a network takes it.
    """
    name, shapes = _read_request(content)
    if name not in networks:
        raise ValueError(f"there is no network {name!r}, only {', '.join(networks)}")
    network = networks[name]
    batches = _read_batches(shapes, buffers, network.input_shapes)
    start = time.perf_counter()
    output = network(*batches)
    milliseconds = (time.perf_counter() - start) * 1000
    reply = {"outputs": [{"shape": list(output.shape)}], "milliseconds": milliseconds}
    return reply, output.numpy().tobytes()


def one_sentence(error: Exception) -> str:
    """Return an error as the browser shows it: one line, the kind only where it is not ours."""
    text = " ".join(str(error).split()).rstrip(".")
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"


def _read_request(content: Any) -> tuple[str, list[tuple[int, ...]]]:
    """Return network name and input shapes of a `run` message.

    Raises:
        ValueError: if it is another kind of message or its parts are missing.
    """
    if not isinstance(content, dict) or content.get("kind") != "run":
        kind = content.get("kind") if isinstance(content, dict) else content
        raise ValueError(f"the message is of kind {kind!r}; expected 'run'")
    if not isinstance(content.get("id"), str):
        raise ValueError(f"the message has the id {content.get('id')!r}; expected a string")
    inputs = content.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise ValueError(f"the message has the inputs {inputs!r}; expected [{{'shape': [n, ...]}}]")
    return str(content.get("network")), [_read_shape(one) for one in inputs]


def _read_shape(value: Any) -> tuple[int, ...]:
    match value:
        case {"shape": [*shape]} if shape and all(type(n) is int and n > 0 for n in shape):
            return tuple(shape)
    raise ValueError(f"the message has the input {value!r}; expected {{'shape': [n, ...]}}")


def _read_batches(
    shapes: list[tuple[int, ...]],
    buffers: Sequence[Any],
    input_shapes: tuple[tuple[int, ...], ...],
) -> list[Tensor]:
    """Return the float32 batches of a message, one for each input of the network.

    Raises:
        ValueError: if their number, shapes, bytes or values are not what the network takes.
    """
    if len(shapes) != len(input_shapes):
        raise ValueError(f"the message has {len(shapes)} inputs; expected {len(input_shapes)}")
    for shape, input_shape in zip(shapes, input_shapes, strict=True):
        if shape[1:] != input_shape or shape[0] > MAX_BATCH:
            expected = "".join(f", {n}" for n in input_shape)
            raise ValueError(f"the input has shape {shape}; expected (n <= {MAX_BATCH}{expected})")
    if len({shape[0] for shape in shapes}) > 1:
        raise ValueError(f"the inputs have shapes {shapes}; expected the same n for all")
    sizes = [len(bytes(buffer)) for buffer in buffers]
    expected_sizes = [4 * math.prod(shape) for shape in shapes]
    if sizes != expected_sizes:
        raise ValueError(f"the message has buffers of {sizes} bytes; expected {expected_sizes}")
    return [_read_batch(*pair) for pair in zip(shapes, buffers, strict=True)]


def _read_batch(shape: tuple[int, ...], buffer: Any) -> Tensor:
    batch = torch.frombuffer(bytearray(bytes(buffer)), dtype=torch.float32).reshape(shape)
    if not torch.isfinite(batch).all():
        raise ValueError("the input holds values that are not finite; expected numbers")
    return batch

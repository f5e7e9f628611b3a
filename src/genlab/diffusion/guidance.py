"""Ask a network for a class, and classifier-free guidance (Ho & Salimans).

A network that can be asked takes a third argument, `label`: int64, (N,), a
class from 0 to 9, or 10 for "no class".
"""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor, nn

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.flow import Flow
from genlab.diffusion.training import ClassNetwork
from genlab.models.class_unet import CLASSES, NO_CLASS
from genlab.models.readers import tensor_of

Sampled = TypeVar("Sampled", Denoiser, Flow)


@dataclass(frozen=True)
class GuidedNetwork:
    """A network of xt and t that asks another one for a class.

    Its answer is none + scale (asked - none). A mean of outputs with weights
    that sum to 1 is the same mean of the x0, of the eps and of the v that they
    stand for, so that it does not matter which of them the network predicts.

    Attributes:
        model: called with xt, t and label.
        label: int64, () for one class for all, or (N,).
        scale: 0 asks for no class, 1 for the class; above 1 exaggerates what
            the class changes.
    """

    model: ClassNetwork
    label: Tensor
    scale: float = 1.0

    def __call__(self, xt: Tensor, t: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) and (N,) to (N, 1, 28, 28)."""
        label = one_an_image(self.label.to(xt.device), len(xt))
        none = torch.full_like(label, NO_CLASS)
        if self.scale in (0, 1):  # one answer is enough
            return tensor_of(self.model(xt, t, label if self.scale else none))
        both = self.model(
            torch.cat([xt, xt]), torch.cat([t, t]), torch.cat([label, none])
        )
        asked, unasked = tensor_of(both, "the network").chunk(2)
        return unasked + self.scale * (asked - unasked)


def guided(
    denoiser: Sampled, label: int | Tensor, scale: float = 1.0
) -> Sampled:
    """Return a denoiser, or a flow, of digits of a class.

    Args:
        denoiser: its network takes xt, t and label.
        label: one class for all images, or one an image, int64, (N,).
        scale: of the guidance, 0 or more; 1 asks for the class and no more.

    Raises:
        TypeError: if the network takes no label, or `label` is not whole
            numbers.
        ValueError: if a class or the scale is out of range.
    """
    if not takes_label(denoiser.model):
        raise TypeError(
            f"the network, a {type(denoiser.model).__name__}, has no input "
            "`label`; expected one that can be asked for a class, such as "
            "ClassUNet"
        )
    if not 0 <= scale < math.inf:
        raise ValueError(f"scale is {scale}; expected a number from 0 on")
    network = GuidedNetwork(denoiser.model, _checked(label), scale)  # type: ignore[arg-type]
    return replace(denoiser, model=network)


def takes_label(network: object) -> bool:
    """Say whether a network, or a function, has an input named `label`."""
    call = network.forward if isinstance(network, nn.Module) else network
    try:
        return "label" in inspect.signature(call).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):  # not callable, or written in C
        return False


def one_an_image(label: Tensor, images: int) -> Tensor:
    """Return one class for each image, (images,), of () or (images,).

    Raises:
        ValueError: if there are more or fewer classes than images.
    """
    if label.ndim and len(label) != images:
        raise ValueError(
            f"label has shape ({len(label)},); expected ({images},), "
            "one class an image"
        )
    return label.expand(images)


def _checked(label: int | Tensor) -> Tensor:
    labels = torch.as_tensor(label)
    if labels.dtype != torch.int64:
        raise TypeError(
            f"label is {labels.dtype}; "
            "expected a whole number or a torch.int64 tensor"
        )
    if labels.ndim > 1:
        raise ValueError(
            f"label has shape {tuple(labels.shape)}; expected (N,), "
            "one class an image"
        )
    outside = labels[(labels < 0) | (labels >= CLASSES)]
    if outside.numel():
        raise ValueError(
            f"label is {int(outside.flatten()[0])}; "
            f"expected a class from 0 to {CLASSES - 1}"
        )
    return labels

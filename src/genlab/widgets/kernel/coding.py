"""What the widgets on autoencoders share: digits as they take and send them, checked coding."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genlab.data import check_images, load_digits
from genlab.widgets.kernel.protocol import Network, SiteNetwork

IMAGE = (1, 28, 28)


def read_digits(images: Tensor | None, labels: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return images (N, 1, 28, 28) and their classes (N,); the test split if both are None.

    Raises:
        TypeError: if the images are not float32.
        ValueError: if only one is given, or a shape, a range or a type is wrong.
    """
    if images is None and labels is None:
        test = load_digits("test")
        return test.images, test.labels
    if images is None or labels is None:
        raise ValueError("got only one of `images` and `labels`; expected both or neither")
    check_images(images)
    classes = torch.as_tensor(labels)
    if classes.shape != (len(images),) or classes.is_floating_point():
        raise ValueError(
            f"labels have shape {tuple(classes.shape)} and type {classes.dtype}; "
            f"expected ({len(images)},) whole numbers, one an image"
        )
    if classes.min() < 0 or classes.max() > 9:
        raise ValueError(
            f"labels reach from {classes.min()} to {classes.max()}; expected digits from 0 to 9"
        )
    return images, classes


def check_coder(name: str, model: Any, latent_size: int, why: str) -> None:
    """Check that a model has `encode` and `decode` and this latent size.

    Args:
        name: of the model, for the message.
        model: what the reader gave.
        latent_size: what its attribute of this name shall be, if it has one.
        why: the reason for that size, for the message.

    Raises:
        TypeError: if a method is missing.
        ValueError: if its latent size is another.
    """
    for method in ("encode", "decode"):
        if not callable(getattr(model, method, None)):
            raise TypeError(
                f"{name} is a {type(model).__name__} without `{method}`; expected a model "
                "like genlab.models.autoencoder.AutoEncoder"
            )
    size = getattr(model, "latent_size", latent_size)
    if size != latent_size:
        raise ValueError(f"{name} has latent_size {size}; {why}, so expected {latent_size}")


def code_of(model: Any) -> Callable[[Tensor], Tensor]:
    """Return the function from images to one latent vector each; of a distribution, its mean."""

    def encode(x: Tensor) -> Tensor:
        code = model.encode(x)
        return code[0] if isinstance(code, tuple) else code

    return encode


def decoder_of(model: Any) -> Callable[[Tensor], Tensor]:
    """Return the function from latent vectors to images."""
    return model.decode


def decoder(model: Any, latent_size: int, checkpoint: str | None = None) -> Network:
    """Return a model's decoder as the browser may ask for it."""
    return Network(model, model.decode, (latent_size,), part="decoder", checkpoint=checkpoint)


def encoder(model: Any, checkpoint: str | None = None) -> Network:
    """Return a model's encoder as the browser may ask for it."""
    return Network(model, code_of(model), IMAGE, part="encoder", checkpoint=checkpoint)


def site_decoder(name: str, latent_size: int) -> SiteNetwork:
    """Declare a decoder of the site, such as "vae-2d.decoder"."""
    return SiteNetwork(name, decoder_of, ((latent_size,),))


def site_encoder(name: str) -> SiteNetwork:
    """Declare an encoder of the site, such as "vae-2d.encoder"."""
    return SiteNetwork(name, code_of, (IMAGE,))


def encode_all(name: str, model: Any, images: Tensor, latent_size: int) -> Tensor:
    """Return the encodings (N, latent_size) on the CPU, checked.

    Raises:
        ValueError: if the model gives another shape or values that are not finite.
    """
    codes = encoder(model)(images)
    if codes.shape != (len(images), latent_size):
        raise ValueError(
            f"{name}.encode gives shape {tuple(codes.shape)} for {len(images)} images; "
            f"expected ({len(images)}, {latent_size})"
        )
    if not torch.isfinite(codes).all():
        raise ValueError(f"{name}.encode gives values that are not finite; was training stable?")
    return codes


def decode_all(name: str, model: Any, z: Tensor) -> Tensor:
    """Return the decoded images (N, 1, 28, 28) on the CPU, checked.

    Raises:
        ValueError: if the model gives another shape.
    """
    images = Network(model, model.decode, tuple(z.shape[1:]))(z)
    if images.shape != (len(z), *IMAGE):
        raise ValueError(
            f"{name}.decode gives shape {tuple(images.shape)} for {len(z)} points; "
            f"expected ({len(z)}, 1, 28, 28)"
        )
    return images


def pack(images: Tensor) -> str:
    """Return images in [0, 1] as base64, one byte a pixel."""
    pixels = (images.clamp(0, 1) * 255).round().to(torch.uint8)
    return base64.b64encode(pixels.numpy().tobytes()).decode()


def unpack(text: str) -> Tensor:
    """Return the images (N, 28, 28) in [0, 1] of `pack`."""
    pixels = torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.uint8)
    return pixels.reshape(-1, *IMAGE[1:]) / 255

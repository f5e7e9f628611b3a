"""From checkpoints to the networks that run in the page."""

from __future__ import annotations

import hashlib
import logging
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from genlab import checkpoints
from genlab.diffusion.denoiser import TIME_CHECKPOINTS
from genlab.language.names import LENGTH
from genlab.language.tiny import CHECKPOINT as TINY_LM
from genlab.latents import VAE_CHECKPOINTS
from genlab.models.unet import stages_of
from genlab.widgets.next_token_explorer.sources import names_rows

# Raise it when the export itself changes, so that stored files are made again.
EXPORT_VERSION = 2


@dataclass(frozen=True)
class PageNetwork:
    """One network of the site.

    Attributes:
        checkpoint: name of the checkpoint that holds it.
        part: which function of the model, a key of `PARTS`.
        input_shape: shape of the first input, without the batch.
        further_shapes: of the other inputs, such as `((),)` for one timestep an image.
    """

    checkpoint: str
    part: str
    input_shape: tuple[int, ...]
    further_shapes: tuple[tuple[int, ...], ...] = ()

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of all inputs, without the batch."""
        return self.input_shape, *self.further_shapes


# Checkpoints whose encoder and decoder run in the page, with their latent sizes.
CODERS: dict[str, int] = {
    "autoencoder-2d": 2,
    "vae-2d": 2,
    **{f"autoencoder-{size}d": size for size in (1, 4, 8, 16, 32)},
}

NETWORKS: dict[str, PageNetwork] = {
    f"{checkpoint}.{part}": PageNetwork(checkpoint, part, shape)
    for checkpoint, size in CODERS.items()
    for part, shape in (("decoder", (size,)), ("encoder", (1, 28, 28)))
}
# The beta slider stores the encodings and decodes alone.
NETWORKS |= {
    f"{checkpoint}.decoder": PageNetwork(checkpoint, "decoder", (2,))
    for checkpoint in VAE_CHECKPOINTS.values()
}
# Denoisers that know t take it as their second input.
NETWORKS |= {
    f"{checkpoint}.denoiser": PageNetwork(checkpoint, "denoiser", (1, 28, 28), ((),))
    for checkpoint in TIME_CHECKPOINTS.values()
}
NETWORKS |= {
    "unet-basic.denoiser": PageNetwork("unet-basic", "denoiser", (1, 28, 28)),
    "unet-basic.stages": PageNetwork("unet-basic", "stages", (1, 28, 28)),
    f"{TINY_LM}.next": PageNetwork(TINY_LM, "next", (LENGTH,)),
}


def code_of(model: Any) -> Callable[[Tensor], Tensor]:
    """Return the function from images to one latent vector each; of a distribution, its mean."""

    def encode(x: Tensor) -> Tensor:
        code = model.encode(x)
        return code[0] if isinstance(code, tuple) else code

    return encode


# What of a model runs in the page: from the model to a function of its inputs, all float32.
PARTS: dict[str, Callable[[Any], Callable[..., Tensor]]] = {
    "encoder": code_of,
    "decoder": lambda model: model.decode,
    "denoiser": lambda model: model,  # (N, 1, 28, 28), and t (N,) where it knows t
    "stages": stages_of,
    "next": names_rows,
}


class _Part(nn.Module):
    """One function of a model, as a module of its own."""

    def __init__(self, model: Any, part: str) -> None:
        super().__init__()
        self.model = model  # registers its weights
        self.run = PARTS[part](model)

    def forward(self, *batches: Tensor) -> Tensor:
        return self.run(*batches)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter quiet about its own deprecations and about the absence of torchvision."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def export_part(
    model: nn.Module, part: str, input_shapes: Sequence[tuple[int, ...]], path: Path
) -> Path:
    """Write one part of a model as an ONNX file that takes any batch size.

    Args:
        model: what `part` needs, for example one with `encode` and `decode`.
        part: a key of `PARTS`.
        input_shapes: the shape of each input, without the batch.
        path: the file to write.
    """
    module = _Part(model, part).eval()
    # A batch of two: the exporter would take a batch of one for a constant.
    examples = tuple(torch.zeros(2, *shape) for shape in input_shapes)
    count = torch.export.Dim("n")
    with _quiet():
        program = torch.onnx.export(
            module,
            examples,
            dynamo=True,
            external_data=False,
            dynamic_shapes=(tuple({0: count} for _ in examples),),
            verbose=False,
        )
    assert program is not None  # as it always is with dynamo=True
    path.parent.mkdir(parents=True, exist_ok=True)
    part_written = path.with_suffix(".part")
    program.save(part_written)
    return part_written.replace(path)  # a stopped export leaves no half file


def export_networks(
    folder: Path, names: Iterable[str] | None = None, cache: Path | None = None
) -> list[Path]:
    """Write the networks of the site as `NAME.onnx`; those in the cache are copied, not exported.

    Args:
        folder: where the files go.
        names: names from `NETWORKS`; all by default.
        cache: keeps each file under a name with the checkpoint's hash; `folder` itself by default.

    Raises:
        ValueError: if a name is unknown.
    """
    chosen = list(NETWORKS if names is None else names)
    unknown = sorted(set(chosen) - set(NETWORKS))
    if unknown:
        known = ", ".join(NETWORKS)
        raise ValueError(f"got {', '.join(unknown)}; expected networks from {known}")
    return [_export(name, folder, cache or folder / ".cache") for name in chosen]


def _export(name: str, folder: Path, cache: Path) -> Path:
    network = NETWORKS[name]
    stored = cache / f"{name}.{_fingerprint(network.checkpoint)}.onnx"
    if not stored.exists():
        model = checkpoints.load_model(network.checkpoint)
        export_part(model, network.part, network.input_shapes, stored)
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(stored, folder / f"{name}.onnx"))


def _fingerprint(checkpoint: str) -> str:
    """Return what the exported file depends on, in 16 letters."""
    weights = hashlib.sha256(checkpoints.path(checkpoint).read_bytes()).hexdigest()
    made_with = f"{weights} {torch.__version__} {EXPORT_VERSION}"
    return hashlib.sha256(made_with.encode()).hexdigest()[:16]

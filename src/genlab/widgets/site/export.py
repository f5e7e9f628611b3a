"""From checkpoints to the networks that run in the page.

Each widget's folder declares in `networks.py` those that it may use; they are collected here.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from genlab import checkpoints
from genlab.widgets.kernel.bundle import WIDGETS
from genlab.widgets.kernel.protocol import SiteNetwork
from genlab.widgets.site.lighter import lightened

# Raise it when the export itself changes, so that stored files are made again.
EXPORT_VERSION = 3


def collect(tables: Iterable[Mapping[str, SiteNetwork]]) -> dict[str, SiteNetwork]:
    """Return the networks of several widgets as one table; several may declare the same one.

    Raises:
        ValueError: if two declare different networks under one name.
    """
    found: dict[str, SiteNetwork] = {}
    for table in tables:
        for name, network in table.items():
            if found.setdefault(name, network) != network:
                raise ValueError(
                    f"two widgets declare {name}, as {found[name]} and as {network}; expected one "
                    "function and the same input shapes, or another name"
                )
    return dict(sorted(found.items()))


def declared(folder: Path = WIDGETS) -> Iterator[Mapping[str, SiteNetwork]]:
    """Yield what each widget's folder declares."""
    for file in sorted(folder.glob("*/networks.py")):
        yield importlib.import_module(f"genlab.widgets.{file.parent.name}.networks").SITE_NETWORKS


NETWORKS = collect(declared())


class _Part(nn.Module):
    """One function of a model, as a module of its own."""

    def __init__(self, model: Any, function: Callable[[Any], Callable[..., Tensor]]) -> None:
        super().__init__()
        self.model = model  # registers its weights
        self.run = function(model)

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
    model: nn.Module,
    function: Callable[[Any], Callable[..., Tensor]],
    input_shapes: Sequence[tuple[int, ...]],
    path: Path,
) -> Path:
    """Write one part of a model as an ONNX file that takes any batch size.

    Args:
        model: what `function` needs, for example one with `encode` and `decode`.
        function: from the model to the function that is exported.
        input_shapes: the shape of each input, without the batch.
        path: the file to write.
    """
    module = _Part(model, function).eval()
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
    part_written.write_bytes(lightened(program.model_proto).SerializeToString())
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
        export_part(model, network.function, network.input_shapes, stored)
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(stored, folder / f"{name}.onnx"))


def _fingerprint(checkpoint: str) -> str:
    """Return what the exported file depends on, in 16 letters."""
    weights = hashlib.sha256(checkpoints.path(checkpoint).read_bytes()).hexdigest()
    code = b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    made_with = f"{weights} {torch.__version__} {EXPORT_VERSION} {hashlib.sha256(code).hexdigest()}"
    return hashlib.sha256(made_with.encode()).hexdigest()[:16]

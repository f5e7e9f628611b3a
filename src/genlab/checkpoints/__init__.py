"""Trained weights that ship with the package: NAME.safetensors and NAME.json beside this file.

Weights are kept in half precision and loaded in single precision. The card says by which recipe
they came to be and what they reach; a file that does not match its card is refused.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

FOLDER = Path(__file__).parent
MODELS_MODULE = re.compile(r"genlab\.models\.\w+")


class CheckpointError(RuntimeError):
    """A checkpoint is missing, corrupted, or does not fit its model."""


@dataclass(frozen=True)
class Card:
    """What a checkpoint is and how it came to be.

    Attributes:
        name: the checkpoint's.
        model: the class, for example "genlab.models.vae.VAE".
        arguments: what the class is called with.
        recipe: the training settings: steps, batch_size, lr, ...
        data: what it was trained on.
        sha256: of the .safetensors file, hexadecimal.
        metrics: measured after rounding to half precision.
    """

    name: str
    model: str
    arguments: dict[str, Any]
    recipe: dict[str, Any]
    data: str
    sha256: str
    metrics: dict[str, Any] = field(default_factory=dict)


def names(folder: Path = FOLDER) -> list[str]:
    """List the checkpoints that are there."""
    return sorted(path.stem for path in folder.glob("*.safetensors"))


def path(name: str, folder: Path = FOLDER) -> Path:
    """Return the file with the weights of a checkpoint.

    Raises:
        CheckpointError: if there is none of this name.
    """
    file = folder / f"{name}.safetensors"
    if not file.is_file() or not file.with_suffix(".json").is_file():
        have = ", ".join(names(folder)) or "none"
        raise CheckpointError(
            f"there is no checkpoint {name!r}; there are: {have}. "
            f"`make checkpoints NAME={name}` trains it if it has a recipe."
        )
    return file


def load_card(name: str, folder: Path = FOLDER) -> Card:
    """Return the card of a checkpoint.

    Raises:
        CheckpointError: if there is no such checkpoint, or its card cannot be read.
    """
    file = path(name, folder).with_suffix(".json")
    try:
        return Card(**json.loads(file.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{file.name} is not a checkpoint's card: {error}") from error


def load_model(name: str, folder: Path = FOLDER) -> nn.Module:
    """Build the model of a checkpoint and load its weights, ready to use (`eval` mode, float32).

    The model gets an attribute `checkpoint_name`, by which a widget finds it on the static page.

    Raises:
        CheckpointError: if it is missing, its hash differs from the card's, or a shape does.
    """
    card = load_card(name, folder)
    file = path(name, folder)
    digest = sha256(file)
    if digest != card.sha256:
        raise CheckpointError(
            f"{file.name} has sha256 {digest[:12]}..., its card says {card.sha256[:12]}...: "
            "the file is corrupted or of another version; take it from the repository again"
        )
    model: Any = build(card.model, card.arguments)
    weights = {k: v.float() if v.is_floating_point() else v for k, v in load_file(file).items()}
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{file.name} does not fit {card.model}: {error}") from error
    model.checkpoint_name = name
    return model.eval()


def save_model(
    model: nn.Module,
    card: Card,
    folder: Path = FOLDER,
) -> Card:
    """Write a model's weights in half precision with their card; return the card with its hash.

    Both files are replaced whole: an interruption leaves the old ones.
    """
    _model_class(card.model)  # a card that cannot be loaded must not be written
    weights = {
        key: (value.half() if value.is_floating_point() else value).detach().cpu().contiguous()
        for key, value in model.state_dict().items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{card.name}.safetensors"
    save_file(weights, file.with_suffix(".part"))
    written = Card(**{**asdict(card), "sha256": sha256(file.with_suffix(".part"))})
    file.with_suffix(".part").replace(file)
    _write_card(written, folder)
    return written


def with_metrics(card: Card, metrics: dict[str, Any], folder: Path = FOLDER) -> Card:
    """Write a card again with the metrics measured on its saved weights."""
    measured = Card(**{**asdict(card), "metrics": metrics})
    _write_card(measured, folder)
    return measured


def _write_card(card: Card, folder: Path) -> None:
    file = folder / f"{card.name}.json"
    temporary = file.with_suffix(".json.part")
    temporary.write_text(json.dumps(asdict(card), indent=2) + "\n", encoding="utf-8")
    temporary.replace(file)


def build(model: str, arguments: dict[str, Any]) -> nn.Module:
    """Make a model of this package by its dotted class name, with fresh weights.

    Raises:
        CheckpointError: if there is no such class.
    """
    return _model_class(model)(**arguments)


def sha256(file: Path) -> str:
    """Return the sha256 of a file, hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _model_class(dotted: str) -> type[nn.Module]:
    """Find a model class by its name; only this package's own, since cards are data."""
    module, _, name = dotted.rpartition(".")
    if not MODELS_MODULE.fullmatch(module):
        raise CheckpointError(f"the card names {dotted!r}; expected a class in genlab.models.*")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise CheckpointError(f"the card names {dotted!r}, which does not exist") from error


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers a model learns."""
    return sum(parameter.numel() for parameter in model.parameters())


def weights_bytes(name: str) -> int:
    """Return the size of a checkpoint's weights in bytes."""
    return path(name).stat().st_size


__all__ = [
    "Card",
    "CheckpointError",
    "build",
    "count_parameters",
    "load_card",
    "load_model",
    "names",
    "path",
    "save_model",
    "sha256",
    "weights_bytes",
    "with_metrics",
]

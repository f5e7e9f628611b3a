"""The bottleneck slider: the same digits through autoencoders of more and more latent numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor, nn

from genlab.checkpoints import load_model
from genlab.models.autoencoder import AutoEncoder
from genlab.widgets.bottleneck_slider.networks import SITE_NETWORKS, TRAINED_SIZES
from genlab.widgets.bottleneck_slider.picture import STRINGS, draw_reconstructions
from genlab.widgets.kernel.coding import (
    check_coder,
    decode_all,
    decoder,
    encode_all,
    encoder,
    pack,
    read_digits,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import Network, SiteNetwork
from genlab.widgets.kernel.values import one_of, whole
from genlab.widgets.kernel.widget import GenlabWidget

CLASSES = 10
MAX_ROWS = 4


class BottleneckSlider(GenlabWidget):
    """A row of digits, their reconstructions, and a slider over the size of the bottleneck.

    `BottleneckSlider()` shows the course's autoencoders, `BottleneckSlider({2: mine, 16: other})`
    your own. Size and row can be set from Python too (`slider.latent_size = 16`); `observe`,
    `link` and `HBox` work as with any other ipywidget.

    Args:
        models: a model for each latent size, with `encode(x)` from (N, 1, 28, 28) to (N, size), or
            to a tuple whose first item is that, and `decode(z)` back to (N, 1, 28, 28) in [0, 1];
            by default the checkpoints of sizes 1, 2, 4, 8, 16 and 32.
        images: the digits to choose from, float32 (N, 1, 28, 28) in [0, 1]; the test split by
            default. A row shows one digit of each class; there are up to four rows.
        labels: their classes, (N,) whole numbers from 0 to 9; needed where `images` is given.
        latent_size: the size to start with; by default 2, or the smallest if there is no 2.
        row: the row of digits to start with, from 1.

    Raises:
        TypeError: if a model lacks `encode` or `decode`, or an argument has a wrong type.
        ValueError: if there is no model of that latent size, or a shape or a range is wrong.
    """

    module_name: ClassVar[str] = "bottleneck_slider"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("latent_size", "row", "sizes", "rows", "samples", "sample_labels", "stored"),
    )

    latent_size = one_of(
        lambda slider: list(slider._models),
        default=1,
        sentence="{name} is {value}, of which there is no model; expected one of {there}",
        key="size",
    )
    row = whole(1, lambda slider: len(slider.rows), default=1)
    sizes = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    rows = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    samples = traitlets.Unicode(read_only=True).tag(sync=True)
    sample_labels = traitlets.Unicode(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        models: Mapping[int, nn.Module] | None = None,
        images: Tensor | None = None,
        labels: Tensor | None = None,
        latent_size: int | None = None,
        row: int = 1,
    ) -> None:
        self._models = _read_models(models)
        digits, classes = read_digits(images, labels)
        rows = _rows(classes)
        chosen = [index for one in rows for index in one]
        self._digits = digits[chosen]
        super().__init__(_networks(self._models))
        self.set_trait("sizes", list(self._models))
        self.set_trait("rows", [len(one) for one in rows])
        self.set_trait("samples", pack(self._digits))
        self.set_trait("sample_labels", "".join(str(int(classes[index])) for index in chosen))
        default = 2 if 2 in self._models else self.sizes[0]
        self.latent_size = default if latent_size is None else latent_size
        self.row = row
        self.refresh()

    def refresh(self) -> None:
        """Reconstruct the digits anew, after a model was trained further."""
        codes, images = self._reconstruct()
        self.set_trait(
            "stored",
            {
                "size": self.latent_size,
                "row": self.row,
                "codes": [round(value, 3) for value in codes.flatten().tolist()],
                "pixels": pack(images),
            },
        )

    def shown(self) -> Tensor:
        """Return the digits of the row that is shown, (N, 1, 28, 28)."""
        start = sum(self.rows[: self.row - 1])
        return self._digits[start : start + self.rows[self.row - 1]]

    def _reconstruct(self) -> tuple[Tensor, Tensor]:
        """Return codes (N, latent_size) and reconstructions (N, 1, 28, 28) of what is shown."""
        size, name = self.latent_size, f"the model of size {self.latent_size}"
        codes = encode_all(name, self._models[size], self.shown(), size)
        return codes, decode_all(name, self._models[size], codes)

    def __repr__(self) -> str:
        """Return the same text at each run: which sizes there are, without an address."""
        there = ", ".join(str(size) for size in self.sizes)
        return f"BottleneckSlider(latent sizes {there}; {len(self.sample_labels)} digits)"

    def picture(self) -> Picture:
        """Draw the digits above their reconstructions as they are now."""
        start = sum(self.rows[: self.row - 1])
        labels = self.sample_labels[start : start + self.rows[self.row - 1]]
        _, images = self._reconstruct()
        texts = self.texts(STRINGS)
        return draw_reconstructions(self.shown(), images, labels, self.latent_size, texts)


def _read_models(models: object) -> dict[int, Any]:
    """Return the models by latent size, the smallest first; the course's own for None."""
    if models is None:
        return {size: _trained(size) for size in TRAINED_SIZES}
    if not isinstance(models, Mapping):
        raise TypeError(
            f"models is a {type(models).__name__}; expected a model for each latent size, "
            "as BottleneckSlider({2: model})"
        )
    wrong = [key for key in models if type(key) is not int or key < 1]
    if wrong or not models:
        got = ", ".join(repr(key) for key in wrong) or "no model"
        raise ValueError(f"got {got}; expected latent sizes, whole numbers from 1, as keys")
    for size, model in models.items():
        check_coder(f"the model of size {size}", model, size, f"its key is {size}")
    return {size: models[size] for size in sorted(models)}


def _trained(size: int) -> AutoEncoder:
    """Return the course's own autoencoder of a latent size."""
    model = load_model(f"autoencoder-{size}d")
    assert isinstance(model, AutoEncoder)
    return model


def _rows(classes: Tensor) -> list[list[int]]:
    """Return the indices of each row of digits: the first of each class, the second, and so on."""
    by_class = [torch.nonzero(classes == digit).flatten().tolist() for digit in range(CLASSES)]
    rows = [[one[i] for one in by_class if i < len(one)] for i in range(MAX_ROWS)]
    return [row for row in rows if row]


def _networks(models: Mapping[int, Any]) -> dict[str, Network]:
    found: dict[str, Network] = {}
    for size, model in models.items():
        found[f"decoder-{size}"], found[f"encoder-{size}"] = decoder(model, size), encoder(model)
    return found

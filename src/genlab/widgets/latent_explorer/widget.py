"""The latent explorer: move a point over a 2-D latent space, see what the decoder makes of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor, nn

from genlab.widgets.kernel.coding import (
    check_coder,
    decode_all,
    decoder,
    encode_all,
    encoder,
    pack,
    read_digits,
    unpack,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import Network, SiteNetwork
from genlab.widgets.kernel.values import number
from genlab.widgets.kernel.widget import GenlabWidget
from genlab.widgets.latent_explorer.networks import SITE_NETWORKS
from genlab.widgets.latent_explorer.picture import STRINGS, draw_latents

SIDES = ("", "right_")  # prefix of the traits of the first and of the second map
LATENT_SIZE = 2


def _edge(side: int, index: int) -> Callable[[Any], float | None]:
    """Return the function from a widget to one edge of a map; to None if it has no such map."""

    def edge(explorer: Any) -> float | None:
        extents = explorer.extents
        return extents[side][index] if side < len(extents) else None

    return edge


def _check_finite(_explorer: object, name: str, value: float) -> None:
    """Take any finite number: from Python, a point may leave its map."""
    if not math.isfinite(value):
        raise traitlets.TraitError(f"{name} is {value}; expected a finite number")


class LatentExplorer(GenlabWidget):
    """Maps of one or two 2-D latent spaces with a point to move on each.

    `LatentExplorer(model)` or `LatentExplorer({"Autoencoder": ae, "VAE": vae})`. Moving a point by
    mouse, touch, keyboard or from Python (`explorer.z0 = 1.2`) decodes it at once; drawing a digit
    encodes it with each model. `observe`, `link` and `HBox` work as with any other ipywidget.

    Args:
        models: one model or two by name, with `encode(x)` from (N, 1, 28, 28) to (N, 2), or to a
            tuple whose first item is that, and `decode(z)` back to (N, 1, 28, 28) in [0, 1].
        images: the digits on the map, float32 (N, 1, 28, 28) in [0, 1]; the test split by default.
        labels: their classes, (N,) whole numbers from 0 to 9; needed where `images` is given.
        networks: checkpoint names, one a model, whose exported networks answer on a page of the
            site; by default each model's `checkpoint_name`, which `load_model` sets.
        values: traits to start from, as `z0=1.2`; by default the encodings of the first digit.

    Raises:
        TypeError: if a model lacks `encode` or `decode`, or an argument has a wrong type.
        ValueError: if a shape, a latent size, a range or a name is not as above.
    """

    module_name: ClassVar[str] = "latent_explorer"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("z0", "z1", "right_z0", "right_z1", "names", "points", "labels"),
        *("extents", "samples", "sample_labels", "sample_shown", "stored"),
    )

    z0 = number(_edge(0, 0), _edge(0, 1), check=_check_finite)
    z1 = number(_edge(0, 2), _edge(0, 3), check=_check_finite)
    right_z0 = number(_edge(1, 0), _edge(1, 1), check=_check_finite)
    right_z1 = number(_edge(1, 2), _edge(1, 3), check=_check_finite)
    names = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    points = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)
    labels = traitlets.Unicode(read_only=True).tag(sync=True)
    extents = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)
    samples = traitlets.Unicode(read_only=True).tag(sync=True)
    sample_labels = traitlets.Unicode(read_only=True).tag(sync=True)
    sample_shown = traitlets.Bool(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        models: nn.Module | Mapping[str, nn.Module],
        images: Tensor | None = None,
        labels: Tensor | None = None,
        networks: Sequence[str] | None = None,
        **values: float,
    ) -> None:
        self._models = _read_models(models)
        self._images, classes = read_digits(images, labels)
        checkpoints = _read_checkpoints(networks, len(self._models))
        self._shown = _clearest_first(_one_of_each(classes), self._images, self._models)
        super().__init__(_networks(self._models, checkpoints))
        self.set_trait("names", list(self._models))
        self.set_trait("labels", "".join(str(int(label)) for label in classes))
        self.set_trait("samples", pack(self._images[self._shown]))
        self.set_trait("sample_labels", "".join(self.labels[i] for i in self._shown))
        self._encode(values)

    def refresh(self) -> None:
        """Encode the digits anew, after the models were trained further; the points stay."""
        with self.hold_sync():
            self._encode({name: getattr(self, name) for name in self._point_names()})

    def _encode(self, values: Mapping[str, float]) -> None:
        """Fill the maps; put each point where `values` says, else at the first digit's encoding."""
        unknown = set(values) - set(self._point_names())
        if unknown:
            known = ", ".join(self._point_names())
            raise ValueError(f"got {', '.join(sorted(unknown))}; known values are {known}")
        codes = [
            encode_all(name, model, self._images, LATENT_SIZE)
            for name, model in self._models.items()
        ]
        for side, code in zip(SIDES, codes, strict=False):
            for axis in range(LATENT_SIZE):
                name = f"{side}z{axis}"
                first = round(code[self._shown[0], axis].item(), 3)
                setattr(self, name, values.get(name, first))
        self.set_trait("sample_shown", not values)
        self.set_trait("extents", [_extent(code) for code in codes])
        self.set_trait("stored", self._decode_points())
        self.set_trait("points", [_rounded(code) for code in codes])

    def _point_names(self) -> list[str]:
        return [f"{side}z{axis}" for side in SIDES[: len(self._models)] for axis in (0, 1)]

    def _points(self) -> list[list[float]]:
        """Return the point of each map, [[z0, z1], ...]."""
        names = self._point_names()
        return [[getattr(self, one) for one in names[i : i + 2]] for i in range(0, len(names), 2)]

    def _decode_points(self) -> dict[str, Any]:
        points = self._points()
        images = [
            decode_all(name, model, torch.tensor([point]))
            for (name, model), point in zip(self._models.items(), points, strict=True)
        ]
        return {"z": points, "pixels": pack(torch.cat(images))}

    def __repr__(self) -> str:
        """Return the same text at each run: what is shown, without an address."""
        return f"LatentExplorer({', '.join(self.names)}; {len(self.labels)} digits)"

    def picture(self) -> Picture:
        """Draw maps, points and decoded digits as they are now."""
        return draw_latents(
            names=self.names,
            codes=[torch.tensor(points).reshape(-1, 2) for points in self.points],
            labels=self.labels,
            extents=self.extents,
            points=self._points(),
            images=unpack(self._decode_points()["pixels"]),
            texts=self.texts(STRINGS),
        )


def _read_models(models: object) -> dict[str, Any]:
    named: dict[str, Any] = (
        dict(models) if isinstance(models, Mapping) else {type(models).__name__: models}
    )
    if not 1 <= len(named) <= len(SIDES):
        raise ValueError(f"got {len(named)} models; expected one, or two by name")
    for name, model in named.items():
        check_coder(name, model, LATENT_SIZE, "a map shows two dimensions")
    return named


def _read_checkpoints(networks: Sequence[str] | None, count: int) -> list[str | None]:
    """Return the checkpoint that each model is said to be, None where nothing is said."""
    if networks is None:
        return [None] * count
    known = sorted({network.checkpoint for network in SITE_NETWORKS.values()})
    if isinstance(networks, str) or len(networks) != count or set(networks) - set(known):
        raise ValueError(
            f"networks is {networks!r}; expected one checkpoint name a model, of {', '.join(known)}"
        )
    return list(networks)


def _networks(models: Mapping[str, Any], checkpoints: Sequence[str | None]) -> dict[str, Network]:
    found: dict[str, Network] = {}
    for index, (model, checkpoint) in enumerate(zip(models.values(), checkpoints, strict=True)):
        found[f"decoder-{index}"] = decoder(model, LATENT_SIZE, checkpoint)
        found[f"encoder-{index}"] = encoder(model, checkpoint)
    return found


def _extent(codes: Tensor) -> list[float]:
    """Return the square [left, right, bottom, top] around the codes: distances stay true."""
    low, high = codes.min(dim=0).values, codes.max(dim=0).values
    half = max((high - low).max().item() / 2, 1e-3) * 1.06
    middle = ((low + high) / 2).tolist()
    return [round(value, 3) for m in middle for value in (m - half, m + half)]


def _rounded(codes: Tensor) -> list[float]:
    return [round(value, 3) for value in codes.flatten().tolist()]


def _one_of_each(classes: Tensor) -> list[int]:
    """Return the first index of each class, in the order they come."""
    first: dict[int, int] = {}
    for index, label in enumerate(classes.tolist()):
        first.setdefault(label, index)
    return list(first.values())


def _clearest_first(indices: list[int], images: Tensor, models: Mapping[str, Any]) -> list[int]:
    """Put that digit first which the models reconstruct best together: it is the first on show."""
    digits = images[indices]
    error = torch.zeros(len(indices))
    for name, model in models.items():
        codes = encode_all(name, model, digits, LATENT_SIZE)
        missed = (decode_all(name, model, codes) - digits).square().sum(dim=(1, 2, 3))
        error += missed / digits.square().sum(dim=(1, 2, 3))  # relative: a 1 has little ink
    best = int(error.argmin())
    return [*indices[best:], *indices[:best]]

"""The beta slider: what a VAE's encodings and decodings become as the weight of the KL grows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor, nn

from genlab.latents import VAE_CHECKPOINTS, load_vae, normal_grid
from genlab.measured import Measured
from genlab.metrics import SAMPLES, digit_fid
from genlab.models.readers import as_wanted, check_finite, evaluating, tensor_of
from genlab.models.vae import kl_divergence
from genlab.widgets.beta_slider.networks import SITE_NETWORKS
from genlab.widgets.beta_slider.picture import STRINGS, draw_grid, grid_url
from genlab.widgets.kernel.coding import (
    check_coder,
    decode_all,
    decoder,
    encode_all,
    pack,
    read_digits,
    unpack,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import Network, SiteNetwork
from genlab.widgets.kernel.values import one_of, plain, whole
from genlab.widgets.kernel.widget import GenlabWidget

LATENT_SIZE = 2
CELLS = 20
COARSE_CELLS = 10  # what a narrow screen shows: fewer and larger decodings of the same region
POSTERIOR = ("mu", "logvar")
LEAST_HALF = 0.5
SAMPLE_SEEDS = (0, 1, 2)  # of those that the checkpoints' cards are measured with


class BetaSlider(GenlabWidget):
    """A slider over beta, a map of the encodings, and a 20 x 20 grid of decodings with a cursor.

    `BetaSlider()` shows the course's VAEs, `BetaSlider({0.5: my_vae, 2: other})` your own. The grid
    follows the quantiles of N(0, 1) along both axes, so that each cell is equally probable. Beta
    and the cursor can be set from Python too (`slider.beta = 2`); `observe`, `link` and `HBox` work
    as with any other ipywidget.

    Args:
        models: a VAE for each beta, with `encode(x)` from (N, 1, 28, 28) to mu and logvar, (N, 2)
            each, and `decode(z)` back to (N, 1, 28, 28) in [0, 1]; by default the course's own.
        images: the digits on the map, float32 (N, 1, 28, 28) in [0, 1]; the test split by default.
        labels: their classes, (N,) whole numbers from 0 to 9; needed where `images` is given.
        beta: the one to start with; by default 0.5, or the smallest if there is no 0.5.
        row: of the cursor, from 1 at the top to 20.
        column: of the cursor, from 1 at the left to 20.

    Raises:
        TypeError: if a model lacks `encode` or `decode`, or an argument has a wrong type.
        ValueError: if there is no model of that beta, or a shape or a range is wrong.
    """

    module_name: ClassVar[str] = "beta_slider"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("beta", "row", "column", "betas", "measures", "points", "labels", "extent"),
        *("quantiles", "coarse_quantiles", "stored"),
    )

    beta = one_of(
        lambda slider: list(slider._models),
        default=0.0,
        sentence="{name} is {value}, with which no model was trained; expected one of {there}",
    )
    row = whole(1, CELLS, default=1)
    column = whole(1, CELLS, default=1)
    betas = traitlets.List(traitlets.Float(), read_only=True).tag(sync=True)
    measures = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    points = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)
    labels = traitlets.Unicode(read_only=True).tag(sync=True)
    extent = traitlets.List(traitlets.Float(), read_only=True).tag(sync=True)
    quantiles = traitlets.List(traitlets.Float(), read_only=True).tag(sync=True)
    coarse_quantiles = traitlets.List(traitlets.Float(), read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        models: Mapping[float, nn.Module] | None = None,
        images: Tensor | None = None,
        labels: Tensor | None = None,
        beta: float | None = None,
        row: int = 7,
        column: int = 7,
    ) -> None:
        self._models = _read_models(models)
        self._images, classes = read_digits(images, labels)
        super().__init__(_networks(self._models))
        self.set_trait("betas", list(self._models))
        self.set_trait("labels", "".join(str(int(label)) for label in classes))
        self.set_trait("quantiles", _quantiles(CELLS))
        self.set_trait("coarse_quantiles", _quantiles(COARSE_CELLS))
        default = 0.5 if 0.5 in self._models else self.betas[0]
        self.beta = default if beta is None else beta
        self.row, self.column = row, column
        self.refresh()

    def refresh(self) -> None:
        """Encode, decode and measure anew, after a model was trained further."""
        codes = [
            encode_all(_title(beta), model, self._images, LATENT_SIZE)
            for beta, model in self._models.items()
        ]
        measures = [
            measure(_title(beta), model, self._images) for beta, model in self._models.items()
        ]
        with self.hold_sync():
            self.set_trait("measures", measures)
            self.set_trait("extent", _square(codes))
            self.set_trait("stored", self._store())
            self.set_trait("points", [_rounded(code) for code in codes])

    @property
    def z(self) -> tuple[float, float]:
        """The latent vector that the cursor stands on."""
        return self.quantiles[self.column - 1], self.quantiles[CELLS - self.row]

    def _decode(self, z: Tensor) -> Tensor:
        return decode_all(_title(self.beta), self._models[self.beta], z)

    def _store(self) -> dict[str, Any]:
        """Return what shows the start before any network is there."""
        return {
            "beta": self.beta,
            "row": self.row,
            "column": self.column,
            "pixels": pack(self._decode(torch.tensor([self.z], dtype=torch.float32))),
            "grid": grid_url(self._decode(normal_grid(CELLS).float()), CELLS),
        }

    def __repr__(self) -> str:
        """Return the same text at each run: which betas there are, without an address."""
        there = ", ".join(f"{beta:g}" for beta in self.betas)
        return f"BetaSlider(beta {there}; {len(self.labels)} digits)"

    def picture(self) -> Picture:
        """Draw map, grid and cursor as they are now."""
        index = self.betas.index(self.beta)
        return draw_grid(
            beta=self.beta,
            codes=torch.tensor(self.points[index], dtype=torch.float32).reshape(-1, LATENT_SIZE),
            labels=self.labels,
            extent=self.extent,
            point=self.z,
            images=self._decode(normal_grid(CELLS).float()),
            digit=unpack(self._store()["pixels"])[0],
            cell=(self.row, self.column),
            texts=self.texts(STRINGS),
        )


def measure(title: str, model: Any, images: Tensor) -> dict[str, float]:
    """Return error a pixel, KL in nats an image, and digit-FID with its error, of a VAE.

    The reconstruction is that of the mean; 500 samples a seed come from N(0, I), the seeds are
    fixed.

    Raises:
        TypeError: if the model gives no pair of mean and log-variance, or no tensors.
        ValueError: if it gives another shape or values that are not finite.
    """
    mu, logvar = _posterior(title, model, images)
    error = (decode_all(title, model, mu) - images).square().mean()
    kl = kl_divergence(mu, logvar).mean()
    fid = Measured.of([digit_fid(_samples(title, model, seed)) for seed in SAMPLE_SEEDS])
    return {
        "mse": round(error.item(), 5),
        "kl": round(kl.item(), 3),
        "fid": round(fid.mean, 3),
        "fid_error": round(fid.error or 0.0, 3),
    }


def _samples(title: str, model: Any, seed: int) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    noise = torch.randn(SAMPLES, LATENT_SIZE, generator=rng, dtype=torch.float32)
    return decode_all(title, model, noise)


def _posterior(title: str, model: Any, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and log-variance, (N, 2) each, float32 on the CPU."""
    with evaluating(model):
        answer = model.encode(as_wanted(model, images))
    if not isinstance(answer, tuple) or len(answer) != len(POSTERIOR):
        raise TypeError(
            f"{title}.encode gives a {type(answer).__name__}; expected a pair of tensors, mu and "
            "logvar, as a VAE gives: an autoencoder has no beta"
        )
    found = []
    for part, name in zip(answer, POSTERIOR, strict=True):
        values = tensor_of(part, f"{title}.encode").to("cpu", torch.float32)
        if values.shape != (len(images), LATENT_SIZE):
            raise ValueError(
                f"{title}.encode gives {name} of shape {tuple(values.shape)} for {len(images)} "
                f"images; expected ({len(images)}, {LATENT_SIZE})"
            )
        found.append(check_finite(values, f"{title}.encode"))
    return found[0], found[1]


def _title(beta: float) -> str:
    return f"VAE with beta = {beta:g}"


def _read_models(models: object) -> dict[float, Any]:
    """Return the models by beta, the smallest first; the course's own for None."""
    if models is None:
        return {beta: load_vae(beta) for beta in VAE_CHECKPOINTS}
    if not isinstance(models, Mapping):
        raise TypeError(
            f"models is a {type(models).__name__}; expected a model for each beta, "
            "as BetaSlider({0.5: model})"
        )
    named = {plain(key): model for key, model in models.items()}
    wrong = [key for key in named if type(key) not in (int, float) or not 0 <= key < float("inf")]
    if wrong or not named:
        got = ", ".join(repr(key) for key in wrong) or "no model"
        raise ValueError(f"got {got}; expected betas, numbers of 0 or more, as keys")
    for beta, model in named.items():
        check_coder(_title(beta), model, LATENT_SIZE, "a map shows two dimensions")
    return {float(beta): named[beta] for beta in sorted(named)}


def _networks(models: Mapping[float, Any]) -> dict[str, Network]:
    return {_network(beta): decoder(model, LATENT_SIZE) for beta, model in models.items()}


def _network(beta: float) -> str:
    return f"decoder-{as_in_javascript(beta)}"


def as_in_javascript(number: float) -> str:
    """Return a number of 0 or more as JavaScript writes it: the browser asks in its own words.

    Both languages take the fewest digits that tell a number from its neighbours; they differ in
    when they write an exponent, and how.
    """
    if number == 0:
        return "0"
    if 1e-6 <= number < 1e21:
        return format(Decimal(repr(number)), "f").removesuffix(".0")
    mantissa, _, exponent = repr(number).partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"


def _quantiles(cells: int) -> list[float]:
    """Return the coordinates of the grid's columns, from left to right."""
    return [round(value, 4) for value in normal_grid(cells)[:cells, 0].tolist()]


def _square(codes: list[Tensor]) -> list[float]:
    """Return the one square [left, right, bottom, top] around zero that holds all codes.

    One for all betas: a map that shrinks must be seen to shrink.
    """
    # Of collapsed models alone, whose means are all zero, a square of some size is left.
    half = max(LEAST_HALF, *(code.abs().max().item() for code in codes)) * 1.04
    return [round(sign * half, 2) for sign in (-1, 1, -1, 1)]


def _rounded(codes: Tensor) -> list[float]:
    return [round(value, 2) for value in codes.flatten().tolist()]

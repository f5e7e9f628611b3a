"""The objective explorer: one noisy digit, and what networks of different objectives make of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor

from genlab import checkpoints
from genlab.data import load_digits
from genlab.diffusion.denoiser import TIME_CHECKPOINTS, Denoiser, load_denoiser
from genlab.diffusion.evaluation import BINS, errors_against_t
from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.widgets.kernel.coding import pack
from genlab.widgets.kernel.denoising import (
    PAGE_TIMESTEPS,
    check_denoisers,
    denoiser_network,
    page_noise,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import SiteNetwork, checkpoint_of
from genlab.widgets.kernel.values import whole
from genlab.widgets.kernel.widget import GenlabWidget
from genlab.widgets.objective_explorer.networks import SITE_NETWORKS
from genlab.widgets.objective_explorer.picture import STRINGS, draw_objectives

SEEDS = 100
CLASSES = 10
MAX_DENOISERS = 4
MEASURED = 50  # digits that the curves of the reader's own networks are measured on
SCALE = 4096  # outputs are stored as whole numbers of 1 / SCALE

START = {"t": 400, "seed": 1, "digit": 5}


class ObjectiveExplorer(GenlabWidget):
    """A digit, its noise and timestep, and each network's target, prediction and errors.

    `ObjectiveExplorer()` shows the course's three networks that know t, and
    `ObjectiveExplorer({"epsilon": mine, "v": other})` your own. Timestep, noise and digit can be
    set from Python too (`explorer.t = 100`); `observe`, `link` and `HBox` work as with any other
    ipywidget.

    Args:
        denoisers: one to four `Denoiser`s by name, all with the same schedule; by default the
            checkpoints with the objectives epsilon, sample and v_prediction.
        t: the timestep to start with, 0 to 999.
        seed: of the noise, 0 to 99.
        digit: which test digit, 0 to 9.

    Raises:
        TypeError: if `denoisers` is no mapping to `Denoiser`s, or a value is no whole number.
        ValueError: if there are none or too many, their schedules differ, or a value is out of
            range.
    """

    module_name: ClassVar[str] = "objective_explorer"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("t", "seed", "digit", "names", "types", "schedule", "samples", "curves", "stored"),
    )

    t = whole(0, PAGE_TIMESTEPS - 1, default=START["t"])
    seed = whole(0, SEEDS - 1, default=START["seed"])
    digit = whole(0, CLASSES - 1, default=START["digit"])
    names = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    types = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    schedule = traitlets.Unicode(read_only=True).tag(sync=True)
    samples = traitlets.Unicode(read_only=True).tag(sync=True)
    curves = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        denoisers: Mapping[str, Denoiser] | None = None,
        t: int = START["t"],
        seed: int = START["seed"],
        digit: int = START["digit"],
    ) -> None:
        self._denoisers = _read_denoisers(denoisers)
        test = load_digits("test")
        self._digits = torch.cat([test.of_class(digit)[:1] for digit in range(CLASSES)])
        super().__init__(
            {f"denoiser-{name}": denoiser_network(one) for name, one in self._denoisers.items()}
        )
        self.set_trait("names", list(self._denoisers))
        self.set_trait("types", [one.prediction_type for one in self._denoisers.values()])
        self.set_trait("schedule", self._schedule.beta_schedule)
        self.set_trait("samples", pack(self._digits))
        self.t, self.seed, self.digit = t, seed, digit
        self.refresh()

    @property
    def _schedule(self) -> NoiseSchedule:
        return next(iter(self._denoisers.values())).schedule

    def refresh(self) -> None:
        """Ask and measure the networks anew, after one was trained further."""
        self.set_trait("curves", [_curve(one) for one in self._denoisers.values()])
        outputs = torch.cat(self._outputs())
        at = {"t": self.t, "seed": self.seed, "digit": self.digit}
        self.set_trait("stored", {**at, "outputs": _pack_outputs(outputs)})

    def scene(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return x0, eps and xt as they are shown, each (1, 1, 28, 28)."""
        x0, eps = to_diffusion_range(self._digits[[self.digit]]), page_noise(self.seed)
        return x0, eps, add_noise(x0, eps, self.t, self._schedule)

    def _outputs(self) -> list[Tensor]:
        """Return what each network answers now, (1, 1, 28, 28) each, checked."""
        _, _, xt = self.scene()
        found = []
        for name, network in self._networks.items():
            output = network(xt, torch.tensor([float(self.t)], dtype=torch.float32))
            if output.shape != xt.shape:
                raise ValueError(
                    f"{name} gives shape {tuple(output.shape)} for one image; "
                    f"expected {tuple(xt.shape)}"
                )
            found.append(output)
        return found

    def __repr__(self) -> str:
        """Return the same text at each run: which networks there are, without an address."""
        return f"ObjectiveExplorer({', '.join(self.names)}; {self.schedule} schedule)"

    def picture(self) -> Picture:
        """Draw digit, noise and noisy digit beside the networks' targets and predictions."""
        x0, eps, xt = self.scene()
        texts, denoisers = self.texts(STRINGS), list(self._denoisers.items())
        return draw_objectives(denoisers, x0, eps, xt, self.t, self.digit, texts)


def _read_denoisers(denoisers: object) -> dict[str, Denoiser]:
    """Return the denoisers by name; the course's own for None."""
    if denoisers is None:
        return {name: load_denoiser(checkpoint) for name, checkpoint in TIME_CHECKPOINTS.items()}
    read = check_denoisers(denoisers, MAX_DENOISERS, "ObjectiveExplorer")
    schedules = {one.schedule.beta_schedule for one in read.values()}
    if len(schedules) > 1:
        raise ValueError(
            f"the denoisers have the schedules {', '.join(sorted(schedules))}; they see the same "
            "noisy image, so expected one schedule"
        )
    return read


def _curve(denoiser: Denoiser) -> dict[str, Any]:
    """Return a denoiser's mean errors against t: its card's, or measured on a few test digits."""
    card = _card_of(denoiser)
    if card is not None:
        test = len(load_digits("test").images)
        kept = {"x0": card["x0_error"], "eps": card["eps_error"], "v": card["v_error"]}
        return {"count": test, "t": card["t"], **kept}
    errors = errors_against_t(denoiser, load_digits("test").images[:MEASURED], BINS)
    kept = {name: [float(f"{e:.4g}") for e in getattr(errors, name)] for name in ("x0", "eps", "v")}
    return {"count": MEASURED, "t": list(errors.t), **kept}


def _card_of(denoiser: Denoiser) -> dict[str, Any] | None:
    """Return the metrics of the denoiser's checkpoint if it still is that checkpoint."""
    checkpoint = checkpoint_of(denoiser.model)
    if checkpoint is None:
        return None
    card = checkpoints.load_card(checkpoint)
    recipe = (card.recipe.get("prediction_type"), card.recipe.get("beta_schedule"))
    same = recipe == (denoiser.prediction_type, denoiser.schedule.beta_schedule)
    return card.metrics if same and "x0_error" in card.metrics else None


def _pack_outputs(outputs: Tensor) -> str:
    """Return outputs (N, 1, 28, 28) as base64, two bytes a value, in steps of 1 / SCALE."""
    limit = torch.iinfo(torch.int16)
    whole = (outputs * SCALE).round().clamp(limit.min, limit.max).to(torch.int16)
    return base64.b64encode(whole.numpy().astype("<i2").tobytes()).decode()

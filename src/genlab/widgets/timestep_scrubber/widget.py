"""The timestep scrubber: a digit at any timestep, and a network's guess of what it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, cast, get_args

import torch
import traitlets
from torch import Tensor

from genlab.data import load_digits
from genlab.diffusion.denoiser import TIME_CHECKPOINTS, Denoiser, load_denoiser
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.schedules import BetaSchedule, NoiseSchedule, timestep_of_snr
from genlab.widgets.kernel.coding import pack, read_digits
from genlab.widgets.kernel.denoising import (
    PAGE_TIMESTEPS,
    check_denoiser,
    denoiser_network,
    page_noise,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import SiteNetwork, evaluating
from genlab.widgets.kernel.values import one_of, whole, word_of
from genlab.widgets.kernel.widget import GenlabWidget
from genlab.widgets.timestep_scrubber.networks import SITE_NETWORKS
from genlab.widgets.timestep_scrubber.picture import STRINGS, Moment, draw_moment

SEEDS = 10_000  # so that a link stays short
START_DIGIT = 5


class TimestepScrubber(GenlabWidget):
    """A slider over t, the noisy digit xt, the schedules' curves, and a network's guess of x0.

    `TimestepScrubber()` asks the course's own denoiser, `TimestepScrubber(denoiser)` yours. The
    values can be set from Python too (`scrubber.t = 300`); `observe`, `link` and `HBox` work as
    with any other ipywidget.

    Args:
        denoiser: the network with its schedule and prediction type; by default the checkpoint
            `unet-time-v_prediction`.
        images: the digits to choose from, float32 (N, 1, 28, 28) in [0, 1]; the test split by
            default. The first of each class is taken.
        labels: their classes, (N,) whole numbers from 0 to 9; needed where `images` is given.
        t: the timestep to start with, 0 to 999.
        schedule: of the forward process: "linear", "scaled_linear" or "squaredcos_cap_v2"; by
            default the one that the network was trained with.
        seed: of the noise, 0 to 9,999.
        digit: the class of the digit to start with; 5 by default, or the lowest if there is none.

    Raises:
        TypeError: if the denoiser is none, or an argument has a wrong type.
        ValueError: if a name is unknown, or a value, a shape or a range is wrong.
    """

    module_name: ClassVar[str] = "timestep_scrubber"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("t", "schedule", "seed", "digit", "trained_schedule", "prediction_type"),
        *("samples", "sample_labels", "mean", "stored"),
    )

    t = whole(0, PAGE_TIMESTEPS - 1)
    schedule = word_of(
        get_args(BetaSchedule),
        default="squaredcos_cap_v2",
        check=lambda _scrubber, _name, value: _check_schedule(value),
    )
    seed = whole(0, SEEDS - 1)
    digit = one_of(lambda scrubber: list(scrubber._digits))
    trained_schedule = traitlets.Unicode(read_only=True).tag(sync=True)
    prediction_type = traitlets.Unicode(read_only=True).tag(sync=True)
    samples = traitlets.Unicode(read_only=True).tag(sync=True)
    sample_labels = traitlets.Unicode(read_only=True).tag(sync=True)
    mean = traitlets.Unicode(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        denoiser: Denoiser | None = None,
        images: Tensor | None = None,
        labels: Tensor | None = None,
        t: int = 400,
        schedule: BetaSchedule | None = None,
        seed: int = 0,
        digit: int | None = None,
    ) -> None:
        own = load_denoiser(TIME_CHECKPOINTS["v_prediction"]) if denoiser is None else denoiser
        self._denoiser = check_denoiser("denoiser", own)
        digits, classes = read_digits(images, labels)
        self._digits = {
            label: digits[classes == label][:1] for label in sorted(set(classes.tolist()))
        }
        super().__init__({"denoiser": denoiser_network(self._denoiser)})
        trained = self._denoiser.schedule.beta_schedule
        self.set_trait("trained_schedule", trained)
        self.set_trait("prediction_type", self._denoiser.prediction_type)
        self.set_trait("samples", pack(torch.cat(list(self._digits.values()))))
        self.set_trait("sample_labels", "".join(map(str, self._digits)))
        self.set_trait("mean", pack(load_digits("train").images.mean(dim=0)))
        self.t, self.seed, self.schedule = t, seed, schedule or trained
        default = START_DIGIT if START_DIGIT in self._digits else min(self._digits)
        self.digit = default if digit is None else digit
        self.refresh()

    def refresh(self) -> None:
        """Guess anew, after the network was trained further."""
        where = {name: getattr(self, name) for name in ("t", "schedule", "seed", "digit")}
        _, _, guess = self._moment()
        self.set_trait("stored", {**where, "pixels": pack(guess)})

    def _moment(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return x0, xt and the guess of x0 as they are now, each (1, 1, 28, 28) in [0, 1].

        Raises:
            ValueError: if the network gives another shape or values that are not finite.
        """
        image, schedule = self._digits[self.digit], _schedule(self.schedule)
        xt = add_noise(to_diffusion_range(image), page_noise(self.seed), self.t, schedule)
        # Where the schedules differ, the network knows this much noise by another timestep.
        asked = timestep_of_snr(schedule.snr[self.t], self._denoiser.schedule)
        with evaluating(self._denoiser.model):
            guess = self._denoiser.predict(xt.to(self._denoiser.device), asked).x0.cpu()
        if not torch.isfinite(guess).all():
            raise ValueError("the network gives values that are not finite; was training stable?")
        return image, to_image_range(xt), to_image_range(guess)

    def __repr__(self) -> str:
        """Return the same text at each run: what the network is, without an address."""
        return f"TimestepScrubber({self.trained_schedule}, {self.prediction_type})"

    def picture(self) -> Picture:
        """Draw digit, noisy digit, guess and curves as they are now."""
        moment = Moment(self.t, self.schedule, self.digit, *self._moment())
        return draw_moment(moment, self.texts(STRINGS))


def _check_schedule(name: str) -> None:
    _schedule(name)


def _schedule(name: str) -> NoiseSchedule:
    return NoiseSchedule(cast(BetaSchedule, name))  # which refuses an unknown name

"""The sample wall: the same noise, made into digits by several denoisers, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import traitlets
from torch import Tensor

from genlab.diffusion.denoiser import TIME_CHECKPOINTS, Denoiser, load_denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.samplers import ddim
from genlab.models.readers import check_finite
from genlab.widgets.kernel.coding import pack
from genlab.widgets.kernel.denoising import (
    SEEDS,
    WHOLE_WAY,
    check_denoisers,
    denoiser_network,
    page_noise,
    shown_of,
    steps_made,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import SiteNetwork
from genlab.widgets.kernel.values import one_of, whole
from genlab.widgets.kernel.widget import GenlabWidget
from genlab.widgets.sample_wall.networks import SITE_NETWORKS
from genlab.widgets.sample_wall.picture import STRINGS, draw_wall

COUNT = 8  # images of each denoiser
MAX_DENOISERS = 9
STEPS = (5, 10, 20, 50)

START = {"progress": WHOLE_WAY, "seed": 1, "steps": 20, "guess": 0}


class SampleWall(GenlabWidget):
    """The same noise, sampled by each of several denoisers: a row each, step by step.

    `SampleWall({"mine": denoiser, "theirs": other})` shows your own denoisers. The sampler is DDIM
    without new noise, from the last timestep on, so that what a row shows is its network's alone.
    How far it has come, seed and number of steps can be set from Python too (`wall.seed = 5`);
    `observe`, `link` and `HBox` work as with any other ipywidget.

    Args:
        denoisers: one to nine `Denoiser`s by name, each with its own schedule and objective; by
            default the course's three that differ in their objective alone.
        progress: how far sampling has come at the start, in percent of its steps: 0 is the noise.
        seed: of the noise, 0 to 99.
        steps: how many the sampler takes, 5, 10, 20 or 50.
        guess: 1 shows, in place of the images, what each network takes them for, its guesses of x0.

    Raises:
        TypeError: if `denoisers` is no mapping to `Denoiser`s, or a value is no whole number.
        ValueError: if there are none or too many, or a value is out of range.
    """

    module_name: ClassVar[str] = "sample_wall"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("progress", "seed", "steps", "guess", "count"),
        *("names", "types", "schedules", "stored"),
    )

    progress = whole(0, WHOLE_WAY, default=START["progress"])
    seed = whole(0, SEEDS - 1, default=START["seed"])
    steps = one_of(STEPS, default=START["steps"])
    guess = whole(0, 1, default=START["guess"])
    count = traitlets.Int(COUNT, read_only=True).tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    types = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    schedules = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        denoisers: Mapping[str, Denoiser] | None = None,
        progress: int = START["progress"],
        seed: int = START["seed"],
        steps: int = START["steps"],
        guess: int = START["guess"],
    ) -> None:
        if denoisers is None:
            denoisers = {name: load_denoiser(one) for name, one in TIME_CHECKPOINTS.items()}
        self._denoisers = check_denoisers(denoisers, MAX_DENOISERS, "SampleWall")
        self._sampled_at: tuple[tuple[int, ...], dict[str, Tensor]] | None = None
        super().__init__(
            {f"denoiser-{name}": denoiser_network(one) for name, one in self._denoisers.items()}
        )
        all_of_them = self._denoisers.values()
        self.set_trait("names", list(self._denoisers))
        self.set_trait("types", [one.prediction_type for one in all_of_them])
        self.set_trait("schedules", [one.schedule.beta_schedule for one in all_of_them])
        self.progress, self.seed, self.steps, self.guess = progress, seed, steps, guess
        self.refresh()

    @property
    def step(self) -> int:
        """How many of the steps are made at `progress`."""
        return steps_made(self.progress, self.steps)

    def refresh(self) -> None:
        """Sample anew, after a denoiser was trained further."""
        self._sampled_at = None
        at = {name: getattr(self, name) for name in START}
        images = [pack(to_image_range(images)) for images in self.images().values()]
        self.set_trait("stored", {**at, "images": images})

    def images(self) -> dict[str, Tensor]:
        """Return what is shown of each denoiser, (8, 1, 28, 28) in about [-1, 1], by its name."""
        at = tuple(getattr(self, name) for name in START)
        if self._sampled_at is None or self._sampled_at[0] != at:
            found = {name: self._sample(name) for name in self._denoisers}
            self._sampled_at = at, found
        return self._sampled_at[1]

    def _sample(self, name: str) -> Tensor:
        """Return the images of a denoiser after as many steps as are made, or what it guesses."""
        noise = page_noise(self.seed, COUNT)
        way = ddim(self._denoisers[name], noise, self.steps, timestep_spacing="trailing")
        return check_finite(shown_of(way, noise, self.step, self.guess == 1), name)

    def __repr__(self) -> str:
        """Return the same text at each run: which networks there are, without an address."""
        return f"SampleWall({', '.join(self.names)}; {self.steps} steps)"

    def picture(self) -> Picture:
        """Draw a row of samples for each denoiser."""
        return draw_wall(self.images(), self.step, self.steps, self.texts(STRINGS))

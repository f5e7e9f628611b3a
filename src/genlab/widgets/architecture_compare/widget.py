"""Architectures side by side: the same noise, made into digits by several of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, ClassVar

import traitlets
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser, load_denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.samplers import ddim
from genlab.models.readers import check_finite
from genlab.widgets.architecture_compare.networks import (
    CHECKPOINTS,
    SITE_NETWORKS,
    cost_of_denoiser,
    handing_on,
    latents_shape,
    offered,
)
from genlab.widgets.architecture_compare.picture import STRINGS, draw_panels
from genlab.widgets.kernel.coding import pack
from genlab.widgets.kernel.denoising import (
    SEEDS,
    WHOLE_WAY,
    check_denoisers,
    page_noise,
    shown_of,
    steps_made,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import SiteNetwork
from genlab.widgets.kernel.values import one_of, whole, word_of
from genlab.widgets.kernel.widget import GenlabWidget

COUNT = 4  # images of each denoiser, large enough for the edges of patches
MAX_DENOISERS = 4
STEPS = (5, 10, 20, 50)
HANDED_ON, ZERO = "handed_on", "zero"


def _check_latents(widget: Any, name: str, value: str) -> None:
    if value not in (HANDED_ON, ZERO):
        raise ValueError(f"{name} is {value!r}; expected one of {HANDED_ON}, {ZERO}")
    if value not in widget._latents_words:
        raise ValueError(
            f"{name} is {value!r}, but no network here has latents; leave it out, or give "
            "a network with a method `step(xt, t, latents)`, such as a RIN"
        )


class ArchitectureCompare(GenlabWidget):
    """The same noise, sampled by networks of several architectures: side by side, step by step.

    `ArchitectureCompare({"mine": denoiser, "theirs": other})` shows your own denoisers. The sampler
    is DDIM without new noise, from the last timestep on. A network with a method
    `step(xt, t, latents)`, such as a RIN, hands its latents on from step to step. What is chosen
    can be set from Python too (`compare.seed = 5`); `observe`, `link` and `HBox` work as with any
    other ipywidget.

    Args:
        denoisers: one to four `Denoiser`s by name, each with its own schedule and objective; by
            default the course's DiT, U-ViT and RIN.
        values: to start from: `progress` in percent of the steps (0 is the noise), `seed` of the
            noise (0 to 99), `steps` (5, 10, 20 or 50), `guess` (1 shows, in place of the images,
            what each network takes them for, its guesses of x0), and `latents` of recurrent
            networks ("handed_on", or "zero" at each step).

    Raises:
        TypeError: if `denoisers` is no mapping to `Denoiser`s, a network's `step` does not give
            latents, or a value is unknown.
        ValueError: if there are none or too many, or a value is out of range.
        traitlets.TraitError: if a value is of a wrong type.
    """

    module_name: ClassVar[str] = "architecture_compare"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("progress", "seed", "steps", "guess", "latents", "count"),
        *("names", "types", "schedules", "shapes", "costs", "stored"),
    )

    progress = whole(0, WHOLE_WAY, default=WHOLE_WAY)
    seed = whole(0, SEEDS - 1, default=1)
    steps = one_of(STEPS, default=20)
    guess = whole(0, 1)
    latents = word_of(lambda widget: widget._latents_words, default=HANDED_ON, check=_check_latents)
    count = traitlets.Int(COUNT, read_only=True).tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    types = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    schedules = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    shapes = traitlets.List(traitlets.List(traitlets.Int()), read_only=True).tag(sync=True)
    costs = traitlets.List(traitlets.List(traitlets.Int()), read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, denoisers: Mapping[str, Denoiser] | None = None, **values: Any) -> None:
        unknown = ", ".join(sorted(set(values) - set(self._declared)))
        if unknown:
            raise TypeError(f"got {unknown}; expected one of {', '.join(self._declared)}")
        if denoisers is None:
            denoisers = {name: load_denoiser(one) for name, one in CHECKPOINTS.items()}
        self._denoisers = check_denoisers(denoisers, MAX_DENOISERS, "ArchitectureCompare")
        self._shapes = {name: latents_shape(name, one) for name, one in self._denoisers.items()}
        self._sampled_at: tuple[tuple[Any, ...], dict[str, Tensor]] | None = None
        networks = {
            f"denoiser-{name}": offered(one, self._shapes[name])
            for name, one in self._denoisers.items()
        }
        super().__init__(networks)
        self._tell()
        for name, value in values.items():
            setattr(self, name, value)
        self.refresh()

    def _tell(self) -> None:
        """Tell the browser what the networks are."""
        all_of_them = self._denoisers.values()
        costs = [cost_of_denoiser(one) for one in all_of_them]
        self.set_trait("names", list(self._denoisers))
        self.set_trait("types", [one.prediction_type for one in all_of_them])
        self.set_trait("schedules", [one.schedule.beta_schedule for one in all_of_them])
        self.set_trait("shapes", [list(shape) for shape in self._shapes.values()])
        self.set_trait("costs", [[one.parameters, one.multiply_adds] for one in costs])

    @property
    def _latents_words(self) -> tuple[str, ...]:
        return (HANDED_ON, ZERO) if any(self._shapes.values()) else (HANDED_ON,)

    @property
    def step(self) -> int:
        """How many of the steps are made at `progress`."""
        return steps_made(self.progress, self.steps)

    def refresh(self) -> None:
        """Sample anew, after a denoiser was trained further."""
        self._sampled_at = None
        at = {name: getattr(self, name) for name in self._declared}
        images = [pack(to_image_range(images)) for images in self.images().values()]
        self.set_trait("stored", {**at, "images": images})

    def images(self) -> dict[str, Tensor]:
        """Return what is shown of each denoiser, (4, 1, 28, 28) in about [-1, 1], by its name."""
        at = tuple(getattr(self, name) for name in self._declared)
        if self._sampled_at is None or self._sampled_at[0] != at:
            found = {name: self._sample(name) for name in self._denoisers}
            self._sampled_at = at, found
        return self._sampled_at[1]

    def apart(self) -> float | None:
        """Return how far the images of two denoisers are apart, a pixel; None if there is one.

        It is the root of the mean squared difference of what is seen, that is within [-1, 1], and
        the mean of that over all pairs.
        """
        pairs = list(combinations([one.clamp(-1, 1) for one in self.images().values()], 2))
        if not pairs:
            return None
        return sum((one - other).square().mean().sqrt().item() for one, other in pairs) / len(pairs)

    def _sample(self, name: str) -> Tensor:
        """Return the images of a denoiser after as many steps as are made, or what it guesses."""
        denoiser, noise = self._denoisers[name], page_noise(self.seed, COUNT)
        if self._shapes[name] and self.latents == HANDED_ON:
            denoiser = handing_on(denoiser)
        way = ddim(denoiser, noise, self.steps, timestep_spacing="trailing")
        return check_finite(shown_of(way, noise, self.step, self.guess == 1), name)

    def __repr__(self) -> str:
        """Return the same text at each run: which networks there are, without an address."""
        return f"ArchitectureCompare({', '.join(self.names)}; {self.steps} steps)"

    def picture(self) -> Picture:
        """Draw the samples of each network."""
        return draw_panels(self.images(), self.step, self.steps, self.texts(STRINGS))

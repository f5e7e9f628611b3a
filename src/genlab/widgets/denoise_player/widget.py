"""The denoise player: digits that form from noise, as the reader asks for them, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar, NamedTuple

import traitlets
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser, load_denoiser
from genlab.diffusion.flow import Flow, load_flow
from genlab.diffusion.flow_samplers import flow_euler
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.guidance import guided, takes_label
from genlab.diffusion.samplers import (
    SamplingStep,
    ddim,
    ddpm_step,
    inference_timesteps,
    sampling_loop,
)
from genlab.diffusion.solvers import dpm_solver
from genlab.models.class_unet import CLASSES, NO_CLASS
from genlab.models.readers import check_finite
from genlab.widgets.denoise_player.networks import (
    CLASS_CHECKPOINT,
    FLOW_CHECKPOINT,
    SITE_NETWORKS,
    check_flow,
    class_network,
    fresh_noise,
    place_of,
)
from genlab.widgets.denoise_player.picture import STRINGS, draw_samples
from genlab.widgets.kernel.coding import pack
from genlab.widgets.kernel.denoising import (
    SEEDS,
    WHOLE_WAY,
    check_denoiser,
    page_noise,
    steps_made,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import SiteNetwork
from genlab.widgets.kernel.values import number, one_of, whole, word_of
from genlab.widgets.kernel.widget import GenlabWidget

COUNT = 16
STEPS = (2, 5, 10, 20, 50)
MAX_GUIDANCE = 8.0
FLOW = "flow_euler"
SAMPLERS = ("ddim", "ddpm", "dpm_solver")

NO_LABEL = "the network has no input `label`, so that it can be asked for no class"
START: dict[str, Any] = {"progress": WHOLE_WAY, "label": 3, "guidance": 2.0}


class Way(NamedTuple):
    """The samples' way so far.

    Attributes:
        images: the noise, and the images after each step, (16, 1, 28, 28) each.
        guesses: of x0 that each step has made, likewise; one more where a step is left.
    """

    images: list[Tensor]
    guesses: list[Tensor]


class DenoisePlayer(GenlabWidget):
    """Digits that form from noise: choose digit, guidance, sampler and steps, and scrub.

    `DenoisePlayer()` shows the course's networks, `DenoisePlayer(denoiser, flow)` your own. What is
    chosen can be set from Python too (`player.label = 7`); `observe`, `link` and `HBox` work as
    with any other ipywidget.

    Args:
        denoiser: what DDPM, DDIM and DPM-Solver++ sample with. If its network has an input `label`,
            it can be asked for a class.
        flow: what Euler's method samples with, likewise; without one there is no such sampler. By
            default the course's own, if `denoiser` is.
        values: to start from: `progress` in percent of the steps, `chosen` (a sample, 1 to 16),
            `label` (0 to 9, or 10 for any digit), `guidance` (0 to 8; 1 is none), `sampler`
            ("ddim", "ddpm", "dpm_solver" or "flow_euler"), `steps` (2, 5, 10, 20 or 50), `seed` (0
            to 99), and `clip` (1 cuts guesses of x0 off at -1 and 1; a flow's never are).

    Raises:
        TypeError: if a network is no `Denoiser` or `Flow`, or a value is unknown or of a wrong
            type.
        ValueError: if a value is out of range, a network without an input for the class is asked
            for one, or only one of the two has such an input.
    """

    module_name: ClassVar[str] = "denoise_player"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("progress", "chosen", "label", "guidance", "sampler", "steps", "seed", "clip"),
        *("count", "schedule", "type", "conditional", "stored"),
    )

    progress = whole(0, WHOLE_WAY, default=WHOLE_WAY)
    chosen = whole(1, COUNT, default=1)
    label = one_of(
        lambda player: player._labels,
        default=NO_CLASS,
        sentence="{name} is {value}; expected one of {there}, where 10 is no class",
    )
    guidance = number(0.0, MAX_GUIDANCE, default=1.0)
    sampler = word_of(lambda player: player._samplers, default="ddim")
    steps = one_of(STEPS, default=20)
    seed = whole(0, SEEDS - 1, default=1)
    clip = whole(0, 1, default=1)
    count = traitlets.Int(COUNT, read_only=True).tag(sync=True)
    schedule = traitlets.Unicode(read_only=True).tag(sync=True)
    type = traitlets.Unicode(read_only=True).tag(sync=True)
    conditional = traitlets.Bool(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self, denoiser: Denoiser | None = None, flow: Flow | None = None, **values: Any
    ) -> None:
        if denoiser is None:
            denoiser, flow = load_denoiser(CLASS_CHECKPOINT), flow or load_flow(FLOW_CHECKPOINT)
        self._denoiser = check_denoiser("denoiser", denoiser)
        self._flow = check_flow(flow, self._denoiser)
        self._way_at: tuple[tuple[Any, ...], Way] | None = None
        networks = {"denoiser": class_network(self._denoiser)}
        super().__init__(
            networks if self._flow is None else networks | {"flow": class_network(self._flow)}
        )
        self.set_trait("schedule", self._denoiser.schedule.beta_schedule)
        self.set_trait("type", self._denoiser.prediction_type)
        self.set_trait("conditional", takes_label(self._denoiser.model))
        unknown = ", ".join(sorted(set(values) - set(self._declared)))
        if unknown:
            raise TypeError(f"got {unknown}; expected one of {', '.join(self._declared)}")
        self._check_asked(values)
        start = START if self.conditional else {}
        for name, value in {**start, **values}.items():
            setattr(self, name, value)
        self.refresh()

    @property
    def _labels(self) -> list[int]:
        """What may be asked for: classes, and 10 for none."""
        return [*(range(CLASSES) if takes_label(self._denoiser.model) else ()), NO_CLASS]

    @property
    def _samplers(self) -> tuple[str, ...]:
        return SAMPLERS if self._flow is None else (*SAMPLERS, FLOW)

    def _check_asked(self, values: Mapping[str, Any]) -> None:
        """Refuse a class that is asked of a network that knows none."""
        label = values.get("label", NO_CLASS)
        if not self.conditional and label != NO_CLASS:
            raise ValueError(f"label is {label}, but {NO_LABEL}; leave it out, or give {NO_CLASS}")

    @property
    def step(self) -> int:
        """How many of the steps are made at `progress`."""
        return steps_made(self.progress, self.steps)

    def refresh(self) -> None:
        """Sample anew, after a network was trained further."""
        self._way_at = None
        way = self.way()
        noise = way.images[0]
        curves = [
            {
                "path": [place_of(image[i], noise[i]) for image in way.images],
                "guesses": [place_of(guess[i], noise[i]) for guess in way.guesses],
            }
            for i in range(COUNT)
        ]
        images, guesses = way.images[-1], way.guesses[-1]
        self.set_trait(
            "stored",
            {
                **{name: getattr(self, name) for name in self._declared},
                "images": pack(to_image_range(images)),
                "guesses": pack(to_image_range(guesses)),
                "curves": curves,
            },
        )

    def way(self) -> Way:
        """Return the samples from their noise to what is shown, and the network's guesses of x0."""
        at = tuple(getattr(self, name) for name in self._declared if name != "chosen")
        if self._way_at is None or self._way_at[0] != at:
            self._way_at = at, self._made()
        return self._way_at[1]

    def _made(self) -> Way:
        images, guesses = [page_noise(self.seed, COUNT)], []
        for made in islice(self._sampling(images[0]), min(self.step + 1, self.steps)):
            guesses.append(check_finite(made.x0, "the network"))
            images.append(check_finite(made.prev_sample, "the network"))
        return Way(images[: self.step + 1], guesses)

    def _sampling(self, noise: Tensor) -> Iterator[SamplingStep]:
        if self.sampler == FLOW:
            return flow_euler(self._asked(self._flow), noise, self.steps)
        denoiser, clip = self._asked(self._denoiser), self.clip == 1
        if self.sampler == "ddim":
            return ddim(denoiser, noise, self.steps, clip_sample=clip, timestep_spacing="trailing")
        if self.sampler == "dpm_solver":
            return dpm_solver(denoiser, noise, self.steps, clip)
        return self._ddpm(denoiser, noise, clip)

    def _ddpm(self, denoiser: Denoiser, noise: Tensor, clip: bool) -> Iterator[SamplingStep]:
        """Sample by DDPM with the new noise that the browser will have."""
        timesteps = inference_timesteps(denoiser.schedule, self.steps, "trailing")

        def step(prediction: Any, xt: Tensor, t: int, prev_t: int) -> Tensor:
            fresh = fresh_noise(self.seed, timesteps.index(t), COUNT)
            return ddpm_step(prediction, xt, t, prev_t, denoiser.schedule, fresh)

        return sampling_loop(denoiser, noise, timesteps, step, clip)

    def _asked(self, network: Any) -> Any:
        """Return a denoiser or a flow that is asked for the class, as guidance has it."""
        if not self.conditional:
            return network
        if self.label == NO_CLASS:
            return guided(network, 0, 0.0)  # a scale of 0 asks for no class, whichever is given
        return guided(network, self.label, self.guidance)

    def __repr__(self) -> str:
        """Return the same text at each run: the samplers there are, without an address."""
        classes = "with classes" if self.conditional else "without classes"
        return f"DenoisePlayer({', '.join(self._samplers)}; {classes})"

    def picture(self) -> Picture:
        """Draw the samples, and the first noise that the chosen one came from."""
        way = self.way()
        asked = "" if self.label == NO_CLASS else str(self.label)
        return draw_samples(
            way.images, (self.step, self.steps), self.chosen, asked, self.texts(STRINGS)
        )

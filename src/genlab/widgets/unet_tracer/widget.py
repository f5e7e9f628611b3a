"""The UNet tracer: what every part of a basic UNet makes of a noisy digit, and sampling with it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor, nn

from genlab.checkpoints import load_model
from genlab.data import IMAGE_SHAPE
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.objectives import get_objective
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.unet import stages_of, walk
from genlab.widgets.kernel.coding import pack, read_digits
from genlab.widgets.kernel.denoising import page_noise
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import Network, SiteNetwork, evaluating
from genlab.widgets.kernel.values import one_of, whole
from genlab.widgets.kernel.widget import GenlabWidget
from genlab.widgets.unet_tracer.networks import CHECKPOINT, SITE_NETWORKS
from genlab.widgets.unet_tracer.picture import STRINGS, draw_trace

SCHEDULE = NoiseSchedule("linear")  # the basic UNets' own
MAX_SEED = 99
INPUT = "input"


class UNetTracer(GenlabWidget):
    """A UNet drawn block by block; choose one, and see its feature maps for a noisy digit.

    `UNetTracer()` shows the course's basic UNet, `UNetTracer(my_unet)` your own: any network that
    predicts the noise of the linear schedule from xt alone and whose direct children are its parts,
    as in `genlab.models.unet.BasicUNet`. Stage, map, timestep, seed and digit can be set from
    Python too (`tracer.t = 500`); `observe`, `link` and `HBox` work as with any other ipywidget.

    Args:
        model: maps (N, 1, 28, 28) to the same shape; the checkpoint "unet-basic" by default.
        images: the digits to choose from, float32 (N, 1, 28, 28) in [0, 1]; the test split by
            default. The first digit of each class is offered.
        labels: their classes, (N,) whole numbers from 0 to 9; needed where `images` is given.
        values: traits to start from, as `stage=3`, `map=5`, `t=250`, `seed=1` or `digit=7`.
            Stage 0 is the input, stage 1 the first part; maps are counted from 1, and where a
            stage has fewer, its last one is shown.

    Raises:
        TypeError: if the model is no `nn.Module`, or an argument has a wrong type.
        ValueError: if the model does not fit, or a shape or a range is wrong.
    """

    module_name: ClassVar[str] = "unet_tracer"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("stage", "map", "t", "seed", "digit", "stages", "skips"),
        *("samples", "sample_labels", "stored"),
    )

    stage = whole(0, lambda tracer: len(tracer.stages) - 1, default=1)
    map = whole(1, lambda tracer: tracer._widest, default=1)
    t = whole(0, SCHEDULE.num_train_timesteps - 1, default=250)
    seed = whole(1, MAX_SEED, default=1)
    digit = one_of(
        lambda tracer: sorted(tracer._digits),
        default=7,
        sentence="{name} is {value}; there is one of each of {there}",
    )
    stages = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    skips = traitlets.Unicode(read_only=True).tag(sync=True)
    samples = traitlets.Unicode(read_only=True).tag(sync=True)
    sample_labels = traitlets.Unicode(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        model: nn.Module | None = None,
        images: Tensor | None = None,
        labels: Tensor | None = None,
        **values: int,
    ) -> None:
        self._model = load_model(CHECKPOINT) if model is None else model
        stages = read_stages(self._model)
        digits, classes = read_digits(images, labels)
        self._digits = {label: _first(digits, classes, label) for label in classes.tolist()}
        order = sorted(self._digits)
        super().__init__(_networks(self._model))
        self.set_trait("stages", stages)
        self.set_trait("skips", skips_of(self._model))
        self.set_trait("samples", pack(torch.cat([self._digits[label] for label in order])))
        self.set_trait("sample_labels", "".join(str(label) for label in order))
        start = {"digit": 7 if 7 in self._digits else order[0], **values}
        unknown = ", ".join(sorted(set(start) - {"stage", "map", "t", "seed", "digit"}))
        if unknown:
            raise TypeError(f"got {unknown}; expected stage, map, t, seed or digit")
        for name, value in start.items():
            setattr(self, name, value)
        self.refresh()

    @property
    def _widest(self) -> int:
        """The most feature maps that a stage has."""
        return max((stage["shape"][0] for stage in self.stages), default=1)

    def refresh(self) -> None:
        """Run the model anew, after it was trained further."""
        values, output = self.trace()
        limit = limit_of(values)
        stored = {name: getattr(self, name) for name in ("stage", "t", "seed", "digit")}
        shown = values[min(self.map, len(values)) - 1]
        stored |= {
            "limit": limit,
            "values": pack_signed(values, limit),
            "output": pack_signed(output, OUTPUT_LIMIT),
            "map": min(self.map, len(values)),
            "summary": [round(one.item(), 4) for one in (shown.mean(), shown.min(), shown.max())],
        }
        self.set_trait("stored", stored)

    def xt(self) -> Tensor:
        """Return the noisy digit that the network sees, (1, 1, 28, 28); the noise is the page's."""
        x0 = to_diffusion_range(self._digits[self.digit])
        return add_noise(x0, page_noise(self.seed), self.t, SCHEDULE)

    def trace(self) -> tuple[Tensor, Tensor]:
        """Return the chosen stage's maps (channels, side, side) and the network's output."""
        with evaluating(self._model):
            outputs = [output.cpu() for _, output in walk(self._model, self.xt())]
        return [self.xt(), *outputs][self.stage][0], outputs[-1]

    def __repr__(self) -> str:
        """Return the same text at each run: the network and its parts, without an address."""
        return f"UNetTracer({type(self._model).__name__}, {len(self.stages) - 1} stages)"

    def picture(self) -> Picture:
        """Draw the noisy digit, what the network makes of it, and the chosen stage's maps."""
        values, output = self.trace()
        xt = self.xt()
        guess = get_objective("epsilon").to_x0(output, xt, SCHEDULE.rates(self.t, xt))
        pictures = [self._digits[self.digit], to_image_range(xt), to_image_range(guess)]
        return draw_trace(
            *pictures,
            output=output / OUTPUT_LIMIT,
            maps=values / limit_of(values),
            noise=(self.digit, self.t),
            stage=self.stages[self.stage]["name"],
            texts=self.texts(STRINGS),
        )


OUTPUT_LIMIT = 3.0  # noise beyond three standard deviations has the full colour


def _first(images: Tensor, classes: Tensor, label: int) -> Tensor:
    """Return the first image of a class, (1, 1, 28, 28)."""
    return images[classes == label][:1]


def read_stages(model: object) -> list[dict[str, Any]]:
    """Return name and shape of the input and of each part of a model, in the order of the run.

    Raises:
        TypeError: if it is no `nn.Module`.
        ValueError: if it does not map (N, 1, 28, 28) to the same shape through square feature maps.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model is a {type(model).__name__}; expected a network like "
            "genlab.models.unet.BasicUNet"
        )
    parameter = next(model.parameters(), torch.zeros(()))
    try:
        with evaluating(model):
            outputs = walk(model, torch.zeros(1, *IMAGE_SHAPE, device=parameter.device))
    except (TypeError, RuntimeError) as error:
        raise ValueError(
            f"the model could not be run on (1, 1, 28, 28) alone: {error}; the tracer is for "
            "networks that take xt and do not need t"
        ) from error
    for name, output in outputs:
        shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        if not (isinstance(output, Tensor) and output.ndim == 4 and shape[2] == shape[3]):
            raise ValueError(f"part {name!r} gives {shape}; expected feature maps (1, C, H, H)")
    if not outputs or tuple(outputs[-1][1].shape[1:]) != IMAGE_SHAPE:
        last = tuple(outputs[-1][1].shape[1:]) if outputs else "no part at all"
        raise ValueError(f"the last part gives {last}; expected {IMAGE_SHAPE}, like the input")
    shapes = [(INPUT, IMAGE_SHAPE), *((name, output.shape[1:]) for name, output in outputs)]
    return [{"name": name, "shape": list(shape)} for name, shape in shapes]


def skips_of(model: Any) -> str:
    """Return what a model's `join` does with a skip: "added", "stacked", "none" or "unknown"."""
    x, skip = torch.ones(1, 2, 1, 1), torch.full((1, 2, 1, 1), 3.0)
    try:
        joined = model.join(x, skip)
    except Exception:  # the reader's own model may have no `join`, or one of another kind
        return "unknown"
    known = {"added": x + skip, "stacked": torch.cat([x, skip], dim=1), "none": x}
    return next((name for name, one in known.items() if torch.equal(one, joined)), "unknown")


def limit_of(values: Tensor) -> float:
    """Return what one value in a hundred exceeds, up or down: it gets the full colour."""
    sizes = values.abs().flatten().sort().values
    return round(sizes[int(0.99 * (len(sizes) - 1))].item(), 4) or 1.0


def pack_signed(values: Tensor, limit: float) -> str:
    """Return values in [-limit, limit] as base64, one byte each; what is beyond is cut off."""
    levels = (values / limit).clamp(-1, 1) * 127 + 128
    return base64.b64encode(levels.round().byte().numpy().tobytes()).decode()


def _networks(model: nn.Module) -> dict[str, Network]:
    return {
        "stages": Network(model, stages_of(model), IMAGE_SHAPE, part="stages"),
        "denoiser": Network(model, model, IMAGE_SHAPE, part="denoiser"),
    }

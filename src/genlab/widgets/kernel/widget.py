"""What every widget has in common: one ES module, two hosts.

In a live kernel the browser asks for forward passes by messages and this file answers them with the
reader's own model. On a page of the site there is no kernel: `text/html` carries the stored state,
and `host.mjs` mounts the same module over networks that run in the page.
"""

from __future__ import annotations

import base64
import html
import json
import math
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import torch
import traitlets
from torch import Tensor, nn

from genlab.widgets.kernel.values import Declaration, declarations, ranges_of

WIDGETS = Path(__file__).parents[1]
STYLE = WIDGETS.parent / "style"
MAX_BATCH = 1024

# A static import or export, which JavaScript allows at the start of a line only in this code base;
# type imports stand in comments, whose lines start otherwise.
_RELATIVE_IMPORT = re.compile(
    r"""^((?:import|export)\b[^;"']*?)(["'])(\.{1,2}/[^"']+)\2""", re.MULTILINE
)


def inline_module(path: Path, _parents: tuple[Path, ...] = ()) -> str:
    """Return an ES module as one text: what it imports from files becomes `data:` URLs.

    A kernel hands the browser a single module, which has no place to import files from.

    Args:
        path: the module; its relative imports are followed.

    Raises:
        FileNotFoundError: if an imported file is missing.
        ValueError: if modules import each other in a circle, which `data:` URLs cannot.
    """
    path = path.resolve()
    if path in _parents:
        names = " -> ".join(one.name for one in (*_parents, path))
        raise ValueError(f"modules import each other in a circle: {names}")

    def replace(match: re.Match[str]) -> str:
        source = inline_module(path.parent / match[3], (*_parents, path))
        encoded = base64.b64encode(source.encode()).decode()
        return f'{match[1]}"data:text/javascript;base64,{encoded}"'

    return _RELATIVE_IMPORT.sub(replace, path.read_text(encoding="utf-8"))


def widget_css(module_name: str) -> str:
    """Return the style of a widget, the tokens first; a notebook has no page CSS of its own."""
    own = WIDGETS / module_name / "style.css"
    files = [STYLE / "tokens.css", STYLE / "widgets.css", *([own] if own.is_file() else [])]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@contextmanager
def evaluating(model: object) -> Iterator[None]:
    """Within the block: no gradients, and the model in evaluation mode; afterwards as it was."""
    modules = list(model.modules()) if isinstance(model, nn.Module) else []
    training = [module.training for module in modules]
    for module in modules:
        module.training = False
    try:
        with torch.no_grad():
            yield
    finally:
        for module, was in zip(modules, training, strict=True):
            module.training = was


def device_of(model: object) -> torch.device:
    """Return where a model's parameters are; the CPU if it has none."""
    parameter = next(model.parameters(), None) if isinstance(model, nn.Module) else None
    return torch.device("cpu") if parameter is None else parameter.device


@dataclass(frozen=True)
class Network:
    """One forward pass that the browser may ask for.

    Attributes:
        model: the module to put into evaluation mode and whose device the input goes to.
        forward: maps one float32 batch for each input to a tensor.
        input_shape: shape of the first input, without the batch.
        further_shapes: of the other inputs, such as `((),)` for one timestep an image.
    """

    model: object
    forward: Callable[..., Tensor]
    input_shape: tuple[int, ...]
    further_shapes: tuple[tuple[int, ...], ...] = ()

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of all inputs, without the batch."""
        return self.input_shape, *self.further_shapes

    def __call__(self, *batches: Tensor) -> Tensor:
        """Run a batch (N, *shape) for each input; return float32 on the CPU, contiguous."""
        device = device_of(self.model)
        with evaluating(self.model):
            output = self.forward(*(batch.to(device) for batch in batches))
        return output.detach().to("cpu", torch.float32).contiguous()


@dataclass(frozen=True)
class Picture:
    """What stands on a page of the site until the widget is alive there.

    Attributes:
        url: the picture as a `data:` URL.
        alt: what is seen in it.
        caption: what a picture should not say by text inside it, such as what is left and right.
        maps: how many maps it shows; the page keeps as much room as the widget will take.
    """

    url: str
    alt: str
    caption: str = ""
    maps: int = 1


class GenlabWidget(anywidget.AnyWidget):
    """A widget of the course; subclasses name their module, their networks and their picture."""

    module_name: ClassVar[str]
    state_names: ClassVar[tuple[str, ...]]
    _declared: ClassVar[Mapping[str, Declaration]] = {}

    # Of each value that the reader can move, its range; JavaScript takes sliders and links from it.
    ranges = traitlets.Dict(read_only=True).tag(sync=True)
    # Of the texts, such as "en"; empty for the page's own.
    language = traitlets.Unicode().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Read the subclass's ES module and the style, once."""
        if "module_name" in vars(cls):  # traitlets subclasses again when it adds traits
            cls._esm = inline_module(WIDGETS / cls.module_name / "view.mjs")
            cls._css = widget_css(cls.module_name)
            cls._declared = declarations(vars(cls))
            cls._check_value = traitlets.validate(*cls._declared)(_check_value)
        super().__init_subclass__(**kwargs)

    def __init__(self, networks: Mapping[str, Network], **values: Any) -> None:
        self._networks = dict(networks)
        super().__init__(**values)
        self.on_msg(self._answer)

    @traitlets.observe(traitlets.All)
    def _follow_bounds(self, change: Any) -> None:
        """Keep the ranges true: bounds may depend on any trait."""
        if change["name"] != "ranges":
            self.set_trait("ranges", ranges_of(self, self._declared))

    # -- what a subclass adds -----------------------------------------------------------------

    def picture(self) -> Picture:
        """Draw the state as it is now, for a page without JavaScript."""
        raise NotImplementedError

    def page_networks(self) -> dict[str, str] | None:
        """Map this widget's networks to the site's; None if the site has none for this model."""
        raise NotImplementedError

    # -- the kernel's side of inference -------------------------------------------------------

    def _answer(self, _widget: object, content: Any, buffers: Sequence[Any]) -> None:
        """Answer one `run` message with a `result` or an `error`; never raise into the kernel."""
        request = content.get("id") if isinstance(content, dict) else None
        try:
            reply, output = self._run(content, buffers)
        except Exception as error:  # the reader's own model may raise anything
            self.send({"kind": "error", "id": request, "message": one_sentence(error)})
        else:
            self.send({"kind": "result", "id": request, **reply}, [output])

    def _run(self, content: Any, buffers: Sequence[Any]) -> tuple[dict[str, Any], bytes]:
        name, shapes = _read_request(content)
        if name not in self._networks:
            known = ", ".join(self._networks)
            raise ValueError(f"there is no network {name!r}, only {known}")
        network = self._networks[name]
        batches = _read_batches(shapes, buffers, network.input_shapes)
        start = time.perf_counter()
        output = network(*batches)
        milliseconds = (time.perf_counter() - start) * 1000
        reply = {"outputs": [{"shape": list(output.shape)}], "milliseconds": milliseconds}
        return reply, output.numpy().tobytes()

    # -- the two ways to show it --------------------------------------------------------------

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add HTML for the site's pages; a notebook would only carry it along, dead."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None or not os.environ.get("GENLAB_SITE"):
            return bundle
        data, metadata = bundle
        return {**data, "text/html": self.page_html()}, metadata

    def page_html(self) -> str:
        """Return the widget for a page without a kernel; `host.mjs` brings it to life."""
        picture, networks = self.picture(), self.page_networks()
        image = f'<img src="{picture.url}" alt="{html.escape(picture.alt)}">'
        caption = html.escape(picture.caption)
        if networks is None:
            return f'<div class="genlab-picture">{image}<p>{caption} {PICTURE_ONLY}</p></div>'
        names = (*self.state_names, "ranges", "language")
        state = {name: getattr(self, name) for name in names}
        return (
            f'<div class="genlab-widget" data-genlab-widget="{self.module_name.replace("_", "-")}"'
            f' data-state="idle" data-genlab-networks="{html.escape(json.dumps(networks))}">'
            f'<script type="application/json">{_script_json(state)}</script>'
            f'<div class="gl-fallback" style="--gl-maps: {picture.maps}">{image}'
            f"<p>{caption} {WITHOUT_SCRIPT}</p></div></div>"
        )


def _check_value(widget: GenlabWidget, proposal: Any) -> Any:
    """Return a value that was set, if it is one that the widget can have."""
    name, value = proposal["trait"].name, proposal["value"]
    widget._declared[name].check(widget, name, value)
    return value


PICTURE_ONLY = (
    "This is a picture: the model was made by the page itself, so it answers only in a notebook."
)
WITHOUT_SCRIPT = "With JavaScript the picture comes to life."


def _script_json(value: object) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def one_sentence(error: Exception) -> str:
    """Return an error as the browser shows it: one line, the kind only where it is not ours."""
    text = " ".join(str(error).split()).rstrip(".")
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"


def _read_request(content: Any) -> tuple[str, list[tuple[int, ...]]]:
    """Return network name and input shapes of a `run` message.

    Raises:
        ValueError: if it is another kind of message or its parts are missing.
    """
    if not isinstance(content, dict) or content.get("kind") != "run":
        kind = content.get("kind") if isinstance(content, dict) else content
        raise ValueError(f"the message is of kind {kind!r}; expected 'run'")
    if not isinstance(content.get("id"), str):
        raise ValueError(f"the message has the id {content.get('id')!r}; expected a string")
    inputs = content.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise ValueError(f"the message has the inputs {inputs!r}; expected [{{'shape': [n, ...]}}]")
    return str(content.get("network")), [_read_shape(one) for one in inputs]


def _read_shape(value: Any) -> tuple[int, ...]:
    match value:
        case {"shape": [*shape]} if shape and all(type(n) is int and n > 0 for n in shape):
            return tuple(shape)
    raise ValueError(f"the message has the input {value!r}; expected {{'shape': [n, ...]}}")


def _read_batches(
    shapes: list[tuple[int, ...]],
    buffers: Sequence[Any],
    input_shapes: tuple[tuple[int, ...], ...],
) -> list[Tensor]:
    """Return the float32 batches of a message, one for each input of the network.

    Raises:
        ValueError: if their number, shapes, bytes or values are not what the network takes.
    """
    if len(shapes) != len(input_shapes):
        raise ValueError(f"the message has {len(shapes)} inputs; expected {len(input_shapes)}")
    for shape, input_shape in zip(shapes, input_shapes, strict=True):
        if shape[1:] != input_shape or shape[0] > MAX_BATCH:
            expected = "".join(f", {n}" for n in input_shape)
            raise ValueError(f"the input has shape {shape}; expected (n <= {MAX_BATCH}{expected})")
    if len({shape[0] for shape in shapes}) > 1:
        raise ValueError(f"the inputs have shapes {shapes}; expected the same n for all")
    sizes = [len(bytes(buffer)) for buffer in buffers]
    expected_sizes = [4 * math.prod(shape) for shape in shapes]
    if sizes != expected_sizes:
        raise ValueError(f"the message has buffers of {sizes} bytes; expected {expected_sizes}")
    return [_read_batch(*pair) for pair in zip(shapes, buffers, strict=True)]


def _read_batch(shape: tuple[int, ...], buffer: Any) -> Tensor:
    batch = torch.frombuffer(bytearray(bytes(buffer)), dtype=torch.float32).reshape(shape)
    if not torch.isfinite(batch).all():
        raise ValueError("the input holds values that are not finite; expected numbers")
    return batch

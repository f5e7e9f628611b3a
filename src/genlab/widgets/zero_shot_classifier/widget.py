"""The zero-shot classifier: a digit, labels in words, and how well each label fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor, nn

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.vision.captions import (
    COLOURS,
    CONTEXT,
    TEMPLATES,
    VOCABULARY,
    captions,
    check_words,
    encode,
    words,
)
from genlab.widgets.kernel.coding import pack
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import SiteNetwork
from genlab.widgets.kernel.values import letters, number, whole, word_of
from genlab.widgets.kernel.widget import GenlabWidget
from genlab.widgets.zero_shot_classifier.networks import CHECKPOINT, SITE_NETWORKS, offered
from genlab.widgets.zero_shot_classifier.picture import STRINGS, Compared, draw_labels

MOST_LABELS = 60  # a caption for each pair
MOST_LETTERS = 2000
MOST_SCALE = 100  # at which CLIP itself stops
START = ("a red zero", "a red three", "a blue zero", "a black nine")
TOWERS = ("vision_model", "visual_projection", "text_model", "text_projection", "logit_scale")
# What a link may hold: of what separates labels there only a new line has no meaning in a link.
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 .\n"


def _check_labels(_classifier: object, name: str, value: str) -> None:
    labels = value.split("\n")
    if not all(words(label) for label in labels):
        raise ValueError(
            f"{name} is {value!r}; expected words in each line, one label a line: "
            "'a red zero\\na red three'"
        )
    if len(labels) > MOST_LABELS:
        raise ValueError(f"{name} has {len(labels)} labels; expected at most {MOST_LABELS}")
    twice = [label for label in labels if labels.count(label) > 1]
    if twice:
        raise ValueError(
            f"{name} has {twice[0]!r} more than once; equal labels would share its probability: "
            "leave one"
        )
    check_words(labels)


class ZeroShotClassifier(GenlabWidget):
    """A coloured digit and candidate labels: cosines, probabilities, the logit scale.

    `ZeroShotClassifier()` asks the course's DigitCLIP, `ZeroShotClassifier(yours)` your own. What
    is chosen can be set from Python too (`classifier.colour = "blue"`); `observe`, `link` and
    `HBox` work as with any other ipywidget.

    Args:
        model: a `DigitCLIP`, or another `CLIPModel` for pictures of 28 by 28 pixels and the words
            of `genlab.vision.captions`.
        labels: to start with; a list, or a text with one label a line.
        digit: its class, from 0 to 9.
        colour: one of "red", "orange", "green", "blue", "purple", "black".
        scale: by which cosines are multiplied, from 0 to 100; the model's own by default.

    Raises:
        TypeError: if the model lacks a tower.
        ValueError: if a value is out of its range, or the model does not know a word.
    """

    module_name: ClassVar[str] = "zero_shot_classifier"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("digit", "colour", "labels", "scale", "samples", "sample_labels"),
        *("vocabulary", "context", "most", "colours", "all_pairs", "stored"),
    )

    digit = whole(0, 9)
    colour = word_of(list(COLOURS), default="red")
    labels = letters(lambda _: LETTERS, lambda _: MOST_LETTERS, _check_labels)
    scale = number(0, MOST_SCALE)
    samples = traitlets.Unicode(read_only=True).tag(sync=True)
    sample_labels = traitlets.Unicode(read_only=True).tag(sync=True)
    vocabulary = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    context = traitlets.Int(read_only=True).tag(sync=True)
    most = traitlets.Int(MOST_LABELS, read_only=True).tag(sync=True)
    colours = traitlets.Dict(read_only=True).tag(sync=True)
    all_pairs = traitlets.Unicode(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        model: nn.Module | None = None,
        labels: Sequence[str] | str = START,
        digit: int = 0,
        colour: str = "red",
        scale: float | None = None,
    ) -> None:
        self._model = _read_model(model)
        super().__init__(offered(self._model))
        digits = load_digits("test")
        self._digits = torch.cat([digits.of_class(one)[:1] for one in range(10)])
        self.set_trait("samples", pack(self._digits))
        self.set_trait("sample_labels", "0123456789")
        self.set_trait("vocabulary", list(VOCABULARY))
        self.set_trait("context", CONTEXT)
        self.set_trait("colours", {name: list(values) for name, values in COLOURS.items()})
        self.set_trait("all_pairs", "\n".join(captions(TEMPLATES[0])))
        self.labels = labels if isinstance(labels, str) else "\n".join(labels)
        self.digit, self.colour = digit, colour
        self.refresh()  # a model that cannot answer says so before its scale is read
        own = min(self._model.logit_scale.exp().item(), MOST_SCALE)
        self.scale = round(own, 1) if scale is None else scale

    def refresh(self) -> None:
        """Ask the model anew, after it was trained further."""
        image, texts = self._vectors()
        at = {name: getattr(self, name) for name in ("digit", "colour", "labels")}
        vectors = {"image": _rounded(image[0]), "texts": [_rounded(one) for one in texts]}
        self.set_trait("stored", {**at, **vectors})

    def image(self) -> Tensor:
        """Return the coloured digit, (1, 3, 28, 28) in [0, 1]."""
        colour = torch.tensor(COLOURS[self.colour], dtype=torch.float32).view(1, 3, 1, 1)
        return 1 - self._digits[self.digit] * (1 - colour)

    def candidates(self) -> list[str]:
        """Return the labels as a list."""
        return self.labels.split("\n")

    def cosines(self) -> Tensor:
        """Return the cosine of the image and each label, (labels,)."""
        image, texts = self._vectors()
        return (texts @ image.T)[:, 0]

    def probabilities(self) -> Tensor:
        """Return the probability of each label, (labels,)."""
        return (self.scale * self.cosines()).softmax(dim=0)

    def _vectors(self) -> tuple[Tensor, Tensor]:
        tokens = encode(self.candidates()).float()
        return self._networks["image"](self.image()), self._networks["text"](tokens)

    def __repr__(self) -> str:
        """Return the same text at each run: what is compared, without an address."""
        count = len(self.candidates())
        return f"ZeroShotClassifier({self.colour} {self.digit}; {count} labels)"

    def picture(self) -> Picture:
        """Draw the digit and the likeliest labels as they are now."""
        compared = Compared(
            *(self.image(), self.digit, self.colour, self.candidates()),
            *(self.cosines(), self.probabilities()),
        )
        return draw_labels(compared, self.texts(STRINGS))


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 5) for value in values.tolist()]


def _read_model(model: Any) -> Any:
    """Return the model, by default the course's.

    Raises:
        TypeError: if it lacks a tower.
        ValueError: if it takes other pictures, or fewer words.
    """
    if model is None:
        return load_model(CHECKPOINT)
    missing = [part for part in TOWERS if not hasattr(model, part)]
    if missing:
        raise TypeError(
            f"the model is a {type(model).__name__} without `{missing[0]}`; expected a network "
            "like genlab.models.clip.DigitCLIP"
        )
    image, text = model.config.vision_config, model.config.text_config
    if image.image_size != 28:
        raise ValueError(
            f"the model takes pictures of {image.image_size} pixels a side; expected 28"
        )
    if text.vocab_size < len(VOCABULARY) or text.max_position_embeddings < CONTEXT:
        raise ValueError(
            f"the model knows {text.vocab_size} words and texts of "
            f"{text.max_position_embeddings} tokens; expected at least {len(VOCABULARY)} and "
            f"{CONTEXT}, as genlab.vision.captions has them"
        )
    return model

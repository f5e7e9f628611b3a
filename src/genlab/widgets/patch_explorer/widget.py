"""The patch explorer: where a vision transformer looks, and whether its answer depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor, nn

from genlab.checkpoints import load_model
from genlab.data import CLASSES, IMAGE_SHAPE
from genlab.models.readers import as_wanted, evaluating, tensor_of
from genlab.models.tokens import SIDE, check_patch
from genlab.widgets.kernel.coding import pack, read_digits
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import SiteNetwork
from genlab.widgets.kernel.values import letters, one_of, plain, whole
from genlab.widgets.kernel.widget import GenlabWidget
from genlab.widgets.patch_explorer.networks import (
    CHECKPOINTS,
    SITE_NETWORKS,
    offered,
    patches_of,
)
from genlab.widgets.patch_explorer.picture import STRINGS, Seen, draw_looks

MEAN = 0  # in place of a head's number


def _check_covered(widget: Any, name: str, value: str) -> None:
    count = patches_of(widget.patch)
    if not set(_split(value)) <= {str(number) for number in range(1, count + 1)}:
        raise ValueError(
            f"{name} is {value!r}; expected numbers of patches from 1 to {count}, row by row, "
            "with dots between, such as '1.2', or '' for none"
        )


class PatchExplorer(GenlabWidget):
    """A digit in patches, each shaded by how much the class token looks at it; patches are covered.

    `PatchExplorer()` shows the course's vision transformers, `PatchExplorer({7: my_vit})` your own.
    What is chosen can be set from Python too (`explorer.block = 1`); `observe`, `link` and `HBox`
    work as with any other ipywidget.

    Args:
        models: a model for each size of the patch in pixels, from (N, 1, 28, 28) to logits (N, 10),
            with `attentions(x)`, who looks at whom in each block, (N, blocks, heads, S, S): the
            class token first, the patches last, row by row, as in `genlab.models.vit.ViT`; by
            default the checkpoints of patches of 14, 7 and 4 pixels.
        images: the digits to choose from, float32 (N, 1, 28, 28) in [0, 1]; the test split by
            default. The first digit of each class is offered.
        labels: their classes, (N,) whole numbers from 0 to 9; needed where `images` is given.
        values: to start from: `patch`, the size; `digit`, its class; `block` from 1 on; `head` from
            1 on, or 0 for the mean of all; `covered`, numbers of patches with dots between, as
            "6.7". Where a model has fewer blocks or heads, its last is shown. Another patch or
            digit uncovers all.

    Raises:
        TypeError: if a model lacks `attentions`, or an argument has a wrong type.
        ValueError: if a model does not fit its patch, or a shape or a range is wrong.
        traitlets.TraitError: if a value is of a wrong type.
    """

    module_name: ClassVar[str] = "patch_explorer"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("patch", "digit", "block", "head", "covered"),
        *("shapes", "samples", "sample_labels", "stored"),
    )

    patch = one_of(
        lambda explorer: list(explorer._models),
        default=7,
        sentence="{name} is {value}, of which there is no model; expected one of {there}",
    )
    digit = one_of(
        lambda explorer: sorted(explorer._digits),
        default=3,
        sentence="{name} is {value}; there is one of each of {there}",
    )
    block = whole(1, lambda explorer: max(blocks for blocks, _ in explorer._shapes.values()), 1)
    head = whole(MEAN, lambda explorer: max(heads for _, heads in explorer._shapes.values()))
    covered = letters(
        lambda explorer: "0123456789.", lambda explorer: explorer._longest, _check_covered
    )
    shapes = traitlets.Dict(read_only=True).tag(sync=True)
    samples = traitlets.Unicode(read_only=True).tag(sync=True)
    sample_labels = traitlets.Unicode(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        models: Mapping[int, nn.Module] | None = None,
        images: Tensor | None = None,
        labels: Tensor | None = None,
        **values: Any,
    ) -> None:
        unknown = ", ".join(sorted(set(values) - set(self._declared)))
        if unknown:
            raise TypeError(f"got {unknown}; expected one of {', '.join(self._declared)}")
        self._models = _read_models(models)
        self._shapes = {patch: _shape_of(model, patch) for patch, model in self._models.items()}
        digits, classes = read_digits(images, labels)
        self._digits = {label: digits[classes == label][:1] for label in classes.unique().tolist()}
        self._told = False  # by the browser
        self._asks = {patch: offered(model, patch) for patch, model in self._models.items()}
        super().__init__({f"looks-{patch}": one for patch, one in self._asks.items()})
        self.set_trait("shapes", {str(patch): list(shape) for patch, shape in self._shapes.items()})
        self.set_trait("samples", pack(torch.cat([self._digits[one] for one in self._offered])))
        self.set_trait("sample_labels", "".join(map(str, self._offered)))
        for name, value in (self._start | values).items():
            setattr(self, name, value)
        self.refresh()

    @property
    def _offered(self) -> list[int]:
        """The classes of which there is a digit."""
        return sorted(self._digits)

    @property
    def _start(self) -> dict[str, int]:
        """Where to begin: the usual patch and digit, if they are there, and the last block."""
        patch = 7 if 7 in self._models else next(iter(self._models))
        digit = 3 if 3 in self._digits else self._offered[0]
        last = max(blocks for blocks, _ in self._shapes.values())
        return {"patch": patch, "digit": digit, "block": last}

    @property
    def _longest(self) -> int:
        """How many letters it takes to cover all."""
        most = max(map(patches_of, self._models))
        return len(".".join(str(number) for number in range(1, most + 1)))

    # -- what is covered ---------------------------------------------------------------------------

    def set_state(self, sync_data: Any) -> None:
        """Take what the browser sets, which says itself what is covered then."""
        self._told = True
        try:
            super().set_state(sync_data)
        finally:
            self._told = False

    @traitlets.observe("patch", "digit")
    def _uncover(self, _change: Any) -> None:
        if not self._told:
            self.covered = ""

    def _hide(self, image: Tensor) -> Tensor:
        """Return an image with paper in place of the covered patches."""
        across = SIDE // self.patch
        hidden = image.clone()
        for number in _split(self.covered):
            row, column = divmod(int(number) - 1, across)
            top, left = row * self.patch, column * self.patch
            hidden[..., top : top + self.patch, left : left + self.patch] = 0
        return hidden

    # -- what the model says -----------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask the model anew, after it was trained further."""
        shown, whole_digit = self._ask()
        at = {name: getattr(self, name) for name in self._declared}
        answers = {"shown": _rounded(shown), "whole": _rounded(whole_digit[:CLASSES])}
        self.set_trait("stored", {**at, **answers})

    def image(self) -> Tensor:
        """Return what the model sees, (1, 1, 28, 28): the digit, but for what is covered."""
        return self._hide(self._digits[self.digit])

    def probabilities(self) -> Tensor:
        """Return the probability of each class, (10,), with what is covered."""
        return self._ask()[0][:CLASSES].softmax(dim=0)

    def weights(self) -> Tensor:
        """Return how much the class token looks at each patch, (28 / patch, 28 / patch).

        They sum to less than 1: the rest is on the class token itself.
        """
        blocks, heads = self._shapes[self.patch]
        all_of_them = self._ask()[0][CLASSES:].view(blocks, heads, -1)
        of_block = all_of_them[min(self.block, blocks) - 1]
        chosen = of_block.mean(dim=0) if self.head == MEAN else of_block[min(self.head, heads) - 1]
        across = SIDE // self.patch
        return chosen.view(across, across)

    def _ask(self) -> Tensor:
        """Return the model's rows for what is shown and for the whole digit, (2, 10 + weights)."""
        return self._asks[self.patch](torch.cat([self.image(), self._digits[self.digit]]))

    def __repr__(self) -> str:
        """Return the same text at each run: which patches there are, without an address."""
        sizes = ", ".join(map(str, self._models))
        return f"PatchExplorer(patches of {sizes} pixels; {len(self._digits)} digits)"

    def picture(self) -> Picture:
        """Draw the digit with what the class token looks at, and the probabilities."""
        hidden = [int(number) for number in _split(self.covered)]
        at = {name: getattr(self, name) for name in ("digit", "block", "head")}
        seen = Seen(self.image(), self.weights(), self.probabilities(), hidden, **at)
        return draw_looks(seen, self.texts(STRINGS))


def _split(covered: str) -> list[str]:
    return covered.split(".") if covered else []


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def _read_models(models: object) -> dict[int, Any]:
    """Return the models by the size of their patch, few patches first; by default ours."""
    if models is None:
        return {patch: load_model(name) for patch, name in CHECKPOINTS.items()}
    if not isinstance(models, Mapping) or not models:
        got = "no model" if isinstance(models, Mapping) else f"a {type(models).__name__}"
        raise TypeError(
            f"got {got}; expected a model for each size of the patch in pixels, as "
            "PatchExplorer({7: model})"
        )
    named = {check_patch(plain(patch)): model for patch, model in models.items()}
    return {patch: named[patch] for patch in sorted(named, reverse=True)}


def _shape_of(model: Any, patch: int) -> tuple[int, int]:
    """Return how many blocks and heads a model has.

    Raises:
        TypeError: if it does not tell who looks at whom.
        ValueError: if it does not answer as a vision transformer with patches of this size.
    """
    name = f"the model of patch {patch}"
    if not callable(model) or not callable(getattr(model, "attentions", None)):
        raise TypeError(
            f"{name} is a {type(model).__name__} without `attentions`; expected a network like "
            "genlab.models.vit.ViT"
        )
    if getattr(model, "pool", "class") != "class":
        raise ValueError(f"{name} has pool={model.pool!r}; expected a class token, pool='class'")
    x = as_wanted(model, torch.zeros(2, *IMAGE_SHAPE))
    with evaluating(model):
        logits, seen = tensor_of(model(x), name), tensor_of(model.attentions(x), name)
    if logits.shape != (2, CLASSES):
        raise ValueError(
            f"{name} gives {tuple(logits.shape)} for 2 digits; expected logits (2, 10)"
        )
    count = patches_of(patch)
    shape = tuple(seen.shape)
    if len(shape) != 5 or shape[0] != 2 or shape[3] != shape[4] or shape[4] <= count:
        raise ValueError(
            f"`attentions` of {name} gives {shape} for 2 digits; expected (2, blocks, heads, S, S) "
            f"with S = {count + 1}: a class token and {count} patches of {patch} by {patch} pixels"
        )
    return shape[1], shape[2]

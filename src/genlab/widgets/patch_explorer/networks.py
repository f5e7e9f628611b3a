"""The networks of the patch explorer: vision transformers, and what they offer to the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from genlab.data import IMAGE_SHAPE
from genlab.models.readers import adapted
from genlab.models.tokens import SIDE, PlainBlock, patchify
from genlab.models.vit import ViT
from genlab.widgets.kernel.protocol import Network, SiteNetwork, by_name

# Of each size of the patch its checkpoint; few patches first.
CHECKPOINTS: Mapping[int, str] = {14: "vit-patch-14", 7: "vit", 4: "vit-patch-4"}
PART = "looks"


def patches_of(patch: int) -> int:
    """Return how many patches of this side a digit has."""
    return (SIDE // patch) ** 2


def looks_of(model: Any, patch: int) -> Callable[[Tensor], Tensor]:
    """Return the function from images to a row each: ten logits, then where the class token looks.

    A network of the page has one output. The weights are (blocks, heads, patches), flattened: the
    first token's row of attention, without what is on the tokens that stand before the patches.

    Args:
        model: from images to logits, with `attentions` as `genlab.models.vit.ViT` has it.
        patch: its side in pixels.
    """
    count = patches_of(patch)

    def forward(x: Tensor) -> Tensor:
        weights = model.attentions(x)[:, :, :, 0, -count:]
        return torch.cat([model(x), weights.flatten(1)], dim=1)

    return forward


def looks_in_one_pass(model: ViT) -> Callable[[Tensor], Tensor]:
    """Return what `looks_of` does for a plain ViT, at two thirds of the work and of the file."""

    def forward(x: Tensor) -> Tensor:
        patches = model.places(model.embed(patchify(x, model.patch)))
        # As many as the batch has: with `len`, the exporter would take them for a constant.
        first = model.first.expand(x.shape[0], -1, -1)
        x, rows = torch.cat([first, patches], dim=1), []
        for block in model.blocks:
            assert isinstance(block, PlainBlock)
            rows.append(block.attention.weights(block.norm1(x))[:, :, 0, 1:])
            x = block(x)
        logits = model.head(model.norm(x)[:, 0])
        return torch.cat([logits, torch.stack(rows, dim=1).flatten(1)], dim=1)

    return forward


SITE_NETWORKS = by_name(
    *(
        SiteNetwork(f"{name}.{PART}", looks_in_one_pass, (IMAGE_SHAPE,))
        for name in CHECKPOINTS.values()
    )
)


def offered(model: Any, patch: int) -> Network:
    """Return what the browser may ask a model for: its answer, and where its class token looks."""
    forward = adapted(model, looks_of(model, patch))
    name = f"the model of patch {patch}"
    return Network(model, forward, IMAGE_SHAPE, part=PART, name=name)

"""What the page "Vision transformers" claims: who needs how many digits, what each part does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Any

import torch

from genlab.claims.ledger import Entry
from genlab.claims.registry import Values, measurement
from genlab.claims.trainings import SEEDS, finished, new_model
from genlab.data import Digits, load_digits
from genlab.measured import Measured, paired
from genlab.models.tokens import patchify
from genlab.recipes.vision import COMPARED
from genlab.training import LossFn
from genlab.vision import covered, distillation_loss, looks

SIZES = (250, 500, 1000, 2000, 4000)
COVERED = 3  # of 16 patches
# The networks of `data`, by the names that the page's figure gives them.
CURVES = {
    "cnn": "CNN",
    "teacher": "CNN, changed digits",
    "vit": "ViT",
    "deit": "DeiT",
}
MIDDLE = 1000  # digits, where one part of DeiT's recipe is added after the other
OVER = (
    "three trainings each (seeds 0 to 2), each on a draw of the training digits of its own, "
    "all judged on the same 500 test digits"
)


def training_set(size: int, seed: int) -> Digits:
    """Return this many training digits, equally many a class; the same for all networks."""
    return load_digits("train").subset(size, seed)


def loss_of(name: str, size: int, seed: int) -> LossFn:
    """Return the loss that a network is trained with; DeiT has a teacher that saw what it sees."""
    if name != "deit":
        return COMPARED[name].loss
    return distillation_loss(trained("teacher", size, seed))


def trained(name: str, size: int, seed: int) -> Any:
    """Return a network of `COMPARED`, trained on this many digits with a seed."""
    recipe, digits = COMPARED[name], training_set(size, seed)
    config, run = replace(recipe.config, seed=seed), f"vision-{name}-{size}-seed-{seed}"
    data = digits.images, digits.labels
    return finished(new_model(recipe, seed), loss_of(name, size, seed), data, config, run)


@torch.inference_mode()
def recognised(model: Any, digits: Digits) -> float:
    """Return the share of digits that a network recognises, in per cent."""
    answers = torch.cat([model(part).argmax(dim=1) for part in digits.images.split(500)])
    return 100 * float((answers == digits.labels).double().mean())


@cache
def accuracies(name: str, size: int, seed: int) -> tuple[float, float]:
    """Return what a trained network recognises of the test digits and of those it was taught."""
    model = trained(name, size, seed)
    return recognised(model, load_digits("test")), recognised(model, training_set(size, seed))


def on_test(name: str, size: int) -> list[float]:
    """Return what the three trainings of a network recognise of the test digits."""
    return [accuracies(name, size, seed)[0] for seed in SEEDS]


def compared(found: Mapping[str, list[float]], end: str = "") -> dict[str, Measured | float]:
    """Return figures by name, and all differences between them, seed by seed.

    Args:
        found: three figures a name.
        end: of the names of the values.
    """
    values: dict[str, Measured | float] = {
        f"{name}{end}": Measured.of(numbers) for name, numbers in found.items()
    }
    for a, b in permutations(found, 2):
        values[f"{a}_minus_{b}{end}"] = paired(found[b], found[a])
    return values


def at(names: Iterable[str], size: int) -> dict[str, list[float]]:
    """Return the test accuracies of some networks at a size, by names fit for values."""
    return {name.replace("-", "_"): on_test(name, size) for name in names}


def behind(name: str, size: int) -> list[float]:
    """Return how far a network is behind the CNN on the test digits, seed by seed."""
    return [cnn - one for cnn, one in zip(on_test("cnn", size), on_test(name, size), strict=True)]


@measurement(
    "vision-transformers/data",
    over=OVER,
    orders=(
        *(f"cnn_minus_vit_{size}" for size in SIZES),
        *(f"deit_minus_vit_{size}" for size in SIZES[:-1]),
        # With 4,000 it is the same number of digits in all three: no error, and so no order.
        *(f"cnn_minus_deit_{size}" for size in SIZES[1:-1]),
        *(f"cnn_minus_teacher_{size}" for size in SIZES[1:]),
        "cnn_minus_vit_shrinks",
    ),
)
def data() -> Values:
    """Test digits recognised, in per cent, by how many digits were there to learn from.

    Of a CNN, the CNN that sees changed digits (DeiT's teacher), a ViT, and DeiT.
    """
    values = dict[str, Measured | float]()
    for size in SIZES:
        values |= compared(at(CURVES, size), f"_{size}")
        for name in CURVES:
            learned = [accuracies(name, size, seed)[1] for seed in SEEDS]
            values[f"{name}_{size}_train"] = Measured.of(learned)
    for name in ("vit", "deit"):
        values[f"cnn_minus_{name}_shrinks"] = paired(
            behind(name, SIZES[-1]), behind(name, SIZES[0])
        )
    return values


def curves(ledger: Mapping[str, Entry]) -> dict[str, dict[int, tuple[float, float]]]:
    """Return what the page's figure draws: by network and digits, accuracy in per cent and error.

    Args:
        ledger: the records, with that of `vision-transformers/data`.
    """
    values = ledger["vision-transformers/data"].values
    return {
        label: {size: values[f"{name}_{size}"].drawn() for size in SIZES}
        for name, label in CURVES.items()
    }


@measurement("vision-transformers/parts", over=OVER, orders=("vit_augmented_minus_vit",))
def parts() -> Values:
    """Test digits recognised, in per cent, of 1,000: a ViT and DeiT's recipe, part by part."""
    return compared(at(("vit", "vit-augmented", "vit-regular", "deit"), MIDDLE))


@measurement(
    "vision-transformers/positions",
    over=OVER,
    orders=tuple(f"{name}_minus_vit_no_positions" for name in ("vit", "vit_sine", "vit_mean")),
)
def positions() -> Values:
    """Test digits recognised, in per cent, of 4,000: positions learned, sine or none; the mean.

    The last is a ViT without a class token, which takes the mean of all tokens.
    """
    return compared(at(("vit", "vit-sine", "vit-no-positions", "vit-mean"), SIZES[-1]))


@measurement(
    "vision-transformers/hybrid",
    over=OVER,
    orders=tuple(
        f"hybrid_minus_{other}_{size}"
        for size in (500, SIZES[-1])
        for other in ("vit", "vit_patch_4")
    ),
)
def hybrid() -> Values:
    """Test digits recognised, in per cent, of 500 and 4,000: a hybrid, and ViTs on pixels.

    The hybrid has 49 tokens, as the ViT with patches of 4 by 4 pixels has.
    """
    names = ("vit", "vit-patch-4", "hybrid")
    values = compared(at(names, 500), "_500")
    return values | compared(at(names, SIZES[-1]), f"_{SIZES[-1]}")


@cache
def recognised_covered(seed: int) -> dict[str, float]:
    """Return what a ViT recognises with patches white, in per cent, by which ones they are."""
    vit, test = trained("vit", SIZES[-1], seed), load_digits("test")
    looked = looks(vit, test.images)
    scores = {
        "looked": looked,
        "unlooked": -looked,
        "any": torch.rand(looked.shape, generator=torch.Generator().manual_seed(seed)),
        "ink": patchify(test.images, vit.patch).sum(dim=2),
    }
    return {
        name: recognised(vit, replace(test, images=covered(test.images, score, COVERED)))
        for name, score in scores.items()
    }


@measurement(
    "vision-transformers/covering", over=OVER, orders=("any_minus_looked", "looked_minus_ink")
)
def covering() -> Values:
    """Test digits recognised, in per cent, with three of sixteen patches white, by which ones.

    Those the class token looks at most or least in the last block, any, those with most ink; by
    ViTs that were taught 4,000 digits, whole ones.
    """
    found = [recognised_covered(seed) for seed in SEEDS]
    return compared({name: [one[name] for one in found] for name in found[0]})

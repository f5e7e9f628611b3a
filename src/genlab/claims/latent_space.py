"""What the page *The latent space* claims of maps: tables over five trainings, as numbers."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from genlab import metrics
from genlab.checkpoints import load_model
from genlab.claims.registry import Values, measurement
from genlab.data import load_digits
from genlab.latents.maps import (
    AUTOENCODERS,
    area,
    bounding_box,
    empty_in_box,
    neighbours,
    uniform,
)
from genlab.measured import Measured, paired
from genlab.models.autoencoder import AutoEncoder

FIVE = "five trainings of the autoencoder (seeds 0 to 4)"
SQUARE = torch.tensor([-4.0, -4.0]), torch.tensor([4.0, 4.0])
LOOK_ALIKE = (4, 7, 9)
POINTS = 1500  # of each way to pick them


def _network(name: str) -> AutoEncoder:
    model = load_model(name)
    assert isinstance(model, AutoEncoder)
    return model


@lru_cache(maxsize=1)
@torch.no_grad()
def maps() -> list[tuple[Tensor, Tensor]]:
    """For each training the encodings of the training digits, (4000, 2), and the test digits."""
    models = [_network(name) for name in AUTOENCODERS]
    train, test = load_digits("train").images, load_digits("test").images
    return [(model.encode(train), model.encode(test)) for model in models]


def near_labels(z_train: Tensor, z_test: Tensor) -> Tensor:
    """Classes of the ten training digits nearest to each test digit, (500, 10)."""
    return load_digits("train").labels[neighbours(z_test, z_train)]


def quarter_means(values: Tensor, order: Tensor) -> list[float]:
    """Means of values (N,) for four equally large groups in the order of another number."""
    return [part.mean().item() for part in values[order.argsort()].chunk(4)]


@measurement("latent-space/vote", over=FIVE)
def vote() -> Values:
    """Share of test digits whose class the ten nearest training digits on the map vote for."""
    labels = load_digits("test").labels
    found = [
        (near_labels(*both).mode(dim=1).values == labels).float().mean().item() for both in maps()
    ]
    return {"two_numbers": Measured.of(found)}


@measurement("latent-space/purity", over=FIVE, orders=("rim_minus_middle",))
def purity() -> Values:
    """Share of a test digit's ten nearest training digits that have its class, by quarter.

    The quarters are of equal size, by the distance to the mean of all encodings.
    """
    labels, rows = load_digits("test").labels, []
    for z_train, z_test in maps():
        same = (near_labels(z_train, z_test) == labels[:, None]).float().mean(dim=1)
        rows.append(quarter_means(same, (z_test - z_train.mean(dim=0)).norm(dim=1)))
    names = ("inner", "second", "third", "outer")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    values = {name: Measured.of(column) for name, column in columns.items()}
    return {**values, "rim_minus_middle": paired(columns["inner"], columns["outer"])}


@measurement("latent-space/alike", over=FIVE, orders=("above_chance",))
def alike() -> Values:
    """Of the wrong neighbours of fours, sevens and nines, the share that is of these three too."""
    labels, found = load_digits("test").labels, []
    ours = torch.isin(labels, torch.tensor(LOOK_ALIKE))
    for both in maps():
        near = near_labels(*both)[ours]
        wrong = near[near != labels[ours][:, None]]
        found.append(torch.isin(wrong, torch.tensor(LOOK_ALIKE)).float().mean().item())
    by_chance = (len(LOOK_ALIKE) - 1) / 9
    above = Measured.of([share - by_chance for share in found])
    return {"share": Measured.of(found), "by_chance": by_chance, "above_chance": above}


@measurement("latent-space/spread", over=FIVE)
def spread() -> Values:
    """Spread of the test digits along both axes, and the share below zero on the second one."""
    stds = [std for _, z in maps() for std in z.std(dim=0).tolist()]
    below = [(z[:, 1] < 0).float().mean().item() for _, z in maps()]
    return {
        "std": Measured.of(stds),
        "smallest": min(stds),
        "largest": max(stds),
        "below": Measured.of(below),
        "least_below": min(below),
        "most_below": max(below),
    }


@measurement("latent-space/room", over=FIVE)
def room() -> Values:
    """How many times the area of its smallest class the area of a map's largest class is."""
    labels, ratios = load_digits("test").labels, []
    for _, z in maps():
        areas = [area(z[labels == digit]) for digit in range(10)]
        ratios.append(max(areas) / min(areas))
    return {"ratio": Measured.of(ratios), "smallest": min(ratios), "largest": max(ratios)}


@measurement("latent-space/holes", over=FIVE, orders=("normal_minus_ours",))
def holes() -> Values:
    """Share of the 400 cells of the bounding box without a training digit, and a control.

    The control is 4,000 points of a normal distribution, five draws, in their own bounding box.
    """
    ours = [empty_in_box(z) for z, _ in maps()]
    rngs = [torch.Generator().manual_seed(seed) for seed in range(5)]
    normal = [empty_in_box(torch.randn(4000, 2, generator=rng)) for rng in rngs]
    return {
        "ours": Measured.of(ours),
        "normal": Measured.of(normal),
        "normal_minus_ours": paired(ours, normal),
    }


@lru_cache(maxsize=2)
@torch.no_grad()
def decoded(which: str) -> list[tuple[Tensor, Tensor]]:
    """For each training: points of the square or of its box, (1500, 2), and their images."""
    found = []
    for name, (z, _) in zip(AUTOENCODERS, maps(), strict=True):
        points = uniform(SQUARE if which == "square" else bounding_box(z), POINTS)
        found.append((points, _network(name).decode(points)))
    return found


@measurement("latent-space/shares", over=FIVE, orders=("zeros_and_ones_box_above", "missing_fours"))
def shares() -> Values:
    """Shares of digits among 1,500 decoded points, as the first classifier sees them."""
    box, square = ([metrics.class_shares(x) for _, x in decoded(w)] for w in ("box", "square"))
    both = [share[0] + share[1] for share in box]
    return {
        "ones_square": Measured.of([share[1] for share in square]),
        "commonest_square": Measured.of([max(share) for share in square]),
        "fours_box": Measured.of([share[4] for share in box]),
        "missing_fours": Measured.of([0.1 - share[4] for share in box]),
        "zeros_and_ones_box": Measured.of(both),
        "zeros_and_ones_box_above": Measured.of([share - 0.2 for share in both]),
    }


@measurement(
    "latent-space/certainty",
    over=FIVE,
    orders=("square_lost", "box_lost", "square_lost_second", "box_lost_second"),
)
def certainty() -> Values:
    """Share of decoded points of which a classifier is more than 90 % sure, near data and far.

    The nearest and the farthest quarter of 1,500 points, by the distance to the nearest encoding;
    the values that end in `second` are the second classifier's.
    """
    values: dict[str, Measured | float] = {}
    for classifier, end in zip(metrics.CLASSIFIERS, ("", "_second"), strict=True):
        for which in ("square", "box"):
            rows = _sure_by_distance(which, classifier)
            near, far = [row[0] for row in rows], [row[3] for row in rows]
            values[f"{which}_near{end}"] = Measured.of(near)
            values[f"{which}_far{end}"] = Measured.of(far)
            values[f"{which}_lost{end}"] = paired(far, near)
    return values


def _sure_by_distance(which: str, classifier: str) -> list[list[float]]:
    rows = []
    for (z, _), (points, images) in zip(maps(), decoded(which), strict=True):
        sure = (metrics.class_probabilities(images, classifier).amax(dim=1) > 0.9).float()
        rows.append(quarter_means(sure, metrics.nearest_distances(points, z)))
    return rows


@measurement("latent-space/far-digits", over=FIVE, orders=("more_alike_far",))
def far_digits() -> Values:
    """Share that the two commonest digits have among a box's farthest quarter, and elsewhere."""
    far, rest = [], []
    for (z, _), (points, images) in zip(maps(), decoded("box"), strict=True):
        order = metrics.nearest_distances(points, z).argsort()
        edge = len(order) * 3 // 4
        far.append(_two_commonest(images[order[edge:]]))
        rest.append(_two_commonest(images[order[:edge]]))
    return {
        "far": Measured.of(far),
        "elsewhere": Measured.of(rest),
        "more_alike_far": paired(rest, far),
    }


def _two_commonest(images: Tensor) -> float:
    return sum(sorted(metrics.class_shares(images))[-2:])

"""Contrast, scale and ensembles: what students write, and what they must be told."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from genlab.checks import zero_shot as check
from genlab.checks.zero_shot.contrast import right_loss
from genlab.vision.contrast import info_nce as package_loss

from .planted import judged, solution, stub, unusual, wrong

# -- the loss --------------------------------------------------------------------------------------


def logits_of(image, text, log_scale):
    return log_scale.exp() * F.normalize(image, dim=1) @ F.normalize(text, dim=1).T


def targets(names):
    same = (names[:, None] == names).float()
    return same / same.sum(dim=1, keepdim=True)


def both(logits, wanted):
    return (F.cross_entropy(logits, wanted) + F.cross_entropy(logits.T, wanted)) / 2


def loss(image, text, log_scale, names):
    return both(logits_of(image, text, log_scale), targets(names).to(image.dtype))


def by_loops(image, text, log_scale, names):
    total = 0
    for one, other in ((image, text), (text, image)):
        for i, vector in enumerate(one):
            cosines = torch.stack([F.cosine_similarity(vector, x, dim=0) for x in other])
            own = [j for j, name in enumerate(names) if name == names[i]]
            logs = F.log_softmax(log_scale.exp() * cosines, dim=0)
            total = total - logs[own].mean()
    return total / (2 * len(names))


def by_log_sum(image, text, log_scale, names):
    logits = logits_of(image, text, log_scale)
    wanted = targets(names)
    own = (wanted * logits).sum(dim=1).mean()
    rows, columns = logits.logsumexp(dim=1).mean(), logits.logsumexp(dim=0).mean()
    return (rows + columns) / 2 - (own + (wanted * logits.T).sum(dim=1).mean()) / 2


def by_unique_names(image, text, log_scale, names):
    _, places = names.unique(return_inverse=True)
    hot = F.one_hot(places).float()
    same = hot @ hot.T
    return both(logits_of(image, text, log_scale), same / same.sum(dim=1, keepdim=True))


def own(names):
    return torch.arange(len(names))


def added(image, text, log_scale, names):
    return 2 * loss(image, text, log_scale, names)


def summed(image, text, log_scale, names):
    logits, wanted = logits_of(image, text, log_scale), targets(names)
    rows = F.cross_entropy(logits, wanted, reduction="sum")
    return rows + F.cross_entropy(logits.T, wanted, reduction="sum")


def whole_square(image, text, log_scale, names):
    logits = logits_of(image, text, log_scale)
    return -(logits.flatten().log_softmax(0).view_as(logits) * targets(names)).sum() / len(names)


def rows_alone(image, text, log_scale, names):
    return F.cross_entropy(logits_of(image, text, log_scale), targets(names))


def columns_alone(image, text, log_scale, names):
    return F.cross_entropy(logits_of(image, text, log_scale).T, targets(names))


def without_scale(image, text, log_scale, names):
    return both(logits_of(image, text, log_scale * 0), targets(names))


def scale_of(change):
    def answer(image, text, log_scale, names):
        return both(change(log_scale) * logits_of(image, text, log_scale * 0), targets(names))

    return answer


def unnormalised(image, text, log_scale, names):
    return both(log_scale.exp() * image @ text.T, targets(names))


def image_normalised(image, text, log_scale, names):
    return both(log_scale.exp() * F.normalize(image, dim=1) @ text.T, targets(names))


def text_normalised(image, text, log_scale, names):
    return both(log_scale.exp() * image @ F.normalize(text, dim=1).T, targets(names))


def over_the_batch(image, text, log_scale, names):
    logits = log_scale.exp() * F.normalize(image, dim=0) @ F.normalize(text, dim=0).T
    return both(logits, targets(names))


def repeated_are_wrong(image, text, log_scale, names):
    return both(logits_of(image, text, log_scale), own(names))


def repeated_left_out(image, text, log_scale, names):
    others = (names[:, None] == names) & ~torch.eye(len(names), dtype=torch.bool)
    return both(logits_of(image, text, log_scale).masked_fill(others, -math.inf), own(names))


def unshared(image, text, log_scale, names):
    return both(logits_of(image, text, log_scale), (names[:, None] == names).float())


def added_before_the_logarithm(image, text, log_scale, names):
    logits, same = logits_of(image, text, log_scale), (names[:, None] == names).float()
    rows = (logits.softmax(1) * same).sum(1).log().mean()
    return -(rows + (logits.softmax(0) * same).sum(0).log().mean()) / 2


def names_as_places(image, text, log_scale, names):
    return both(logits_of(image, text, log_scale), names.argsort().argsort())


def detached_text(image, text, log_scale, names):
    return loss(image, text.detach(), log_scale, names)


def half_detached(image, text, log_scale, names):
    logits, wanted = logits_of(image, text, log_scale), targets(names)
    return (F.cross_entropy(logits, wanted) + F.cross_entropy(logits.T.detach(), wanted)) / 2


LOSS = [
    stub(check.info_nce),
    solution(check.info_nce, loss),
    unusual(check.info_nce, by_loops),
    unusual(check.info_nce, by_log_sum),
    unusual(check.info_nce, by_unique_names),
    unusual(check.info_nce, lambda *a: loss(*a)[None], name="one number in a vector"),
    wrong(check.info_nce, lambda *a: None, "gave None"),
    wrong(check.info_nce, lambda *a: logits_of(*a[:3]), "one number is expected", name="logits"),
    wrong(check.info_nce, added, "mean of the two directions"),
    wrong(check.info_nce, summed, "sum over the batch and the directions"),
    wrong(check.info_nce, lambda *a: -loss(*a), "The sign is wrong", name="sign"),
    wrong(check.info_nce, whole_square, "over the whole square"),
    wrong(check.info_nce, lambda *a: loss(*a) * 0 + math.log(2), "do not depend on", name="flat"),
    wrong(check.info_nce, lambda *a: loss(*a) + 1, "yours is 1.3133.", name="one more"),
    wrong(check.info_nce, rows_alone, "the columns are not"),
    wrong(check.info_nce, columns_alone, "the rows are not"),
    wrong(check.info_nce, without_scale, "log_scale is not used"),
    wrong(check.info_nce, scale_of(lambda s: s), "do not depend on the images", name="log"),
    wrong(check.info_nce, scale_of(lambda s: (-s).exp()), "You divide by the scale", name="div"),
    wrong(check.info_nce, scale_of(lambda s: 1 + s), "yours is", name="another scale"),
    wrong(check.info_nce, names_as_places, "The names are no places"),
    wrong(check.info_nce, unnormalised, "bring each to length 1 first"),
    wrong(check.info_nce, image_normalised, "texts keep their length"),
    wrong(check.info_nce, text_normalised, "images keep their length"),
    wrong(check.info_nce, over_the_batch, "yours is"),
    wrong(check.info_nce, repeated_are_wrong, "share the target among them"),
    wrong(check.info_nce, repeated_left_out, "are left out"),
    wrong(check.info_nce, unshared, "it should be 1"),
    wrong(check.info_nce, added_before_the_logarithm, "before the logarithm"),
    wrong(check.info_nce, lambda *a: loss(*a).item(), "without .item()", name="item"),
    wrong(check.info_nce, lambda *a: loss(*a).detach(), "has no gradient", name="detach"),
    wrong(check.info_nce, detached_text, "No gradient reaches text"),
    wrong(check.info_nce, half_detached, "its gradient by image is not"),
]

# -- the scale -------------------------------------------------------------------------------------


def scale(share, own, other, labels):
    if own <= other:
        raise ValueError(f"the cosines are {own} and {other}; the first should be larger")
    return math.log(share * (labels - 1) / (1 - share)) / (own - other)


def by_halving(share, own, other, labels):
    if own <= other:
        raise ValueError("no nearer")
    low, high = -1e3, 1e3
    for _ in range(80):
        middle = (low + high) / 2
        gap = middle * (own - other)
        got = 1 / (1 + (labels - 1) * math.exp(-gap)) if gap > -600 else 0
        low, high = (middle, high) if got < share else (low, middle)
    return low


def planted(formula, hint, name):
    def answer(share, own, other, labels):
        scale(share, own, other, labels)
        return formula(share, own, other, labels)

    return wrong(check.scale_for, answer, hint, name=name)


def odds(p):
    return p / (1 - p)


SCALE = [
    stub(check.scale_for),
    solution(check.scale_for, scale),
    unusual(check.scale_for, by_halving),
    unusual(check.scale_for, lambda *a: torch.tensor(scale(*a)), name="tensor"),
    unusual(check.scale_for, lambda *a: np.float32(scale(*a)), name="numpy"),
    wrong(check.scale_for, lambda *a: None, "gave None"),
    planted(lambda p, a, b, n: math.log(odds(p) * n) / (a - b), "others are fewer", "all labels"),
    planted(lambda p, a, b, n: math.log(odds(p)) / (a - b), "not one of them", "two labels"),
    planted(lambda p, a, b, n: math.log(odds(p) * (n - 1)) / a, "far the cosines", "own alone"),
    planted(lambda p, a, b, n: math.log(odds(p) * (n - 1)), "apart is missing", "no cosines"),
    planted(lambda p, a, b, n: scale(p, a, b, n) / math.log(10), "natural", "log10"),
    planted(lambda p, a, b, n: scale(p, a, b, n) / math.log(2), "natural", "log2"),
    planted(lambda p, a, b, n: odds(p) * (n - 1) / (a - b), "logarithm is missing", "no log"),
    planted(lambda p, a, b, n: math.log(p * (n - 1)) / (a - b), "The others get", "no rest"),
    planted(lambda p, a, b, n: -scale(p, a, b, n), "The sign is wrong", "sign"),
    planted(lambda p, a, b, n: 1 / scale(p, a, b, n), "That is a temperature", "temperature"),
    planted(lambda p, a, b, n: math.log(scale(p, a, b, n)), "logarithm of the scale", "log scale"),
    planted(lambda p, a, b, n: 100, "yours is 100.000.", "constant"),
    planted(lambda p, a, b, n: max(1, scale(p, a, b, n)), "yours is 1.000", "at least 1"),
    wrong(
        check.scale_for,
        lambda p, a, b, n: math.log(odds(p) * (n - 1)) / (a - b) if a != b else math.inf,
        "raise a ValueError; yours gave inf",
        name="not refused",
    ),
    wrong(
        check.scale_for,
        lambda p, a, b, n: math.log(odds(p) * (n - 1)) / (a - b),
        "it stops with ZeroDivisionError",
        name="stops",
    ),
]

# -- ensembles -------------------------------------------------------------------------------------


def ensemble(vectors):
    return F.normalize(F.normalize(vectors, dim=-1).mean(dim=0), dim=-1)


def by_sum(vectors):
    total = (vectors / vectors.norm(dim=2, keepdim=True)).sum(0)
    return total / total.norm(dim=1, keepdim=True)


def label_by_label(vectors):
    rows = []
    for label in range(vectors.shape[1]):
        mean = sum(v / v.norm() for v in vectors[:, label]) / len(vectors)
        rows.append(mean / mean.norm())
    return torch.stack(rows)


def over_labels(vectors):
    return F.normalize(F.normalize(vectors, dim=-1).mean(dim=1), dim=-1)


ENSEMBLE = [
    stub(check.ensemble),
    solution(check.ensemble, ensemble),
    unusual(check.ensemble, by_sum),
    unusual(check.ensemble, label_by_label),
    wrong(check.ensemble, lambda v: None, "gave None"),
    wrong(check.ensemble, lambda v: v.mean(0), "keep their length", name="mean"),
    wrong(check.ensemble, lambda v: F.normalize(v.mean(0), dim=0), "over the labels", name="axis"),
    wrong(check.ensemble, lambda v: F.normalize(v.mean(0), dim=1), "outvotes", name="outvoted"),
    wrong(check.ensemble, lambda v: F.normalize(v, dim=2).mean(0), "is shorter", name="shorter"),
    wrong(check.ensemble, lambda v: F.normalize(v, dim=2).sum(0), "is longer", name="longer"),
    wrong(check.ensemble, lambda v: F.normalize(v, dim=2)[0], "first template", name="first"),
    wrong(check.ensemble, lambda v: F.normalize(v, dim=2)[-1], "last template", name="last"),
    wrong(
        check.ensemble,
        lambda v: F.normalize(F.normalize(v, dim=2).amax(0), dim=1),
        "the largest",
        name="largest",
    ),
    wrong(check.ensemble, over_labels, "is expected", name="over labels"),
    wrong(
        check.ensemble,
        lambda v: over_labels(v) if v.shape[0] == v.shape[1] else ensemble(v),
        "first axis; yours is over the labels",
        name="over labels where it can be",
    ),
    wrong(check.ensemble, lambda v: ensemble(v.flip(2)), "yours is (0.80, 0.60)", name="flip"),
    wrong(
        check.ensemble,
        lambda v: F.normalize(F.normalize(v, dim=2).median(0).values, dim=1),
        "the largest error is",
        name="median",
    ),
]

PLANTED = LOSS + SCALE + ENSEMBLE


@pytest.mark.parametrize("one", PLANTED, ids=str)
def test_planted(one, capsys):
    judged(one, capsys)


def test_the_loss_of_the_check_is_that_of_the_package_where_no_name_repeats(rng):
    image, text = torch.randn(2, 6, 9, generator=rng)
    log_scale = torch.tensor(0.7)
    unit = F.normalize(image, dim=1), F.normalize(text, dim=1)
    wanted = package_loss(*unit, log_scale.exp())
    got = right_loss(image, text, log_scale, torch.arange(6))
    assert got.item() == pytest.approx(wanted.item(), abs=1e-6)

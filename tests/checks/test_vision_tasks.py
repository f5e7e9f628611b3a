"""Boxes, matching and windows: what students write, and what they must be told."""

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from genlab.checks import vision_tasks as check
from genlab.checks.vision_tasks.matching import greedy, one_by_one
from genlab.checks.vision_tasks.windows import right_windows
from genlab.models.swin import grid_of
from genlab.models.swin import windows as package_windows

from .planted import judged, solution, still_a_stub, stub, unusual, wrong

# -- overlap ---------------------------------------------------------------------------------------


def area(boxes):
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(dim=-1)


def shared(a, b):
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    return area(torch.cat([low, high], dim=-1))


def iou(a, b):
    both = shared(a, b)
    return both / (area(a) + area(b) - both).clamp(min=1e-9)


def by_coordinates(a, b):
    (al, at, ar, ab), (bl, bt, br, bb) = a.unbind(-1), b.unbind(-1)
    width = (torch.minimum(ar, br) - torch.maximum(al, bl)).clamp(min=0)
    height = (torch.minimum(ab, bb) - torch.maximum(at, bt)).clamp(min=0)
    both = width * height
    either = (ar - al) * (ab - at) + (br - bl) * (bb - bt) - both
    return torch.where(either > 0, both / either, torch.zeros_like(both)).nan_to_num()


def in_double(a, b):
    return iou(a.double(), b.double())


def without_clamp(a, b):
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    both = (high - low).prod(dim=-1)
    return both / (area(a) + area(b) - both).clamp(min=1e-9)


def of_hull(a, b):
    low, high = torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:])
    return shared(a, b) / (high - low).prod(dim=-1)


def by_division(a, b):
    both = shared(a, b)
    return both / (area(a) + area(b) - both)


IOU = [
    stub(check.iou),
    solution(check.iou, iou),
    unusual(check.iou, by_coordinates),
    unusual(check.iou, in_double),
    wrong(check.iou, lambda a, b: None, "gave None"),
    wrong(check.iou, shared, "divide it by what they cover"),
    wrong(check.iou, lambda a, b: shared(a, b) / (area(a) + area(b)), "counts twice", name="sum"),
    wrong(check.iou, lambda a, b: shared(a, b) / area(a), "the area of one box", name="first"),
    wrong(check.iou, lambda a, b: shared(a, b) / area(b), "the area of one box", name="second"),
    wrong(check.iou, of_hull, "the box around both"),
    wrong(check.iou, lambda a, b: 2 * shared(a, b) / (area(a) + area(b)), "Dice", name="dice"),
    wrong(check.iou, without_clamp, "a negative width"),
    wrong(check.iou, by_division, "0 / 0"),
    wrong(check.iou, lambda a, b: iou(a, b) + 0.1, "is expected; yours is", name="more"),
    wrong(
        check.iou,
        lambda a, b: iou(a, b) if a.dim() == 1 else iou(a, b).flatten()[:7],
        "shape",
        name="flat",
    ),
    wrong(
        check.iou,
        lambda a, b: iou(a, b) if a.shape == b.shape else 0 * iou(a, b),
        "the largest error is",
        name="no broadcast",
    ),
    wrong(
        check.iou,
        lambda a, b: iou(a, b) + ((area(a) == 0) & (area(b) == 0)).float(),
        "0 is expected; yours is 1",
        name="points are equal",
    ),
]

# -- matching --------------------------------------------------------------------------------------


def by_permutations(cost):
    queries, digits = cost.shape
    columns = torch.arange(digits)
    best = min(
        itertools.permutations(range(queries), digits),
        key=lambda rows: cost[torch.tensor(rows, dtype=torch.long), columns].sum().item(),
    )
    return torch.tensor(best, dtype=torch.long)


def by_scipy(cost):
    rows, columns = linear_sum_assignment(cost.numpy())
    return rows[np.argsort(columns)]


def by_recursion(cost):
    def best(digit, free):
        if digit == cost.shape[1]:
            return 0.0, []
        found = []
        for row in free:
            rest, rows = best(digit + 1, free - {row})
            found.append((cost[row, digit].item() + rest, [row, *rows]))
        return min(found)

    return best(0, frozenset(range(cost.shape[0])))[1]


def cheapest_of_each(cost):
    return cost.argmin(dim=0) if cost.shape[1] else torch.zeros(0, dtype=torch.long)


def turned(cost):
    rows, columns = linear_sum_assignment(cost.numpy())
    return columns[np.argsort(rows)][: cost.shape[1]]


def dearest(cost):
    return by_scipy(-cost)


MATCH = [
    stub(check.match),
    solution(check.match, by_permutations),
    unusual(check.match, by_scipy),
    unusual(check.match, by_recursion),
    unusual(check.match, lambda cost: tuple(by_recursion(cost)), name="a tuple"),
    unusual(check.match, lambda cost: by_permutations(cost).float(), name="whole floats"),
    wrong(check.match, lambda cost: None, "gave None"),
    wrong(check.match, lambda cost: 3, "row numbers are expected", name="a number"),
    wrong(check.match, lambda cost: by_recursion(cost)[:-1], "is expected: for each", name="short"),
    wrong(check.match, cheapest_of_each, "answers for two digits"),
    wrong(check.match, greedy, "the cheapest pair first"),
    wrong(check.match, one_by_one, "one digit after the other"),
    wrong(check.match, dearest, "the dearest of all"),
    wrong(check.match, turned, "Rows and columns have changed places"),
    wrong(
        check.match,
        lambda cost: [one + 1 for one in by_recursion(cost)],
        "from 0 to",
        name="from 1",
    ),
    wrong(
        check.match,
        lambda cost: by_permutations(cost[: cost.shape[1]]),
        "the best cost",
        name="only as many queries",
    ),
    wrong(check.match, lambda cost: by_permutations(cost.abs()), "the best cost", name="no sign"),
    wrong(
        check.match,
        lambda cost: by_recursion(cost) if cost.shape[1] else [0],
        "is expected: for each",
        name="one for none",
    ),
]

# -- windows ---------------------------------------------------------------------------------------


def look(x, side):
    if x.shape[1] % side or x.shape[2] % side:
        raise ValueError(f"windows of {side} do not fit {tuple(x.shape)}")


def cut(x, side):
    look(x, side)
    n, height, width, c = x.shape
    x = x.reshape(n, height // side, side, width // side, side, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, c)


def join(parts, side, height, width):
    x = parts.reshape(-1, height // side, width // side, side, side, parts.shape[-1])
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, parts.shape[-1])


def by_slices(x, side):
    look(x, side)
    return right_windows(x, side)


def join_by_slices(parts, side, height, width):
    count = (height // side) * (width // side)
    grids = torch.zeros(len(parts) // count, height, width, parts.shape[-1], dtype=parts.dtype)
    for number, part in enumerate(parts):
        image, place = divmod(number, count)
        row, column = divmod(place, width // side)
        tile = part.view(side, side, -1)
        grids[image, row * side : (row + 1) * side, column * side : (column + 1) * side] = tile
    return grids


def as_rows(x, side):
    look(x, side)
    return x.reshape(-1, side * side, x.shape[-1])


def column_by_column(x, side):
    look(x, side)
    n, height, width, c = x.shape
    x = x.reshape(n, height // side, side, width // side, side, c)
    return x.permute(0, 3, 1, 2, 4, 5).reshape(-1, side * side, c)


def turned_within(x, side):
    look(x, side)
    n, height, width, c = x.shape
    x = x.reshape(n, height // side, side, width // side, side, c)
    return x.permute(0, 1, 3, 4, 2, 5).reshape(-1, side * side, c)


def every_second(x, side):
    look(x, side)
    n, height, width, c = x.shape
    x = x.reshape(n, side, height // side, side, width // side, c)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(-1, side * side, c)


def square_only(x, side):
    look(x, side)
    n, height, width, c = x.shape
    x = x.reshape(n, width // side, side, height // side, side, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, c)


def unlooked(x, side):
    n, height, width, c = x.shape
    x = x.reshape(n, height // side, side, width // side, side, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, c)


def cropping(x, side):
    height, width = (length // side * side for length in x.shape[1:3])
    return cut(x[:, :height, :width], side)


def join_plainly(parts, side, height, width):
    return parts.reshape(-1, height, width, parts.shape[-1])


WINDOWS = [
    stub(check.windows, still_a_stub, still_a_stub),
    solution(check.windows, cut, join),
    unusual(check.windows, by_slices, join_by_slices),
    unusual(check.windows, package_windows, grid_of, name="the package's"),
    unusual(check.windows, lambda x, s: cut(x.double(), s), join, name="in double precision"),
    wrong(check.windows, lambda x, s: None, join, "gave None", name="none"),
    wrong(check.windows, as_rows, join, "rows of the grid"),
    wrong(check.windows, column_by_column, join, "column by column: the second"),
    wrong(check.windows, turned_within, join, "Within a window"),
    wrong(check.windows, every_second, join, "every second token"),
    wrong(check.windows, square_only, join, "height and width are not equal"),
    wrong(check.windows, unlooked, join, "it stops with RuntimeError"),
    wrong(check.windows, cropping, join, "do not fit a grid of"),
    wrong(check.windows, cut, join_plainly, "stay in the order of the windows"),
    wrong(check.windows, cut, lambda *a: join(*a).flip(1), "another grid", name="upside down"),
    wrong(check.windows, cut, lambda p, *a: p, "shape", name="not joined"),
]

PLANTED = IOU + MATCH + WINDOWS


@pytest.mark.parametrize("one", PLANTED, ids=str)
def test_planted(one, capsys):
    judged(one, capsys)

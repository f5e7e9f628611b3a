"""Planted samplers and comparisons of maps, of the page on the latent space."""

import functools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Uniform

from genlab.checks import latent_space as check

from .planted import judged, solution, stub, unusual, wrong

# -- sample_box ------------------------------------------------------------------------------------


def sample_box(z, n, rng, place=torch.rand):
    low, high = z.min(dim=0).values, z.max(dim=0).values
    return low + (high - low) * place(n, z.shape[1], generator=rng)


def box_by_dimension(z, n, rng):
    columns = [
        torch.empty(n).uniform_(generator=rng) * (c.max() - c.min()) + c.min() for c in z.unbind(1)
    ]
    return torch.stack(columns, dim=1)


def box_point_by_point(codes, count, generator):
    low, high = codes.aminmax(dim=0)
    points = [low.lerp(high, torch.rand(len(low), generator=generator)) for _ in range(count)]
    return torch.stack(points).requires_grad_()


def box_in_numpy(z, n, rng):
    seed = int(torch.randint(2**31, (), generator=rng))
    z = z.numpy()
    points = np.random.default_rng(seed).uniform(z.min(0), z.max(0), (n, z.shape[1]))
    return torch.from_numpy(points)


def box_in_place(*given):
    z, n, rng = given
    points = torch.rand(n, z.size(1), dtype=torch.float64, generator=rng)
    points *= z.amax(0) - z.amin(0)
    points += z.amin(0)
    return points


class BoxSampler:
    def __call__(self, z, n, rng):
        u = torch.rand(z.shape[1], n, generator=rng).T
        return u * z.amax(0) + (1 - u) * z.amin(0)


def sample_one_box_for_all_dimensions(z, n, rng):
    return z.min() + (z.max() - z.min()) * torch.rand(n, z.shape[1], generator=rng)


def sample_gaussian(z, n, rng):
    middle, width = (z.min(0).values + z.max(0).values) / 2, z.max(0).values - z.min(0).values
    return middle + width * 0.05 * torch.randn(n, z.shape[1], generator=rng).clamp(-3, 3)


def box_on_a_diagonal(n, d, generator):
    return torch.rand(n, 1, generator=generator).expand(n, d)


def box_on_a_cross(n, d, generator):
    first = torch.rand(n, 1, generator=generator)
    return torch.cat([first, 1 - first], dim=1).repeat(1, d)[:, :d]


def one_place(n, d, generator):
    return torch.rand(1, d, generator=generator).expand(n, d)


def corners(n, d, generator):
    return torch.rand(n, d, generator=generator).round()


def to_the_middle(n, d, generator):
    return (torch.rand(n, d, generator=generator) + torch.rand(n, d, generator=generator)) / 2


def a_grid_of_ten(n, d, generator):
    return torch.randint(10, (n, d), generator=generator) / 9


def evenly_spaced(n, d, generator):
    return torch.stack([torch.linspace(0, 1, n)[torch.randperm(n)] for _ in range(d)], dim=1)


def half_of_the_box(n, d, generator):
    return 0.5 * torch.rand(n, d, generator=generator)


def box_of_the_spread(z, n, rng):
    return z.mean(0) + (torch.rand(n, z.shape[1], generator=rng) - 0.5) * 12**0.5 * z.std(0)


def box_by_library(z, n, rng):
    return Uniform(z.amin(0), z.amax(0) + 1e-6).sample((n,))


def box_with_a_seed_of_its_own(z, n, rng):
    return sample_box(z, n, torch.Generator().manual_seed(0))


def box_seeding_all(z, n, rng):
    torch.manual_seed(0)
    return sample_box(z, n, None)


def box_from_the_first_seed(z, n, rng):
    return sample_box(z, n, torch.Generator().manual_seed(rng.initial_seed()))


def box_over_its_input(z, n, rng):
    low = z.min(dim=0).values
    z -= low
    return low + z.max(dim=0).values * torch.rand(n, z.shape[1], generator=rng)


def box_of_sixteen(z, n, rng):
    low, high = z.min(dim=0).values, z.max(dim=0).values
    return low + (high - low) * torch.rand(n, 16, generator=rng)


def box_of_shuffled_values(z, n, rng):
    """Values of the encodings themselves, mixed: inside the box, and like a normal."""
    places = torch.randint(len(z), (n, z.shape[1]), generator=rng)
    return z.gather(0, places)


def box_squeezed(z, n, rng):
    return sample_box(z, n, rng).squeeze()


BOX = [
    stub(check.sample_box),
    solution(check.sample_box, sample_box),
    unusual(check.sample_box, box_by_dimension),
    unusual(check.sample_box, box_point_by_point),
    unusual(check.sample_box, box_in_numpy),
    unusual(check.sample_box, box_in_place),
    unusual(check.sample_box, BoxSampler()),
    unusual(check.sample_box, functools.partial(sample_box, place=torch.rand)),
    wrong(check.sample_box, lambda z, n, rng: None, "gave None"),
    wrong(
        check.sample_box, lambda z, n, rng: torch.rand(n, 2), "shape (7, 2); (7, 16) is expected"
    ),
    wrong(check.sample_box, lambda z, n, rng: z + 1 / 0, "stopped with ZeroDivisionError at `"),
    wrong(check.sample_box, lambda z, n, rng: sample_box(z, n, rng).tolist(), "gave a list"),
    wrong(check.sample_box, lambda z, n, rng: sample_box(z, n, rng) / 0, "not finite"),
    wrong(check.sample_box, lambda z, n, rng: sample_box(z, n, rng).T, "has shape (16, 7)"),
    wrong(check.sample_box, sample_one_box_for_all_dimensions, "a smallest and a largest value of"),
    wrong(
        check.sample_box, lambda z, n, rng: torch.rand(n, z.shape[1], generator=rng), "In dimens"
    ),
    wrong(check.sample_box, box_of_the_spread, "do not fill it evenly"),
    wrong(check.sample_box, sample_gaussian, "do not fill it evenly"),
    wrong(check.sample_box, box_of_shuffled_values, "do not fill it evenly"),
    wrong(check.sample_box, functools.partial(sample_box, place=corners), "do not fill it evenly"),
    wrong(
        check.sample_box, functools.partial(sample_box, place=to_the_middle), "do not fill it eve"
    ),
    wrong(
        check.sample_box, functools.partial(sample_box, place=a_grid_of_ten), "do not fill it eve"
    ),
    wrong(
        check.sample_box, functools.partial(sample_box, place=half_of_the_box), "do not fill it e"
    ),
    wrong(
        check.sample_box, functools.partial(sample_box, place=one_place), "All points are the same"
    ),
    wrong(
        check.sample_box, functools.partial(sample_box, place=box_on_a_diagonal), "the same random"
    ),
    wrong(
        check.sample_box, functools.partial(sample_box, place=box_on_a_cross), "same random number"
    ),
    wrong(
        check.sample_box, functools.partial(sample_box, place=evenly_spaced), "with the same seed"
    ),
    wrong(check.sample_box, lambda z, n, rng: sample_box(z, n, None), "pass `generator=rng`"),
    wrong(check.sample_box, box_by_library, "Two calls with the same seed differ"),
    wrong(check.sample_box, box_with_a_seed_of_its_own, "calls with different seeds are equal"),
    wrong(check.sample_box, box_seeding_all, "calls with different seeds are equal"),
    wrong(check.sample_box, box_from_the_first_seed, "Two calls in a row with one rng are equal"),
    wrong(
        check.sample_box, box_over_its_input, "Your code changes z, which the caller still needs"
    ),
    wrong(check.sample_box, box_of_sixteen, "(1, 1) is expected"),
    wrong(check.sample_box, box_squeezed, "has shape (); (1, 1) is expected"),
]

# -- neighbour_agreement ---------------------------------------------------------------------------


def agreement(z_a, z_b, k, skip=1, extra=0, largest=False):
    def near(z):
        return torch.cdist(z, z).topk(k + skip + extra, largest=largest).indices[:, skip:]

    return (near(z_a)[:, :, None] == near(z_b)[:, None]).any(2).float().mean().item()


def agreement_of_sets(z_a, z_b, k):
    def near(z, i):
        others = [j for j in range(len(z)) if j != i]
        return set(sorted(others, key=lambda j: (z[i] - z[j]).pow(2).sum().item())[:k])

    return sum(len(near(z_a, i) & near(z_b, i)) for i in range(len(z_a))) / (k * len(z_a))


def agreement_in_numpy(z_a, z_b, k):
    shares = []
    for z in (z_a.double().numpy(), z_b.double().numpy()):
        distance = np.linalg.norm(z[:, None] - z[None], axis=-1)
        np.fill_diagonal(distance, np.inf)
        near = np.zeros(distance.shape, bool)
        np.put_along_axis(near, distance.argsort(axis=1)[:, :k], True, axis=1)
        shares.append(near)
    return (shares[0] & shares[1]).sum(1).mean() / k


def agreement_by_matrix(z_a, z_b, k):
    def adjacency(z):
        distance = torch.cdist(z, z).fill_diagonal_(torch.inf)
        return torch.zeros_like(distance).scatter(1, distance.topk(k, largest=False).indices, 1.0)

    return (adjacency(z_a) * adjacency(z_b)).sum() / (len(z_a) * torch.tensor(k))


def agreement_by_rank(z_a, z_b, k):
    near = [torch.cdist(z, z).argsort(1)[:, 1 : k + 1] for z in (z_a, z_b)]
    return (near[0] == near[1]).double().mean()


def jaccard(z_a, z_b, k):
    common = k * torch.tensor(
        [agreement_of_one(z_a, z_b, k, i) for i in range(len(z_a))], dtype=torch.float64
    )
    return (common / (2 * k - common)).mean().item()


def agreement_of_one(z_a, z_b, k, i):
    near = [set(torch.cdist(z[i : i + 1], z)[0].argsort()[1 : k + 1].tolist()) for z in (z_a, z_b)]
    return len(near[0] & near[1]) / k


def agreement_by_manhattan(z_a, z_b, k):
    near = [torch.cdist(z, z, p=1).argsort(1)[:, 1 : k + 1] for z in (z_a, z_b)]
    return (near[0][:, :, None] == near[1][:, None]).any(2).float().mean().item()


def agreement_by_angle(z_a, z_b, k):
    near = [(-F.normalize(z) @ F.normalize(z).T).argsort(1)[:, 1 : k + 1] for z in (z_a, z_b)]
    return (near[0][:, :, None] == near[1][:, None]).any(2).float().mean().item()


def agreement_across(z_a, z_b, k):
    near = [torch.cdist(x, y).argsort(1)[:, 1 : k + 1] for x, y in ((z_a, z_a), (z_a, z_b))]
    return (near[0][:, :, None] == near[1][:, None]).any(2).float().mean().item()


def agreement_centring_in_place(z_a, z_b, k):
    z_a -= z_a.mean(dim=0)
    return agreement(z_a, z_b, k)


def agreement_of_ten(z_a, z_b, k):
    return agreement(z_a, z_b, min(10, len(z_a) - 1))


NEAR = [
    stub(check.neighbour_agreement),
    solution(check.neighbour_agreement, agreement),
    unusual(check.neighbour_agreement, agreement_of_sets),
    unusual(check.neighbour_agreement, agreement_in_numpy),
    unusual(check.neighbour_agreement, agreement_by_matrix),
    unusual(check.neighbour_agreement, lambda *maps: agreement(maps[1].double(), maps[0], maps[2])),
    unusual(
        check.neighbour_agreement, lambda a, b, k: agreement(a * 100, b / 100, k), name="scaled"
    ),
    wrong(
        check.neighbour_agreement, lambda a, b, k: agreement(a, b, k, skip=0), "its own neighbour"
    ),
    wrong(check.neighbour_agreement, lambda a, b, k: (a - b).abs().mean(), "should give 1.00"),
    wrong(check.neighbour_agreement, lambda a, b, k: "0.5", "gave '0.5'; one number is expected"),
    wrong(check.neighbour_agreement, lambda a, b, k: "much", "one number is expected"),
    wrong(check.neighbour_agreement, lambda a, b, k: True, "gave True; one number is expected"),
    wrong(check.neighbour_agreement, lambda a, b, k: 1.0, "Two unrelated maps should give"),
    wrong(
        check.neighbour_agreement,
        lambda a, b, k: agreement(a, b, k, skip=0, largest=True),
        "that is for the k farthest points",
        name="farthest",
    ),
    wrong(
        check.neighbour_agreement,
        lambda a, b, k: agreement(a, b, k, extra=1),
        "that is for k + 1 neighbours",
        name="one more",
    ),
    wrong(
        check.neighbour_agreement,
        lambda a, b, k: agreement(a, b, k, extra=-1),
        "that is for k - 1 neighbours",
        name="one less",
    ),
    wrong(check.neighbour_agreement, lambda a, b, k: k * agreement(a, b, k), "not their share"),
    wrong(check.neighbour_agreement, lambda a, b, k: len(a) * agreement(a, b, k), "not their mean"),
    wrong(check.neighbour_agreement, lambda a, b, k: 100 * agreement(a, b, k), "is in per cent"),
    wrong(
        check.neighbour_agreement, lambda a, b, k: 1 - agreement(a, b, k), "should give 1.00; you"
    ),
    wrong(check.neighbour_agreement, agreement_by_rank, "wherever it stands among the k"),
    wrong(check.neighbour_agreement, jaccard, "not by the size of the union"),
    wrong(
        check.neighbour_agreement, agreement_by_manhattan, "turned, grown and moved should give 1"
    ),
    wrong(
        check.neighbour_agreement, agreement_by_angle, "turned, grown and moved should give 1.00"
    ),
    wrong(check.neighbour_agreement, agreement_across, "The same map turned, grown and moved"),
    wrong(check.neighbour_agreement, agreement_of_ten, "Two unrelated maps should give"),
    wrong(
        check.neighbour_agreement, agreement_centring_in_place, "Your code changes z_a, which the"
    ),
    wrong(check.neighbour_agreement, lambda a, b: agreement(a, b, 10), "stopped with TypeError"),
]

PLANTED = [*BOX, *NEAR]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

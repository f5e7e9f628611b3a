"""Paths and grids in a latent space, and what they refuse."""

import pytest
import torch
from torch.distributions import Normal

from genlab.latents import VAE_CHECKPOINTS, lerp, load_vae, normal_grid, slerp
from genlab.recipes.run import RECIPES


@pytest.mark.parametrize("path", [lerp, slerp])
@pytest.mark.parametrize("size", [2, 16])
def test_a_path_starts_and_ends_at_its_ends(path, size, rng):
    a, b = torch.randn(2, size, generator=rng)
    points = path(a, b, 7)
    assert points.shape == (7, size)
    torch.testing.assert_close(points[[0, -1]], torch.stack([a, b]), atol=1e-5, rtol=0)
    torch.testing.assert_close(path(b, a, 7), points.flip(0), atol=1e-5, rtol=0)


def test_a_line_has_equal_steps(rng):
    steps = lerp(*torch.randn(2, 5, generator=rng), 9).diff(dim=0)
    torch.testing.assert_close(steps, steps[:1].expand_as(steps), atol=1e-6, rtol=0)


def test_an_arc_keeps_the_length_and_turns_evenly():
    points = slerp(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0]), 4)
    angles = torch.tensor([0.0, 30.0, 60.0, 90.0]).deg2rad()
    expected = 2 * torch.stack([angles.cos(), angles.sin()], dim=1)
    torch.testing.assert_close(points, expected, atol=1e-6, rtol=0)


def test_the_length_along_an_arc_goes_evenly_from_one_to_the_other():
    lengths = slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 3.0]), 5).norm(dim=1)
    torch.testing.assert_close(lengths, torch.linspace(1, 3, 5), atol=1e-6, rtol=0)


def test_an_arc_between_parallel_ends_is_the_line():
    a = torch.tensor([0.3, -0.7])
    torch.testing.assert_close(slerp(a, 2 * a, 5), lerp(a, 2 * a, 5))
    torch.testing.assert_close(slerp(a, a, 3), a.expand(3, 2))


TWO = torch.ones(2)


@pytest.mark.parametrize("path", [lerp, slerp])
@pytest.mark.parametrize(
    ("a", "b", "steps", "message"),
    [
        (TWO, torch.ones(3), 5, r"a has shape \(2,\) and b \(3,\); expected two latent vectors"),
        (TWO[None], TWO[None], 5, r"a has shape \(1, 2\)"),
        (TWO, TWO, 1, "steps is 1; expected 2 or more"),
    ],
)
def test_ends_that_no_path_joins(path, a, b, steps, message):
    with pytest.raises(ValueError, match=message):
        path(a, b, steps)


def test_ends_that_no_arc_joins():
    with pytest.raises(ValueError, match="zero vector, which has no direction; use lerp"):
        slerp(TWO, 0 * TWO, 5)
    with pytest.raises(ValueError, match="opposite directions"):
        slerp(TWO, -3 * TWO, 5)


def test_each_cell_of_the_grid_holds_the_same_share_of_the_normal():
    z = normal_grid(20).reshape(20, 20, 2)
    place = Normal(0.0, 1.0).cdf(z)
    middles = (torch.arange(20) + 0.5) / 20
    torch.testing.assert_close(place[3, :, 0], middles, atol=1e-5, rtol=0)  # left to right
    torch.testing.assert_close(place[:, 5, 1], middles.flip(0), atol=1e-5, rtol=0)  # top is high
    with pytest.raises(ValueError, match="cells is 0; expected 1 or more"):
        normal_grid(0)


@pytest.mark.parametrize("beta", [3, -1.0, "0.5", None])
def test_a_beta_that_was_not_trained(beta):
    with pytest.raises(
        ValueError, match=r"no VAE was trained with beta = .*; there are 0\.1, 0\.5"
    ):
        load_vae(beta)


@pytest.mark.parametrize("beta", list(VAE_CHECKPOINTS))
def test_every_beta_is_the_recipes(beta):
    assert f"beta = {beta:g};" in RECIPES[VAE_CHECKPOINTS[beta]].note
    assert load_vae(beta).latent_size == 2

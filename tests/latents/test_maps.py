import pytest
import torch

from genlab.latents.maps import (
    area,
    bounding_box,
    empty_share,
    neighbours,
    square_cells,
    to_unit_square,
    uniform,
    whiten,
)


def test_neighbours_are_the_nearest_first():
    points, others = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    assert neighbours(points, others, k=2).tolist() == [[1, 2]]


def test_the_area_of_a_stretched_cloud_is_the_product_of_its_spreads():
    cloud = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0))
    assert area(cloud * torch.tensor([3.0, 0.5])) == pytest.approx(1.5, abs=0.03)


def test_empty_cells_are_counted_and_points_outside_fill_none():
    place = torch.tensor([[0.1, 0.1], [0.9, 0.1], [0.2, 0.2], [1.5, 0.9], [-0.1, 0.9]])
    assert empty_share(place, cells=2) == 0.5


def test_points_of_the_standard_normal_fill_the_unit_square():
    cloud = torch.randn(8000, 2, generator=torch.Generator().manual_seed(0))
    assert empty_share(to_unit_square(cloud)) == 0


def test_a_whitened_cloud_has_mean_zero_and_covariance_one():
    cloud = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    cloud = cloud @ torch.tensor([[3.0, 1.0], [0.0, 0.2]]) + torch.tensor([5.0, -2.0])
    white = whiten(cloud, cloud)
    torch.testing.assert_close(white.mean(dim=0), torch.zeros(2), atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.cov(white.T), torch.eye(2), atol=1e-4, rtol=0)


def test_whitening_does_not_depend_on_place_and_scale():
    cloud = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    again = 7 * cloud + 3
    torch.testing.assert_close(whiten(again, again), whiten(cloud, cloud), atol=1e-4, rtol=0)


def test_uniform_points_stay_in_their_box_and_follow_their_seed():
    box = torch.tensor([-1.0, 2.0]), torch.tensor([0.0, 6.0])
    points = uniform(box, 400, seed=3)
    low, high = bounding_box(points)
    assert (low >= box[0]).all() and (high <= box[1]).all()
    assert (low - box[0]).max() < 0.1
    assert torch.equal(points, uniform(box, 400, seed=3))


def test_square_cells_run_from_the_top_left():
    cells = square_cells((torch.tensor([0.0, 0.0]), torch.tensor([2.0, 3.0])), columns=2)
    expected = [[0.5, 2.5], [1.5, 2.5], [0.5, 1.5], [1.5, 1.5], [0.5, 0.5], [1.5, 0.5]]
    assert cells.tolist() == expected

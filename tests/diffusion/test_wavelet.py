"""The Haar wavelet: exact round trips, orthonormality, equality with a matrix, refusals."""

import pytest
import torch

from genlab.models.wavelet import haar, inverse_haar


@pytest.mark.parametrize("shape", [(3, 1, 28, 28), (2, 3, 8, 14), (1, 4, 2, 2)])
def test_the_round_trip_is_exact(shape, rng):
    x = torch.randn(shape, generator=rng)
    bands = haar(x)
    assert bands.shape == (shape[0], 4 * shape[1], shape[2] // 2, shape[3] // 2)
    assert (inverse_haar(bands) - x).abs().max() < 1e-6
    assert (haar(inverse_haar(bands)) - bands).abs().max() < 1e-6


def test_the_wavelet_is_orthonormal(rng):
    # As a matrix: each pixel alone, transformed, is one row.
    matrix = haar(torch.eye(16).view(16, 1, 4, 4)).flatten(1)
    assert (matrix @ matrix.T - torch.eye(16)).abs().max() < 1e-6
    noise = torch.randn(200, 1, 28, 28, generator=rng)
    assert haar(noise).std(dim=(0, 2, 3)).tolist() == pytest.approx(
        [1] * 4, abs=0.02
    )  # still noise


def test_the_four_bands_see_means_and_the_three_directions_of_edges():
    flat, across = torch.ones(4, 4), torch.tensor([1.0, -1] * 2).expand(4, 4)
    down = across.T
    bands = haar(torch.stack([flat, across, down, across * down])[:, None])
    assert torch.equal(bands[:, :, 0, 0], 2 * torch.eye(4))


def test_channels_keep_their_order(rng):
    x = torch.randn(2, 3, 4, 4, generator=rng)
    alone = torch.stack([haar(x[:, i : i + 1]) for i in range(3)], dim=2).flatten(1, 2)
    assert torch.equal(haar(x), alone)


@pytest.mark.parametrize("shape", [(1, 1, 7, 7), (1, 1, 7, 8), (1, 1, 8, 7), (28, 28)])
def test_odd_sides_are_refused(shape):
    with pytest.raises(ValueError, match=r"x has shape .*; expected \(N, C, H, W\) with even"):
        haar(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(1, 3, 4, 4), (4, 14, 14)])
def test_bands_that_are_no_multiple_of_four_are_refused(shape):
    with pytest.raises(ValueError, match=r"bands have shape .*; expected \(N, 4C, H, W\)"):
        inverse_haar(torch.zeros(shape))

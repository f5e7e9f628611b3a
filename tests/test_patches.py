"""The autoencoder of colour patches: its waves, its shapes, the bits it counts."""

import pytest
import scipy.fft
import torch

from genlab.checkpoints import count_parameters
from genlab.latents import photo_loss
from genlab.models.patches import PatchAutoEncoder, colour_waves, cosine_basis


def test_waves_are_those_of_the_cosine_transform():
    unit = torch.zeros(8, 8)
    unit[1, 2] = 1
    reference = torch.from_numpy(scipy.fft.idctn(unit.numpy(), norm="ortho")).flatten()
    distances = (cosine_basis(4) - reference).abs().amax(dim=1)
    assert distances.min() < 1e-6


def test_directions_are_perpendicular_and_of_length_one():
    waves = colour_waves()
    assert waves.shape == (27, 192)
    assert (waves @ waves.T - torch.eye(27)).abs().max() < 1e-5


def test_before_training_it_is_the_cosine_transform_and_back(rng):
    net = PatchAutoEncoder().eval()
    waves = colour_waves()
    x = 0.5 + (torch.randn(6, 27, generator=rng) @ waves).reshape(6, 3, 8, 8) / 10
    with torch.no_grad():
        z = net.encode(x)
        assert (net.decode(z) - x).abs().max() < 1e-5
    assert z.shape == (6, 27, 1, 1)
    expected = (x - 0.5).flatten(1) @ waves.T / net.to_pixels.weight.norm(dim=0).flatten()
    assert (z.flatten(1) - expected).abs().max() < 1e-5


def test_shapes_of_a_photograph():
    net = PatchAutoEncoder()
    z = net.encode(torch.zeros(2, 3, 40, 64))
    assert z.shape == (2, 27, 5, 8)
    assert net.decode(z).shape == (2, 3, 40, 64)
    assert net.bits(z).shape == z.shape
    assert count_parameters(net) < 150_000


def test_bits_are_those_of_a_distribution_over_whole_numbers():
    net = PatchAutoEncoder()
    whole = torch.arange(-60.0, 61).view(-1, 1, 1, 1).expand(-1, 27, 1, 1)
    # What is beyond 1e-6 is cut off, which makes the sum too large by that for each number.
    assert (2 ** -net.bits(whole)).sum(dim=0).sub(1).abs().max() < 2e-4


def test_the_loss_falls_with_the_error_and_counts_bits(rng):
    net, x = PatchAutoEncoder(), torch.rand(2, 3, 16, 16, generator=rng)
    light, heavy = (photo_loss(w)(net, (x,), rng.manual_seed(0)).item() for w in (1.0, 10.0))
    mse = (heavy - light) / 9
    z = net.encode(x)
    noise = torch.rand(z.shape, generator=rng.manual_seed(0)) - 0.5
    assert mse == pytest.approx(((net.decode(z + noise) - x) ** 2).mean().item(), rel=1e-3)
    assert light - mse == pytest.approx(net.bits(z + noise).sum().item() / (2 * 256), rel=1e-3)


def test_a_weight_that_is_not_above_zero_is_refused():
    with pytest.raises(ValueError, match=r"weight is -1; expected more than 0"):
        photo_loss(-1)

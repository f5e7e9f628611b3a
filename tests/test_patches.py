"""The autoencoder of colour patches: its waves, its shapes, what it learns from."""

import pytest
import scipy.fft
import torch

from genlab.checkpoints import count_parameters
from genlab.latents import rounded_loss
from genlab.models.patches import STEP, PatchAutoEncoder, colour_waves, cosine_basis


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
    net, waves = PatchAutoEncoder(), colour_waves()
    x = 0.5 + (torch.randn(6, 27, generator=rng) @ waves).reshape(6, 3, 8, 8) / 10
    with torch.no_grad():
        z = net.encode(x)
        assert (net.decode(z) - x).abs().max() < 1e-5
    assert z.shape == (6, 27, 1, 1)
    assert (z.flatten(1) - (x - 0.5).flatten(1) @ waves.T / STEP).abs().max() < 1e-5


def test_a_block_depends_on_its_own_codes_and_its_neighbours(rng):
    net = PatchAutoEncoder()
    torch.nn.init.normal_(net.add_to_pixels[-1].weight, generator=rng)
    codes = torch.randn(1, 27, 5, 5, generator=rng)
    changed = codes.clone()
    changed[..., 2, 2] += 1
    with torch.no_grad():
        difference = (net.decode(changed) - net.decode(codes)).abs().amax(dim=(0, 1))
    reached = difference.reshape(5, 8, 5, 8).amax(dim=(1, 3)) > 0
    assert reached[1:4, 1:4].all() and reached.sum() == 9


def test_shapes_of_a_photograph():
    net = PatchAutoEncoder()
    z = net.encode(torch.zeros(2, 3, 40, 64))
    assert z.shape == (2, 27, 5, 8)
    assert net.decode(z).shape == (2, 3, 40, 64)
    assert count_parameters(net) < 100_000


def test_the_loss_is_the_error_after_rounding(rng):
    net, x = PatchAutoEncoder(), torch.rand(2, 3, 16, 16, generator=rng)
    codes = (net.encode(x) + 0.5).floor()
    expected = ((net.decode(codes) - x) ** 2).mean().item()
    assert rounded_loss(net, (x,), rng).item() == pytest.approx(expected, rel=1e-4)


def test_only_the_decoder_learns(rng):
    net = PatchAutoEncoder()
    rounded_loss(net, (torch.rand(2, 3, 16, 16, generator=rng),), rng).backward()
    assert {name.split(".")[0] for name, _ in net.named_parameters()} == {"add_to_pixels"}
    assert all(parameter.grad is not None for parameter in net.parameters())

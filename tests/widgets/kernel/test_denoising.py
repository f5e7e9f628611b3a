"""What the widgets on diffusion share."""

import pytest
import torch
from torch import nn

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.time_unet import TimeUNet
from genlab.widgets.kernel.denoising import (
    check_denoiser,
    denoiser_network,
    page_noise,
)


def test_a_denoiser_is_offered_with_its_timestep():
    torch.manual_seed(0)
    denoiser = Denoiser(TimeUNet().train(), NoiseSchedule("squaredcos_cap_v2"), "v_prediction")
    xt, t = torch.randn(3, 1, 28, 28), torch.tensor([0.0, 500.2, 999.0])
    network = denoiser_network(check_denoiser("denoiser", denoiser))
    assert network.input_shapes == ((1, 28, 28), ())
    with torch.no_grad():
        wanted = denoiser.model(xt, torch.tensor([0, 500, 999]))
    assert torch.equal(network(xt, t), wanted)


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(TypeError, match="denoiser is a Linear; expected a genlab Denoiser"):
        check_denoiser("denoiser", nn.Linear(1, 1))
    short = Denoiser(TimeUNet(), NoiseSchedule(num_train_timesteps=10))
    with pytest.raises(ValueError, match="expected one with 1000 timesteps and betas"):
        check_denoiser("denoiser", short)


def test_noise_is_the_browsers():
    """The same numbers stand in tests/js/diffusion.test.mjs."""
    noise = page_noise(7)
    assert noise.shape == (1, 1, 28, 28)
    found = noise.flatten()[[0, 1, 2, 783]].tolist()
    assert found == pytest.approx([0.14197044, -0.86425304, -1.00636637, -1.61866820], abs=1e-7)
    assert page_noise(9999).flatten()[783].item() == pytest.approx(-0.80171794, abs=1e-7)

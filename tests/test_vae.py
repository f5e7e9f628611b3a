"""The formulas of the VAE in double precision, and what they refuse."""

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as reference_kl

from genlab.models.vae import kl_divergence, reparameterize


def test_kl_equals_torch_distributions_to_a_millionth():
    rng = torch.Generator().manual_seed(0)
    mu, logvar = 3 * torch.randn(2, 500, 4, generator=rng, dtype=torch.float64)
    posterior = Normal(mu, (0.5 * logvar).exp())
    reference = reference_kl(posterior, Normal(torch.zeros_like(mu), torch.ones_like(mu)))
    assert (kl_divergence(mu, logvar) - reference.sum(dim=1)).abs().max() <= 1e-6


def test_gradients_flow_through_the_sample():
    mu, logvar, eps = torch.randn(3, 6, 2, generator=torch.Generator().manual_seed(1)).double()
    inputs = mu.requires_grad_(), logvar.requires_grad_(), eps
    assert torch.autograd.gradcheck(reparameterize, inputs)
    assert torch.autograd.gradcheck(kl_divergence, inputs[:2])


ZEROS = torch.zeros(3, 2)
BAD = [
    (ZEROS, torch.full((3, 2), 89.0), r"logvar reaches 89: .* overflows torch.float32; .* 88\.7"),
    (ZEROS.double(), torch.full((3, 2), 710.0).double(), "reaches 710.*overflows torch.float64"),
    (ZEROS, torch.full((3, 2), float("nan")), "logvar holds values that are not finite"),
    (ZEROS / 0, ZEROS, "mu holds values that are not finite"),
    (ZEROS, torch.zeros(3, 1), r"mu has shape \(3, 2\), logvar \(3, 1\); expected the same"),
]


@pytest.mark.parametrize(("mu", "logvar", "message"), BAD)
def test_posteriors_that_are_refused(mu, logvar, message):
    with pytest.raises(ValueError, match=message):
        kl_divergence(mu, logvar)
    with pytest.raises(ValueError, match=message):
        reparameterize(mu, logvar, torch.zeros(3, 2))


def test_noise_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"eps has shape \(2,\); expected that of mu, \(3, 2\)"):
        reparameterize(ZEROS, ZEROS, torch.zeros(2))


def test_the_largest_log_variance_passes():
    assert torch.isfinite(kl_divergence(ZEROS, torch.full((3, 2), 80.0))).all()

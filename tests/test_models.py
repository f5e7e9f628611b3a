"""Shapes, ranges and formulas of the networks, and their refusals."""

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as reference_kl

from genlab.checkpoints import count_parameters
from genlab.models.autoencoder import AutoEncoder, Decoder, Encoder
from genlab.models.classifier import FEATURES, DigitClassifier
from genlab.models.vae import VAE, kl_divergence, reparameterize


@pytest.mark.parametrize("latent_size", [1, 2, 16, 32])
def test_autoencoder_shapes(latent_size, rng):
    model = AutoEncoder(latent_size)
    x = torch.rand(3, 1, 28, 28, generator=rng)
    z = model.encode(x)
    assert z.shape == (3, latent_size)
    assert model.decode(z).shape == x.shape
    assert torch.equal(model(x), model.decode(z))
    assert 0 <= model(x).min() <= model(x).max() <= 1


def test_every_stage_of_encoder_and_decoder_has_the_shape_in_its_comment(rng):
    x, shapes = torch.rand(1, 1, 28, 28, generator=rng), []
    for layer in Encoder(2).layers:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    for layer in Decoder(2).layers:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    walk = list(dict.fromkeys(shapes))
    assert walk == [(16, 14, 14), (32, 7, 7), (64, 4, 4), (1024,), (64,), (2,), (1, 28, 28)]
    assert shapes[-4:-1] == [(16, 14, 14), (16, 14, 14), (1, 28, 28)]


def test_the_autoencoder_stays_below_a_quarter_of_a_million_parameters():
    assert count_parameters(AutoEncoder(32)) < 250_000
    assert count_parameters(VAE(2)) < 250_000


def test_the_vae_has_the_autoencoders_decoder():
    ae, vae = AutoEncoder(2).decoder.state_dict(), VAE(2).decoder.state_dict()
    assert {k: v.shape for k, v in ae.items()} == {k: v.shape for k, v in vae.items()}


def test_vae_shapes_and_given_noise(rng):
    model = VAE(2)
    x = torch.rand(4, 1, 28, 28, generator=rng)
    x_hat, mu, logvar = model(x, eps=torch.zeros(4, 2))
    assert x_hat.shape == x.shape
    assert mu.shape == logvar.shape == (4, 2)
    assert torch.equal(x_hat, model.decode(mu))


def test_kl_equals_torch_distributions(rng):
    mu, logvar = torch.randn(50, 3, generator=rng), torch.randn(50, 3, generator=rng)
    reference = reference_kl(Normal(mu, (0.5 * logvar).exp()), Normal(0.0, 1.0)).sum(dim=1)
    assert (kl_divergence(mu, logvar) - reference).abs().max() < 1e-5
    assert kl_divergence(torch.zeros(1, 3), torch.zeros(1, 3)).item() == 0


def test_gradients_reach_mean_and_variance_through_the_sample(rng):
    mu = torch.zeros(5, 2, requires_grad=True)
    logvar = torch.zeros(5, 2, requires_grad=True)
    eps = torch.randn(5, 2, generator=rng)
    reparameterize(mu, logvar, eps).sum().backward()
    assert torch.equal(mu.grad, torch.ones(5, 2))
    assert torch.allclose(logvar.grad, 0.5 * eps, atol=1e-7)


def test_classifier_shapes(rng):
    model = DigitClassifier().eval()
    x = torch.rand(2, 1, 28, 28, generator=rng)
    assert model.features(x).shape == (2, FEATURES)
    assert model(x).shape == (2, 10)


@pytest.mark.parametrize("size", [0, -1, 785, 2.0, "2", True, None])
@pytest.mark.parametrize("model", [AutoEncoder, VAE])
def test_a_wrong_latent_size_is_refused(model, size):
    with pytest.raises(ValueError, match=r"latent_size is .*; expected a whole number"):
        model(size)


@pytest.mark.parametrize("model", [AutoEncoder(2), VAE(2)])
def test_latents_of_a_wrong_shape_are_refused(model):
    with pytest.raises(ValueError, match=r"z has shape \(4, 3\); expected \(N, 2\)"):
        model.decode(torch.zeros(4, 3))

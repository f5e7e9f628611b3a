"""Sets of samples behind the claims: drawn once, in chunks, by one network or by two."""

import torch

from genlab.claims import sample_sets
from genlab.claims.sample_sets import kept, switched
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.time_unet import TimeUNet
from genlab.recipes import diffusion as recipes
from genlab.recipes.diffusion import in_chunks

COSINE = NoiseSchedule("squaredcos_cap_v2")


def test_a_set_is_drawn_once_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_sets, "RUNS", tmp_path)
    draws = []

    def draw():
        draws.append(1)
        return torch.rand(2, 1, 28, 28)

    first, second = kept("name", draw), kept("name", draw)
    assert torch.equal(first, second)
    assert len(draws) == 1


def test_chunks_change_nothing(rng, monkeypatch):
    monkeypatch.setattr(recipes, "AT_ONCE", 3)
    torch.manual_seed(0)
    denoiser = Denoiser(TimeUNet().eval(), COSINE, "sample")
    xt = torch.randn(7, 1, 28, 28, generator=rng)
    whole, parts = denoiser.predict(xt, 300), in_chunks(denoiser).predict(xt, 300)
    assert torch.allclose(whole.x0, parts.x0, atol=1e-5)


def test_each_network_answers_on_its_side_of_the_switch(rng):
    above = Denoiser(lambda xt, t: 0 * xt + 0.5, COSINE, "sample")
    below = Denoiser(lambda xt, t: 0 * xt - 0.25, COSINE, "epsilon")
    both, xt = switched(above, below, 250), torch.randn(2, 1, 28, 28, generator=rng)
    assert torch.allclose(both.predict(xt, 250).x0, torch.tensor(0.5), atol=1e-5)
    assert torch.allclose(both.predict(xt, 249).eps, torch.tensor(-0.25), atol=1e-5)

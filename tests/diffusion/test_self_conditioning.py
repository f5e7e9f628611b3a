"""Latents that go from step to step: the loss with its first pass, and the sampler's memory."""

import pytest
import torch
from torch import nn

from genlab.data import load_digits
from genlab.diffusion import self_conditioning
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.samplers import ddim, final_images, initial_noise
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.self_conditioning import remembering, self_conditioned
from genlab.diffusion.training import diffusion_loss
from genlab.models.rin import RIN
from genlab.recipes.diffusion import samples_of
from genlab.training import TrainConfig, train

COSINE = NoiseSchedule("squaredcos_cap_v2")


class Counter(nn.Module):
    """A network whose latents count the steps; it notes what it is called with."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))
        self.calls = []

    def forward(self, xt, t, latents=None):
        return self.step(xt, t, latents)[0]

    def step(self, xt, t, latents=None):
        old = torch.zeros(len(xt), 1, 1) if latents is None else latents
        self.calls.append((old.detach().clone(), torch.is_grad_enabled(), xt, t))
        return self.gain * xt, self.gain * (old + 1)


@pytest.fixture
def batch():
    return (load_digits("test").images[:8],)


def test_a_first_pass_without_gradient_makes_the_latents(batch, rng):
    model = Counter()
    self_conditioned(diffusion_loss(COSINE, "sample"), share=1.0)(model, batch, rng).backward()
    (first, graded, *seen), (second, graded_again, *seen_again) = model.calls
    assert (first.unique().item(), graded) == (0, False)
    assert (second.unique().item(), graded_again) == (1, True)
    assert all(torch.equal(a, b) for a, b in zip(seen, seen_again, strict=True))
    assert model.gain.grad is not None


def test_the_share_is_that_of_the_steps_with_old_latents(batch, rng):
    loss, twice = self_conditioned(diffusion_loss(COSINE, "sample")), 0
    for _ in range(300):
        model = Counter()
        loss(model, batch, rng)
        twice += len(model.calls) == 2
    assert twice / 300 == pytest.approx(0.9, abs=0.05)


def test_without_a_first_pass_the_latents_are_zero(batch, rng):
    model = Counter()
    self_conditioned(diffusion_loss(COSINE, "sample"), share=0.0)(model, batch, rng)
    ((old, graded, *_),) = model.calls
    assert (old.unique().item(), graded) == (0, True)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_is_refused(share):
    with pytest.raises(ValueError, match=r"share is .*; expected 0 to 1"):
        self_conditioned(diffusion_loss(COSINE), share)


def test_a_sampler_hands_the_latents_on_from_zero(monkeypatch):
    monkeypatch.setattr(self_conditioning, "AT_ONCE", 3)
    model = Counter()
    denoiser = Denoiser(model, COSINE, "sample")
    steps = ddim(remembering(denoiser), initial_noise(7), num_inference_steps=5)
    assert final_images(steps).shape == (7, 1, 28, 28)
    old = [call[0].unique().item() for call in model.calls]
    assert old == [step for step in range(5) for _ in range(3)]  # 3 + 3 + 1 images a step
    sizes = [len(call[2]) for call in model.calls]
    assert sizes == [3, 3, 1] * 5


def test_parts_of_a_batch_keep_their_own_latents(monkeypatch):
    torch.manual_seed(0)
    model = RIN(patch=4, depth=1).eval()
    for parameter in (model.head.weight, model.recall.norm.weight):
        nn.init.normal_(parameter, std=0.3)
    noise, options = initial_noise(5), {"num_inference_steps": 4, "eta": 1.0}
    denoiser = Denoiser(model, COSINE, "sample")
    whole = final_images(ddim(remembering(denoiser), noise, **options))
    monkeypatch.setattr(self_conditioning, "AT_ONCE", 2)
    parts = final_images(ddim(remembering(denoiser), noise, **options))
    assert torch.allclose(whole, parts, atol=1e-4)
    forgetful = final_images(ddim(denoiser, noise, **options))
    assert (forgetful - whole).abs().max() > 1e-2


def test_samples_of_a_card_hand_latents_on_anew_for_each_set():
    model = Counter()
    denoiser = Denoiser(model, COSINE, "sample")
    for seed in (0, 1):
        samples_of(denoiser, {"num_inference_steps": 3}, count=2, seed=seed)
    assert [call[0].unique().item() for call in model.calls] == [0, 1, 2, 0, 1, 2]


def test_a_network_without_latents_has_nothing_to_remember():
    with pytest.raises(TypeError, match="the network is a Conv2d; expected one with a method"):
        remembering(Denoiser(nn.Conv2d(1, 1, 1), COSINE))


def test_a_rin_learns_from_the_loss():
    torch.manual_seed(0)
    loss = self_conditioned(diffusion_loss(COSINE, "sample"))
    config = TrainConfig(steps=25, batch_size=8, lr=3e-3)
    data = (load_digits("test").images,)
    steps = [*train(RIN(patch=7, depth=1), loss, data, config)]
    assert sum(step.loss for step in steps[-5:]) < 0.6 * sum(step.loss for step in steps[:5])

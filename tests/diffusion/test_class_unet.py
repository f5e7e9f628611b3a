"""The UNet that is told the class: what the class changes, what is refused, how it is trained."""

import pytest
import torch

from genlab.checkpoints import count_parameters
from genlab.data import load_digits
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.training import class_conditional, diffusion_loss
from genlab.models.class_unet import NO_CLASS, ClassUNet
from genlab.models.time_unet import ResBlock
from genlab.training import TrainConfig, train

T = torch.tensor([5, 500, 900])


@pytest.fixture
def xt(rng):
    return torch.randn(3, 1, 28, 28, generator=rng)


@pytest.fixture(scope="module")
def model():
    """One whose blocks and classes all count, as after some training."""
    torch.manual_seed(0)
    model = ClassUNet(16, 24).eval().requires_grad_(False)
    for block in (part for part in model.modules() if isinstance(part, ResBlock)):
        torch.nn.init.normal_(block.conv2.weight, std=0.05)
    torch.nn.init.normal_(model.label.weight)
    return model


def test_no_class_differs_at_the_start(xt):
    torch.manual_seed(0)
    model = ClassUNet(16, 24)
    answers = [model(xt, T), *(model(xt, T, torch.full((3,), digit)) for digit in range(10))]
    assert answers[0].shape == xt.shape
    assert all(torch.equal(answer, answers[0]) for answer in answers)


def test_each_image_is_of_its_own_class(model, xt):
    labels = torch.tensor([3, 8, NO_CLASS])
    mixed = model(xt, T, labels)
    for i, label in enumerate(labels):
        alone = model(xt, T, label.expand(3))
        assert torch.allclose(mixed[i], alone[i], atol=1e-5)
        others = model(xt, T, ((label + 1) % 11).expand(3))
        assert (mixed[i] - others[i]).abs().max() > 1e-2
    assert torch.equal(model(xt, T), model(xt, T, torch.full((3,), NO_CLASS)))


def test_it_knows_the_timestep_whole_or_not(model, xt):
    early, between, late = (model(xt, torch.full((3,), t)) for t in (5, 7.5, 10))
    assert (early - late).abs().max() > 1e-3
    assert (early - between).abs().max() > 1e-4
    assert torch.allclose(model(xt, T), model(xt, T.float()), atol=1e-6)


def test_its_weights_fit_a_checkpoint_of_three_megabytes():
    assert 700_000 < count_parameters(ClassUNet()) < 1_400_000


@pytest.mark.parametrize("wrong", [-1, 11])
def test_a_class_out_of_range_is_refused(model, xt, wrong):
    wanted = rf"label is {wrong}; expected a class from 0 to 9, or 10 for no class"
    with pytest.raises(ValueError, match=wanted):
        model(xt, T, torch.tensor([0, wrong, 1]))


def test_labels_that_are_not_one_whole_number_an_image_are_refused(model, xt):
    with pytest.raises(ValueError, match=r"label has shape \(2,\); expected \(3,\)"):
        model(xt, T, torch.zeros(2).long())
    with pytest.raises(ValueError, match=r"label has shape \(\); expected \(3,\)"):
        model(xt, T, torch.tensor(1))
    with pytest.raises(TypeError, match=r"label is torch.float32; expected torch.int64"):
        model(xt, T, torch.zeros(3))
    with pytest.raises(ValueError, match=r"t has shape \(2,\); expected \(3,\)"):
        model(xt, T[:2], torch.zeros(3).long())


def seen_labels(drop, seed=0):
    """The labels that a network was told, and those of the batch."""
    digits = load_digits("test")
    seen = []

    def network(xt, t, label):
        seen.append(label)
        return torch.zeros_like(xt)

    loss = class_conditional(diffusion_loss(NoiseSchedule(), "sample"), drop)
    loss(network, (digits.images, digits.labels), torch.Generator().manual_seed(seed))
    return seen[0], digits.labels


def test_labels_are_hidden_as_often_as_asked():
    told, true = seen_labels(0.2)
    hidden = told == NO_CLASS
    assert hidden.float().mean().item() == pytest.approx(0.2, abs=0.05)
    assert torch.equal(told[~hidden], true[~hidden])
    assert torch.equal(seen_labels(0.0)[0], true)
    assert (seen_labels(1.0)[0] == NO_CLASS).all()


def test_the_seed_decides_which_labels_are_hidden():
    assert torch.equal(seen_labels(0.2)[0], seen_labels(0.2)[0])
    assert not torch.equal(seen_labels(0.2)[0], seen_labels(0.2, seed=1)[0])


@pytest.mark.parametrize("drop", [-0.1, 1.1])
def test_what_is_no_probability_is_refused(drop):
    with pytest.raises(ValueError, match=rf"drop is {drop}; expected a probability, 0 to 1"):
        class_conditional(diffusion_loss(NoiseSchedule()), drop)


def test_the_class_is_learned():
    torch.manual_seed(0)
    digits = load_digits("test")
    model = ClassUNet(16, 24)
    loss = class_conditional(diffusion_loss(NoiseSchedule(), "sample"))
    config = TrainConfig(steps=40, batch_size=16, lr=3e-3)
    steps = [*train(model, loss, (digits.images, digits.labels), config)]
    assert sum(step.loss for step in steps[-5:]) < sum(step.loss for step in steps[:5]) / 2
    assert torch.pdist(model.label.weight).min() > 1e-3

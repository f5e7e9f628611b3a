"""DeiT's recipe: what is changed of an image, and who teaches what."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genlab.augment import erase
from genlab.models.vit import DeiT, ViT
from genlab.vision import augmented, augmented_loss, distillation_loss, smoothed_loss


@pytest.fixture
def batch(rng):
    return torch.rand(8, 1, 28, 28, generator=rng), torch.arange(8)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_square_is_erased_in_half_of_the_images():
    images = torch.ones(8000, 2, 28, 20)
    erased = erase(images, seeded()) == 0
    lost = erased.sum(dim=(2, 3))
    assert set(lost.flatten().tolist()) == {0, 64}
    assert 3800 < (lost[:, 0] > 0).sum() < 4200
    for one in erased[:50][lost[:50, 0] > 0]:
        assert torch.equal(one[0], one[1])
        assert one[0].any(dim=0).sum() == one[0].any(dim=1).sum() == 8
    assert erased.any(dim=0).all()  # every place can be hit
    assert images.all()  # a copy was changed


def test_all_or_no_images_are_erased():
    images = torch.ones(20, 1, 9, 9)
    assert torch.equal(erase(images, seeded(), share=0), images)
    assert (erase(images, seeded(), side=9, share=1) == 0).all()


def test_augmented_images_are_drawn_from_the_generator(batch):
    images, _ = batch
    one, again, other = (augmented(images, seeded(seed)) for seed in (0, 0, 1))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert one.shape == images.shape


def test_smoothing_spreads_a_tenth_of_the_label(batch):
    torch.manual_seed(0)
    model, (_, labels) = ViT(depth=1), batch
    logits = model(augmented(batch[0], seeded()))
    targets = 0.9 * F.one_hot(labels, 10) + 0.01
    by_hand = -(targets * logits.log_softmax(dim=1)).sum(dim=1).mean()
    assert torch.allclose(smoothed_loss(model, batch, seeded()), by_hand, atol=1e-6)
    plain = F.cross_entropy(logits, labels)
    assert torch.allclose(augmented_loss(model, batch, seeded()), plain, atol=1e-6)


class Always(nn.Module):
    """A teacher who says one digit, whatever it sees."""

    def __init__(self, digit):
        super().__init__()
        self.digit = digit

    def forward(self, x):
        return F.one_hot(torch.full((len(x),), self.digit), 10).float()


def test_one_token_learns_the_labels_and_the_other_what_the_teacher_says(batch):
    torch.manual_seed(0)
    model, loss = DeiT(depth=1), distillation_loss(Always(3))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        loss(model, batch, seeded()).backward()  # the same changes each time
        optimizer.step()
    with torch.no_grad():
        own, taught = model.answers(augmented(batch[0], seeded()))
    assert (taught.argmax(dim=1) == 3).all()
    assert torch.equal(own.argmax(dim=1), batch[1])


def test_the_teacher_sees_the_changed_images_and_learns_nothing(batch):
    seen = []

    class Spy(nn.Linear):
        def forward(self, x):
            seen.append(x)
            return super().forward(x.flatten(1))

    teacher = Spy(784, 10)
    distillation_loss(teacher)(DeiT(depth=1), batch, seeded()).backward()
    assert torch.equal(seen[0], augmented(batch[0], seeded()))
    assert teacher.weight.grad is None

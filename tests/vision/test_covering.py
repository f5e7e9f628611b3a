"""What the class token looks at, and patches that are made white."""

import torch

from genlab.models.tokens import patchify
from genlab.models.vit import ViT
from genlab.vision import covered, looks


def test_what_is_looked_at_is_the_class_tokens_row_without_itself(rng):
    torch.manual_seed(0)
    vit, images = ViT(depth=2), torch.rand(3, 1, 28, 28, generator=rng)
    found = vit.attentions(images).detach()
    for block in (0, 1):
        seen = looks(vit, images, block)
        assert seen.shape == (3, 16)
        rest = found[:, block, :, 0, 0].mean(dim=1)
        assert torch.allclose(seen.sum(dim=1), 1 - rest, atol=1e-6)
        assert torch.allclose(seen[:, 5], found[:, block, :, 0, 6].mean(dim=1), atol=1e-6)
    assert torch.equal(looks(vit, images), looks(vit, images, 1))


def test_the_highest_patches_are_white_and_the_others_as_they_were(rng):
    for patch in (4, 7, 14):
        images = 0.5 + torch.rand(5, 1, 28, 28, generator=rng)
        score = torch.rand(5, (28 // patch) ** 2, generator=rng)
        count = min(3, score.shape[1])
        after, before = (patchify(x, patch) for x in (covered(images, score, count), images))
        chosen = torch.zeros_like(score).bool().scatter(1, score.topk(count).indices, True)
        assert not after[chosen].any()
        assert torch.equal(after[~chosen], before[~chosen])

"""The contrastive loss is the library's; training never shows a pair that is held out."""

import pytest
import torch

from genlab.data import load_digits
from genlab.models.clip import DigitCLIP
from genlab.models.special_tokens import END
from genlab.training import TrainConfig, train
from genlab.vision.captions import CONTEXT, HELD_OUT, PAIRS, TEMPLATES, VOCABULARY, captions, encode
from genlab.vision.contrast import as_pixels, captioned, clip_loss, info_nce


@pytest.fixture
def model():
    torch.manual_seed(0)
    return DigitCLIP(len(VOCABULARY), CONTEXT, width=16, depth=1)


@pytest.fixture
def digits():
    return load_digits("train").subset(200)


def test_the_loss_is_that_of_transformers(model, rng):
    pixels, tokens = torch.randn(7, 3, 28, 28, generator=rng), encode(captions(TEMPLATES[1])[:7])
    theirs = model(input_ids=tokens, pixel_values=pixels, return_loss=True)
    ours = info_nce(theirs.image_embeds, theirs.text_embeds, model.logit_scale.exp())
    assert abs(ours.item() - theirs.loss.item()) < 1e-6


def test_the_loss_of_two_pairs_is_as_computed_by_hand():
    eye = torch.eye(2)
    assert info_nce(eye, eye, torch.tensor(1.0)).item() == pytest.approx(0.313262, abs=1e-5)
    assert info_nce(eye, eye.flip(0), torch.tensor(1.0)).item() == pytest.approx(1.313262, abs=1e-5)


def test_no_image_of_training_has_a_pair_that_is_held_out(digits, rng):
    seen = set()
    for _ in range(10):
        images, tokens, pairs = captioned(digits.images, digits.labels, rng)
        assert images.shape == (200, 3, 28, 28) and tokens.shape == (200, CONTEXT)
        assert torch.equal(pairs % 10, digits.labels)
        seen |= {PAIRS[one] for one in pairs.tolist()}
    assert not seen & set(HELD_OUT)
    assert len(seen) == 48


def test_each_image_has_a_caption_of_its_own_pair(digits, rng):
    _, tokens, pairs = captioned(digits.images, digits.labels, rng)
    table = torch.stack([encode(captions(one)) for one in TEMPLATES])  # (8, 60, CONTEXT)
    fits = (table[:, pairs] == tokens).all(dim=-1)  # (8, 200)
    assert fits.any(dim=0).all()
    assert fits.any(dim=1).all()  # every template is used


def test_a_text_is_read_off_where_it_ends(model):
    assert model.config.text_config.eos_token_id == END != 2
    tokens = encode(["a red three", "a red three."])
    hidden = model.text_model(input_ids=tokens)
    places = (tokens == END).int().argmax(dim=1)
    assert torch.equal(hidden.pooler_output, hidden.last_hidden_state[[0, 1], places])


def test_padding_changes_nothing(model):
    tokens = encode(["a red three"])
    short = model.text_model(input_ids=tokens[:, :5]).pooler_output
    assert torch.allclose(model.text_model(input_ids=tokens).pooler_output, short, atol=1e-6)


def test_a_few_steps_make_the_loss_smaller(model, digits):
    config = TrainConfig(steps=30, batch_size=32, lr=3e-3)
    data = digits.images, digits.labels
    before = model.logit_scale.item()
    losses = [step.loss for step in train(model, clip_loss, data, config)]
    assert sum(losses[-5:]) / 5 < sum(losses[:5]) / 5 - 0.2
    assert model.logit_scale.item() != before
    assert all(p.grad is not None for p in model.parameters())


def test_pixels_are_centred():
    assert torch.equal(as_pixels(torch.tensor([0.0, 0.5, 1.0])), torch.tensor([-1.0, 0.0, 1.0]))

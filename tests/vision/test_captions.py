"""Coloured digits and their captions: 60 pairs, 12 of which no training image has."""

from collections import Counter

import pytest
import torch

from genlab.data import load_digits
from genlab.vision.captions import (
    COLOURS,
    CONTEXT,
    HELD_OUT,
    NEW_TEMPLATES,
    PAIRS,
    SHADE,
    TEMPLATES,
    TRAINED,
    VOCABULARY,
    caption,
    captions,
    encode,
    paint,
    painted,
    words,
)


def test_every_colour_and_every_digit_is_held_out_and_trained():
    assert len(PAIRS) == 60 and len(set(HELD_OUT)) == 12 and len(TRAINED) == 48
    assert set(HELD_OUT) | set(TRAINED) == set(PAIRS)
    assert Counter(colour for colour, _ in HELD_OUT) == dict.fromkeys(COLOURS, 2)
    assert set(Counter(digit for _, digit in HELD_OUT).values()) == {1, 2}
    assert {digit for _, digit in HELD_OUT} == set(range(10))


def test_captions_differ_and_have_the_right_article():
    texts = [text for one in TEMPLATES + NEW_TEMPLATES for text in captions(one)]
    assert len(set(texts)) == len(texts) == 60 * 12
    assert caption(TEMPLATES[0], "red", 3) == "a red three"
    assert caption(TEMPLATES[3], "orange", 8) == "this is a photo of an orange eight."
    assert not [text for text in texts if "a orange" in text]


def test_new_templates_are_new_and_have_known_words_alone():
    assert not set(NEW_TEMPLATES) & set(TEMPLATES)
    for one in NEW_TEMPLATES:
        for text in captions(one):
            assert set(words(text)) <= VOCABULARY.keys()


def test_tokens_begin_end_and_are_filled_up():
    tokens = encode(["a red 3", "A RED 3.", ""])
    names = list(VOCABULARY)
    read = [[names[one] for one in row] for row in tokens.tolist()]
    assert read[0] == ["<start>", "a", "red", "3", "<end>"] + ["<pad>"] * (CONTEXT - 5)
    assert read[1][3:6] == ["3", ".", "<end>"]
    assert read[2][:3] == ["<start>", "<end>", "<pad>"]
    assert tokens.dtype == torch.int64


def test_unknown_words_and_long_texts_are_refused():
    with pytest.raises(ValueError, match=r"never read: cat, yellow; use its own: a, red"):
        encode(["a yellow cat", "a red three"])
    with pytest.raises(ValueError, match=r"has 11 words and marks; expected at most 10"):
        encode(["red " * 11])


def test_ink_gets_the_colour_and_paper_stays_white(rng):
    ink = torch.zeros(4, 1, 28, 28)
    ink[:, :, 5:9] = 1
    x = paint(ink, torch.tensor([0, 1, 2, 5]), rng)
    assert x.shape == (4, 3, 28, 28) and x.min() >= 0
    assert (x[:, :, 10:] == 1).all()
    wanted = torch.tensor([COLOURS[name] for name in ("red", "orange", "green", "black")])
    assert ((x[:, :, 6, 0] - wanted).abs() <= SHADE + 1e-6).all()
    assert (x[0, :, 6, 0] - wanted[0]).abs().max() > 0.001


def test_every_test_digit_is_painted_in_each_of_its_pairs():
    images, target = painted(load_digits("test"), HELD_OUT)
    assert len(images) == len(target) == 12 * 50
    assert {PAIRS[one] for one in target.tolist()} == set(HELD_OUT)
    again, _ = painted(load_digits("test"), HELD_OUT)
    assert torch.equal(images, again)


def test_colours_are_told_apart_whatever_their_shade():
    palette = torch.tensor(list(COLOURS.values()))
    apart = (palette[:, None] - palette).abs().amax(dim=-1) + 9 * torch.eye(6)
    assert apart.min() > 2 * SHADE

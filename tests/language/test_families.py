"""Encoder and encoder with decoder: who sees what, hidden letters, names backwards."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genlab import checkpoints
from genlab.checkpoints import count_parameters
from genlab.language.families import (
    MASK,
    VOCABULARY,
    backwards,
    hidden,
    hidden_letters_found,
    looks_at_its_letter,
    masked_loss,
    next_letters_found,
    reversal_loss,
    reversed_rightly,
    written,
)
from genlab.language.names import END, LENGTH, PADDING, decode, encode, load_names
from genlab.models.families import Encoder, EncoderDecoder
from genlab.recipes.families import FAMILY_RECIPES
from genlab.recipes.run import recipe_of


@pytest.fixture
def tokens():
    return load_names("test").tokens()[:6]


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return Encoder(VOCABULARY, LENGTH).eval()


@pytest.fixture
def both():
    torch.manual_seed(0)
    return EncoderDecoder(VOCABULARY, LENGTH).eval()


def influences(function, tokens, place):
    """Which outputs (T,) change when the token at a place is another one."""
    changed = tokens.clone()
    changed[:, place] = 20 if int(tokens[0, place]) != 20 else 21
    return (function(tokens) - function(changed))[0].abs().amax(dim=-1) > 1e-6


def test_an_encoder_sees_before_and_after(encoder, tokens):
    one = tokens[:1]
    assert influences(encoder, one, 0).all()
    assert influences(encoder, one, 7).all()
    assert encoder(tokens).shape == (6, LENGTH, VOCABULARY)


def test_an_encoder_with_decoder_reads_all_and_looks_back_as_it_writes(both, tokens):
    one, target = tokens[:1], backwards(tokens[:1])
    assert influences(lambda source: both(source, target), one, 7).all()
    changed = influences(lambda target: both(one, target), target, 4)
    assert changed.tolist() == [place >= 4 for place in range(LENGTH)]
    assert both(tokens, backwards(tokens)[:, :3]).shape == (6, 3, VOCABULARY)


def test_crossings_are_the_weights_of_the_forward_pass(both, tokens):
    seen = both.crossings(tokens, backwards(tokens)[:, :5])
    assert seen.shape == (6, 2, 4, 5, LENGTH)
    assert torch.allclose(seen.sum(dim=-1), torch.ones(()), atol=1e-5)
    kept = []
    cross = both.blocks[1].cross
    cross.register_forward_pre_hook(lambda part, args: kept.append(part.weights(*args)))
    both(tokens, backwards(tokens)[:, :5])
    assert torch.allclose(kept[0], seen[:, 1], atol=1e-6)


@pytest.mark.parametrize("shape", [(2,), (2, LENGTH + 1), (2, 0)])
def test_tokens_that_do_not_fit_are_refused(encoder, shape):
    with pytest.raises(ValueError, match="expected \\(N, T\\), T from 1 to 16"):
        encoder(torch.zeros(shape, dtype=torch.int64))


def test_one_letter_a_name_is_hidden(tokens):
    masked = hidden(tokens, torch.tensor([1, 2, 1, 1, 2, 1]))
    assert (masked == MASK).sum(dim=1).tolist() == [1] * 6
    assert (masked[1, 2], masked[0, 1]) == (MASK, MASK)
    assert ((masked == tokens) | (masked == MASK)).all()


def test_only_letters_are_hidden_and_only_they_count(tokens):
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(x)
            return F.one_hot(x, VOCABULARY).float()

    for seed in range(20):
        masked_loss(Spy(), (tokens,), torch.Generator().manual_seed(seed))
    for masked in seen:
        assert (tokens[masked == MASK] > END).all()
        assert (masked[:, 0] == tokens[:, 0]).all()
        assert (masked == MASK).sum(dim=1).tolist() == [1] * len(tokens)


def test_a_name_backwards():
    rows = [encode("anna", "IT"), encode("aino", "FI"), encode("bo", "IS")]
    tokens = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PADDING)
    turned = backwards(tokens)
    assert [decode(row) for row in turned] == ["anna", "onia", "ob"]
    assert torch.equal(turned[:, 0], tokens[:, 0])
    assert torch.equal(turned == PADDING, tokens == PADDING)
    assert torch.equal(backwards(turned), tokens)


class Right(nn.Module):
    """Writes a name backwards, without having learned it."""

    def forward(self, source, target):
        turned = backwards(source)[:, 1 : target.shape[1] + 1]
        return F.one_hot(turned, VOCABULARY).float() * 50


def test_what_is_written_is_judged_as_a_whole(both, tokens):
    assert torch.equal(written(Right(), tokens), backwards(tokens))
    assert reversed_rightly(Right(), tokens).tolist() == [True] * len(tokens)
    assert reversal_loss(Right(), (tokens,), torch.Generator()) < 1e-6
    assert not reversed_rightly(both, tokens).any()


def test_shares_of_letters_are_those_of_guesses(tokens):
    class Always(nn.Module):
        def __init__(self, letter):
            super().__init__()
            self.letter = letter

        def forward(self, x):
            return F.one_hot(torch.full_like(x, self.letter), VOCABULARY).float()

    a = int(encode("a", "IT")[1])
    shares = [decode(name).count("a") / len(decode(name)) for name in tokens]
    assert hidden_letters_found(Always(a), tokens).tolist() == pytest.approx(shares)
    assert next_letters_found(Always(a), tokens).tolist() == pytest.approx(shares)


def test_weight_on_the_letter_that_is_written_next_is_counted(tokens):
    class Looks:
        """One block of two heads: one on the letter, the other everywhere."""

        def crossings(self, source, target):
            seen = torch.full((len(source), 1, 2, target.shape[1], LENGTH), 1 / LENGTH)
            seen[:, :, 0] = 0
            for row, name in zip(seen, source, strict=True):
                for step, letter in enumerate(decode(name)[::-1]):
                    place = len(decode(name)) - step
                    assert decode([*name[: place + 1], END])[-1] == letter
                    row[0, 0, step, place] = 1
            return seen

    looks = looks_at_its_letter(Looks(), tokens)
    assert looks.shape == (len(tokens), 1)
    assert looks[:, 0].tolist() == pytest.approx([(1 + 1 / LENGTH) / 2] * len(tokens))


def test_both_have_small_recipes():
    for name, recipe in FAMILY_RECIPES.items():
        assert recipe_of(name) is recipe
        model = checkpoints.build(recipe.model, recipe.arguments)
        assert 2 * count_parameters(model) < 300_000
        assert recipe.config.steps % 200 == 0

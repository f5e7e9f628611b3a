"""Temperature, top-k, top-p and the loop, beside those of `transformers`."""

from __future__ import annotations

import math

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.generation.logits_process import (
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from genlab.language.sampling import (
    generate,
    next_token_probabilities,
    perplexity,
    temperature_logits,
    token_losses,
    top_k_filter,
    top_p_filter,
)
from genlab.models.transformer import Transformer

PROMPT = torch.tensor([3, 1, 4])


@pytest.fixture
def logits(rng) -> torch.Tensor:
    return 3 * torch.randn(8, 50, generator=rng)


@pytest.fixture(scope="module")
def llama() -> LlamaForCausalLM:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    config = LlamaConfig(vocab_size=40, num_attention_heads=4, max_position_embeddings=32, **sizes)
    return LlamaForCausalLM(config).eval()


def rng_(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def expect_equal(found: torch.Tensor, wanted: torch.Tensor) -> None:
    assert torch.equal(found.isinf(), wanted.isinf())
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=0)


@pytest.mark.parametrize("temperature", [0.1, 0.7, 1.0, 3.0])
def test_temperature_is_that_of_transformers(logits, temperature):
    wanted = TemperatureLogitsWarper(temperature)(None, logits)
    expect_equal(temperature_logits(logits, temperature), wanted)


@pytest.mark.parametrize("k", [1, 2, 10, 50, 70])
def test_top_k_is_that_of_transformers(logits, k):
    expect_equal(top_k_filter(logits, k), TopKLogitsWarper(k)(None, logits))


@pytest.mark.parametrize("p", [0.01, 0.3, 0.9, 0.999])
def test_top_p_is_that_of_transformers(logits, p):
    expect_equal(top_p_filter(logits, p), TopPLogitsWarper(p)(None, logits))


def test_top_p_of_one_keeps_all(logits):
    assert torch.equal(top_p_filter(logits, 1.0), logits)


def test_top_p_keeps_the_token_that_crosses_the_line():
    kept = top_p_filter(torch.tensor([0.5, 0.3, 0.2]).log(), 0.6)
    assert kept.isfinite().tolist() == [True, True, False]


def test_all_three_in_the_order_of_transformers(logits):
    wanted = logits
    for warper in (TemperatureLogitsWarper(0.8), TopKLogitsWarper(9), TopPLogitsWarper(0.7)):
        wanted = warper(None, wanted)
    found = next_token_probabilities(logits, 0.8, 9, 0.7)
    torch.testing.assert_close(found, wanted.softmax(dim=-1), atol=1e-6, rtol=0)
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(8), atol=1e-6, rtol=0)


def test_a_temperature_of_zero_is_greedy(logits):
    found = next_token_probabilities(logits, temperature=0)
    assert torch.equal(found.argmax(dim=-1), logits.argmax(dim=-1))
    assert torch.equal(found.sum(dim=-1), torch.ones(8)) and set(found.unique().tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -1}, "temperature is -1; expected a number above 0"),
        ({"temperature": math.nan}, "temperature is nan"),
        ({"temperature": math.inf}, "temperature is inf"),
        ({"top_k": 0}, "top_k is 0; expected a whole number from 1, or None"),
        ({"top_k": 2.5}, "top_k is 2.5"),
        ({"top_k": True}, "top_k is True"),
        ({"top_p": 0}, "top_p is 0; expected a number above 0 and up to 1"),
        ({"top_p": 1.01}, "top_p is 1.01"),
        ({"top_p": math.nan}, "top_p is nan"),
    ],
)
def test_nonsense_is_refused(logits, options, message):
    with pytest.raises(ValueError, match=message):
        next_token_probabilities(logits, **options)


def test_a_temperature_of_zero_on_its_own_points_to_greedy(logits):
    with pytest.raises(ValueError, match="next_token_probabilities\\(logits, temperature=0\\)"):
        temperature_logits(logits, 0)


def test_logits_that_are_not_numbers_are_refused():
    with pytest.raises(ValueError, match="hold NaN"):
        next_token_probabilities(torch.tensor([1.0, math.nan]))


def test_greedy_is_that_of_transformers(llama):
    wanted = llama.generate(
        PROMPT[None],
        attention_mask=torch.ones(1, 3, dtype=torch.int64),
        max_new_tokens=12,
        do_sample=False,
        pad_token_id=0,
        eos_token_id=None,
    )[0, 3:]
    steps = list(generate(llama, PROMPT, 12, temperature=0))
    assert [step.token for step in steps] == wanted.tolist()
    assert all(step.probability == 1 for step in steps)


def test_a_seed_decides_the_text_and_steps_say_with_what_probability(llama):
    options = {"temperature": 0.7, "top_k": 5}
    first, again = (list(generate(llama, PROMPT, 9, rng_(1), **options)) for _ in range(2))
    assert [step.token for step in first] == [step.token for step in again]
    for step in first:
        assert step.probability == step.probabilities[step.token] > 0
        assert (step.probabilities > 0).sum() == 5


def test_nothing_follows_the_end(llama):
    second = [step.token for step in generate(llama, PROMPT, 2, temperature=0)][1]
    assert len(list(generate(llama, PROMPT, 9, temperature=0, end=second))) <= 2


def test_frequencies_are_the_probabilities():
    class Fixed(torch.nn.Module):
        def forward(self, tokens):
            return torch.tensor([0.5, 0.3, 0.2]).log().expand(1, tokens.shape[1], 3)

    steps = generate(Fixed(), torch.tensor([0]), 2000, rng_())
    counts = torch.bincount(torch.tensor([step.token for step in steps]), minlength=3) / 2000
    torch.testing.assert_close(counts, torch.tensor([0.5, 0.3, 0.2]), atol=0.04, rtol=0)


@pytest.mark.parametrize(
    ("tokens", "error", "message"),
    [
        (torch.tensor([], dtype=torch.int64), ValueError, "an empty text gives no token"),
        (PROMPT[None], ValueError, r"the prompt has shape \(1, 3\); expected \(T,\)"),
        (PROMPT.float(), TypeError, "tokens are torch.float32; expected token ids"),
        ([1, 2], TypeError, "tokens are list; expected token ids"),
        (torch.ones(31, dtype=torch.int64), ValueError, "31 tokens and 3 new ones do not fit"),
    ],
)
def test_bad_prompts(llama, tokens, error, message):
    with pytest.raises(error, match=message):
        next(generate(llama, tokens, 3, rng_()))


def test_the_last_token_needs_no_room(llama):
    assert len(list(generate(llama, torch.ones(30, dtype=torch.int64), 3, rng_()))) == 3


def test_sampling_without_a_generator_is_refused(llama):
    with pytest.raises(ValueError, match=r"rng is None; expected a torch.Generator"):
        next(generate(llama, PROMPT, 3))


def test_perplexity_is_the_loss_of_transformers(llama, rng):
    tokens = torch.randint(40, (20,), generator=rng)
    with torch.no_grad():
        loss = llama(tokens[None], labels=tokens[None]).loss
    assert perplexity(llama, tokens) == pytest.approx(loss.exp().item(), abs=1e-4)
    assert token_losses(llama, tokens).shape == (19,)


def test_a_model_that_knows_nothing_has_the_vocabulary_as_perplexity():
    model = Transformer(vocabulary=30, context=8, width=16)
    torch.nn.init.zeros_(model.unembed.weight)
    assert perplexity(model, torch.tensor([1, 2, 3])) == pytest.approx(30, abs=1e-3)


@pytest.mark.parametrize(
    ("count", "message"), [(1, "there is one token; expected two or more"), (9, "context of 8")]
)
def test_texts_that_have_no_perplexity(count, message):
    with pytest.raises(ValueError, match=message):
        perplexity(Transformer(30, context=8, width=16), torch.ones(count, dtype=torch.int64))

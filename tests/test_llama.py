"""Our Llama beside that of `transformers`: the same numbers from the same tensors."""

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM
from transformers import LlamaConfig as TheirConfig

from genlab.checkpoints import count_parameters
from genlab.models.llama import (
    KVCache,
    Llama,
    LlamaConfig,
    RMSNorm,
    SwiGLU,
    attentions,
    greedy,
    new_cache,
    rotary_angles,
    rotate,
)
from genlab.models.llama_loading import from_transformers, our_name

SIZES = {
    "vocab_size": 50,
    "hidden_size": 36,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "intermediate_size": 40,
    "max_position_embeddings": 32,
    "tie_word_embeddings": True,
    "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
    "rms_norm_eps": 1e-5,
}


def make(**changes) -> LlamaForCausalLM:
    """A small random Llama; its norms are not 1, so that they count."""
    torch.manual_seed(0)
    model = LlamaForCausalLM(TheirConfig(**{**SIZES, **changes})).eval()
    for name, one in model.named_parameters():
        torch.nn.init.normal_(one, 1 if "norm" in name else 0, 0.2)
    return model


@pytest.fixture
def theirs() -> LlamaForCausalLM:
    return make()


@pytest.fixture
def ours(theirs) -> Llama:
    return from_transformers(theirs)


@pytest.fixture
def tokens(rng) -> torch.Tensor:
    return torch.randint(50, (2, 17), generator=rng)


@torch.no_grad()
def difference(ours, theirs, tokens, cache=None) -> float:
    return (ours(tokens, cache) - theirs(tokens).logits).abs().max().item()


@pytest.mark.parametrize("length", [1, 2, 17])
def test_logits_are_those_of_transformers(ours, theirs, tokens, length):
    assert difference(ours, theirs, tokens[:, :length]) < 1e-5


@pytest.mark.parametrize("kv_heads", [1, 3, 6])
def test_any_grouping_of_the_heads(kv_heads, tokens):
    theirs = make(num_key_value_heads=kv_heads)
    assert difference(from_transformers(theirs), theirs, tokens) < 1e-5


@torch.no_grad()
@pytest.mark.parametrize("steps", [[17], [1] * 17, [5, 1, 1, 10]])
def test_logits_with_a_cache(ours, theirs, tokens, steps):
    cache = new_cache(ours)
    logits = torch.cat([ours(part, cache) for part in tokens.split(steps, dim=1)], dim=1)
    assert [len(layer) for layer in cache] == [17] * 3
    assert cache[0].keys.shape == cache[0].values.shape == (2, 2, 17, 6)
    assert (logits - theirs(tokens).logits).abs().max() < 1e-5


@pytest.mark.parametrize("use_cache", [True, False])
def test_greedy_tokens_are_those_of_transformers(ours, theirs, tokens, use_cache):
    options = {"do_sample": False, "max_new_tokens": 10, "eos_token_id": None, "pad_token_id": 0}
    wanted = theirs.generate(tokens, attention_mask=torch.ones_like(tokens), **options)
    assert torch.equal(greedy(ours, tokens, 10, use_cache), wanted)


@torch.no_grad()
def test_attentions_are_those_of_transformers(ours, theirs, tokens):
    theirs.set_attn_implementation("eager")
    seen = attentions(ours, tokens)
    assert seen.shape == (2, 3, 6, 17, 17)
    wanted = torch.stack(theirs(tokens, output_attentions=True).attentions, dim=1)
    torch.testing.assert_close(seen, wanted, atol=1e-6, rtol=0)
    torch.testing.assert_close(seen.sum(dim=-1), torch.ones(2, 3, 6, 17))
    assert seen.triu(1).count_nonzero() == 0


def test_the_tensors_are_shared(ours, theirs):
    mine = {name: one.data_ptr() for name, one in ours.named_parameters()}
    for name, one in theirs.named_parameters():
        assert mine.pop(our_name(name)) == one.data_ptr()
    assert not mine
    assert count_parameters(ours) == count_parameters(theirs)
    assert not ours.training and not any(one.is_meta for one in ours.parameters())


def test_smollm2_has_134_515_008_parameters():
    with torch.device("meta"):
        assert count_parameters(Llama(LlamaConfig())) == 134_515_008


def test_each_parts_shapes(rng):
    x = torch.randn(2, 5, 36, generator=rng)
    assert RMSNorm(36, 1e-5)(x).shape == x.shape
    assert SwiGLU(36, 40)(x).shape == x.shape
    assert rotary_angles(torch.arange(5), 6, 100.0).shape == (5, 3)


def test_rms_norm_gives_a_mean_square_of_one(rng):
    x = torch.randn(4, 36, generator=rng) * 7 + 3
    torch.testing.assert_close(RMSNorm(36, 1e-6)(x).square().mean(dim=-1), torch.ones(4))


def test_rotary_scores_depend_on_the_distance_alone(rng):
    q, k = torch.randn(2, 1, 6, generator=rng, dtype=torch.float64)

    def score(i: int, j: int) -> float:
        angles = [rotary_angles(torch.tensor([place]).double(), 6, 100.0) for place in (i, j)]
        return (rotate(q, angles[0]) @ rotate(k, angles[1]).T).item()

    assert score(7, 4) == pytest.approx(score(103, 100), abs=1e-9)
    assert abs(score(7, 4) - score(7, 5)) > 1e-3
    assert score(4, 4) == pytest.approx((q @ k.T).item(), abs=1e-9)


@torch.no_grad()
def test_later_tokens_change_nothing_before(ours, tokens):
    changed = tokens.clone()
    changed[:, 9:] = 1
    before, after = ours(tokens), ours(changed)
    torch.testing.assert_close(before[:, :9], after[:, :9])
    assert (before[:, 9:] - after[:, 9:]).abs().max() > 0.1


@pytest.mark.parametrize("shape", [(1, 0), (1, 33), (5,)])
def test_no_tokens_and_too_many_are_refused(ours, shape):
    with pytest.raises(ValueError, match=r"expected \(N, T\), T at least 1, and at most 32 in all"):
        ours(torch.zeros(shape, dtype=torch.int64))


def test_a_full_cache_is_refused(ours):
    cache = new_cache(ours)
    ours(torch.zeros(1, 30, dtype=torch.int64), cache)
    with pytest.raises(ValueError, match=r"\(1, 3\), after 30 in the cache"):
        ours(torch.zeros(1, 3, dtype=torch.int64), cache)
    assert len(cache[0]) == 30 and len(KVCache()) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tie_word_embeddings": False}, "tie_word_embeddings is False; ours is written for True"),
        ({"attention_bias": True}, "attention_bias is True"),
        ({"hidden_act": "gelu"}, "hidden_act is 'gelu'"),
        ({"head_dim": 8}, "head_dim is 8; ours is written for 6"),
        (
            {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 500.0}},
            "rope_type is 'linear'",
        ),
    ],
)
def test_parts_that_ours_lacks_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        from_transformers(make(**changes))


def test_other_models_are_refused():
    small = GPT2LMHeadModel(GPT2Config(n_embd=8, n_layer=1, n_head=1, vocab_size=10))
    for other in (small, torch.nn.Linear(1, 1)):
        with pytest.raises(TypeError, match="expected a LlamaForCausalLM"):
            from_transformers(other)


@pytest.mark.parametrize("sizes", [{"heads": 7}, {"kv_heads": 2}, {"width": 9, "heads": 9}])
def test_sizes_that_do_not_divide_are_refused(sizes):
    with pytest.raises(ValueError, match="an even multiple of heads"):
        LlamaConfig(**sizes)

"""Our Llama with SmolLM2's tensors: the logits and the greedy tokens of `transformers`."""

import pytest
import torch

from genlab.checkpoints import count_parameters
from genlab.language.smollm import LanguageModel, load_smollm2
from genlab.models.llama import Llama, LlamaConfig, attentions, greedy, new_cache
from genlab.models.llama_loading import from_transformers, our_name

pytestmark = pytest.mark.tools

TEXTS = [
    "Once",
    "The capital of France is",
    "A transformer reads its tokens all at once, and each of them looks back at the others. " * 8,
]


@pytest.fixture(scope="module")
def smollm2() -> LanguageModel:
    return load_smollm2()


@pytest.fixture(scope="module")
def ours(smollm2) -> Llama:
    return from_transformers(smollm2.model)


@pytest.fixture(params=TEXTS, ids=["one token", "a few", "many"])
def tokens(request, smollm2) -> torch.Tensor:
    return torch.tensor([smollm2.tokenizer.encode(request.param)])


@torch.no_grad()
def test_logits_are_those_of_transformers(ours, smollm2, tokens):
    wanted = smollm2.model(tokens).logits
    assert (ours(tokens) - wanted).abs().max() < 1e-3
    cache = new_cache(ours)
    parts = tokens.split(max(1, tokens.shape[1] // 2), dim=1)
    cached = torch.cat([ours(part, cache) for part in parts], dim=1)
    assert (cached - wanted).abs().max() < 1e-3


def test_twenty_greedy_tokens_are_those_of_transformers(ours, smollm2, tokens):
    options = {"do_sample": False, "max_new_tokens": 20, "eos_token_id": None, "pad_token_id": 0}
    wanted = smollm2.model.generate(tokens, attention_mask=torch.ones_like(tokens), **options)
    assert torch.equal(greedy(ours, tokens, 20, use_cache=True), wanted)
    assert torch.equal(greedy(ours, tokens, 20, use_cache=False), wanted)


@torch.no_grad()
def test_attentions_are_those_of_transformers(ours, smollm2):
    tokens = torch.tensor([smollm2.tokenizer.encode(TEXTS[1])])
    wanted = torch.stack(smollm2.model(tokens, output_attentions=True).attentions, dim=1)
    torch.testing.assert_close(attentions(ours, tokens), wanted, atol=1e-5, rtol=0)


def test_sizes_and_tensors_are_smollm2s(ours, smollm2):
    sizes = dict(vars(ours.config))
    assert sizes.pop("eps") == pytest.approx(1e-5)
    assert sizes == {name: one for name, one in vars(LlamaConfig()).items() if name != "eps"}
    assert count_parameters(ours) == 134_515_008
    mine = {name: one.data_ptr() for name, one in ours.named_parameters()}
    theirs = {our_name(name): one.data_ptr() for name, one in smollm2.model.named_parameters()}
    assert mine == theirs

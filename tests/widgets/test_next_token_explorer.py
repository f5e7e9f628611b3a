"""The next-token explorer as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import json
import re
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from genlab import checkpoints
from genlab.language.names import LENGTH, POSSIBLE, SYMBOLS, encode, load_names
from genlab.language.sampling import next_token_probabilities
from genlab.language.smollm import LanguageModel
from genlab.models.transformer import CausalSelfAttention, Transformer
from genlab.widgets import NextTokenExplorer
from genlab.widgets.kernel.bundle import WIDGETS, inline_module
from genlab.widgets.next_token_explorer.sources import names_rows


class Letters:
    """A tokenizer of single letters, a to z."""

    def __call__(self, text: str, return_tensors: str) -> SimpleNamespace:
        ids = [ord(letter) - ord("a") for letter in text if "a" <= letter <= "z"]
        return SimpleNamespace(input_ids=torch.tensor([ids]))

    def batch_decode(self, ids: list[list[int]], **_options: object) -> list[str]:
        return ["".join(chr(ord("a") + one) for one in row) for row in ids]


def llama(attention: str = "eager") -> LlamaForCausalLM:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    config = LlamaConfig(vocab_size=26, num_attention_heads=4, **sizes)
    config._attn_implementation = attention
    return LlamaForCausalLM(config).eval()


def transformer() -> Transformer:
    torch.manual_seed(0)
    return Transformer(len(SYMBOLS), LENGTH, width=16, heads=2, depth=2, dropout=0.5)


@pytest.fixture
def explorer() -> NextTokenExplorer:
    return NextTokenExplorer(transformer(), text="ain")


@pytest.fixture
def shipped() -> NextTokenExplorer:
    return NextTokenExplorer(checkpoints.load_model("tiny-lm"), text="gu", locale="IS")


def test_what_it_knows_of_a_model_of_names(explorer):
    assert (explorer.kind, explorer.layers, explorer.heads, explorer.context) == ("names", 2, 2, 16)
    assert explorer.symbols == list(SYMBOLS) and explorer.possible == POSSIBLE == explorer.top_k
    assert repr(explorer) == "NextTokenExplorer(names, 2 layers of 2 heads; FI 'ain')"


def test_one_answer_takes_one_run_of_each_layer(monkeypatch):
    model, runs = transformer().eval(), []
    own = CausalSelfAttention.weights
    counting = lambda self, x: runs.append(self) or own(self, x)  # noqa: E731
    monkeypatch.setattr(CausalSelfAttention, "weights", counting)
    with torch.no_grad():
        names_rows(model)(load_names("test").tokens()[:3].float())
    assert runs == [block.attention for block in model.blocks]
    assert not [block for block in model.blocks if "weights" in vars(block.attention)]


def test_a_row_is_count_tokens_logits_and_the_last_tokens_attention():
    model = transformer().eval()
    names = load_names("test").tokens()[:20]
    with torch.no_grad():
        rows = names_rows(model)(names.float())
        for row, name in zip(rows, names, strict=True):
            tokens = name[name != 0]
            count = len(tokens)
            assert row[0] == count and torch.equal(row[1 : 1 + count].long(), tokens)
            assert (row[1 + count : 17] == -1).all()
            torch.testing.assert_close(row[17:73], model(tokens[None])[0, -1], atol=1e-5, rtol=0)
            weights = row[73:].reshape(2, 2, 16)
            wanted = model.attentions(tokens[None])[0, :, :, -1]
            torch.testing.assert_close(weights[..., :count], wanted, atol=1e-5, rtol=0)
            assert not weights[..., count:].any()


def test_probabilities_are_those_of_letters_and_the_end(explorer):
    explorer.temperature, explorer.top_k, explorer.top_p = 0.7, 9, 0.8
    with torch.no_grad():
        logits = explorer._source.model.eval()(encode("ain", "FI", end=False)[None])[0, -1]
    logits[[0, *range(2, 10)]] = -torch.inf
    wanted = next_token_probabilities(logits, 0.7, 9, 0.8)
    torch.testing.assert_close(explorer.probabilities(), wanted, atol=1e-5, rtol=0)


def test_a_model_in_training_stays_so_and_answers_without_dropout():
    model = transformer().train()
    explorer = NextTokenExplorer(model, text="a")
    assert torch.equal(explorer.probabilities(), explorer.probabilities())
    assert model.training and model.blocks[0].drop.training


def test_refresh_follows_the_model(explorer):
    before = explorer.stored["row"]
    with torch.no_grad():
        explorer._source.model.unembed.weight.mul_(2)
    explorer.refresh()
    assert explorer.stored["row"] != before and explorer.stored["text"] == "ain"


def test_observe_and_link_and_box(explorer):
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "text")
    slider = ipywidgets.FloatSlider(min=0, max=3)
    ipywidgets.link((explorer, "temperature"), (slider, "value"))
    slider.value, explorer.text = 0.5, "aino"
    assert explorer.temperature == 0.5 and seen == ["aino"]
    assert ipywidgets.HBox([explorer, slider]).children == (explorer, slider)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("text", "a-b", "holds '-', which the model does not know"),
        ("text", "a" * 15, "15 letters; expected up to 14"),
        ("locale", "XX", "locale is 'XX'; expected one of ES"),
        ("temperature", -0.1, "temperature is -0.1; expected 0, which takes the most likely"),
        ("temperature", 3.1, "temperature is 3.1"),
        ("top_p", 0.0, "top_p is 0; expected a number above 0 and up to 1"),
        ("top_p", 1.1, "top_p is 1.1"),
        ("top_k", 0, f"top_k is 0; expected a whole number from 1 to {POSSIBLE}"),
        ("layer", 3, "layer is 3; expected a whole number from 1 to 2"),
        ("head", 0, "head is 0"),
    ],
)
def test_nonsense_is_refused(explorer, name, value, message):
    before = getattr(explorer, name)
    with pytest.raises(ValueError, match=message):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before
    with pytest.raises(ValueError, match=message):
        NextTokenExplorer(transformer(), **{name: value})


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (3, TypeError, "model is a int; expected a genlab Transformer, a LanguageModel, or"),
        (nn.Linear(2, 3), TypeError, "the model is a Linear; expected a genlab Transformer"),
        (
            Transformer(30, LENGTH),
            ValueError,
            "vocabulary of 30 and a context of 16; expected that",
        ),
        (Transformer(len(SYMBOLS), 8), ValueError, "a context of 8; expected that of names"),
        ((llama("sdpa"), Letters()), ValueError, 'load the model with attn_implementation="eager"'),
    ],
)
def test_models_that_do_not_fit(model, error, message):
    with pytest.raises(error, match=message):
        NextTokenExplorer(model)


# -- a model with a tokenizer ----------------------------------------------------------------------


@pytest.fixture
def texts() -> NextTokenExplorer:
    return NextTokenExplorer((llama(), Letters()), text="abc")


def test_texts_are_answered_by_model_and_tokenizer(texts):
    assert (texts.kind, texts.symbols[:3], texts.possible) == ("text", ["a", "b", "c"], 26)
    row = texts._networks["next"](texts._source.given("abc"))[0]
    output = llama()(torch.tensor([[0, 1, 2]]), output_attentions=True)
    assert row[:5].tolist() == [3, 0, 1, 2, -1]
    torch.testing.assert_close(row[65:91], output.logits[0, -1].detach(), atol=1e-5, rtol=0)
    weights = row[91:].reshape(2, 4, 64)[..., :3]
    for layer in range(2):
        wanted = output.attentions[layer][0, :, -1].detach()
        torch.testing.assert_close(weights[layer], wanted, atol=1e-5, rtol=0)
    assert texts.stored == {}, "a large vocabulary is not stored"


@pytest.mark.parametrize("text", ["", "a" * 301])
def test_texts_that_are_empty_or_too_long(texts, text):
    with pytest.raises(ValueError, match=f"the text has {len(text)} letters; expected 1 to 300"):
        texts.text = text


def test_a_text_of_too_many_tokens_is_an_error_of_the_answer(texts, monkeypatch):
    answers = []
    monkeypatch.setattr(texts, "send", lambda content, buffers=None: answers.append(content))
    for text in ("a" * 65, "..."):
        message = {"kind": "run", "id": "a", "network": "next", "inputs": [{"shape": [1, 300]}]}
        texts._handle_custom_msg(message, [texts._source.given(text).numpy().tobytes()])
    assert [answer["message"] for answer in answers] == [
        "the text has 65 tokens; expected 1 to 64",
        "the text has 0 tokens; expected 1 to 64",
    ]


def test_a_language_model_shows_its_picture_on_a_page():
    explorer = NextTokenExplorer(LanguageModel(llama(), Letters(), "mine"), text="abc")
    html = explorer.page_html()
    assert html.startswith('<div class="genlab-picture">') and "Bars of the most likely" in html


# -- without a kernel ------------------------------------------------------------------------------


def test_page_html_carries_state_network_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="next-token-explorer" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert (state["text"], state["locale"], len(state["stored"]["row"])) == ("gu", "IS", 265)
    assert state["locales"]["IS"] == "Iceland"
    networks = re.search(r'data-genlab-networks="(.*?)"', html)[1].replace("&quot;", '"')
    assert json.loads(networks) == {"next": "tiny-lm.next"}
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 20_000 and len(html) <= 40_000
    best = shipped.symbols[int(shipped.probabilities().argmax())]
    assert alt.startswith(f"Bars of the most likely tokens after IS g u: {best} ")


def test_the_stored_answer_is_the_models(shipped):
    row = names_rows(shipped._source.model)(shipped._source.given("gu", "IS"))[0].detach()
    assert np.abs(np.array(shipped.stored["row"]) - row.numpy()).max() < 2e-3


def test_a_model_that_was_trained_further_is_not_passed_off_as_the_sites():
    model = checkpoints.load_model("tiny-lm")
    with torch.no_grad():
        model.unembed.weight.add_(0.01)
    assert NextTokenExplorer(model).page_networks() is None


def test_the_module_is_one_for_a_kernel():
    source = inline_module(WIDGETS / "next_token_explorer" / "view.mjs")
    code = [line for line in source.splitlines() if not line.lstrip().startswith(("/*", "*"))]
    assert not [line for line in code if '"./' in line]

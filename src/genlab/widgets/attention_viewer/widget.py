"""The attention viewer: where each head of a language model looks, token by token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
import traitlets

from genlab.widgets.attention_viewer.networks import SITE_NETWORKS
from genlab.widgets.attention_viewer.picture import STRINGS, draw_attention
from genlab.widgets.attention_viewer.text import (
    check_model,
    check_tokenizer,
    count_heads,
    read_text,
    unpack_weights,
)
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import SiteNetwork, one_sentence
from genlab.widgets.kernel.values import whole
from genlab.widgets.kernel.widget import GenlabWidget

SENTENCES = (
    "The cat sat on the mat because it was tired.",
    "When Mary and John went to the store, John gave a drink to",
    "red apple, green pear, red apple, green",
    "def add(a, b): return a + b",
)


class AttentionViewer(GenlabWidget):
    """Where a head looks: choose sentence, layer, head and token; in a notebook, write your own.

    `AttentionViewer()` shows SmolLM2, `AttentionViewer(model, tokenizer)` a model of your own. What
    is shown can be set from Python too (`viewer.layer = 18`, `viewer.show("My own text.")`);
    `observe`, `link` and `HBox` work as with any other ipywidget.

    Args:
        model: a Llama of `transformers` or of this course, or any model whose `attentions(tokens)`
            gives (N, depth, heads, T, T) for tokens (N, T); SmolLM2 by default.
        tokenizer: with `encode(text)` and `decode([token])`; needed where `model` is given.
        sentences: at least one; those of the course by default.
        sentence: the one to start with, from 1.
        layer: from 1.
        head: from 1.
        token: the one that looks, from 1; the last by default.

    Raises:
        LanguageModelError: if SmolLM2 is wanted, and neither installed nor to be had.
        TypeError: if the model or the tokenizer lacks a method.
        ValueError: if a sentence is empty or longer than 24 tokens, or there is no such layer,
            head, sentence or token.
    """

    module_name: ClassVar[str] = "attention_viewer"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("sentence", "layer", "head", "token", "depth", "heads", "sentences"),
    )

    sentence = whole(1, lambda viewer: len(viewer.sentences), default=1)
    layer = whole(1, lambda viewer: viewer.depth, default=1)
    head = whole(1, lambda viewer: viewer.heads, default=1)
    token = whole(1, lambda viewer: viewer._longest, default=1)
    depth = traitlets.Int(1, read_only=True).tag(sync=True)
    heads = traitlets.Int(1, read_only=True).tag(sync=True)
    # Each {"text": ..., "tokens": [...], "weights": packed}; the reader's own comes last.
    sentences = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    # What the reader wrote, {"text": ..., "turn": ...}, and what was wrong with it.
    typed = traitlets.Dict().tag(sync=True)
    problem = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        model: Any = None,
        tokenizer: Any = None,
        sentences: Sequence[str] = SENTENCES,
        sentence: int = 1,
        layer: int = 1,
        head: int = 1,
        token: int | None = None,
    ) -> None:
        self._model, self._tokenizer = _read_model(model, tokenizer)
        texts = _read_sentences(sentences)
        self._given = len(texts)
        super().__init__({})
        depth, heads = count_heads(self._model, self._tokenizer, texts[0])
        self.set_trait("depth", depth)
        self.set_trait("heads", heads)
        self.set_trait("sentences", [self._read(text) for text in texts])
        self.sentence, self.layer, self.head = sentence, layer, head
        self.token = self.count if token is None else token

    @property
    def tokens(self) -> list[str]:
        """The tokens of the sentence on show, in letters."""
        return self.sentences[self.sentence - 1]["tokens"]

    @property
    def count(self) -> int:
        """How many tokens the sentence on show has."""
        return len(self.tokens)

    @property
    def _longest(self) -> int:
        """How many tokens the longest sentence has."""
        return max((len(one["tokens"]) for one in self.sentences), default=1)

    def weights(self) -> torch.Tensor:
        """Return the weights of the head on show, (T, T), to within 0.002."""
        packed = self.sentences[self.sentence - 1]["weights"]
        every = unpack_weights(packed, self.depth, self.heads, self.count)
        return every[self.layer - 1, self.head - 1]

    def show(self, text: str) -> None:
        """Show a text of your own, after the given sentences; the last token looks.

        Raises:
            TypeError: if it is none.
            ValueError: if it is empty or has more than 24 tokens.
        """
        read = self._read(text)
        with self.hold_sync():
            self.token = 1  # there is one in every sentence
            self.set_trait("sentences", [*self.sentences[: self._given], read])
            self.sentence = self._given + 1
            self.token = self.count
            self.set_trait("problem", {})

    def _read(self, text: str) -> dict[str, Any]:
        return read_text(self._model, self._tokenizer, text)

    @traitlets.observe("typed")
    def _answer_typed(self, change: Any) -> None:
        """Show what the browser asks for; never raise into the kernel."""
        text, turn = change["new"].get("text"), change["new"].get("turn")
        try:
            self.show(text)
        except Exception as error:  # the reader's own model may raise anything
            self.set_trait("problem", {"message": one_sentence(error), "turn": turn})
        else:
            self.set_trait("problem", {"message": "", "turn": turn})

    def __repr__(self) -> str:
        """Return the same text at each run, without an address."""
        return (
            f"AttentionViewer({self.depth} layers of {self.heads} heads; "
            f"{len(self.sentences)} sentences)"
        )

    def picture(self) -> Picture:
        """Draw the head on show: its weights, and the row of the token that looks."""
        return draw_attention(
            tokens=self.tokens,
            weights=self.weights(),
            token=min(self.token, self.count),
            at=(self.layer, self.head),
            texts=self.texts(STRINGS),
        )


def _read_model(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    """Return model and tokenizer; SmolLM2's if both are None."""
    if model is None and tokenizer is None:
        from genlab.language.smollm import load_smollm2

        loaded = load_smollm2()
        model, tokenizer = loaded.model, loaded.tokenizer
    if model is None or tokenizer is None:
        raise TypeError("got only one of `model` and `tokenizer`; expected both or neither")
    return check_model(model), check_tokenizer(tokenizer)


def _read_sentences(sentences: Sequence[str]) -> list[str]:
    if isinstance(sentences, str):
        raise TypeError("sentences is one str; expected a list of them, as [text]")
    texts = list(sentences)
    if not texts:
        raise ValueError("got no sentences; expected at least one")
    return texts

"""What answers the next-token explorer: the tiny model of names, or any model with a tokenizer.

Both answer a prefix with one row of numbers: how many tokens it has, the tokens (`context` of them,
-1 where there is none), the logits of the next token, and for each head of each layer how much the
last token looks at each token (`context` weights a head).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from genlab.language.names import LENGTH, LOCALES, LONGEST, PADDING, SYMBOLS, encode
from genlab.language.smollm import LanguageModel


def names_rows(model: Any) -> Callable[[Tensor], Tensor]:
    """Return the function from names (N, LENGTH), token ids as floats, to rows.

    Short names are filled up with `PADDING`: a causal model does not see what comes later.
    """

    def rows(given: Tensor) -> Tensor:
        tokens = given.long()
        filled = tokens != PADDING
        count = filled.sum(dim=1)  # (N,)
        last = (count - 1)[:, None, None]
        with _overheard(model) as seen:
            logits = model(tokens)  # (N, LENGTH, vocabulary)
        logits = logits.gather(1, last.expand(-1, 1, logits.shape[2]))[:, 0]
        weights = torch.cat(seen, dim=1)  # (N, layers * heads, LENGTH, LENGTH)
        here = last[..., None].expand(-1, weights.shape[1], 1, weights.shape[3])
        weights = weights.gather(2, here).flatten(1)
        ids = torch.where(filled, given, -torch.ones_like(given))
        return torch.cat([count[:, None].to(given.dtype), ids, logits, weights], dim=1)

    return rows


@contextmanager
def _overheard(model: Any) -> Iterator[list[Tensor]]:
    """Give what the heads look at, a layer an entry, while the model runs: once does for both.

    `model.attentions` alone would have to run all layers a second time.
    """
    seen: list[Tensor] = []

    def listening(attention: Any) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
        own = attention.weights

        def weights(x: Tensor) -> tuple[Tensor, Tensor]:
            looked, v = own(x)
            seen.append(looked)
            return looked, v

        return weights

    layers = [block.attention for block in model.blocks]
    for attention in layers:
        attention.weights = listening(attention)
    try:
        yield seen
    finally:
        for attention in layers:
            del attention.weights  # the class's own again


class NamesSource:
    """The tiny model: prefixes are a locale and letters, given as token ids.

    Raises:
        TypeError: if the model cannot say what its heads look at.
        ValueError: if its vocabulary or its context are not those of names.
    """

    kind = "names"
    context = LENGTH
    longest = LONGEST
    locales = {locale: country for locale, (_, country) in LOCALES.items()}  # noqa: RUF012
    start = ("", "FI")

    def __init__(self, model: nn.Module) -> None:
        if not hasattr(model, "attentions") or not hasattr(model, "blocks"):
            raise TypeError(
                f"the model is a {type(model).__name__}; expected a genlab Transformer, a "
                "LanguageModel, or a pair (model, tokenizer)"
            )
        network: Any = model  # PyTorch's types know no attributes of ours
        size, context = network.unembed.out_features, network.context
        if size != len(SYMBOLS) or context < LENGTH:
            raise ValueError(
                f"the model has a vocabulary of {size} and a context of {context}; expected that "
                f"of names, {len(SYMBOLS)}, and {LENGTH} or more"
            )
        self.model = model
        self.symbols = list(SYMBOLS)
        self.layers, self.heads = len(network.blocks), network.blocks[0].attention.heads
        self.input_size = LENGTH
        self.rows = names_rows(model)

    def given(self, text: str, locale: str) -> Tensor:
        """Return what the network is given for a prefix, (1, LENGTH).

        Raises:
            ValueError: if the model does not know a letter or the locale, or it is too long.
        """
        tokens = encode(text, locale, end=False)
        row = torch.full((1, LENGTH), float(PADDING), dtype=torch.float32)
        row[0, : len(tokens)] = tokens.float()
        return row


class TextSource:
    """A model of `transformers` with its tokenizer: prefixes are texts, given as code points.

    Raises:
        ValueError: if the model has no single vocabulary size, or hides its attention.
    """

    kind = "text"
    context = 64  # tokens whose attention is shown
    longest = 300  # letters
    locales: dict[str, str] = {}  # noqa: RUF012
    start = ("The capital of France is", "")

    def __init__(self, language: LanguageModel) -> None:
        self.model, self._tokenizer = language.model, language.tokenizer
        config = self.model.config
        if getattr(config, "_attn_implementation", "eager") != "eager":
            raise ValueError(
                f"the model computes attention by {config._attn_implementation!r}, which does not "
                'show it; load the model with attn_implementation="eager"'
            )
        ids = [[token] for token in range(config.vocab_size)]
        self.symbols = self._tokenizer.batch_decode(ids, clean_up_tokenization_spaces=False)
        self.layers, self.heads = config.num_hidden_layers, config.num_attention_heads
        self.input_size = self.longest

    def given(self, text: str, locale: str = "") -> Tensor:
        """Return what the network is given for a text, (1, longest): its code points, then zeros.

        Raises:
            ValueError: if the text is empty or too long.
        """
        if not 1 <= len(text) <= self.longest:
            raise ValueError(
                f"the text has {len(text)} letters; expected 1 to {self.longest}: an empty text "
                "gives no token to go on from"
            )
        row = torch.zeros(1, self.longest, dtype=torch.float32)
        row[0, : len(text)] = torch.tensor([float(ord(letter)) for letter in text])
        return row

    def rows(self, given: Tensor) -> Tensor:
        """Map code points (N, longest) to rows."""
        return torch.stack([self._row(points) for points in given.long().tolist()])

    def _row(self, points: list[int]) -> Tensor:
        text = "".join(chr(point) for point in points if 0 < point < 0x110000)
        tokens = self._tokenizer(text, return_tensors="pt").input_ids.long()
        count = tokens.shape[1]
        if not 1 <= count <= self.context:
            raise ValueError(f"the text has {count} tokens; expected 1 to {self.context}")
        output = self.model(tokens.to(self.model.device), output_attentions=True)
        weights = torch.cat([one[0, :, -1] for one in output.attentions])  # (heads, count)
        room = (0, self.context - count)
        ids = nn.functional.pad(tokens[0].float(), room, value=-1.0)
        head = torch.tensor([float(count)])
        parts = output.logits[0, -1].float(), nn.functional.pad(weights.float(), room).flatten()
        return torch.cat([head, ids, *(part.cpu() for part in parts)])


Source = NamesSource | TextSource


def read_source(model: object) -> Source:
    """Return what answers for a model.

    Args:
        model: a `Transformer` of names, a `LanguageModel`, or a pair (model, tokenizer).

    Raises:
        TypeError: if it is something else.
    """
    match model:
        case LanguageModel():
            return TextSource(model)
        case (network, tokenizer):
            return TextSource(LanguageModel(network, tokenizer, "a model of your own"))
        case nn.Module():
            return NamesSource(model)
    raise TypeError(
        f"model is a {type(model).__name__}; expected a genlab Transformer, a LanguageModel, or a "
        "pair (model, tokenizer)"
    )

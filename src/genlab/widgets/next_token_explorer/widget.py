"""The next-token explorer: what a language model expects next, and what its heads look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
import traitlets
from torch import Tensor

from genlab.language.names import POSSIBLE
from genlab.language.sampling import next_token_probabilities
from genlab.language.smollm import load_smollm2
from genlab.widgets.kernel.page import Picture
from genlab.widgets.kernel.protocol import Network, SiteNetwork
from genlab.widgets.kernel.values import letters, number, whole, word_of
from genlab.widgets.kernel.widget import GenlabWidget
from genlab.widgets.next_token_explorer.networks import SITE_NETWORKS
from genlab.widgets.next_token_explorer.picture import STRINGS, draw_next_token
from genlab.widgets.next_token_explorer.sources import NamesSource, read_source

MOST_TEMPERATURE = 3
LEAST_SHARE = 0.01  # of a slider and a link; Python takes any above 0


def _check_temperature(_explorer: object, name: str, value: float) -> None:
    if not 0 <= value <= MOST_TEMPERATURE:
        raise ValueError(
            f"{name} is {value:g}; expected 0, which takes the most likely token, or a number up "
            f"to {MOST_TEMPERATURE:g}"
        )


def _check_share(_explorer: object, name: str, value: float) -> None:
    if not 0 < value <= 1:
        raise ValueError(f"{name} is {value:g}; expected a number above 0 and up to 1")


class NextTokenExplorer(GenlabWidget):
    """A prefix to type, the distribution of the next token, and the attention of each head.

    `NextTokenExplorer()` asks SmolLM2, `NextTokenExplorer(tiny)` the tiny model of names or one
    that you trained, `NextTokenExplorer((model, tokenizer))` any other causal model of
    `transformers`. All settings can be read and set from Python too (`explorer.temperature = 0.5`).

    Args:
        model: a `Transformer` of names, a `LanguageModel` or a pair (model, tokenizer); SmolLM2 by
            default.
        text: the prefix to start with; of names it may be empty.
        locale: of a name, such as "FI".
        temperature: 0 for the most likely token alone, up to 3.
        top_k: how many tokens can be drawn, from 1 up; all by default.
        top_p: which probability can be drawn from, above 0 and up to 1.
        layer: whose heads are shown, from 1.
        head: that the sentence tells of, from 1.

    Raises:
        TypeError: if the model is of another kind.
        ValueError: if an argument is out of its range, or the model does not know the text.
    """

    module_name: ClassVar[str] = "next_token_explorer"
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = SITE_NETWORKS
    state_names: ClassVar[tuple[str, ...]] = (
        *("text", "locale", "temperature", "top_k", "top_p", "layer", "head", "kind", "symbols"),
        *("possible", "locales", "layers", "heads", "context", "longest", "stored"),
    )

    text = letters(
        lambda explorer: explorer._letters,
        most=lambda explorer: explorer.longest,
        check=lambda explorer, _name, value: explorer._check_prefix(value, explorer.locale),
    )
    locale = word_of(
        lambda explorer: list(explorer.locales),
        check=lambda explorer, _name, value: explorer._check_locale(value),
    )
    temperature = number(0, MOST_TEMPERATURE, default=1.0, check=_check_temperature)
    top_k = whole(1, lambda explorer: explorer.possible, default=1)
    top_p = number(LEAST_SHARE, 1, default=1.0, check=_check_share)
    layer = whole(1, lambda explorer: explorer.layers, default=1)
    head = whole(1, lambda explorer: explorer.heads, default=1)
    kind = traitlets.Unicode(read_only=True).tag(sync=True)
    symbols = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    possible = traitlets.Int(read_only=True).tag(sync=True)
    locales = traitlets.Dict(read_only=True).tag(sync=True)
    layers = traitlets.Int(read_only=True).tag(sync=True)
    heads = traitlets.Int(read_only=True).tag(sync=True)
    context = traitlets.Int(read_only=True).tag(sync=True)
    longest = traitlets.Int(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        model: object = None,
        text: str | None = None,
        locale: str | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float = 1.0,
        layer: int = 1,
        head: int = 1,
    ) -> None:
        self._source = source = read_source(load_smollm2() if model is None else model)
        network = Network(source.model, source.rows, (source.input_size,), part="next")
        super().__init__({"next": network})
        for name in ("kind", "symbols", "locales", "layers", "heads", "context", "longest"):
            self.set_trait(name, getattr(source, name))
        self.set_trait("possible", POSSIBLE if self._names else len(source.symbols))
        self.locale = source.start[1] if locale is None else locale
        self.text = source.start[0] if text is None else text
        self.temperature, self.top_p = temperature, top_p
        self.top_k = self.possible if top_k is None else top_k
        self.layer, self.head = layer, head
        self.refresh()

    @property
    def _names(self) -> bool:
        return isinstance(self._source, NamesSource)

    @property
    def _letters(self) -> str:
        """What a name is written with; of other texts, a page has no address."""
        return "".join(one for one in self.symbols if len(one) == 1) if self._names else ""

    def _check_prefix(self, text: str, locale: str) -> None:
        self._source.given(text, locale)

    def _check_locale(self, locale: str) -> None:
        if self._names:  # other texts have none
            self._check_prefix(self.text, locale)

    def refresh(self) -> None:
        """Ask the model anew, after it was trained further.

        For a large vocabulary nothing is stored: the browser asks when it shows the widget.
        """
        if not self._names:
            return
        row = self._networks["next"](self._source.given(self.text, self.locale))[0]
        # Six digits: they are reshaped before the network is there, and stand in the page's text.
        values = [float(f"{value:.6g}") for value in row.tolist()]
        self.set_trait("stored", {"text": self.text, "locale": self.locale, "row": values})

    def probabilities(self) -> Tensor:
        """Return the distribution that the next token is drawn from now, (vocabulary,)."""
        row = self._networks["next"](self._source.given(self.text, self.locale))[0]
        start = 1 + self.context
        return next_token_probabilities(
            self._possible(row[start : start + len(self.symbols)]),
            self.temperature,
            min(self.top_k, self.possible),
            self.top_p,
        )

    def _possible(self, logits: Tensor) -> Tensor:
        """Of names: neither padding nor a locale can come next."""
        if not self._names:
            return logits
        return torch.where(torch.tensor(can_follow(self.symbols)), logits, -torch.inf)

    def __repr__(self) -> str:
        """Return the same text at each run: what answers and what it is asked."""
        what = f"{self.layers} layers of {self.heads} heads"
        asked = f"{self.locale} {self.text!r}" if self._names else repr(self.text)
        return f"NextTokenExplorer({self.kind}, {what}; {asked})"

    def picture(self) -> Picture:
        """Draw the distribution and the chosen layer's attention as they are now."""
        row = self._networks["next"](self._source.given(self.text, self.locale))[0]
        count = int(row[0])
        ids = [int(value) for value in row[1 : 1 + count]]
        weights = row[1 + self.context + len(self.symbols) :].reshape(-1, self.context)
        first = (self.layer - 1) * self.heads
        return draw_next_token(
            tokens=[self.symbols[token] for token in ids],
            symbols=self.symbols,
            probabilities=self.probabilities(),
            weights=weights[first : first + self.heads, :count],
            layer=self.layer,
            texts=self.texts(STRINGS),
        )


def can_follow(symbols: list[str]) -> list[bool]:
    """Return for each symbol of names whether it can come next: a letter, or the end."""
    return [len(symbol) == 1 or symbol == "<end>" for symbol in symbols]

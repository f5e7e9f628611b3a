"""The attention viewer as its reader has it: by role and name, by what is seen and said."""

import re
from functools import cache
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Locator, expect

from genlab.language.smollm import load_smollm2
from genlab.models.llama import attentions
from genlab.models.llama_loading import from_transformers
from genlab.widgets.attention_viewer.widget import SENTENCES
from kit.pictures import ink_of, place_in
from kit.widget import SCRIPT, Part, WidgetOnPage

START = (18, 5, 10)
SAID = re.compile(
    r"Layer (\d+), head (\d+): “(.*?)” \(token (\d+) of (\d+)\) looks most at (.*)\.$", re.DOTALL
)
FIRST_PLACE = re.compile(r"(?:“(.*?)”(?:, token \d+)?|itself) \(([\d.]+)\)", re.DOTALL)
KEYS = ("sentence", "layer", "head", "token")


@cache
def smollm2() -> tuple[Any, Any]:
    loaded = load_smollm2()
    return from_transformers(loaded.model), loaded.tokenizer


@cache
def weights(sentence: int) -> np.ndarray:
    """What PyTorch computes for a sentence of the page, (30, 9, T, T)."""
    model, tokenizer = smollm2()
    return attentions(model, torch.tensor([tokenizer.encode(SENTENCES[sentence - 1])]))[0].numpy()


def row(sentence: int, layer: int, head: int, token: int) -> np.ndarray:
    return weights(sentence)[layer - 1, head - 1, token - 1]


class Attention(WidgetOnPage):
    name = "attention-viewer"
    home = "book/transformers/transformer-block"
    at_rest = "ready"  # all its weights are stored with the page
    keys = KEYS
    listeners = 5
    tab_stops = ("Sentence", "Play: layer", "Layer", "Head 5", " green, token 10")
    picture = ("A square of 10 by 10 grey cells", "With JavaScript")
    link = "sentence:1,layer:17,head:1,token:6"
    touched = dict(zip(KEYS, (3, 19, 5, 10), strict=True))
    moved = dict(zip(KEYS, (1, 17, 2, 6), strict=True))
    nonsense = {
        "layer:31": "expected a whole number from 1 to 30",
        "layer:": "expected a whole number from 1 to 30",
        "layer:2,head:0": "expected a whole number from 1 to 9",
        "head:2.5": "expected a whole number from 1 to 9",
        "token:15": "expected a whole number from 1 to 14",
        "sentence:5": "expected a whole number from 1 to 4",
        "theta:1": "expected sentence, layer, head, token",
        SCRIPT: "expected sentence, layer, head, token",
        "x" * 3000: "expected sentence, layer, head, token",
    }
    sentences = Part("combobox", "Sentence")
    slider = handle = Part("slider", "Layer")
    heads = Part("radiogroup", "Heads of this layer")
    tokens = Part("radiogroup", "The token that looks")
    matrix = Part("img", "The weights of layer")
    own = Part("textbox", "A text of your own")

    def expect_touched(self) -> None:
        self.expect_shown(19, 5, 10)

    def expect_start(self) -> None:
        assert self.shown() == START

    def expect_link(self) -> None:
        self.expect_shown(17, 1, 6)
        self.expect_row(row(1, 17, 1, 6))
        expect(self.sentences).to_have_value(SENTENCES[0])

    def move(self) -> None:
        self.head(2).check()

    def expect_moved(self) -> None:
        self.expect_shown(17, 2, 6)

    def liven(self) -> None:
        self.token(3).check()
        self.expect_shown(18, 5, 3)

    def tap(self) -> None:
        self.tokens.locator(".gl-token").nth(3).tap()
        self.expect_shown(18, 5, 4)
        self.heads.locator(".gl-head").nth(0).tap()
        self.expect_shown(18, 1, 4)

    def targets(self) -> list[Locator]:
        return self.root.locator(".gl-token, .gl-head").all()

    def shown(self) -> tuple[int, ...]:
        """Layer, head, and the token that looks, as the status line says them."""
        found = SAID.search(self.said)
        return (int(found[1]), int(found[2]), int(found[4])) if found else (0, 0, 0)

    def looks_at(self) -> tuple[str, float]:
        """The token that is looked at most, and its share; of itself the text is empty."""
        found = SAID.search(self.said)
        assert found, self.said
        place = FIRST_PLACE.match(found[6])
        assert place, self.said
        return place[1] or "", float(place[2])

    def expect_shown(self, *wanted: int) -> None:
        """The status comes to say this layer, head and token."""
        self.eventually(lambda: self.shown() == wanted, wanted)

    def head(self, number: int) -> Locator:
        return self.heads.get_by_role("radio", name=f"Head {number}", exact=True)

    def token(self, number: int) -> Locator:
        return self.tokens.get_by_role("radio").nth(number - 1)

    def row(self) -> np.ndarray:
        """The shares that the bars show, one a token."""
        shares = self.tokens.locator(".gl-token").evaluate_all(
            "(all) => all.map((one) => Number(one.style.getPropertyValue('--share')))"
        )
        return np.array(shares)

    def expect_row(self, wanted: np.ndarray, tolerance: float = 0.003) -> None:
        """The bars come to show this row."""
        self.expect_same(self.row, wanted, tolerance, "the bars")

    def shades(self) -> np.ndarray:
        """How dark each cell of the matrix is drawn, (T, T) in [0, 1]."""
        shades = ink_of(self.matrix)
        side = round(len(shades) ** 0.5)
        return shades.reshape(side, side)

    def place(self, number: int, count: int) -> tuple[float, float]:
        """Where on the page the middle of a row of the matrix is."""
        return place_in(self.matrix, 0.5, (number - 0.5) / count)

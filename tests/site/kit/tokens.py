"""The next-token explorer as its reader has it: by role and name, by what is seen and said."""

import re

import numpy as np
import torch
from playwright.sync_api import Locator, Page, expect

from genlab.checkpoints import load_model
from genlab.language.names import load_names
from genlab.widgets import NextTokenExplorer
from genlab.widgets.next_token_explorer.sources import names_rows
from kit.widget import SCRIPT, Part, WidgetOnPage


def wanted(text: str, locale: str, **settings: float) -> dict[str, float]:
    """What PyTorch says about a prefix: each symbol's probability."""
    explorer = NextTokenExplorer(load_model("tiny-lm"), text=text, locale=locale, **settings)
    pairs = zip(explorer.symbols, explorer.probabilities().tolist(), strict=True)
    return {symbol.strip("<>"): share for symbol, share in pairs}


class Tokens(WidgetOnPage):
    name = "next-token-explorer"
    home = "book/transformers/language-models"
    keys = ("text", "locale", "temperature", "top_k", "top_p", "layer", "head")
    networks = ("tiny-lm.next.onnx",)
    lost = ("tiny-lm.next.onnx", "No answer: the file tiny-lm.next.onnx could not be loaded")
    tab_stops = (
        *("Locale", "Start of a name", "Draw one token", "Finish the name", "Clear"),
        *[""] * 10,  # the ten likeliest tokens
        *("Temperature", "Top-k", "Top-p", "Layer", "1"),  # the first head
    )
    picture = ("Bars of the most likely tokens after IS g u", "With JavaScript")
    link = "text:ş,locale:TR,temperature:0.5,top_k:3,top_p:0.9,layer:2,head:3"
    touched = {"text": "gun", "locale": "IS"}
    moved = {"text": "şe", "locale": "TR", "top_k": 3}
    nonsense = {
        "text:x-y": "expected up to 14 letters of abc",
        "text:" + "a" * 15: "expected up to 14 letters",
        "locale:XX": "expected one of ES, FI, ID, IN, IS, IT, SK, TR",
        "temperature:-1": "expected a number from 0 to 3",
        "top_k:0": "expected a whole number from 1 to 47",
        "top_p:0": "expected a number from 0.01 to 1",
        "top_p:1.1": "expected a number from 0.01 to 1",
        "layer:4": "expected a whole number from 1 to 3",
        SCRIPT: "expected text, locale, temperature",
        "x" * 3000: "expected text, locale",
    }
    locale = Part("combobox", "Locale")
    heads = Part("radio")

    def __init__(self, page: Page, index: int = 0, field: str = "Start of a name") -> None:
        super().__init__(page, index)
        self.field = self.root.get_by_role("textbox", name=field)
        self.candidates = self.root.get_by_role("list", name="Next token").get_by_role("button")
        expect(self.field).to_be_visible()

    def touch(self) -> None:
        self.type("n")

    def expect_touched(self) -> None:
        self.expect_prefix("gun")
        self.expect_state("ready")

    def expect_start(self) -> None:
        self.expect_prefix("gu")
        self.expect_shares("gu", "IS")

    def expect_link(self) -> None:
        self.expect_prefix("ş")
        expect(self.locale).to_have_value("TR")
        self.expect_shares("ş", "TR", temperature=0.5, top_k=3, top_p=0.9)
        self.expect_said("Layer 2, head 3 looks from ş")

    def move(self) -> None:
        self.type("e")

    def expect_moved(self) -> None:
        self.expect_prefix("şe")

    def tap(self) -> None:
        self.field.fill("guðmundurfinns")
        self.expect_prefix("guðmundurfinns")
        self.button("Clear").tap()
        self.expect_prefix("")

    def targets(self) -> list[Locator]:
        buttons = ("Draw one token", "Finish the name", "Clear")
        return [self.button(name) for name in buttons]

    @classmethod
    def by_pytorch(cls) -> dict:
        rows = load_names("test").tokens()[:50].float()
        for row, length in zip(rows, np.random.default_rng(0).integers(1, 12, 50), strict=True):
            row[length:] = 0
        with torch.no_grad():
            return {"next": ((rows.numpy(),), names_rows(load_model("tiny-lm"))(rows).numpy())}

    def slider(self, name: str) -> Locator:
        return self.root.get_by_role("slider", name=name)

    def type(self, text: str) -> None:
        self.field.press("End")
        self.field.press_sequentially(text)

    def expect_prefix(self, text: str) -> None:
        """The bars come to be those of this prefix, and the field holds it."""
        expect(self.root.locator(".gl-next"), self.said).to_have_attribute("data-prefix", text)
        expect(self.field).to_have_value(text)

    def shares(self) -> dict[str, float]:
        """The shown tokens with their probabilities."""
        texts = self.candidates.all_inner_texts()
        found = [re.fullmatch(r"(\S+)\s+([\d.]+) %", text.strip()) for text in texts]
        return {one[1]: float(one[2]) / 100 for one in found if one}

    def expect_shares(self, text: str, locale: str, **settings: float) -> None:
        # Also what is stored of the start is shown a moment after the page has come.
        self.eventually(lambda: len(self.shares()) == 10, "ten bars")
        shown, exact = self.shares(), wanted(text, locale, **settings)
        assert all(abs(share - exact[symbol]) <= 6e-4 for symbol, share in shown.items()), shown

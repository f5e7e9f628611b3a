"""The next-token explorer as its reader has it: by role and name, by what is seen and said."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Page, expect

from kit.explorer import eventually

SELECTOR = "[data-genlab-widget='next-token-explorer']"


class Tokens:
    """One instance, by its order in the page."""

    def __init__(self, page: Page, index: int = 0, field: str = "Start of a name") -> None:
        self.page = page
        self.root = page.locator(SELECTOR).nth(index)
        self.status = self.root.get_by_role("status")
        self.field = self.root.get_by_role("textbox", name=field)
        self.locale = self.root.get_by_role("combobox", name="Locale")
        self.candidates = self.root.get_by_role("list", name="Next token").get_by_role("button")
        self.heads = self.root.get_by_role("radio")
        expect(self.field).to_be_visible()

    @property
    def said(self) -> str:
        return self.status.inner_text()

    def slider(self, name: str):
        return self.root.get_by_role("slider", name=name)

    def button(self, name: str):
        return self.root.get_by_role("button", name=name, exact=True)

    def type(self, text: str) -> None:
        self.field.press("End")
        self.field.press_sequentially(text)

    def expect_prefix(self, text: str) -> None:
        """The bars come to be those of this prefix, and the field holds it."""
        bars = self.root.locator(".gl-next")
        expect(bars, self.said).to_have_attribute("data-prefix", text, timeout=30_000)
        expect(self.field).to_have_value(text)

    def expect_said(self, text: str) -> None:
        expect(self.status).to_contain_text(text, timeout=20_000)

    def expect_state(self, state: str) -> None:
        expect(self.root, self.said).to_have_attribute("data-state", state, timeout=30_000)

    def shares(self) -> dict[str, float]:
        """The shown tokens with their probabilities."""
        texts = self.candidates.all_inner_texts()
        found = [re.fullmatch(r"(\S+)\s+([\d.]+) %", text.strip()) for text in texts]
        return {one[1]: float(one[2]) / 100 for one in found if one}

    def mirrored(self) -> dict[str, str]:
        """What the address says about the first instance."""
        values = parse_qs(urlsplit(self.page.url).query).get("next-token-explorer-1", [""])[0]
        return dict(pair.split(":", 1) for pair in values.split(",") if ":" in pair)

    def expect_mirrored(self, **wanted: str) -> None:
        eventually(
            lambda: wanted.items() <= self.mirrored().items(),
            lambda: f"{self.page.url}: not {wanted}",
            self.page,
        )

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """What the network answers for a float32 batch."""
        data, shape = self.root.evaluate(
            """async (root, [values, shape]) => {
              const output = await root.genlab.run("next", values, shape);
              return [Array.from(output.data), output.shape];
            }""",
            [inputs.ravel().tolist(), list(inputs.shape)],
        )
        return np.array(data, dtype=np.float32).reshape(shape)

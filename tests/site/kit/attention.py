"""The attention viewer as its reader has it: by role and name, by what is seen and said."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Page, expect

from kit.explorer import eventually, place_in

SELECTOR = "[data-genlab-widget='attention-viewer']"
SAID = re.compile(
    r"Layer (\d+), head (\d+): “(.*?)” \(token (\d+) of (\d+)\) looks most at (.*)\.$", re.DOTALL
)
FIRST_PLACE = re.compile(r"(?:“(.*?)”(?:, token \d+)?|itself) \(([\d.]+)\)", re.DOTALL)


class Attention:
    """One instance, by its order in the page."""

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page = page
        self.root = page.locator(SELECTOR).nth(index)
        self.status = self.root.get_by_role("status")
        self.list = self.root.get_by_role("combobox", name="Sentence")
        self.slider = self.root.get_by_role("slider", name="Layer")
        self.heads = self.root.get_by_role("radiogroup", name="Heads of this layer")
        self.tokens = self.root.get_by_role("radiogroup", name="The token that looks")
        self.matrix = self.root.get_by_role("img", name="The weights of layer")
        self.own = self.root.get_by_role("textbox", name="A text of your own")
        expect(self.root.locator(".gl-attention")).to_be_visible(timeout=20_000)

    @property
    def said(self) -> str:
        return (self.status.text_content() or "").replace("\xa0", " ")

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

    def expect_shown(self, layer: int, head: int, token: int) -> None:
        """The status comes to say this layer, head and token."""
        eventually(
            lambda: self.shown() == (layer, head, token),
            lambda: f"not {layer, head, token}; the status says {self.said!r}",
            self.page,
            20,
        )

    def expect_state(self, state: str) -> None:
        expect(self.root, f"the status says {self.said!r}").to_have_attribute(
            "data-state", state, timeout=20_000
        )

    def head(self, number: int):
        return self.heads.get_by_role("radio", name=f"Head {number}", exact=True)

    def token(self, number: int):
        return self.tokens.get_by_role("radio").nth(number - 1)

    def row(self) -> np.ndarray:
        """The shares that the bars show, one a token."""
        shares = self.tokens.locator(".gl-token").evaluate_all(
            "(all) => all.map((one) => Number(one.style.getPropertyValue('--share')))"
        )
        return np.array(shares)

    def expect_row(self, wanted: np.ndarray, tolerance: float = 0.003) -> None:
        """The bars come to show this row."""

        def there() -> bool:
            row = self.row()
            return row.shape == wanted.shape and bool(np.abs(row - wanted).max() <= tolerance)

        eventually(there, lambda: f"{self.row()} is shown, not {wanted}", self.page)

    def picture(self) -> np.ndarray:
        """How dark each cell of the matrix is drawn, (T, T) in [0, 1]."""
        values = self.matrix.evaluate(
            """(canvas) => {
              const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
              return Array.from(data).filter((_, i) => i % 4 === 3);
            }"""
        )
        side = round(len(values) ** 0.5)
        return np.array(values).reshape(side, side) / 255

    def place(self, row: int, count: int) -> tuple[float, float]:
        """Where on the page the middle of a row of the matrix is."""
        return place_in(self.matrix, 0.5, (row - 0.5) / count)

    def mirrored(self) -> dict[str, int]:
        """What the address says about the first instance; nothing where it says nonsense."""
        values = parse_qs(urlsplit(self.page.url).query).get("attention-viewer-1", [""])[0]
        return {key: int(value) for key, value in re.findall(r"(\w+):(\d+)(?:,|$)", values)}

    def expect_mirrored(self, **wanted: int) -> None:
        eventually(
            lambda: self.mirrored() == wanted, lambda: f"{self.page.url}: not {wanted}", self.page
        )

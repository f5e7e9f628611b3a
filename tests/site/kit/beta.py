"""The beta slider as its reader has it: by role and name, by what is seen and said."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Page, expect

from kit.explorer import LEVEL, eventually, ink_of, place_in

SELECTOR = "[data-genlab-widget='beta-slider']"
SAID = re.compile(
    r"Beta ([\d.]+): reconstruction error ([\d.]+) a pixel, KL ([\d.]+) nats an image, "
    r"digit-FID (\d+)\. Row (\d+), column (\d+): z = \((-?[\d.]+), (-?[\d.]+)\)\."
)


class Beta:
    """One instance, by its order in the page."""

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page = page
        self.root = page.locator(SELECTOR).nth(index)
        self.status = self.root.get_by_role("status")
        self.grid = self.root.get_by_role("grid", name="Decodings of the VAE")
        self.map = self.root.get_by_role("img", name="Map of the encodings")
        self.picture = self.root.get_by_role("img", name="Picture that the decoder makes")
        self.slider = self.root.get_by_role("slider", name="beta, the weight of the KL term")
        expect(self.root.locator(".gl-beta")).to_be_visible()

    @property
    def said(self) -> str:
        return self.status.inner_text()

    def shown(self) -> tuple[float, int, int]:
        """Beta, row and column as the status line says them."""
        found = SAID.search(self.said)
        return (float(found[1]), int(found[5]), int(found[6])) if found else (-1, 0, 0)

    def measured(self) -> tuple[float, float, int]:
        """Reconstruction error, KL and digit-FID as the status line says them."""
        found = SAID.search(self.said)
        assert found, self.said
        return float(found[2]), float(found[3]), int(found[4])

    def expect_shown(self, *wanted: float) -> None:
        """The status comes to say this beta, row and column, and the network answers."""

        def there() -> bool:
            return self.shown() == wanted and self.root.get_attribute("data-state") == "ready"

        eventually(there, lambda: f"not {wanted}; the status says {self.said!r}", self.page, 20)

    def expect_state(self, state: str) -> None:
        expect(self.root, f"the status says {self.said!r}").to_have_attribute(
            "data-state", state, timeout=20_000
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.grid.press(key)

    def place(self, row: int, column: int) -> tuple[float, float]:
        """Where on the page the middle of a cell is."""
        return place_in(self.grid, (column - 0.5) / 20, (row - 0.5) / 20)

    def mirrored(self) -> dict[str, float]:
        """What the address says about the first instance."""
        values = parse_qs(urlsplit(self.page.url).query).get("beta-slider-1", [""])[0]
        return {key: float(value) for key, value in (p.split(":") for p in values.split(",") if p)}

    def expect_mirrored(self, beta: float, row: int, column: int) -> None:
        wanted = {"beta": beta, "row": row, "column": column}
        eventually(
            lambda: self.mirrored() == wanted, lambda: f"{self.page.url}: not {wanted}", self.page
        )

    def run(self, network: str, inputs: np.ndarray) -> np.ndarray:
        """What a network of this instance answers for a float32 batch."""
        data, shape = self.root.evaluate(
            """async (root, [network, values, shape]) => {
              const output = await root.genlab.run(network, values, shape);
              return [Array.from(output.data), output.shape];
            }""",
            [network, inputs.ravel().tolist(), list(inputs.shape)],
        )
        return np.array(data, dtype=np.float32).reshape(shape)

    def expect_picture(self, wanted: np.ndarray) -> None:
        """The large digit becomes this one, 784 values in [0, 1]."""
        self._expect_ink(lambda: ink_of(self.picture), wanted, "the digit at the cursor")

    def expect_grid(self, wanted: np.ndarray) -> None:
        """The grid comes to show this picture of all its decodings."""
        canvas = self.grid.locator("canvas")
        self._expect_ink(lambda: ink_of(canvas), wanted, "the grid")

    def _expect_ink(self, ink, wanted: np.ndarray, name: str) -> None:
        def same() -> bool:
            found = ink()
            return found.size == wanted.size and bool(np.abs(found - wanted.ravel()).max() <= LEVEL)

        eventually(same, lambda: f"{name} is another; the status says {self.said!r}", self.page)

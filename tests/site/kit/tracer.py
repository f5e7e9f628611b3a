"""The UNet tracer as its reader has it: by role and name, by what is seen and said."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Locator, Page, expect

from kit.explorer import LEVEL, eventually, ink_of, place_in

SELECTOR = "[data-genlab-widget='unet-tracer']"
SAID = re.compile(
    r"(Your drawing|A \d) with the noise of seed (\d+) at t = (\d+)\. (\w+): (\d+) maps? of "
    r"(\d+) x \d+\. Map (\d+): mean (-?[\d.]+), from (-?[\d.]+) to (-?[\d.]+)\. "
    r"Mean squared error of the output ([\d.]+), of the guess ([\d.]+)\."
)
SAMPLED = re.compile(r"Sampled from the noise of seed (\d+): 50 steps of DDIM in ([\d.]+) s\.")
COLUMNS, CELL = 8, 30  # maps a row of the sheet, and pixels from one to the next


class Tracer:
    """One instance, by its order in the page."""

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page = page
        self.root = page.locator(SELECTOR).nth(index)
        self.status = self.root.get_by_role("status")
        self.blocks = self.root.get_by_role("radio")
        self.maps = self.root.get_by_role("grid", name="Feature maps of")
        self.t = self.root.get_by_role("slider", name="Timestep t")
        self.seed = self.root.get_by_role("slider", name="Seed of the noise")
        self.pad = self.root.get_by_role("application", name="Draw a digit")
        self.input = self.root.get_by_role("img", name="The noisy digit")
        self.output = self.root.get_by_role("img", name="The network's output")
        self.guess = self.root.get_by_role("img", name="The guess of the digit")
        self.large = self.root.get_by_role("img", name="enlarged")
        self.sample = self.root.get_by_role("img", name="The sample")
        expect(self.root.locator(".gl-tracer")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    @property
    def said(self) -> str:
        return self.status.inner_text()

    def shown(self) -> dict[str, Any]:
        """What the status line says; empty if it says something else."""
        found = SAID.search(self.said)
        if not found:
            return {}
        digit, seed, t, name, channels, side, number, *measured = found.groups()
        counted = {"seed": seed, "t": t, "channels": channels, "side": side, "map": number}
        numbers = {key: int(value) for key, value in counted.items()}
        names = ("mean", "low", "high", "of_eps", "of_x0")
        return {
            **{"digit": digit, "name": name},
            **numbers,
            **dict(zip(names, map(float, measured), strict=True)),
        }

    def expect_shown(self, **wanted: Any) -> dict[str, Any]:
        """The status comes to say this, and the network answers."""

        def there() -> bool:
            ready = self.root.get_attribute("data-state") == "ready"
            return ready and wanted.items() <= self.shown().items()

        eventually(there, lambda: f"not {wanted}; the status says {self.said!r}", self.page, 20)
        return self.shown()

    def expect_state(self, state: str) -> None:
        expect(self.root, f"the status says {self.said!r}").to_have_attribute(
            "data-state", state, timeout=20_000
        )

    def expect_sampled(self) -> float:
        """The status comes to say that a sample is ready, and in how many seconds."""
        eventually(
            lambda: SAMPLED.search(self.said) is not None,
            lambda: f"no sample; the status says {self.said!r}",
            self.page,
            30,
        )
        found = SAMPLED.search(self.said)
        assert found
        return float(found[2])

    def choose(self, index: int) -> None:
        """Click a block: 0 is the input."""
        box = self.root.locator(".gl-block").nth(index)
        box.scroll_into_view_if_needed()
        box.click()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.maps.press(key)

    def place(self, number: int, count: int) -> tuple[float, float]:
        """Where on the page the middle of a map is, of `count` maps from 1."""
        columns, rows = min(count, COLUMNS), -(-count // COLUMNS)
        row, column = divmod(number - 1, COLUMNS)
        return place_in(self.maps, (column + 0.5) / columns, (row + 0.5) / rows)

    def mirrored(self) -> dict[str, float]:
        """What the address says about the first instance."""
        values = parse_qs(urlsplit(self.page.url).query).get("unet-tracer-1", [""])[0]
        return {key: float(value) for key, value in (p.split(":") for p in values.split(",") if p)}

    def expect_mirrored(self, **wanted: float) -> None:
        eventually(
            lambda: wanted.items() <= self.mirrored().items(),
            lambda: f"{self.page.url}: not {wanted}",
            self.page,
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

    def expect_ink(self, picture: Locator, wanted: np.ndarray, level: float = LEVEL) -> None:
        """A picture becomes this one, 784 values in [0, 1]."""
        self._expect(lambda: ink_of(picture), wanted, level, picture)

    def expect_signed(self, picture: Locator, wanted: np.ndarray, level: float = 2 * LEVEL) -> None:
        """A picture of signed values becomes this one, in [-1, 1] of its scale."""
        self._expect(lambda: signed_of(picture), wanted, level, picture)

    def expect_sheet(self, wanted: np.ndarray) -> None:
        """The sheet comes to show these maps, (channels, side, side)."""
        levels = np.clip(wanted / limit_of(wanted), -1, 1)

        def same() -> bool:
            canvas = self.maps.locator("canvas")
            width = canvas.evaluate("(node) => node.width")
            found = signed_of(canvas).reshape(-1, width)
            return all(
                np.abs(tile(found, number, levels.shape[1]) - level).max() <= 2 * LEVEL
                for number, level in enumerate(levels)
            )

        eventually(same, lambda: f"other maps; the status says {self.said!r}", self.page)

    def _expect(self, look: Any, wanted: np.ndarray, level: float, picture: Locator) -> None:
        def same() -> bool:
            found = look()
            return found.size == wanted.size and bool(np.abs(found - wanted.ravel()).max() <= level)

        def otherwise() -> str:
            return f"{picture} is another picture; the status says {self.said!r}"

        eventually(same, otherwise, self.page)


def limit_of(maps: np.ndarray) -> float:
    """What one value in a hundred exceeds, up or down."""
    sizes = np.sort(np.abs(maps), axis=None)
    return float(sizes[int(0.99 * (len(sizes) - 1))])


def tile(sheet: np.ndarray, number: int, side: int) -> np.ndarray:
    """One map of a sheet, (side, side), counted from 0; the sheet has 28 x 28 pixels of each."""
    row, column = divmod(number, COLUMNS)
    if len(sheet) < (row + 1) * CELL:
        return np.full((side, side), np.inf)
    top, left = row * CELL + 1, column * CELL + 1
    at = (np.arange(side) * 28 + side - 1) // side
    return sheet[top + at][:, left + at]


def signed_of(canvas: Locator) -> np.ndarray:
    """A canvas's signed values in [-1, 1]: blue above zero, orange below, white at zero."""
    return np.array(
        canvas.evaluate(
            """(node) => {
              const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
              return Array.from({ length: data.length / 4 }, (_, i) => {
                const [r, , b] = data.slice(4 * i, 4 * i + 3);
                return r < b ? (255 - r) / (255 - 0x1f) : -(255 - b) / (255 - 0x1c);
              });
            }"""
        )
    )

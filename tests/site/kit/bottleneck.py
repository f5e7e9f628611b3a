"""The bottleneck slider as its reader has it: by role and name, by what is seen and said."""

import re
from collections.abc import Sequence

import numpy as np
from playwright.sync_api import Locator, Page, expect

from kit.explorer import LEVEL, eventually, ink_of, place_in

SELECTOR = "[data-genlab-widget='bottleneck-slider']"
SAID = re.compile(r"Latent size (\d+): .*digits shown: ([\d.]+)\.(?: Of your drawing: ([\d.]+)\.)?")


class Slider:
    """One instance, by its order in the page."""

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page = page
        self.root = page.locator(SELECTOR).nth(index)
        self.status = self.root.get_by_role("status")
        self.input = self.root.get_by_role("slider", name="Latent size")
        self.originals = self.root.get_by_role("img", name="Test digit")
        self.rebuilt = self.root.get_by_role("img", name="Reconstruction of the")
        self.own = self.root.get_by_role("img", name="Reconstruction of your drawing")
        self.seen = self.root.get_by_role("img", name="Your drawing as the encoder sees it")
        self.pad = self.root.get_by_role("application", name="Draw a digit")
        self.next = self.root.get_by_role("button", name="Next digits")
        self.clear = self.root.get_by_role("button", name="Clear drawing")
        self.retry = self.root.get_by_role("button", name="Try again")
        expect(self.root.locator(".gl-body")).to_be_visible()

    @property
    def said(self) -> str:
        return self.status.inner_text()

    def expect_state(self, state: str) -> None:
        expect(self.root, f"the status says {self.said!r}").to_have_attribute(
            "data-state", state, timeout=20_000
        )

    def expect_said(self, size: int) -> float:
        """The status comes to speak of this size; give the error of the digits shown."""
        expect(self.status).to_contain_text(f"Latent size {size}:", timeout=20_000)
        self.expect_state("ready")
        return self.errors()[0]

    def errors(self) -> list[float]:
        """The errors that the status line says: of the digits, of the drawing if there is one."""
        found = SAID.search(self.said)
        assert found, f"the status says {self.said!r}"
        return [float(error) for error in found.groups()[1:] if error is not None]

    def pictures(self, row: Locator) -> np.ndarray:
        """Pictures (N, 784): ink in [0, 1]."""
        return np.stack([ink_of(one) for one in row.all()])

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

    def expect_rebuilt(self, wanted: np.ndarray) -> None:
        """The lower row comes to show these pictures (N, 784)."""
        eventually(
            lambda: bool(np.abs(self.pictures(self.rebuilt) - wanted).max() <= LEVEL),
            lambda: f"other reconstructions are shown; the status says {self.said!r}",
            self.page,
        )

    def press(self, *keys: str) -> None:
        """Press keys on the slider."""
        for key in keys:
            self.input.press(key)

    def draw(self, *strokes: Sequence[tuple[float, float]]) -> None:
        """Draw with the mouse; a stroke is a list of fractions of the pad."""
        self.pad.scroll_into_view_if_needed()
        mouse = self.page.mouse
        for stroke in strokes:
            mouse.move(*place_in(self.pad, *stroke[0]))
            mouse.down()
            for x, y in stroke[1:]:
                mouse.move(*place_in(self.pad, x, y), steps=4)
            mouse.up()

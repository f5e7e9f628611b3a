"""The bottleneck slider as its reader has it: by role and name, by what is seen and said."""

import re
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Locator

from genlab.checkpoints import load_model
from genlab.data import load_digits
from kit.pictures import LEVEL, ink_of, place_in
from kit.widget import SCRIPT, Part, WidgetOnPage

SAID = re.compile(r"Latent size (\d+): .*digits shown: ([\d.]+)\.(?: Of your drawing: ([\d.]+)\.)?")
SIZES = (1, 2, 4, 8, 16, 32)


def digits_of(row: int) -> torch.Tensor:
    """The digits of a row of the page, (10, 1, 28, 28): the test split's, one of each class."""
    test = load_digits("test")
    return torch.cat([test.of_class(digit)[row - 1 : row] for digit in range(10)])


@torch.no_grad()
def rebuilt_by_pytorch(size: int, row: int = 1) -> np.ndarray:
    return load_model(f"autoencoder-{size}d")(digits_of(row)).flatten(1).numpy()


class Slider(WidgetOnPage):
    name = "bottleneck-slider"
    home = "book/latents/autoencoders"
    keys = ("size", "row")
    networks = ("autoencoder-4d.decoder.onnx", "autoencoder-4d.encoder.onnx")
    lost = ("autoencoder-16d.encoder.onnx", "autoencoder-16d.encoder.onnx could not be loaded")
    picture = ("Two rows of 10 digits", "With JavaScript")
    link = "size:16,row:3"
    touched = {"size": 4, "row": 1}
    moved = {"size": 32, "row": 4}
    nonsense = {
        "size:3": "there are networks of size 1, 2, 4, 8, 16, 32",
        "size:2.5": "there are networks of size",
        "size:-16": "there are networks of size",
        "size:": "there are networks of size",
        "row:5": "expected a whole number from 1 to 4",
        "row:1.5": "expected a whole number from 1 to 4",
        "size:16,row:0": "expected a whole number from 1 to 4",
        "latent:16": "expected size, row",
        "": "expected size, row",
        "__proto__:1": "expected size, row",
        SCRIPT: "expected size, row",
    }
    tab_stops = (
        *("Play: numbers in the bottleneck", "Latent size"),
        *("Draw a digit", "Next digits", "Clear drawing"),
    )
    input = handle = Part("slider", "Latent size")
    originals = Part("img", "Test digit")
    rebuilt = Part("img", "Reconstruction of the")
    own = Part("img", "Reconstruction of your drawing")
    seen = Part("img", "Your drawing as the encoder sees it")
    next = Part("button", "Next digits")
    clear = Part("button", "Clear drawing")

    def expect_touched(self) -> None:
        self.expect_size(4)

    def expect_start(self) -> None:
        self.expect_said("Latent size 2:")
        originals = digits_of(1).flatten(1).numpy()
        assert np.abs(self.pictures(self.originals) - originals).max() < 0.01
        self.expect_rebuilt(rebuilt_by_pytorch(2))

    def expect_link(self) -> None:
        self.expect_size(16)
        self.expect_rebuilt(rebuilt_by_pytorch(16, row=3))

    def move(self) -> None:
        self.press("End")
        self.next.click()

    def expect_moved(self) -> None:
        self.expect_size(32)
        self.expect_rebuilt(rebuilt_by_pytorch(32, row=4))

    def lose(self) -> None:
        self.press("ArrowRight", "ArrowRight", "ArrowRight")

    def expect_found(self) -> None:
        self.expect_size(16)
        self.expect_rebuilt(rebuilt_by_pytorch(16))

    def liven(self) -> None:
        self.press("End")
        self.expect_size(32)

    def tap(self) -> None:
        self.input.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*place_in(self.input, 0.99, 0.5))
        self.expect_size(32)

    @classmethod
    def by_pytorch(cls) -> dict:
        answers = {}
        for size in SIZES:
            rng = np.random.default_rng(size)
            images = rng.random((50, 1, 28, 28), dtype=np.float32)
            codes = (4 * rng.standard_normal((50, size))).astype(np.float32)
            model: Any = load_model(f"autoencoder-{size}d")
            with torch.no_grad():
                encoded = model.encode(torch.from_numpy(images)).numpy()
                decoded = model.decode(torch.from_numpy(codes)).numpy()
            answers |= {
                f"encoder-{size}": ((images,), encoded),
                f"decoder-{size}": ((codes,), decoded),
            }
        return answers

    def expect_size(self, size: int) -> float:
        """The status comes to speak of this size; give the error of the digits shown."""
        self.expect_said(f"Latent size {size}:")
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

    def expect_rebuilt(self, wanted: np.ndarray) -> None:
        """The lower row comes to show these pictures (N, 784)."""
        self.expect_same(lambda: self.pictures(self.rebuilt), wanted, LEVEL, "reconstructions")

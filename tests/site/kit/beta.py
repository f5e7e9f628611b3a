"""The beta slider as its reader has it: by role and name, by what is seen and said."""

import re

import numpy as np
import torch

from genlab.latents import VAE_CHECKPOINTS, load_vae, normal_grid
from genlab.plotting import digit_grid
from kit.pictures import place_in
from kit.widget import SCRIPT, Part, WidgetOnPage

SAID = re.compile(
    r"Beta ([\d.]+): reconstruction error ([\d.]+) a pixel, KL ([\d.]+) nats an image, "
    r"digit-FID (\d+) ± \d+\. Row (\d+), column (\d+): z = \((-?[\d.]+), (-?[\d.]+)\)\."
)


def whole(beta: float, cells: int = 20) -> np.ndarray:
    """What PyTorch makes of the grid."""
    with torch.no_grad():
        return digit_grid(load_vae(beta).decode(normal_grid(cells)), cells)


def digit(beta: float, row: int, column: int) -> np.ndarray:
    """What PyTorch makes of a cell."""
    z = normal_grid(20).reshape(20, 20, 2)[row - 1, column - 1]
    with torch.no_grad():
        return load_vae(beta).decode(z[None]).numpy().ravel()


class Beta(WidgetOnPage):
    name = "beta-slider"
    home = "book/latents/vae"
    keys = ("beta", "row", "column")
    networks = ("vae-2d.decoder.onnx",)
    lost = ("vae-2d.decoder.onnx", "Not decoded: the file vae-2d.decoder.onnx could not")
    tab_stops = (
        *("Play: weight of the KL term", "beta, the weight of the KL term"),
        "Decodings of the VAE",
    )
    picture = ("VAE with beta = 0.5: a map of 500 encoded digits", "With JavaScript")
    link = "beta:1,row:3,column:4"
    touched = {"beta": 0.5, "row": 7, "column": 8}
    moved = {"beta": 2.0, "row": 3, "column": 4}
    nonsense = {
        "beta:3": "expected one of the trained values, 0.1, 0.5, 1, 2, 5, 20",
        "beta:": "expected one of the trained values",
        "beta:0.5,row:0": "expected a whole number from 1 to 20",
        "row:2.5": "expected a whole number from 1 to 20",
        "column:21": "expected a whole number from 1 to 20",
        "gamma:1": "expected beta, row, column",
        SCRIPT: "expected beta, row, column",
        "x" * 3000: "expected beta, row, column",
    }
    grid = handle = Part("grid", "Decodings of the VAE")
    map = Part("img", "Map of the encodings")
    digit = Part("img", "Picture that the decoder makes")
    slider = Part("slider", "beta, the weight of the KL term")

    def expect_touched(self) -> None:
        self.expect_shown(0.5, 7, 8)
        self.expect_grid(whole(0.5))

    def expect_start(self) -> None:
        assert self.shown() == (0.5, 7, 7)
        self.expect_digit(digit(0.5, 7, 7))

    def expect_link(self) -> None:
        self.expect_shown(1, 3, 4)
        self.expect_digit(digit(1, 3, 4))
        self.expect_grid(whole(1))

    def move(self) -> None:
        self.slider.press("ArrowRight")

    def expect_moved(self) -> None:
        self.expect_shown(2, 3, 4)

    def tap(self) -> None:
        self.grid.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*self.place(6, 15))
        self.expect_shown(0.5, 6, 15)
        self.expect_grid(whole(0.5, cells=10))  # a phone has a lighter grid
        self.expect_digit(digit(0.5, 6, 15))

    @classmethod
    def by_pytorch(cls) -> dict:
        points = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32) * 2
        with torch.no_grad():
            return {
                f"decoder-{beta:g}": (
                    (points,),
                    load_vae(beta).decode(torch.from_numpy(points)).numpy(),
                )
                for beta in VAE_CHECKPOINTS
            }

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

        self.eventually(there, wanted)

    def place(self, row: int, column: int) -> tuple[float, float]:
        """Where on the page the middle of a cell is."""
        return place_in(self.grid, (column - 0.5) / 20, (row - 0.5) / 20)

    def expect_digit(self, wanted: np.ndarray) -> None:
        """The large digit becomes this one, 784 values in [0, 1]."""
        self.expect_ink(self.digit, wanted)

    def expect_grid(self, wanted: np.ndarray) -> None:
        """The grid comes to show this picture of all its decodings."""
        self.expect_ink(self.grid.locator("canvas"), wanted)

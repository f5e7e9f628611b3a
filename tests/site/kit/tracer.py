"""The UNet tracer as its reader has it: by role and name, by what is seen and said."""

import re
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Locator
from torch import Tensor

from genlab.checkpoints import load_model
from genlab.diffusion.forward import to_image_range
from genlab.models.unet import stages_of, walk
from kit.denoising import xt_of
from kit.pictures import LEVEL, place_in, signed_of
from kit.widget import SCRIPT, Part, WidgetOnPage

KEYS = ("stage", "map", "t", "seed", "digit")
SAID = re.compile(
    r"(Your drawing|A \d) with the noise of seed (\d+) at t = (\d+)\. (\w+): (\d+) maps? of "
    r"(\d+) x \d+\. Map (\d+): mean (-?[\d.]+), from (-?[\d.]+) to (-?[\d.]+)\. "
    r"Mean squared error of the output ([\d.]+), of the guess ([\d.]+)\."
)
SAMPLED = re.compile(r"Sampled from the noise of seed (\d+): 50 steps of DDIM in ([\d.]+) s\.")
COLUMNS, CELL = 8, 30  # maps a row of the sheet, and pixels from one to the next


def noisy(digit: int = 7, t: int = 250, seed: int = 1) -> Tensor:
    """What PyTorch makes of a digit and the page's noise."""
    return xt_of(t, "linear", seed, digit)


@torch.no_grad()
def maps(stage: int, xt: Tensor) -> np.ndarray:
    """The feature maps of a stage in PyTorch, (channels, side, side)."""
    outputs = [xt, *(output for _, output in walk(load_model("unet-basic"), xt))]
    return outputs[stage][0].numpy()


class Tracer(WidgetOnPage):
    name = "unet-tracer"
    home = "book/diffusion/simple-unet"
    keys = KEYS
    networks = ("unet-basic.stages.onnx",)
    lost = ("unet-basic.denoiser.onnx", "Not computed: the file unet-basic.denoiser.onnx")
    listeners = 5
    tab_stops = (
        *("Play: noise level t", "Timestep t", "Seed of the noise"),
        *("Draw a digit", "Next digit", "Clear"),
        *("down1, 32 maps", "Feature maps of down1", "Sample"),
    )
    picture = ("Above four pictures: a 7", "With JavaScript")
    link = "stage:8,map:5,t:100,seed:3,digit:2"
    touched = dict(zip(KEYS, (1, 2, 250, 1, 7), strict=True))
    moved = dict(zip(KEYS, (8, 5, 101, 3, 2), strict=True))
    nonsense = {
        "stage:11": "expected a whole number from 0 to 10",
        "map:0": "expected a whole number from 1 to 64",
        "t:1000": "expected a whole number from 0 to 999",
        "t:2.5": "expected a whole number from 0 to 999",
        "seed:100": "expected a whole number from 1 to 99",
        "digit:10": "expected one of 0, 1, 2",
        "noise:1": "expected stage, map, t, seed, digit",
        SCRIPT: "expected stage, map, t, seed, digit",
        "x" * 3000: "expected stage, map, t, seed, digit",
    }
    blocks = Part("radio")
    maps = handle = Part("grid", "Feature maps of")
    t = Part("slider", "Timestep t")
    seed = Part("slider", "Seed of the noise")
    input = Part("img", "The noisy digit")
    output = Part("img", "The network's output")
    guess = Part("img", "The guess of the digit")
    large = Part("img", "enlarged")
    sample = Part("img", "The sample")

    def expect_touched(self) -> None:
        self.expect_shown(name="down1", map=2, t=250, seed=1)

    def expect_start(self) -> None:
        xt = noisy()
        self.expect_ink(self.input, to_image_range(xt).numpy())
        self.expect_sheet(maps(1, xt))
        self.expect_signed(self.output, np.clip(maps(10, xt) / 3, -1, 1))
        shown = self.shown()
        names = ("name", "map", "t", "seed")
        assert [shown[name] for name in names] == ["down1", 1, 250, 1]

    def expect_link(self) -> None:
        self.expect_shown(name="up2", map=5, t=100, seed=3, digit="A 2")
        self.expect_sheet(maps(8, noisy(2, 100, 3)))

    def move(self) -> None:
        self.t.press("ArrowRight")

    def expect_moved(self) -> None:
        self.expect_shown(name="up2", map=5, t=101, seed=3, digit="A 2")

    def lose(self) -> None:
        self.button("Sample").click()

    def expect_found(self) -> None:
        self.expect_sampled()

    def tap(self) -> None:
        self.root.locator(".gl-block").nth(8).tap()
        self.expect_shown(name="up2")
        self.maps.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*self.place(14, 32))
        self.expect_shown(map=14)
        self.button("Sample").tap()
        self.expect_sampled()

    @classmethod
    def by_pytorch(cls) -> dict:
        xt = torch.randn(50, 1, 28, 28, generator=torch.Generator().manual_seed(0))
        model = load_model("unet-basic")
        networks = {"stages": stages_of(model), "denoiser": model}
        with torch.no_grad():
            return {name: ((xt.numpy(),), one(xt).numpy()) for name, one in networks.items()}

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
            **dict(zip(names, [float(one) for one in measured], strict=True)),
        }

    def expect_shown(self, **wanted: Any) -> dict[str, Any]:
        """The status comes to say this, and the network answers."""

        def there() -> bool:
            ready = self.root.get_attribute("data-state") == "ready"
            return ready and wanted.items() <= self.shown().items()

        self.eventually(there, wanted)
        return self.shown()

    def expect_sampled(self) -> float:
        """The status comes to say that a sample is ready, and in how many seconds."""
        self.eventually(lambda: SAMPLED.search(self.said) is not None, "a sample")
        found = SAMPLED.search(self.said)
        assert found
        return float(found[2])

    def choose(self, index: int) -> None:
        """Click a block: 0 is the input."""
        box = self.root.locator(".gl-block").nth(index)
        box.scroll_into_view_if_needed()
        box.click()

    def place(self, number: int, count: int) -> tuple[float, float]:
        """Where on the page the middle of a map is, of `count` maps from 1."""
        columns, rows = min(count, COLUMNS), -(-count // COLUMNS)
        row, column = divmod(number - 1, COLUMNS)
        return place_in(self.maps, (column + 0.5) / columns, (row + 0.5) / rows)

    def expect_signed(self, picture: Locator, wanted: np.ndarray, level: float = 2 * LEVEL) -> None:
        """A picture of signed values becomes this one, in [-1, 1] of its scale."""
        self.expect_same(lambda: signed_of(picture), wanted, level, picture)

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

        self.eventually(same, "the maps that are wanted")


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

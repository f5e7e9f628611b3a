"""The latent explorer as its reader has it: by role and name, by what is seen and said."""

import json
import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Locator, Page, expect

SELECTOR = "[data-genlab-widget='latent-explorer']"
POINT = re.compile(r"at z = \((-?[\d.]+), (-?[\d.]+)\): nearest encoding is a (\d)")
KEYS = (("z0", "z1"), ("right_z0", "right_z1"))
# A canvas keeps 256 levels, and the browser may round them once more.
LEVEL = 1.6 / 255


class Explorer:
    """One instance, by its order in the page."""

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page = page
        self.root = page.locator(SELECTOR).nth(index)
        self.status = self.root.get_by_role("status")
        self.maps = self.root.get_by_role("application", name="Map of the latent space")
        self.pictures = self.root.get_by_role("img", name="Picture that the decoder makes")
        self.sliders = self.root.get_by_role("slider")
        self.pad = self.root.get_by_role("application", name="Draw a digit")
        self.retry = self.root.get_by_role("button", name="Try again")
        expect(self.root.locator(".gl-body")).to_be_visible()

    # -- what it says ---------------------------------------------------------------------------

    @property
    def said(self) -> str:
        return self.status.inner_text()

    def expect_state(self, state: str) -> None:
        expect(self.root, f"the status says {self.said!r}").to_have_attribute(
            "data-state", state, timeout=20_000
        )

    def points(self) -> list[tuple[float, float]]:
        """Each map's point as the status line says it, two decimals."""
        return [(float(z0), float(z1)) for z0, z1, _ in POINT.findall(self.said)]

    def nearest(self) -> list[str]:
        """Each map's nearest class as the status line says it."""
        return [digit for _, _, digit in POINT.findall(self.said)]

    def expect_settled(self) -> list[tuple[float, float]]:
        """The status comes to say what the sliders show, nothing is loading; give the points."""

        def settled() -> bool:
            told = [f"{z:.2f}" for point in self.points() for z in point]
            shown = [slider.get_attribute("aria-valuetext") for slider in self.sliders.all()]
            return told == shown and self.root.get_attribute("data-state") in ("idle", "ready")

        eventually(settled, lambda: f"not settled; the status says {self.said!r}", self.page)
        return self.points()

    def expect_said_otherwise(self, before: str) -> str:
        expect(self.status).not_to_have_text(before)
        return self.said

    # -- what it shows --------------------------------------------------------------------------

    def pixels(self, index: int = 0) -> np.ndarray:
        """The decoded picture: (784,) ink in [0, 1]."""
        return ink_of(self.pictures.nth(index))

    def cross(self, index: int = 0) -> tuple[float, float]:
        """The middle of the crosshair, as fractions of the map from its upper left corner."""
        inner = self.maps.nth(index).locator(".gl-cross").bounding_box()
        outer = self.maps.nth(index).bounding_box()
        assert inner and outer
        x = (inner["x"] + inner["width"] / 2 - outer["x"]) / outer["width"]
        y = (inner["y"] + inner["height"] / 2 - outer["y"]) / outer["height"]
        return x, y

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

    def expect_picture_of(self, point: Sequence[float], index: int = 0) -> None:
        """The picture becomes what this instance's own decoder makes of the point."""
        wanted = self.run(f"decoder-{index}", np.array([point], dtype=np.float32)).ravel()
        eventually(
            lambda: bool(np.abs(self.pixels(index) - wanted).max() <= LEVEL),
            lambda: f"picture {index} is not the one of {point}; the status says {self.said!r}",
            self.page,
        )

    # -- its address ----------------------------------------------------------------------------

    def mirrored(self, number: int = 1) -> dict[str, float]:
        """What the address says about the instance of this number."""
        values = parse_qs(urlsplit(self.page.url).query).get(f"latent-explorer-{number}", [""])[0]
        pairs = [pair.split(":") for pair in values.split(",") if pair]
        return {key: float(value) for key, value in pairs}

    def expect_mirrored(self, number: int = 1) -> dict[str, float]:
        """The address comes to say where the points are, as the status does; give it."""

        def agrees() -> bool:
            values, points = self.mirrored(number), self.points()
            told = [z for point in points for z in point]
            known = [values.get(key, 1e9) for pair in KEYS[: len(points)] for key in pair]
            return bool(told) and bool(np.allclose(told, known, atol=0.0051))

        eventually(agrees, lambda: f"{self.page.url} differs from {self.said!r}", self.page)
        return self.mirrored(number)

    # -- what is done to it ---------------------------------------------------------------------

    def extent(self, index: int = 0) -> tuple[float, float, float, float]:
        """Left, right, bottom and top edge of a map, in latent units."""
        stored = self.root.locator("script[type='application/json']").text_content()
        return tuple(json.loads(stored or "{}")["extents"][index])

    def place(self, index: int, x: float, y: float) -> tuple[float, float]:
        """Where on the page a fraction of a map is."""
        return place_in(self.maps.nth(index), x, y)

    def expected_point(self, index: int, x: float, y: float) -> tuple[float, float]:
        """The latent vector at a fraction of a map."""
        left, right, bottom, top = self.extent(index)
        return left + x * (right - left), top - y * (top - bottom)

    def expect_point(self, index: int, point: Sequence[float], atol: float) -> None:
        """The status comes to say this point."""

        def there() -> bool:
            points = self.points()
            return len(points) > index and bool(np.allclose(points[index], point, atol=atol))

        said = "map {} should be at ({:.3f}, {:.3f})"
        eventually(
            there, lambda: f"{said.format(index, *point)}; the status says {self.said!r}", self.page
        )

    def press(self, index: int, *keys: str) -> None:
        """Press keys on a map."""
        for key in keys:
            self.maps.nth(index).press(key)

    def wake(self) -> None:
        """Touch it, and wait until its networks answer."""
        self.press(0, "ArrowRight")
        self.expect_state("ready")

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


def ink_of(canvas: Locator) -> np.ndarray:
    """A canvas's ink in [0, 1], row by row: dark where the alpha is."""
    return np.array(
        canvas.evaluate(
            """(node) => {
              const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
              return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3] / 255);
            }"""
        )
    )


def place_in(target: Locator, x: float, y: float) -> tuple[float, float]:
    """Where on the page a fraction of an element is."""
    box = target.bounding_box()
    assert box, "the element is not on show"
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def eventually(
    holds: Callable[[], bool], otherwise: Callable[[], str], page: Page, seconds: float = 10
) -> None:
    """Ask until it holds; fail with what there is to say then."""
    for _ in range(int(seconds * 20)):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError(otherwise())

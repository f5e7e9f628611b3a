"""The latent explorer as its reader has it: by role and name, by what is seen and said."""

import json
import re
from collections.abc import Sequence

import numpy as np
import torch
from playwright.sync_api import expect

from genlab.checkpoints import load_model
from genlab.data import load_digits
from kit.pictures import ink_of, place_in
from kit.waiting import eventually
from kit.widget import LEVEL, SCRIPT, Part, WidgetOnPage

POINT = re.compile(r"at z = \((-?[\d.]+), (-?[\d.]+)\): nearest encoding is a (\d)")
KEYS = (("z0", "z1"), ("right_z0", "right_z1"))
CHECKPOINTS = ("autoencoder-2d", "vae-2d")
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def number_of(word: str) -> float:
    """What an address says, which may be nonsense until a widget has taken it up."""
    try:
        return float(word)
    except ValueError:
        return float("nan")


class Explorer(WidgetOnPage):
    name = "latent-explorer"
    home = "book/latents/latent-space"
    keys = ("z0", "z1", "right_z0", "right_z1")
    networks = ("autoencoder-2d.decoder.onnx",)  # only what was asked for: the first map's
    lost = ("autoencoder-2d.decoder.onnx", "autoencoder-2d.decoder")
    picture = ("Autoencoder: a map of 500 encoded digits", "With JavaScript")
    link = "z0:1.2,z1:-0.4,right_z1:0.5,right_z0:-.25"
    nonsense = {"z0:1.2,z1:oops": '"z1:oops"'}
    tab_stops = (
        *("Map of the latent space: Autoencoder", "Autoencoder, z0", "Autoencoder, z1"),
        *("Map of the latent space: VAE", "VAE, z0", "VAE, z1"),
        *("Draw a digit", "Next test digit", "Clear"),
    )
    maps = Part("application", "Map of the latent space")
    pictures = Part("img", "Picture that the decoder makes")
    sliders = Part("slider")

    def touch(self) -> None:
        self.press(0, "ArrowRight")

    def expect_touched(self) -> None:
        self.expect_state("ready")
        self.expect_decoded(0)

    def expect_start(self) -> None:
        assert self.pixels(0).max() > 0.5, "no picture before it was touched"

    def expect_link(self) -> None:
        self.expect_state("ready")
        for index, point in enumerate([(1.2, -0.4), (-0.25, 0.5)]):
            self.expect_point(index, point, atol=1e-9)
            self.expect_picture_of(point, index)

    def move(self) -> None:
        self.press(0, "Home", "Shift+ArrowRight", "ArrowUp")
        self.press(1, "Home", "ArrowLeft")

    def expect_moved(self) -> None:
        self.expect_state("ready")
        for index, (right, up) in enumerate([(10, 1), (-1, 0)]):
            self.expect_point(index, self.steps_from_centre(index, right, up), atol=0.008)
        self.expect_decoded(0, 1)

    def liven(self) -> None:
        self.wake()
        self.root.get_by_role("button", name="Next test digit").click()
        self.pad.focus()

    def tap(self) -> None:
        self.maps.first.scroll_into_view_if_needed()
        said = self.said
        self.page.touchscreen.tap(*self.place(0, 0.25, 0.6))
        self.expect_state("ready")
        self.expect_said_otherwise(said)
        left, right, *_ = self.extent(0)
        self.expect_point(0, self.expected_point(0, 0.25, 0.6), (right - left) / 100)

    @classmethod
    def by_pytorch(cls) -> dict:
        answers: dict = {}
        images = load_digits("test").images[:20]
        points = np.random.default_rng(0).uniform(-6, 6, (50, 2)).astype(np.float32)
        for index, name in enumerate(CHECKPOINTS):
            model = load_model(name)
            with torch.no_grad():
                code = model.encode(images)
                decoded = model.decode(torch.from_numpy(points)).numpy()
            code = code[0] if isinstance(code, tuple) else code
            answers |= {
                f"decoder-{index}": ((points,), decoded),
                f"encoder-{index}": ((images.numpy(),), code.numpy()),
            }
        return answers

    # -- what it says ---------------------------------------------------------------------------

    def points(self) -> list[tuple[float, float]]:
        """Each map's point as the status line says it, two decimals."""
        return [(float(z0), float(z1)) for z0, z1, _ in POINT.findall(self.said)]

    def nearest(self) -> list[str]:
        """Each map's nearest class as the status line says it."""
        return [digit for _, _, digit in POINT.findall(self.said)]

    def expect_settled(self) -> list[tuple[float, float]]:
        """The status comes to say what the sliders show, nothing is loading; give the points."""
        self.page.evaluate(TWO_FRAMES)  # what keys have asked for is taken up within a frame

        def settled() -> bool:
            told = [f"{z:.2f}" for point in self.points() for z in point]
            shown = [slider.get_attribute("aria-valuetext") for slider in self.sliders.all()]
            return told == shown and self.root.get_attribute("data-state") in ("idle", "ready")

        self.eventually(settled, "settled")
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

    def expect_picture_of(self, point: Sequence[float], index: int = 0) -> None:
        """The picture becomes what this instance's own decoder makes of the point."""
        wanted = self.run(f"decoder-{index}", np.array([point], dtype=np.float32))
        self.expect_ink(self.pictures.nth(index), wanted)

    def expect_decoded(self, *indices: int) -> dict[str, float]:
        """The pictures become what the decoders make of the address's points; give the address.

        Keys that were pressed are answered one after the other, and each answer is shown, told and
        mirrored: so the address is read anew until the pictures are of it.
        """
        values: dict[str, float] = {}

        def decoded() -> bool:
            values.update(self.expect_mirrored())
            for index in indices:
                point = np.array([[values[key] for key in KEYS[index]]], dtype=np.float32)
                found, wanted = self.pixels(index), self.run(f"decoder-{index}", point).ravel()
                if found.size != wanted.size or np.abs(found - wanted).max() > LEVEL:
                    return False
            return True

        self.eventually(decoded, f"the pictures of {indices} at their points of the address")
        return values

    # -- its address ----------------------------------------------------------------------------

    def placed(self) -> dict[str, float]:
        """Where the address says that the points are; NaN for what is no number."""
        return {key: number_of(value) for key, value in self.mirrored().items()}

    def expect_mirrored(self, **_: float) -> dict[str, float]:
        """The address comes to say where the points are, as the status does; give it."""

        def agrees() -> bool:
            values, points = self.mirrored(), self.points()
            told = [z for point in points for z in point]
            if tuple(values) != self.keys or len(told) != len(self.keys):
                return False
            return bool(np.allclose(told, list(self.placed().values()), atol=0.0051))

        eventually(agrees, lambda: f"{self.page.url} differs from {self.said!r}", self.page)
        return self.placed()

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

    def steps_from_centre(self, index: int, right: int, up: int) -> tuple[float, float]:
        """The latent vector that many steps of the arrow keys from a map's centre."""
        left, end, bottom, top = self.extent(index)
        step = (end - left) / 100
        return (left + end) / 2 + right * step, (bottom + top) / 2 + up * step

    def expect_point(self, index: int, point: Sequence[float], atol: float) -> None:
        """The status comes to say this point."""

        def there() -> bool:
            points = self.points()
            return len(points) > index and bool(np.allclose(points[index], point, atol=atol))

        self.eventually(there, f"map {index} at ({point[0]:.3f}, {point[1]:.3f})")

    def press(self, index: int, *keys: str) -> None:  # type: ignore[override]
        """Press keys on a map."""
        for key in keys:
            self.maps.nth(index).press(key)

    def wake(self) -> None:
        """Touch it, and wait until its networks answer."""
        self.touch()
        self.expect_state("ready")


class OneMap(Explorer):
    """An explorer of one model, as on the first page."""

    home = "book/intro"
    keys = ("z0", "z1")
    link = "z0:1.2,z1:-0.4"
    nonsense = {
        **dict.fromkeys(["z0:abc", "z0:1e99", "z0:NaN", "z0:Infinity", "z0:-1000"], "expected a "),
        **dict.fromkeys(["z0", "z0:", "z0:1,z1:oops", f"z0:{SCRIPT}"], "expected a number from"),
        **dict.fromkeys(["", "z2:1", "right_z0:1", "__proto__:1"], "expected z0, z1"),
        **dict.fromkeys(["names:1", "%%%", "\u0000\u202e", "z" * 3000], "expected z0, z1"),
        f"{SCRIPT}:1": "expected z0, z1",
        "</script><script>window.intruder=1</script>": "expected z0, z1",
    }

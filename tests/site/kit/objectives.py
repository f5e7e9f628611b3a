"""The objective explorer as its reader has it: by role and name, by what is seen and said."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import numpy as np
import torch
from playwright.sync_api import Locator, Page, expect

from genlab.data import load_digits
from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.objectives import get_objective
from genlab.widgets.kernel.denoising import page_noise
from genlab.widgets.objective_explorer.picture import OWN_FORM
from kit.explorer import LEVEL, eventually, ink_of, place_in

SELECTOR = "[data-genlab-widget='objective-explorer']"
NAMES = ("epsilon", "sample", "v_prediction")
SAID = re.compile(
    r"At t = (\d+), xt is ([\d.]+) x0 \+ ([\d.]+) eps, for (a \d|your drawing) and noise (\d+)\. "
    r"The network (\w+) is closest to x0 \(error ([^)]+)\), then"
)


START = 400


def scene(t: int, seed: int = 1, digit: int = 5) -> tuple[torch.Tensor, ...]:
    """x0, eps and xt as the page should have them."""
    x0 = to_diffusion_range(load_digits("test").of_class(digit)[:1])
    eps = page_noise(seed)
    return x0, eps, add_noise(x0, eps, t, load_denoiser("unet-time-sample").schedule)


@torch.no_grad()
def by_pytorch(name: str, t: int, seed: int = 1, digit: int = 5) -> list[np.ndarray]:
    """Target, prediction and x0 of a network as ink, (784,) each."""
    denoiser = load_denoiser(f"unet-time-{name}")
    x0, eps, xt = scene(t, seed, digit)
    predicted = denoiser.predict(xt, t)
    target = get_objective(name).target(x0, eps, denoiser.schedule.rates(t, x0))
    images = (target, getattr(predicted, OWN_FORM[name]), predicted.x0)
    return [to_image_range(image).flatten().numpy() for image in images]


class Objectives:
    """One instance, by its order in the page."""

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page = page
        self.root = page.locator(SELECTOR).nth(index)
        self.status = self.root.get_by_role("status")
        self.slider = self.root.get_by_role("slider", name="Timestep t")
        self.pad = self.root.get_by_role("application", name="Draw a digit")
        self.next, self.noise, self.clear, self.retry = (
            self.root.get_by_role("button", name=name)
            for name in ("Next digit", "New noise", "Clear drawing", "Try again")
        )
        self.table = self.root.get_by_role("table", name="Mean squared errors")
        self.charts = self.root.get_by_role("img", name="Mean error in")
        self.body = self.root.locator(".gl-objectives")
        expect(self.body).to_be_visible()

    @property
    def said(self) -> str:
        return self.status.inner_text()

    def shown(self) -> tuple[int, int, str]:
        """Timestep, seed and digit as the status line says them."""
        found = SAID.search(self.said)
        return (int(found[1]), int(found[5]), found[4]) if found else (-1, -1, "")

    def winner(self) -> str:
        """The network that the status line calls closest to x0."""
        found = SAID.search(self.said)
        assert found, self.said
        return found[6]

    def expect_state(self, state: str) -> None:
        expect(self.root, f"the status says {self.said!r}").to_have_attribute(
            "data-state", state, timeout=30_000
        )

    def expect_shown(self, t: int, seed: int = 1, digit: str = "a 5") -> None:
        """The status comes to say this, the networks have answered, and all is of one moment."""

        def there() -> bool:
            done = self.root.get_attribute("data-state") == "ready"
            current = self.body.get_attribute("data-current") == "true"
            return done and current and self.shown() == (t, seed, digit)

        wanted = (t, seed, digit)
        eventually(there, lambda: f"not {wanted}; the status says {self.said!r}", self.page, 30)

    def press(self, *keys: str) -> None:
        """Press keys on the slider."""
        for key in keys:
            self.slider.press(key)

    def go_to(self, t: int) -> None:
        """Set the slider as a drag does at its end."""
        self.slider.evaluate(
            """(input, t) => {
              input.value = t;
              input.dispatchEvent(new Event("input", { bubbles: true }));
            }""",
            str(t),
        )

    def input(self, name: str) -> np.ndarray:
        """One of the pictures at the left, (784,) ink in [0, 1]."""
        return ink_of(self._picture(name))

    def pictures(self, network: str) -> list[np.ndarray]:
        """Target, prediction and x0 of a network, (784,) each."""
        names = ("Target of", "Prediction of", "The x0 that the prediction of")
        return [ink_of(self._picture(f"{name} the network {network}")) for name in names]

    def _picture(self, name: str) -> Locator:
        return self.root.get_by_role("img", name=re.compile(f"^{name}( means)?$"))

    def expect_pictures(self, network: str, wanted: Sequence[np.ndarray]) -> None:
        """The column of a network comes to show these: target, prediction and x0."""

        def same() -> bool:
            pairs = zip(self.pictures(network), wanted, strict=True)
            return all(np.abs(found - one).max() <= LEVEL for found, one in pairs)

        eventually(same, lambda: f"{network}: other pictures; {self.said!r}", self.page)

    def errors(self) -> dict[str, list[str]]:
        """The table's cells by network: in its own target, in x0, in eps."""
        rows = self.table.get_by_role("row").all()[1:]
        return {
            row.get_by_role("rowheader").inner_text().strip(): row.get_by_role(
                "cell"
            ).all_inner_texts()
            for row in rows
        }

    def mirrored(self) -> dict[str, int]:
        """What the address says about the first instance."""
        values = parse_qs(urlsplit(self.page.url).query).get("objective-explorer-1", [""])[0]
        return {key: int(value) for key, value in (p.split(":") for p in values.split(",") if p)}

    def expect_mirrored(self, t: int, seed: int = 1, digit: int = 5) -> None:
        wanted = {"t": t, "seed": seed, "digit": digit}
        eventually(
            lambda: self.mirrored() == wanted, lambda: f"{self.page.url}: not {wanted}", self.page
        )

    def run(self, network: str, xt: np.ndarray, t: np.ndarray) -> np.ndarray:
        """What a network of this instance answers for noisy images and their timesteps."""
        data, shape = self.root.evaluate(
            """async (root, [network, values, shape, t]) => {
              const time = { data: t, shape: [t.length] };
              const output = await root.genlab.run(network, values, shape, time);
              return [Array.from(output.data), output.shape];
            }""",
            [network, xt.ravel().tolist(), list(xt.shape), t.tolist()],
        )
        return np.array(data, dtype=np.float32).reshape(shape)

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

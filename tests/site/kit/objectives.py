"""The objective explorer as its reader has it: by role and name, by what is seen and said."""

import re
from collections.abc import Sequence

import numpy as np
import torch
from playwright.sync_api import Locator

from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.objectives import get_objective
from genlab.widgets.kernel.denoising import page_noise
from genlab.widgets.objective_explorer.picture import OWN_FORM
from kit.denoising import answers_of_checkpoint, noisy_batch, x0_of, xt_of
from kit.pictures import LEVEL, ink_of, place_in
from kit.widget import SCRIPT, Part, WidgetOnPage

NAMES = ("epsilon", "sample", "v_prediction")
START = 400
SAID = re.compile(
    r"At t = (\d+), xt is ([\d.]+) x0 \+ ([\d.]+) eps, for (a \d|your drawing) and noise (\d+)\. "
    r"The network (\w+) is closest to x0 \(error ([^)]+)\), then"
)


def scene(t: int, seed: int = 1, digit: int = 5) -> tuple[torch.Tensor, ...]:
    """x0, eps and xt as the page should have them."""
    schedule = load_denoiser("unet-time-sample").schedule.beta_schedule
    return x0_of(digit), page_noise(seed), xt_of(t, schedule, seed, digit)


@torch.no_grad()
def by_pytorch(name: str, t: int, seed: int = 1, digit: int = 5) -> list[np.ndarray]:
    """Target, prediction and x0 of a network as ink, (784,) each."""
    denoiser = load_denoiser(f"unet-time-{name}")
    x0, eps, xt = scene(t, seed, digit)
    predicted = denoiser.predict(xt, t)
    target = get_objective(name).target(x0, eps, denoiser.schedule.rates(t, x0))
    images = (target, getattr(predicted, OWN_FORM[name]), predicted.x0)
    return [to_image_range(image).flatten().numpy() for image in images]


class Objectives(WidgetOnPage):
    name = "objective-explorer"
    home = "book/diffusion/objectives"
    keys = ("t", "seed", "digit")
    networks = tuple(f"unet-time-{name}.denoiser.onnx" for name in NAMES)
    lost = (
        "unet-time-sample.denoiser.onnx",
        "unet-time-sample.denoiser.onnx could not be loaded",
    )
    picture = ("Three rows of 4 pictures", "With JavaScript")
    link = "t:700,seed:42,digit:3"
    touched = {"t": START + 1, "seed": 1, "digit": 5}
    moved = {"t": 999, "seed": 43, "digit": 3}
    nonsense = {
        "t:1000": "expected a whole number from 0 to 999",
        "t:-1": "expected a whole number from 0 to 999",
        "t:2.5": "expected a whole number from 0 to 999",
        "t:": "expected a whole number from 0 to 999",
        "seed:100": "expected a whole number from 0 to 99",
        "t:500,digit:10": "expected a whole number from 0 to 9",
        "noise:16": "expected t, seed, digit",
        "": "expected t, seed, digit",
        "__proto__:1": "expected t, seed, digit",
        SCRIPT: "expected t, seed, digit",
    }
    tab_stops = (
        *("Play: noise level t", "Timestep t"),
        *("Draw a digit", "Next digit", "New noise", "Clear drawing"),
    )
    slider = handle = Part("slider", "Timestep t")
    next = Part("button", "Next digit")
    noise = Part("button", "New noise")
    clear = Part("button", "Clear drawing")
    table = Part("table", "Mean squared errors")
    chart = Part("img", "Error as a multiple of the least one")

    @property
    def body(self) -> Locator:
        return self.root.locator(".gl-objectives")

    def expect_touched(self) -> None:
        self.expect_shown(START + 1)

    def expect_start(self) -> None:
        assert self.shown() == (START, 1, "a 5")
        for name in NAMES:
            self.expect_pictures(name, by_pytorch(name, START))

    def expect_link(self) -> None:
        self.expect_shown(700, 42, "a 3")
        for name in NAMES:
            self.expect_pictures(name, by_pytorch(name, 700, seed=42, digit=3))

    def move(self) -> None:
        self.press("End")
        self.expect_shown(999, 42, "a 3")
        self.noise.click()

    def expect_moved(self) -> None:
        self.expect_shown(999, 43, "a 3")

    def liven(self) -> None:
        self.press("End")
        self.expect_shown(999)

    def expect_lost(self) -> None:
        super().expect_lost()
        assert self.body.get_attribute("data-current") == "false"

    def tap(self) -> None:
        self.slider.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*place_in(self.slider, 0.99, 0.5))
        self.eventually(lambda: self.shown()[0] > 980, "t near 999")

    @classmethod
    def by_pytorch(cls) -> dict:
        names = {f"denoiser-{name}": f"unet-time-{name}" for name in NAMES}
        return {key: (noisy_batch(), answers_of_checkpoint(name)) for key, name in names.items()}

    def shown(self) -> tuple[int, int, str]:
        """Timestep, seed and digit as the status line says them."""
        found = SAID.search(self.said)
        return (int(found[1]), int(found[5]), found[4]) if found else (-1, -1, "")

    def winner(self) -> str:
        """The network that the status line calls closest to x0."""
        found = SAID.search(self.said)
        assert found, self.said
        return found[6]

    def expect_shown(self, t: int, seed: int = 1, digit: str = "a 5") -> None:
        """The status comes to say this, the networks have answered, and all is of one moment."""

        def there() -> bool:
            done = self.root.get_attribute("data-state") == "ready"
            current = self.body.get_attribute("data-current") == "true"
            return done and current and self.shown() == (t, seed, digit)

        self.eventually(there, (t, seed, digit))

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
        self.expect_same(lambda: np.stack(self.pictures(network)), np.stack(wanted), LEVEL, network)

    def errors(self) -> dict[str, list[str]]:
        """The table's cells by network: in its own target, in x0, in eps."""
        rows = self.table.get_by_role("row").all()[1:]
        return {
            row.get_by_role("rowheader").inner_text().strip(): row.get_by_role(
                "cell"
            ).all_inner_texts()
            for row in rows
        }

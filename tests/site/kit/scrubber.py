"""The timestep scrubber as its reader has it: by role and name, by what is seen and said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from playwright.sync_api import Locator, Page, expect

from genlab.data import load_digits
from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.schedules import NoiseSchedule, timestep_of_snr
from genlab.widgets.kernel.denoising import page_noise
from kit.explorer import LEVEL, eventually, ink_of, place_in

PAGE = "book/diffusion/noise"
NETWORK = "unet-time-v_prediction"
SELECTOR = "[data-genlab-widget='timestep-scrubber']"
COSINE = "squaredcos_cap_v2"
SAID = re.compile(
    r"t = (\d+), schedule (\w+): SNR (\S+), (.+?) of the variance is signal\. "
    r"Mean squared error of the guess: ([\d.]+); of the mean training digit: ([\d.]+)\."
    r"(?: The network was trained with (\w+): it is asked at its t = (\d+),)?"
)


@dataclass(frozen=True)
class Said:
    """What the status line says."""

    t: int
    schedule: str
    snr: float
    share: str
    error: float
    of_mean: float
    asked: int | None


class Scrubber:
    """One instance, by its order in the page."""

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page = page
        self.root = page.locator(SELECTOR).nth(index)
        self.status = self.root.get_by_role("status")
        self.input = self.root.get_by_role("slider", name="Timestep t")
        self.noisy = self.root.get_by_role("img", name="Noisy digit xt")
        self.guess = self.root.get_by_role("img", name="The network's guess")
        self.seen = self.root.get_by_role("img", name="The digit x0")
        self.chart = self.root.get_by_role("img", name="Alpha-bar")
        self.pad = self.root.get_by_role("application", name="Draw a digit")
        self.noise = self.root.get_by_role("button", name="New noise")
        self.next = self.root.get_by_role("button", name="Next digit")
        self.clear = self.root.get_by_role("button", name="Clear drawing")
        self.retry = self.root.get_by_role("button", name="Try again")
        expect(self.root.locator(".gl-scrubber")).to_be_visible()

    def schedule(self, name: str) -> Locator:
        """The radio button of a schedule."""
        return self.root.get_by_role("radio", name=re.compile(rf"^{name}\b"))

    @property
    def said(self) -> str:
        return self.status.inner_text()

    def expect_state(self, state: str) -> None:
        expect(self.root, f"the status says {self.said!r}").to_have_attribute(
            "data-state", state, timeout=20_000
        )

    def expect_said(self, t: int, schedule: str = COSINE) -> Said:
        """The status comes to speak of the guess at this timestep; give what it says."""
        told = re.compile(rf"t = {t}, schedule {schedule}: .* of the guess: ")
        expect(self.status).to_have_text(told, timeout=20_000)
        return self.read()

    def read(self) -> Said:
        found = SAID.search(self.said)
        assert found, f"the status says {self.said!r}"
        t, schedule, snr, share, error, of_mean, _, asked = found.groups()
        where = int(asked) if asked else None
        return Said(int(t), schedule, float(snr), share, float(error), float(of_mean), where)

    def is_current(self) -> bool:
        """Is the guess on show that of what is on show?"""
        figure = self.guess.locator("xpath=..")
        return figure.get_attribute("data-current") == "true"

    def expect_picture(self, which: Locator, wanted: np.ndarray, level: float = LEVEL) -> None:
        """A picture comes to show these 784 values."""
        eventually(
            lambda: bool(np.abs(ink_of(which) - wanted.ravel()).max() <= level),
            lambda: f"another picture is shown; the status says {self.said!r}",
            self.page,
        )

    def press(self, *keys: str) -> None:
        """Press keys on the slider."""
        for key in keys:
            self.input.press(key)

    def run(self, xt: np.ndarray, t: np.ndarray) -> np.ndarray:
        """What the network of this instance answers for float32 batches."""
        data, shape = self.root.evaluate(
            """async (root, [xt, shape, t]) => {
              const time = { data: t, shape: [t.length] };
              const output = await root.genlab.run("denoiser", xt, shape, time);
              return [Array.from(output.data), output.shape];
            }""",
            [xt.ravel().tolist(), list(xt.shape), t.tolist()],
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


def x0_of(digit: int = 5) -> torch.Tensor:
    return to_diffusion_range(load_digits("test").of_class(digit)[:1])


def xt_of(t: int, schedule: str = COSINE, seed: int = 0, digit: int = 5) -> torch.Tensor:
    return add_noise(x0_of(digit), page_noise(seed), t, NoiseSchedule(schedule))


@torch.no_grad()
def guess_of(xt: torch.Tensor, t: int, schedule: str = COSINE) -> torch.Tensor:
    """PyTorch's guess of x0 in [-1, 1], asked by SNR as the widget does."""
    denoiser = load_denoiser(NETWORK)
    asked = timestep_of_snr(NoiseSchedule(schedule).snr[t], denoiser.schedule)
    return denoiser.predict(xt, asked).x0.clamp(-1, 1)


def ink(x0: torch.Tensor) -> np.ndarray:
    return to_image_range(x0).flatten().numpy()

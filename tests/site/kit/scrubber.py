"""The timestep scrubber as its reader has it: by role and name, by what is seen and said."""

import re
from dataclasses import dataclass

import torch
from playwright.sync_api import Locator, expect

from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.schedules import NoiseSchedule, timestep_of_snr
from kit.denoising import answers_of_checkpoint, ink, noisy_batch, x0_of, xt_of
from kit.pictures import place_in
from kit.widget import SCRIPT, Part, WidgetOnPage

NETWORK = "unet-time-v_prediction"
COSINE = "squaredcos_cap_v2"
KEYS = ("t", "schedule", "seed", "digit")
SAID = re.compile(
    r"t = (\d+), schedule (\w+): SNR (\S+), (.+?) of the mean square is signal\. "
    r"Mean squared error of the guess: ([\d.]+); of the mean training digit: ([\d.]+)\."
    r"(?: The network was trained with (\w+): it is asked at its t = (\d+),)?"
)


def noisy(t: int, schedule: str = COSINE, seed: int = 0, digit: int = 5) -> torch.Tensor:
    return xt_of(t, schedule, seed, digit)


@torch.no_grad()
def guess_of(xt: torch.Tensor, t: int, schedule: str = COSINE) -> torch.Tensor:
    """PyTorch's guess of x0 in [-1, 1], asked by SNR as the widget does."""
    denoiser = load_denoiser(NETWORK)
    asked = timestep_of_snr(NoiseSchedule(schedule).snr[t], denoiser.schedule)
    return denoiser.predict(xt, asked).x0.clamp(-1, 1)


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


class Scrubber(WidgetOnPage):
    name = "timestep-scrubber"
    home = "book/diffusion/noise"
    keys = KEYS
    networks = (f"{NETWORK}.denoiser.onnx",)
    lost = (f"{NETWORK}.denoiser.onnx", f"{NETWORK}.denoiser.onnx could not be loaded")
    link = "t:700,schedule:linear"
    touched = dict(zip(KEYS, (401, COSINE, 0, 5), strict=True))
    moved = dict(zip(KEYS, (999, "scaled_linear", 1, 6), strict=True))
    nonsense = {
        "t:1000": "expected a whole number from 0 to 999",
        "t:-1": "expected a whole number from 0 to 999",
        "t:2.5": "expected a whole number from 0 to 999",
        "t:500,schedule:cosine": "expected one of linear, scaled_linear, squaredcos_cap_v2",
        "schedule:": "expected one of linear, scaled_linear, squaredcos_cap_v2",
        "seed:10000": "expected a whole number from 0 to 9999",
        "digit:10": "expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
        "time:3": "expected t, schedule, seed, digit",
        "": "expected t, schedule, seed, digit",
        "__proto__:1": "expected t, schedule, seed, digit",
        SCRIPT: "expected t, schedule, seed, digit",
    }
    tab_stops = (
        *("Play: noise level t", "Timestep t", "Draw a digit", COSINE),
        *("New noise", "Next digit", "Clear drawing"),
    )
    picture = (
        "Three pictures: a 5, the same with the noise of t = 400",
        "From left to right: the digit",
    )
    input = handle = Part("slider", "Timestep t")
    noisy = Part("img", "Noisy digit xt")
    guess = Part("img", "The network's guess")
    seen = Part("img", "The digit x0")
    chart = Part("img", "Alpha-bar")
    noise = Part("button", "New noise")
    next = Part("button", "Next digit")
    clear = Part("button", "Clear drawing")

    def expect_touched(self) -> None:
        self.expect_guess(401)

    def expect_start(self) -> None:
        self.expect_ink(self.noisy, ink(noisy(400)))
        self.expect_ink(self.guess, ink(guess_of(noisy(400), 400)))
        said = self.read()
        assert (said.t, said.schedule, said.snr, said.share) == (400, COSINE, 1.82, "64.6 %")

    def expect_link(self) -> None:
        self.expect_guess(700, "linear")

    def move(self) -> None:
        self.press("End")
        self.schedule("scaled_linear").check()
        self.noise.click()
        self.next.click()

    def expect_moved(self) -> None:
        self.expect_guess(999, "scaled_linear")
        self.expect_ink(self.seen, ink(x0_of(6)))

    def liven(self) -> None:
        self.schedule("linear").check()
        self.expect_guess(400, "linear")

    def lose(self) -> None:
        self.press("PageUp")

    def expect_found(self) -> None:
        self.eventually(self.is_current, "a guess")

    def tap(self) -> None:
        self.input.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*place_in(self.input, 0.99, 0.5))
        self.eventually(lambda: int(self.input.input_value()) > 950, "t near 999")
        self.expect_guess(int(self.input.input_value()))

    @classmethod
    def by_pytorch(cls) -> dict:
        return {"denoiser": (noisy_batch(), answers_of_checkpoint(NETWORK))}

    def schedule(self, name: str) -> Locator:
        """The radio button of a schedule."""
        return self.root.get_by_role("radio", name=re.compile(rf"^{name}\b"))

    def expect_guess(self, t: int, schedule: str = COSINE) -> Said:
        """The status comes to speak of the guess at this timestep; give what it says."""
        told = re.compile(rf"t = {t}, schedule {schedule}: .* of the guess: ")
        expect(self.status).to_have_text(told)
        return self.read()

    def read(self) -> Said:
        found = SAID.search(self.said)
        assert found, f"the status says {self.said!r}"
        t, schedule, snr, share, error, of_mean, _, asked = found.groups()
        where = int(asked) if asked else None
        return Said(int(t), schedule, float(snr), share, float(error), float(of_mean), where)

    def told(self) -> Said:
        return self.read()

    def is_current(self) -> bool:
        """Is the guess on show that of what is on show?"""
        figure = self.guess.locator("xpath=..")
        return figure.get_attribute("data-current") == "true"

"""The comparison of architectures as its reader has it: by role and name, by what it says."""

import re
from functools import cache

import numpy as np
import torch
from playwright.sync_api import Locator

from genlab.diffusion.denoiser import Denoiser, load_denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.samplers import ddim
from genlab.diffusion.self_conditioning import remembering
from genlab.widgets.kernel.denoising import page_noise
from kit.denoising import answers_of_checkpoint, noisy_batch
from kit.pictures import LEVEL, ink_of, place_in
from kit.rows import START, Rows
from kit.widget import SCRIPT

COUNT = 4
# The panels of its page: what they are called there, and their checkpoints.
PANELS = {"DiT": "dit", "U-ViT": "uvit", "RIN": "rin"}
RECURRENT = "RIN"
SAID = re.compile(
    r"After (?:all )?(\d+)(?: of (\d+))? steps.*start from noise (\d+)\. Two networks differ by "
    r"([\d.]+) a pixel.*RIN are (handed on|zero at each step)\.$"
)


def way_of(
    denoiser: Denoiser, seed: int, steps: int, guesses: bool = False, zero: bool = False
) -> list[np.ndarray]:
    """The images of PyTorch from the page's noise on, (4, 784) in [-1, 1], or its guesses of x0."""
    noise = page_noise(seed, COUNT)
    recurrent = hasattr(denoiser.model, "step") and not zero
    one = remembering(denoiser) if recurrent else denoiser
    way = list(ddim(one, noise, steps, timestep_spacing="trailing"))
    made = [step.x0 for step in way] if guesses else [noise, *(step.prev_sample for step in way)]
    return [image.reshape(COUNT, -1).numpy() for image in made]


@cache
def by_pytorch(
    name: str, seed: int, steps: int, guesses: bool = False, zero: bool = False
) -> list[np.ndarray]:
    """Likewise, of a panel of its page."""
    return way_of(load_denoiser(PANELS[name]), seed, steps, guesses, zero)


def as_ink(images: np.ndarray) -> np.ndarray:
    return to_image_range(torch.from_numpy(images)).numpy()


class Compare(Rows):
    name = "architecture-compare"
    home = "book/diffusion/architectures"
    keys = ("progress", "seed", "steps", "guess", "latents")
    networks = ("dit.denoiser.onnx", "uvit.denoiser.onnx", "rin.step.onnx")
    lost = ("rin.step.onnx", "Not sampled: the file rin.step.onnx")
    picture = ("3 groups of 4 pictures side by side", "With JavaScript")
    link = "progress:60,seed:7,steps:5,latents:zero"
    touched = {"progress": 5, "seed": START[1], "steps": START[2], "guess": 0}
    moved = {"progress": 80, "seed": 8, "steps": 5, "guess": 1, "latents": "handed_on"}
    nonsense = {
        "progress:101": "expected a whole number from 0 to 100",
        "progress:2.5": "expected a whole number from 0 to 100",
        "seed:100": "expected a whole number from 0 to 99",
        "progress:50,steps:1001": "expected one of 5, 10, 20, 50",
        "guess:2": "expected a whole number from 0 to 1",
        "latents:kept": "expected one of handed_on, zero",
        "step:3": "expected progress, seed, steps, guess, latents",
        SCRIPT: "expected progress, seed, steps, guess, latents",
    }
    tab_stops = (
        *("Play: sampling", "How far sampling"),
        *("Seed of the noise", "How many steps", "handed_on", "Show the guesses"),
    )

    def expect_start(self) -> None:
        assert self.shown()[:3] == (START[2], START[1], START[2])
        for name in PANELS:
            self.expect_panel(name, START[2], START[1], START[2])

    def expect_link(self) -> None:
        self.expect_shown(3, 7, 5, "zero at each step")
        for name in PANELS:
            self.expect_panel(name, 3, 7, 5, zero=True)

    def move(self) -> None:
        self.press("ArrowRight")
        self.seed.press("ArrowRight")
        self.guesses.click()
        self.choose("handed on")

    def expect_moved(self) -> None:
        self.expect_shown(4, 8, 5)
        self.expect_said(f"guesses of x0 for {len(PANELS)} x 4 samples")

    def tap(self) -> None:
        self.way.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*place_in(self.way, 0.12, 0.5))
        self.eventually(lambda: 0 < self.shown()[0] < 5, "one of the first steps")
        chip = self.chip("zero at each step")
        chip.scroll_into_view_if_needed()
        chip.tap()
        self.eventually(lambda: self.shown()[-1] == "zero at each step", "zero latents")

    @classmethod
    def by_pytorch(cls) -> dict:
        plain = {
            f"denoiser-{name}": (noisy_batch(), answers_of_checkpoint(PANELS[name]))
            for name in PANELS
            if name != RECURRENT
        }
        return {**plain, f"denoiser-{RECURRENT}": recurrent_batch()}

    def shown(self) -> tuple:
        """Step, seed, steps, and what the latents are, as the status line says them."""
        found = SAID.search(self.said)
        if not found:
            return (-1, -1, -1, "")
        return int(found[1]), int(found[3]), int(found[2] or found[1]), found[5]

    def difference(self) -> float:
        """How far the networks are apart, as the status line says it."""
        found = SAID.search(self.said)
        assert found, self.said
        return float(found[4])

    def expect_shown(self, step: int, seed: int, steps: int, latents: str = "handed on") -> None:
        """The status comes to say this, and no network is behind."""
        self.expect_all_at(step, seed, steps, latents)

    def chip(self, text: str) -> Locator:
        return self.root.locator(".gl-chip").filter(has_text=re.compile(f"^{re.escape(text)}$"))

    def choose(self, text: str) -> None:
        """Say what the latents are: "handed on" or "zero at each step"."""
        self.chip(text).click()

    def panel(self, name: str) -> Locator:
        """A network's panel."""
        return self.root.get_by_role("group", name=name, exact=True)

    def images(self, name: str) -> np.ndarray:
        """The samples of a network, (4, 784) in [0, 1]."""
        return np.stack([ink_of(one) for one in self.panel(name).locator("canvas").all()])

    def expect_panel(
        self, name: str, step: int, seed: int, steps: int, guesses: bool = False, zero: bool = False
    ) -> None:
        """A panel comes to show what PyTorch samples, or guesses."""
        self.expect_images(name, by_pytorch(name, seed, steps, guesses, zero)[step])

    def expect_images(self, name: str, wanted: np.ndarray) -> None:
        """A panel comes to show these, (4, 784) in [-1, 1]."""
        self.expect_same(lambda: self.images(name), as_ink(wanted), LEVEL, f"the panel of {name}")


def recurrent_batch() -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Fifty noisy images, their timesteps and latents, and PyTorch's estimates and new latents."""
    model = load_denoiser(PANELS[RECURRENT]).model
    xt, t = noisy_batch()
    latents = np.random.default_rng(1).standard_normal((50, 16, 80)).astype(np.float32)
    return (xt, t, latents), joined(model, xt, t, latents)


@torch.no_grad()
def joined(model: torch.nn.Module, *inputs: np.ndarray) -> np.ndarray:
    """What PyTorch answers, an estimate and latents in each row."""
    estimate, latents = model.step(*(torch.from_numpy(one) for one in inputs))
    return torch.cat([estimate.flatten(1), latents.flatten(1)], dim=1).numpy()

"""The sample wall as its reader has it: by role and name, by what is seen and said."""

import re
from functools import cache

import numpy as np
from playwright.sync_api import Locator

from genlab.diffusion.denoiser import Denoiser, load_denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.samplers import ddim
from genlab.widgets.kernel.denoising import page_noise
from kit.denoising import answers_of_checkpoint, noisy_batch
from kit.pictures import LEVEL, ink_of, place_in
from kit.rows import START, Rows
from kit.widget import SCRIPT

COUNT = 8
# The rows of its page: what they are called there, and their checkpoints.
RUNGS = ("basic", "time", "group", "wide", "attention")
ROWS = {**{name: f"ladder-{name}" for name in RUNGS}, "longer": "unet-time-sample"}
SAID = re.compile(r"After (?:all )?(\d+)(?: of (\d+))? steps.* start from noise (\d+)\.$")


def way_of(denoiser: Denoiser, seed: int, steps: int, guesses: bool = False) -> list[np.ndarray]:
    """The images of PyTorch from the page's noise on, (8, 784) in [0, 1], or its guesses of x0."""
    noise = page_noise(seed, COUNT)
    way = list(ddim(denoiser, noise, steps, timestep_spacing="trailing"))
    made = [step.x0 for step in way] if guesses else [step.prev_sample for step in way]
    images = made if guesses else [noise, *made]
    return [to_image_range(one).reshape(COUNT, -1).numpy() for one in images]


@cache
def by_pytorch(name: str, seed: int, steps: int, guesses: bool = False) -> list[np.ndarray]:
    """Likewise, of a row of its page."""
    return way_of(load_denoiser(ROWS[name]), seed, steps, guesses)


class Wall(Rows):
    name = "sample-wall"
    home = "book/diffusion/better-unet"
    keys = ("progress", "seed", "steps", "guess")
    networks = tuple(f"{checkpoint}.denoiser.onnx" for checkpoint in ROWS.values())
    lost = (
        "unet-time-sample.denoiser.onnx",
        "Not sampled: the file unet-time-sample.denoiser.onnx",
    )
    picture = (f"{len(ROWS)} rows of 8 small pictures", "With JavaScript")
    link = "progress:60,seed:7,steps:5"
    touched = {"progress": 5, "seed": START[1], "steps": START[2], "guess": 0}
    moved = {"progress": 80, "seed": 8, "steps": 5, "guess": 1}
    nonsense = {
        "progress:101": "expected a whole number from 0 to 100",
        "progress:2.5": "expected a whole number from 0 to 100",
        "seed:100": "expected a whole number from 0 to 99",
        "progress:50,steps:1001": "expected one of 5, 10, 20, 50",
        "progress:50,steps:0": "expected one of 5, 10, 20, 50",
        "guess:2": "expected a whole number from 0 to 1",
        "step:3": "expected progress, seed, steps, guess",
        SCRIPT: "expected progress, seed, steps, guess",
    }
    tab_stops = (
        *("Play: sampling", "How far sampling"),
        *("Seed of the noise", "How many steps", "Show the guesses"),
    )

    def expect_start(self) -> None:
        assert self.shown() == (START[2], START[1], START[2])
        for name in ROWS:
            self.expect_row(name, START[2], START[1], START[2])

    def expect_link(self) -> None:
        self.expect_shown(3, 7, 5)
        for name in ROWS:
            self.expect_row(name, 3, 7, 5)

    def move(self) -> None:
        self.press("ArrowRight")
        self.seed.press("ArrowRight")
        self.guesses.click()

    def expect_moved(self) -> None:
        self.expect_shown(4, 8, 5)
        self.expect_said(f"guesses of x0 for {len(ROWS)} x 8 samples")

    def tap(self) -> None:
        self.way.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*place_in(self.way, 0.12, 0.5))
        self.eventually(lambda: 0 < self.shown()[0] < 5, "one of the first steps")

    @classmethod
    def by_pytorch(cls) -> dict:
        rows = ROWS.items()
        return {
            f"denoiser-{name}": (noisy_batch(), answers_of_checkpoint(one)) for name, one in rows
        }

    def shown(self) -> tuple[int, int, int]:
        """Step, seed and steps as the status line says them."""
        found = SAID.search(self.said)
        return (int(found[1]), int(found[3]), int(found[2] or found[1])) if found else (-1, -1, -1)

    def expect_shown(self, step: int, seed: int, steps: int) -> None:
        """The status comes to say this, and no row is behind."""
        self.expect_all_at(step, seed, steps)

    def row(self, name: str) -> Locator:
        """The samples of a network, as one picture."""
        known = re.compile(f"^(8 samples of {re.escape(name)},|What {re.escape(name)} takes)")
        return self.root.get_by_role("img", name=known)

    def images(self, name: str) -> np.ndarray:
        """The samples of a network, (8, 784) in [0, 1]."""
        return np.stack([ink_of(one) for one in self.row(name).locator("canvas").all()])

    def expect_row(self, name: str, step: int, seed: int, steps: int) -> None:
        """A row comes to show what PyTorch samples."""
        self.expect_images(name, by_pytorch(name, seed, steps)[step])

    def expect_images(self, name: str, wanted: np.ndarray) -> None:
        """A row comes to show these, (8, 784) in [0, 1]."""
        self.expect_same(lambda: self.images(name), wanted, LEVEL, f"the row of {name}")

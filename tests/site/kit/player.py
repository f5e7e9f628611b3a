"""The denoise player as its reader has it: by role and name, by what is seen and said."""

import re
from functools import cache

import numpy as np
import torch
from playwright.sync_api import Locator

from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.flow import load_flow
from genlab.diffusion.forward import to_image_range
from genlab.widgets import DenoisePlayer
from genlab.widgets.denoise_player.networks import CLASS_CHECKPOINT, FLOW_CHECKPOINT
from kit.denoising import noisy_batch
from kit.pictures import LEVEL, ink_of, place_in
from kit.widget import SCRIPT, Part, WidgetOnPage

COUNT, STEPS = 16, 20
SAMPLERS = {
    "ddim": "DDIM",
    "ddpm": "DDPM",
    "dpm_solver": "DPM-Solver++ 2M",
    "flow_euler": "flow, Euler",
}
SAID = re.compile(
    r"After (?:all )?(\d+)(?: of (\d+))? steps of (.+?)(?:, at t = \d+)?: 16 samples of "
    r"(?:a (\d), guidance ([\d.]+),|any digit) from noise (\d+)\. Sample (\d+) is close up\.$"
)


@cache
def way_of(sampler: str, label: int, guidance: float, steps: int, seed: int) -> tuple:
    """Images and guesses of PyTorch, lists of (16, 784) in [0, 1]."""
    player = DenoisePlayer(progress=0, steps=steps, label=label, guidance=guidance, seed=seed)
    player.sampler, player.progress = sampler, 100
    images, guesses = player.way()
    flat = [
        [to_image_range(one).reshape(COUNT, -1).numpy() for one in all_]
        for all_ in (images, guesses)
    ]
    return flat[0], flat[1]


class Player(WidgetOnPage):
    name = "denoise-player"
    home = "book/diffusion/sampling"
    keys = ("progress", "chosen", "label", "guidance", "sampler", "steps", "seed", "clip")
    networks = (f"{CLASS_CHECKPOINT}.asked.onnx",)
    several_passes = True  # the first step, and the guess that the next one begins with
    lost = (
        f"{CLASS_CHECKPOINT}.asked.onnx",
        f"Not sampled: the file {CLASS_CHECKPOINT}.asked.onnx",
    )
    picture = ("A row of 8 pictures in which pure noise", "With JavaScript")
    link = "progress:60,chosen:5,label:7,guidance:1.5,sampler:dpm_solver,steps:5,seed:8"
    touched = {"progress": 5, "chosen": 1, "label": 3, "sampler": "ddim", "steps": STEPS}
    moved = {"progress": 80, "chosen": 6, "label": 7, "sampler": "ddpm", "steps": 5, "seed": 9}
    nonsense = {
        "progress:101": "expected a whole number from 0 to 100",
        "chosen:0": "expected a whole number from 1 to 16",
        "label:11": "expected one of 0, 1, 2",
        "label:-1": "expected one of 0, 1, 2",
        "guidance:-1": "expected a number from 0 to 8",
        "sampler:euler": "expected one of ddim, ddpm, dpm_solver, flow_euler",
        "steps:1001": "expected one of 2, 5, 10, 20, 50",
        "seed:100": "expected a whole number from 0 to 99",
        "class:3": "expected progress, chosen, label",
        SCRIPT: "expected progress, chosen, label",
    }
    tab_stops = (
        *("Play: sampling", "How far sampling", "Sample 1", "3", "ddim", "Clamp the guesses"),
        *("Guidance", "How many steps", "Seed of the noise"),
    )
    way = handle = Part("slider", "How far sampling")
    guidance = Part("slider", "Guidance")
    steps = Part("slider", "How many steps")
    seed = Part("slider", "Seed of the noise")
    now = Part("img", "The chosen sample as it is now")
    guess = Part("img", "What the network takes")

    def touch(self) -> None:
        """From the end the least that asks for an answer is the first step."""
        self.press("Home", "ArrowRight")

    def expect_touched(self) -> None:
        self.expect_shown(1)

    def expect_start(self) -> None:
        assert self.shown()[:2] == (STEPS, STEPS)
        self.expect_samples(STEPS, "ddim", 3, 2.0, STEPS, 1)

    def expect_link(self) -> None:
        self.expect_shown(3, 5, sampler="dpm_solver", label="7", seed=8, chosen=5)
        self.expect_samples(3, "dpm_solver", 7, 1.5, 5, 8, chosen=5)

    def move(self) -> None:
        self.press("ArrowRight")
        self.choose("DDPM")
        self.seed.press("ArrowRight")
        self.sample(5).press("ArrowRight")

    def expect_moved(self) -> None:
        self.expect_shown(4, 5, sampler="ddpm", label="7", seed=9, chosen=6)

    def tap(self) -> None:
        self.way.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*place_in(self.way, 0.12, 0.5))
        self.eventually(lambda: 0 < self.shown()[0] < 5, "one of the first steps")
        second = self.root.locator(".gl-sample").nth(1)
        second.scroll_into_view_if_needed()
        second.tap()
        self.eventually(lambda: self.shown()[-1] == 2, "sample 2")

    @classmethod
    def by_pytorch(cls) -> dict:
        (xt, t), label = noisy_batch(), np.arange(50) % 11
        inputs = [torch.from_numpy(one) for one in (xt, t, label)]
        with torch.no_grad():
            one = load_denoiser(CLASS_CHECKPOINT).model(*inputs).numpy()
            two = load_flow(FLOW_CHECKPOINT).model(inputs[0], inputs[1].float(), inputs[2]).numpy()
        return {"denoiser": ((xt, t, label), one), "flow": ((xt, t, label), two)}

    def shown(self) -> tuple:
        """Step, steps, sampler, label, guidance, seed and chosen sample as the status line says."""
        found = SAID.search(self.said)
        if not found:
            return (-1,) * 7
        step, steps, sampler, label, guidance, seed, chosen = found.groups()
        known = (int(step), int(steps or step), sampler, label or "any", float(guidance or 1))
        return (*known, int(seed), int(chosen))

    def expect_shown(
        self,
        step: int,
        steps: int = STEPS,
        sampler: str = "ddim",
        label: str = "3",
        seed: int = 1,
        chosen: int = 1,
    ) -> None:
        """The status comes to say this, and no step is left to be made for it."""

        def there() -> bool:
            done = self.root.get_attribute("data-state") in ("idle", "ready")
            told = self.shown()
            wanted = (step, steps, SAMPLERS[sampler], label, seed, chosen)
            return done and (*told[:4], *told[5:]) == wanted

        self.eventually(there, (step, steps, sampler, label, seed, chosen))

    def sample(self, number: int) -> Locator:
        return self.root.get_by_role("radio", name=f"Sample {number}", exact=True)

    def choose(self, text: str) -> None:
        """Click a chip: a digit, "any", or a sampler."""
        chip = self.root.locator(".gl-chip").filter(has_text=re.compile(f"^{re.escape(text)}$"))
        chip.click()

    def images(self) -> np.ndarray:
        """All samples, (16, 784) in [0, 1]."""
        return np.stack([ink_of(one) for one in self.root.locator(".gl-sample canvas").all()])

    def expect_samples(
        self,
        step: int,
        sampler: str,
        label: int,
        guidance: float,
        steps: int,
        seed: int,
        chosen: int = 1,
    ) -> None:
        """It comes to show PyTorch's samples, and the guess for the chosen one."""
        images, guesses = way_of(sampler, label, guidance, steps, seed)
        self.expect_same(self.images, images[step], LEVEL, "samples")
        self.expect_ink(self.now, images[step][chosen - 1])
        self.expect_ink(self.guess, guesses[min(step, steps - 1)][chosen - 1])

"""The reference of tests/js/samplers.test.mjs, the widgets' samplers, is `genlab.diffusion`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.objectives import PredictionType
from genlab.diffusion.samplers import ddim, inference_timesteps
from genlab.diffusion.schedules import NoiseSchedule

FIXTURE = Path(__file__).parents[2] / "js" / "fixtures" / "samplers.json"
SCHEDULE = NoiseSchedule("squaredcos_cap_v2")
STEPS = 8
COUNTS = (1, 5, 7, 8, 16, 20, 50)  # 1000 / 16 has halves, which are rounded to even numbers


def answer(xt: Tensor, t: Tensor) -> Tensor:
    """What the reference's network answers: it knows xt and t, and nothing else."""
    return 0.6 * xt + t.view(-1, 1, 1, 1) / 2000


def make() -> dict:
    """Compute the reference; `python tests/widgets/kernel/test_samplers_fixture.py` writes it."""
    noise = torch.randn(1, 1, 2, 3, generator=torch.Generator().manual_seed(0))
    return {
        "noise": noise.flatten().tolist(),
        "schedule": SCHEDULE.beta_schedule,
        "timesteps": {count: inference_timesteps(SCHEDULE, count, "trailing") for count in COUNTS},
        "ddim": {name: by_ddim(noise, name) for name in get_args(PredictionType)},
    }


def by_ddim(noise: Tensor, prediction_type: PredictionType) -> list[list[float]]:
    """The images after each step."""
    denoiser = Denoiser(answer, SCHEDULE, prediction_type)
    steps = ddim(denoiser, noise, STEPS, timestep_spacing="trailing")
    return [step.prev_sample.flatten().tolist() for step in steps]


def test_the_reference_is_up_to_date():
    stored, made = json.loads(FIXTURE.read_text()), json.loads(json.dumps(make()))
    assert (stored["noise"], stored["timesteps"]) == (made["noise"], made["timesteps"])
    for name, wanted in made["ddim"].items():
        np.testing.assert_allclose(stored["ddim"][name], wanted, rtol=0, atol=1e-6)


if __name__ == "__main__":
    FIXTURE.write_text(json.dumps(make()) + "\n")

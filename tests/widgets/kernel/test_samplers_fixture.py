"""The reference of tests/js/samplers.test.mjs, the widgets' samplers: `genlab` and `diffusers`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
)
from torch import Tensor

from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.objectives import Prediction, PredictionType
from genlab.diffusion.samplers import ddim, ddpm_step, inference_timesteps, sampling_loop
from genlab.diffusion.schedules import NoiseSchedule

FIXTURE = Path(__file__).parents[2] / "js" / "fixtures" / "samplers.json"
SCHEDULE = NoiseSchedule("squaredcos_cap_v2")
STEPS = 8
COUNTS = (1, 5, 7, 8, 16, 20, 50)  # 1000 / 16 has halves, which are rounded to even numbers
SHAPE = (1, 1, 2, 3)


def answer(xt: Tensor, t: Tensor) -> Tensor:
    """What the reference's network answers: it knows xt and t, and nothing else."""
    return 0.6 * xt + t.view(-1, 1, 1, 1) / 2000


def normal(seed: int) -> Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))


def fresh(t: int) -> Tensor:
    """DDPM's new noise at a timestep."""
    return normal(1 + inference_timesteps(SCHEDULE, STEPS, "trailing").index(t))


def make() -> dict[str, Any]:
    """Compute the reference; `python tests/widgets/kernel/test_samplers_fixture.py` writes it."""
    noise, kinds = normal(0), get_args(PredictionType)
    return {
        "noise": noise.flatten().tolist(),
        "fresh": [normal(1 + i).flatten().tolist() for i in range(STEPS)],
        "schedule": SCHEDULE.beta_schedule,
        "timesteps": {count: inference_timesteps(SCHEDULE, count, "trailing") for count in COUNTS},
        "ddim": {kind: by_ddim(noise, kind) for kind in kinds},
        "ddpm": {kind: by_ddpm(noise, kind) for kind in kinds},
        "dpm_solver": {kind: by_dpm_solver(noise, kind) for kind in kinds},
        "flow_euler": by_flow(noise),
    }


def by_ddim(noise: Tensor, kind: PredictionType) -> list[list[float]]:
    """The images after each step."""
    steps = ddim(Denoiser(answer, SCHEDULE, kind), noise, STEPS, timestep_spacing="trailing")
    return [step.prev_sample.flatten().tolist() for step in steps]


def by_ddpm(noise: Tensor, kind: PredictionType) -> list[list[float]]:
    """Likewise, with the new noise of `fresh`."""

    def step(prediction: Prediction, xt: Tensor, t: int, prev_t: int) -> Tensor:
        return ddpm_step(prediction, xt, t, prev_t, SCHEDULE, fresh(t))

    timesteps = inference_timesteps(SCHEDULE, STEPS, "trailing")
    steps = sampling_loop(Denoiser(answer, SCHEDULE, kind), noise, timesteps, step)
    return [step.prev_sample.flatten().tolist() for step in steps]


def by_dpm_solver(noise: Tensor, kind: PredictionType) -> list[list[float]]:
    """Likewise by diffusers, which is given the guess of x0, cut off, as a network's output."""
    scheduler = DPMSolverMultistepScheduler(
        beta_schedule=SCHEDULE.beta_schedule,
        prediction_type="sample",
        timestep_spacing="trailing",
        final_sigmas_type="zero",
    )
    scheduler.set_timesteps(STEPS)
    denoiser, xt, images = Denoiser(answer, SCHEDULE, kind), noise, []
    for t in scheduler.timesteps.tolist():
        x0 = denoiser.predict(xt, t).clipped().x0
        xt = scheduler.step(x0, t, xt).prev_sample
        images.append(xt.flatten().tolist())
    return images


def by_flow(noise: Tensor) -> list[list[float]]:
    """Likewise, of a flow whose velocity is the answer; it is told 1000 s."""
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(STEPS)
    xs, images = noise, []
    for t in scheduler.timesteps:
        xs = scheduler.step(answer(xs, t), t, xs).prev_sample
        images.append(xs.flatten().tolist())
    return images


def test_the_reference_is_up_to_date():
    stored, made = json.loads(FIXTURE.read_text()), json.loads(json.dumps(make()))
    for name in ("noise", "fresh", "timesteps"):
        assert stored[name] == made[name]
    for sampler in ("ddim", "ddpm", "dpm_solver"):
        for kind, wanted in made[sampler].items():
            np.testing.assert_allclose(stored[sampler][kind], wanted, rtol=0, atol=1e-6)
    np.testing.assert_allclose(stored["flow_euler"], made["flow_euler"], rtol=0, atol=1e-6)


if __name__ == "__main__":
    FIXTURE.write_text(json.dumps(make()) + "\n")

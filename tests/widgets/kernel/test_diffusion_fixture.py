"""The reference of tests/js/diffusion.test.mjs, the widgets' arithmetic, is diffusers'."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

FIXTURE = Path(__file__).parents[2] / "js" / "fixtures" / "diffusion.json"
SCHEDULES = ("linear", "scaled_linear", "squaredcos_cap_v2")
T = (0, 1, 10, 250, 500, 750, 990, 998, 999)
STEPS = 5


def make() -> dict:
    """Compute the reference; `python tests/widgets/test_diffusion_fixture.py` writes it."""
    noise = torch.randn(6, generator=torch.Generator().manual_seed(0))
    return {
        "t": list(T),
        "alphas_cumprod": {
            name: DDPMScheduler(beta_schedule=name).alphas_cumprod[list(T)].tolist()
            for name in SCHEDULES
        },
        "ddim": {
            "noise": noise.tolist(),
            "schedule": "squaredcos_cap_v2",
            "steps": STEPS,
            "samples": {
                name: sample(noise, name) for name in ("epsilon", "sample", "v_prediction")
            },
        },
    }


def sample(noise: torch.Tensor, prediction_type: str) -> list[list[float]]:
    scheduler = DDIMScheduler(beta_schedule="squaredcos_cap_v2", prediction_type=prediction_type)
    scheduler.set_timesteps(STEPS)
    xt, samples = noise, []
    for t in scheduler.timesteps.tolist():
        xt = scheduler.step(0.6 * xt + t / 2000, t, xt).prev_sample
        samples.append(xt.tolist())
    return samples


def test_the_reference_is_up_to_date():
    stored, made = json.loads(FIXTURE.read_text()), make()
    assert stored["t"] == made["t"]
    for name in SCHEDULES:
        wanted = made["alphas_cumprod"][name]
        np.testing.assert_allclose(stored["alphas_cumprod"][name], wanted, rtol=0, atol=1e-7)
    for name, wanted in made["ddim"]["samples"].items():
        np.testing.assert_allclose(stored["ddim"]["samples"][name], wanted, rtol=0, atol=1e-6)


if __name__ == "__main__":
    FIXTURE.write_text(json.dumps(make()) + "\n")

"""The reference of tests/js/blind.test.mjs is what the package computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from genlab.diffusion.blind import blind_ddim
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule

FIXTURE = Path(__file__).parents[2] / "js" / "fixtures" / "blind.json"


def make() -> dict:
    """Compute the reference; `python tests/widgets/test_blind_fixture.py` writes it."""
    noise = torch.randn(1, 1, 2, 3, generator=torch.Generator().manual_seed(0))
    ramp = torch.arange(6.0).reshape(1, 1, 2, 3)
    network = Denoiser(lambda xt, t: 1.3 * xt + 0.1 * ramp - 0.2, NoiseSchedule("linear"))
    steps = blind_ddim(network, noise, 5)
    samples = [step.prev_sample.flatten().tolist() for step in steps]
    return {"noise": noise.flatten().tolist(), "samples": samples}


def test_the_reference_is_up_to_date():
    stored, made = json.loads(FIXTURE.read_text()), make()
    np.testing.assert_allclose(stored["samples"], made["samples"], rtol=0, atol=1e-5)


if __name__ == "__main__":
    FIXTURE.write_text(json.dumps(make()) + "\n")

"""What the widgets on diffusion are held to: digits, the page's noise, networks of two inputs."""

from functools import cache

import numpy as np
import torch

from genlab.data import load_digits
from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.widgets.kernel.denoising import page_noise

SEVEN = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]


@cache
def x0_of(digit: int) -> torch.Tensor:
    return to_diffusion_range(load_digits("test").of_class(digit)[:1])


def xt_of(t: int, schedule: str, seed: int, digit: int) -> torch.Tensor:
    """What PyTorch makes of a digit and the page's noise."""
    return add_noise(x0_of(digit), page_noise(seed), t, NoiseSchedule(schedule))


def ink(x0: torch.Tensor) -> np.ndarray:
    return to_image_range(x0).flatten().numpy()


def noisy_batch() -> tuple[np.ndarray, np.ndarray]:
    """Fifty noisy images and their timesteps."""
    rng = np.random.default_rng(0)
    xt = rng.standard_normal((50, 1, 28, 28)).astype(np.float32)
    return xt, rng.integers(0, 1000, 50)


@torch.no_grad()
def answers_of(model: torch.nn.Module) -> np.ndarray:
    """What PyTorch answers to `noisy_batch`."""
    xt, t = noisy_batch()
    return model(torch.from_numpy(xt), torch.from_numpy(t)).numpy()


def answers_of_checkpoint(name: str) -> np.ndarray:
    return answers_of(load_denoiser(name).model)

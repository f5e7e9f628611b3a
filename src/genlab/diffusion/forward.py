"""The forward process, and the only place where the range of pixels changes."""

from __future__ import annotations

from torch import Tensor

from genlab.data import check_images
from genlab.diffusion.schedules import NoiseSchedule


def to_diffusion_range(images: Tensor) -> Tensor:
    """Map images (N, 1, 28, 28) from [0, 1] to [-1, 1], the range of x0.

    Raises:
        TypeError: if they are not float32.
        ValueError: if they have another shape or leave [0, 1].
    """
    return check_images(images) * 2 - 1


def to_image_range(x0: Tensor) -> Tensor:
    """Map x0 from [-1, 1] to [0, 1], any shape; what is outside is cut off."""
    return ((x0 + 1) / 2).clamp(0, 1)


def add_noise(
    x0: Tensor, eps: Tensor, t: int | Tensor, schedule: NoiseSchedule
) -> Tensor:
    """Jump from x0 to xt at once.

    It is xt = sqrt(alpha-bar) x0 + sqrt(1 - alpha-bar) eps.

    Args:
        x0: clean images in [-1, 1], (N, C, H, W).
        eps: standard normal noise, same shape.
        t: one timestep for all, or one an image, int64, (N,).
        schedule: which timestep adds how much.

    Raises:
        TypeError: if `t` is not whole numbers.
        ValueError: if the shapes of `x0` and `eps` differ or `t` does not fit.
    """
    check_same_shape(x0, eps, "x0", "eps")
    signal, noise = schedule.rates(t, x0)
    return signal * x0 + noise * eps


def add_noise_step(
    x: Tensor, eps: Tensor, t: int, schedule: NoiseSchedule
) -> Tensor:
    """Go one small step: from x at t - 1 to timestep t (from x0 for t = 0).

    Args:
        x: images at timestep t - 1, any shape.
        eps: standard normal noise, same shape, drawn anew for each step.
        t: the timestep.
        schedule: which timestep adds how much.

    Raises:
        ValueError: if the shapes differ or `t` is outside the schedule.
    """
    check_same_shape(x, eps, "x", "eps")
    beta = 1 - schedule.alpha_bar(t) / schedule.alpha_bar(t - 1)
    return (1 - beta).sqrt() * x + beta.sqrt() * eps


def check_same_shape(a: Tensor, b: Tensor, name_a: str, name_b: str) -> None:
    """Refuse two tensors of different shapes.

    PyTorch might silently broadcast them.

    Raises:
        ValueError: naming both shapes.
    """
    if a.shape != b.shape:
        raise ValueError(
            f"{name_a} has shape {tuple(a.shape)} "
            f"and {name_b} {tuple(b.shape)}; expected the same shape"
        )

"""Moving about in a latent space: paths, and a grid that follows the normal."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributions import Normal

from genlab.checkpoints import load_model
from genlab.models.vae import VAE

# The VAEs that ship with the course, by the KL term's weight in their training.
VAE_CHECKPOINTS: dict[float, str] = {
    0.1: "vae-2d-beta-0.1",
    0.5: "vae-2d",
    1.0: "vae-2d-beta-1",
    2.0: "vae-2d-beta-2",
    5.0: "vae-2d-beta-5",
    20.0: "vae-2d-beta-20",
}


def load_vae(beta: float) -> VAE:
    """Return the two-dimensional VAE that was trained with this KL weight.

    Raises:
        ValueError: if none was trained with it.
    """
    if beta not in VAE_CHECKPOINTS:
        known = ", ".join(f"{known:g}" for known in VAE_CHECKPOINTS)
        raise ValueError(
            f"no VAE was trained with beta = {beta!r}; there are {known}"
        )
    model = load_model(VAE_CHECKPOINTS[beta])
    assert isinstance(model, VAE)
    return model


def check_ends(a: Tensor, b: Tensor, steps: int) -> None:
    """Refuse ends that no path can join.

    Raises:
        ValueError: if `a` and `b` are not vectors of one size, or `steps` is
            below 2.
    """
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(
            f"a has shape {tuple(a.shape)} and b {tuple(b.shape)}; "
            "expected two latent vectors of one size, (latent_size,) each"
        )
    if steps < 2:
        raise ValueError(
            f"steps is {steps}; expected 2 or more, since both ends count"
        )


def lerp(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """Points on the straight line from `a` to `b`, (steps, latent_size).

    Both ends have shape (latent_size,) and are among the points.

    Raises:
        ValueError: if the ends differ in size or `steps` is below 2.
    """
    check_ends(a, b, steps)
    t = torch.linspace(0, 1, steps, dtype=a.dtype)[:, None]
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """Points on the arc around zero from `a` to `b`, (steps, latent_size).

    Both ends have shape (latent_size,). The direction turns at a constant rate
    (Shoemake, 1985), the length changes in proportion.

    Raises:
        ValueError: if the ends differ in size, one is zero, they point in
            opposite directions (no arc is the shortest then), or `steps` is
            below 2.
    """
    check_ends(a, b, steps)
    lengths = torch.stack([a.norm(), b.norm()])
    if lengths.min() == 0:
        raise ValueError(
            "an end is the zero vector, which has no direction; use lerp"
        )
    cosine = (a / lengths[0]) @ (b / lengths[1])
    if cosine < -0.99999:
        raise ValueError(
            "a and b point in opposite directions, "
            "so no arc is the shortest; use lerp"
        )
    t = torch.linspace(0, 1, steps, dtype=a.dtype)[:, None]
    angle = cosine.clamp(max=1).acos()
    if angle < 1e-3:  # the formula would divide by zero, and the arc is a line
        return lerp(a, b, steps)
    from_a = ((1 - t) * angle).sin() * a / lengths[0]
    from_b = (t * angle).sin() * b / lengths[1]
    length = (1 - t) * lengths[0] + t * lengths[1]
    return length * (from_a + from_b) / angle.sin()


def normal_grid(cells: int = 20) -> Tensor:
    """Points (cells * cells, 2) at the normal's quantiles, from the top left.

    They cut it, across and down, into `cells` strips of equal probability; a
    point stands in the middle of each. So each cell holds the same share of
    N(0, I).

    Raises:
        ValueError: if `cells` is below 1.
    """
    if cells < 1:
        raise ValueError(f"cells is {cells}; expected 1 or more")
    middles = (torch.arange(cells) + 0.5) / cells
    z = Normal(0.0, 1.0).icdf(middles)
    z1, z0 = torch.meshgrid(z.flip(0), z, indexing="ij")
    return torch.stack([z0, z1], dim=-1).reshape(-1, 2)

"""Noise schedules: how much digit and how much noise each timestep has.

Names and numbers are those of `diffusers.DDPMScheduler`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

BetaSchedule = Literal["linear", "scaled_linear", "squaredcos_cap_v2"]


class Rates(NamedTuple):
    """What `xt = signal * x0 + noise * eps` is mixed with.

    Attributes:
        signal: sqrt(alpha-bar), float32, shape () or (N, 1, 1, 1).
        noise: sqrt(1 - alpha-bar), same shape; the two squares sum to 1.
    """

    signal: Tensor
    noise: Tensor


@dataclass(frozen=True)
class NoiseSchedule:
    """The variances `betas[t]` of the noise that each timestep t adds.

    The first timestep is 0, the last is num_train_timesteps - 1.

    Attributes:
        beta_schedule: "linear", "scaled_linear" (linear in the root) or
            "squaredcos_cap_v2".
        num_train_timesteps: how many timesteps there are.
        beta_start: first beta; the cosine schedule has no use for it.
        beta_end: last beta; likewise.
    """

    beta_schedule: BetaSchedule = "linear"
    num_train_timesteps: int = 1000
    beta_start: float = 0.0001
    beta_end: float = 0.02

    def __post_init__(self) -> None:
        """Refuse what is not a schedule."""
        _check_schedule(self)

    @cached_property
    def betas(self) -> Tensor:
        """Variance of the noise added at each timestep, float32, shape (T,)."""
        if self.beta_schedule == "squaredcos_cap_v2":
            return cosine_betas(self.num_train_timesteps)
        linear = self.beta_schedule == "linear"
        betas = linear_betas if linear else scaled_linear_betas
        start, end = self.beta_start, self.beta_end
        return betas(self.num_train_timesteps, start, end).float()

    @cached_property
    def alphas(self) -> Tensor:
        """Share of the mean square that each timestep keeps, shape (T,)."""
        return 1 - self.betas

    @cached_property
    def alphas_cumprod(self) -> Tensor:
        """Alpha-bar: the digit's share of the mean square of xt, shape (T,)."""
        return torch.cumprod(self.alphas, dim=0)

    @cached_property
    def snr(self) -> Tensor:
        """Signal-to-noise ratio, alpha-bar / (1 - alpha-bar), shape (T,)."""
        return self.alphas_cumprod / (1 - self.alphas_cumprod)

    def alpha_bar(self, t: int) -> Tensor:
        """Return alphas_cumprod[t], shape (); 1 for t = -1, before any noise.

        Raises:
            ValueError: if `t` is neither -1 nor in the schedule.
        """
        if t == -1:
            return torch.tensor(1.0, dtype=torch.float32)
        return self.alphas_cumprod[check_timesteps(t, self)]

    def rates(self, t: int | Tensor, x: Tensor) -> Rates:
        """Return the two factors at `t`, in a shape that multiplies `x`.

        Args:
            t: one timestep for the whole batch, or one an image, int64, (N,).
            x: images, (N, C, H, W).

        Raises:
            TypeError: if `t` is not whole numbers.
            ValueError: if a timestep is outside the schedule or `t` has another
                length than `x`.
        """
        steps = check_timesteps(t, self, len(x)).to(self.alphas_cumprod.device)
        alpha_bar = self.alphas_cumprod[steps].to(x.device)
        if alpha_bar.ndim:
            alpha_bar = alpha_bar.view(-1, *[1] * (x.ndim - 1))
        return Rates(alpha_bar.sqrt(), (1 - alpha_bar).sqrt())


def linear_betas(
    num_train_timesteps: int, beta_start: float, beta_end: float
) -> Tensor:
    """Betas on a straight line (Ho et al., 2020), float32, shape (T,)."""
    return torch.linspace(beta_start, beta_end, num_train_timesteps)


def scaled_linear_betas(
    num_train_timesteps: int, beta_start: float, beta_end: float
) -> Tensor:
    """Betas whose square roots are on a straight line, float32, shape (T,)."""
    first, last = beta_start**0.5, beta_end**0.5
    return torch.linspace(first, last, num_train_timesteps) ** 2


def cosine_betas(num_train_timesteps: int, max_beta: float = 0.999) -> Tensor:
    """Betas whose alpha-bar falls like a squared cosine, shape (T,).

    It is the schedule of Nichol & Dhariwal (2021).

    Args:
        num_train_timesteps: how many.
        max_beta: the cap, without which the last beta would be 1 and nothing of
            x0 be left.
    """
    # In double precision: close to the end, 1 - (a ratio of two small numbers)
    # is asked for.
    steps = torch.arange(num_train_timesteps + 1, dtype=torch.float64)
    time = steps / num_train_timesteps
    alpha_bar = torch.cos((time + 0.008) / 1.008 * math.pi / 2) ** 2
    return (1 - alpha_bar[1:] / alpha_bar[:-1]).clamp(max=max_beta).float()


def check_timesteps(
    t: int | Tensor, schedule: NoiseSchedule, batch: int | None = None
) -> Tensor:
    """Return `t` as a tensor if it holds timesteps of the schedule.

    Args:
        t: a whole number, or a tensor of them, shape () or (N,).
        schedule: whose timesteps they shall be.
        batch: how many images, if a tensor of another length is to be refused.

    Raises:
        TypeError: if `t` is not whole numbers.
        ValueError: if a timestep is outside the schedule or the length is not
            `batch`.
    """
    steps = torch.as_tensor(t)
    fractional = steps.is_floating_point() or steps.is_complex()
    if fractional or steps.dtype == torch.bool:
        raise TypeError(
            f"t is {steps.dtype}; "
            "expected a whole number or a torch.int64 tensor"
        )
    wrong_length = steps.ndim == 1 and batch not in (None, len(steps))
    if steps.ndim > 1 or wrong_length:
        shape, each = tuple(steps.shape), "one timestep an image"
        wanted = "(N,)" if batch is None else f"({batch},), {each}"
        raise ValueError(f"t has shape {shape}; expected {wanted}")
    last = schedule.num_train_timesteps - 1
    outside = steps[(steps < 0) | (steps > last)] if steps.numel() else steps
    if outside.numel():
        got = int(outside.flatten()[0])
        raise ValueError(f"t is {got}; the schedule runs from 0 to {last}")
    return steps


def timestep_of_snr(snr: float | Tensor, schedule: NoiseSchedule) -> int:
    """Return the timestep whose SNR is nearest to `snr`, as a ratio.

    Args:
        snr: the signal-to-noise ratio asked for, above 0.
        schedule: where to look.

    Raises:
        ValueError: if `snr` is not a number above 0.
    """
    wanted = torch.as_tensor(snr, dtype=torch.float32)
    if wanted.numel() != 1 or not 0 < wanted < math.inf:
        raise ValueError(f"snr is {snr}; expected a number above 0")
    return int((schedule.snr.log() - wanted.log()).abs().argmin())


def _check_schedule(schedule: NoiseSchedule) -> None:
    known = get_args(BetaSchedule)
    if schedule.beta_schedule not in known:
        raise ValueError(
            f"beta_schedule is {schedule.beta_schedule!r}; "
            f"expected one of {', '.join(known)}"
        )
    steps = schedule.num_train_timesteps
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise ValueError(
            f"num_train_timesteps is {steps!r}; "
            "expected a whole number from 1 on"
        )
    start, end = schedule.beta_start, schedule.beta_end
    if not 0 < start <= end < 1:
        raise ValueError(
            f"beta_start is {start} and beta_end {end}; "
            "expected 0 < beta_start <= beta_end < 1"
        )

"""The check of the exercise *Group norm by hand*, held to PyTorch."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.checks import Answer, Case, Hint, Result, exercise, expect_values, run_check, text
from genlab.checks.draws import seeded
from genlab.checks.expect import close, refuse

GroupNorm = Callable[[Tensor, int, Tensor, Tensor], Tensor]

EPS = 1e-5
ATOL = 1e-4


@exercise("ex-group-norm", points=3)
def group_norm(answer: GroupNorm) -> Result:
    """Check a function (x, groups, weight, bias) -> x normalised in groups of channels."""
    watched = Answer(answer)

    def case(shows: str, groups: int, *shape: int, plain: bool = False, spread: float = 3) -> Case:
        return Case(shows, lambda: _expect_normal(watched, shape, groups, plain, spread))

    return run_check(
        "group_norm",
        [
            case(text("two groups of two channels"), 2, 3, 4, 5, 5, plain=True),
            case(text("each channel is scaled and shifted by its own"), 2, 3, 4, 5, 5),
            case(text("one group, and a group a channel"), 1, 2, 6, 4, 3),
            case(text("six groups of six channels"), 6, 2, 6, 4, 3),
            case(text("maps of hardly any spread"), 2, 2, 4, 3, 3, spread=1e-3),
        ],
    )


def _expect_normal(
    answer: Answer, shape: tuple[int, ...], groups: int, plain: bool, spread: float
) -> None:
    x, weight, bias = _maps(shape, plain, spread)
    got = expect_values(answer(x, groups, weight, bias), shape, "group_norm")
    wanted = F.group_norm(x, groups, weight, bias, EPS)
    if close(got, wanted, ATOL):
        return
    refuse(got, _known(x, groups, weight, bias), ATOL)
    off = (got - wanted.double()).abs().max().item()
    raise Hint(
        "The values differ by up to {off:.2g} from torch.nn.functional.group_norm. For each image "
        "and group: subtract the mean, divide by the root of the variance plus 1e-5.",
        off=off,
    )


def _maps(shape: tuple[int, ...], plain: bool, spread: float) -> tuple[Tensor, Tensor, Tensor]:
    rng, channels = seeded(1), shape[1]
    x = torch.randn(shape, generator=rng) * spread + torch.arange(channels).view(-1, 1, 1)
    # images differ in strength, so that statistics of the whole batch are seen to be wrong
    x = x * torch.linspace(0.5, 2, shape[0]).view(-1, 1, 1, 1) if spread > 1 else x * spread
    if plain:
        return x, torch.ones(channels), torch.zeros(channels)
    return x, torch.randn(channels, generator=rng), torch.randn(channels, generator=rng)


def _known(x: Tensor, groups: int, weight: Tensor, bias: Tensor) -> list[tuple[Tensor, str]]:
    """Return what well-known mistakes give, each with what to say."""
    parts = x.unflatten(1, (groups, -1)).flatten(2)  # (N, groups, values)
    mean, var = parts.mean(-1, keepdim=True), parts.var(-1, keepdim=True, unbiased=False)

    def scaled(normal: Tensor) -> Tensor:
        return normal.view_as(x) * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)

    unbiased = (parts - mean) / (parts.var(-1, keepdim=True) + EPS).sqrt()
    outside = (parts - mean) / (var.sqrt() + EPS)
    no_eps = (parts - mean) / var.clamp(min=1e-30).sqrt()
    per_group = x.unflatten(1, (-1, groups)).transpose(1, 2).reshape(parts.shape)
    strided = (per_group - per_group.mean(-1, keepdim=True)) / (
        per_group.var(-1, keepdim=True, unbiased=False) + EPS
    ).sqrt()
    strided = strided.unflatten(2, (x.shape[1] // groups, -1)).transpose(1, 2).reshape(x.shape)
    return [
        (
            F.batch_norm(x, None, None, weight, bias, training=True, eps=EPS),
            text("These are the statistics of the batch: each image has its own."),
        ),
        (
            F.instance_norm(x, eps=EPS) * weight.view(-1, 1, 1) + bias.view(-1, 1, 1),
            text("Each channel has statistics of its own here; the channels of a group share one."),
        ),
        (
            F.layer_norm(x, x.shape[1:], eps=EPS) * weight.view(-1, 1, 1) + bias.view(-1, 1, 1),
            text("All channels share one mean and variance here; each group has its own."),
        ),
        (
            (parts - mean).div((var + EPS).sqrt()).view_as(x),
            text("Weight and bias are missing: one each for every channel."),
        ),
        (
            scaled(unbiased),
            text("The variance divides by the number of values, not by one less: correction=0."),
        ),
        (
            scaled((parts - mean) / (var + EPS)),
            text("Divide by the root of the variance, not by the variance."),
        ),
        (
            scaled(outside),
            text("The 1e-5 is added to the variance, under the root."),
        ),
        (
            scaled(no_eps),
            text("The 1e-5 is missing: without it maps of no spread are divided by zero."),
        ),
        (
            strided * weight.view(-1, 1, 1) + bias.view(-1, 1, 1),
            text(
                "A group is channels that stand side by side: 0 and 1, then 2 and 3. Yours takes "
                "every second one."
            ),
        ),
    ]

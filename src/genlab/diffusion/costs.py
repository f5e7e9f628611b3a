"""What a denoiser costs: parameters, multiply-adds, images a second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from genlab.checkpoints import count_parameters
from genlab.diffusion.samplers import initial_noise
from genlab.models.readers import evaluating


@dataclass(frozen=True)
class Cost:
    """What a network needs.

    Attributes:
        parameters: how many numbers it learns.
        multiply_adds: multiplications with an addition, for one image once.
    """

    parameters: int
    multiply_adds: int


def cost_of(model: nn.Module) -> Cost:
    """Count a denoiser's parameters and its multiply-adds for one digit.

    Counted are convolutions, linear layers and attention, not what works on
    each number by itself, such as norms and activations.
    """
    return Cost(count_parameters(model), multiply_adds(model, *_inputs(1)))


def multiply_adds(model: nn.Module, *inputs: Tensor) -> int:
    """Count the multiplications with an addition of one forward pass.

    Args:
        model: any network or part of one.
        inputs: what it is called with; one image, for the cost of one.
    """
    counter = FlopCounterMode(display=False)
    # The counter knows attention by its two matrix products, not the fused one.
    with evaluating(model), sdpa_kernel(SDPBackend.MATH), counter:
        model(*inputs)
    return int(counter.get_total_flops()) // 2


def images_a_second(model: nn.Module, batch: int = 64, runs: int = 3) -> float:
    """Return how many digits a network denoises in a second, here and now.

    It is the best of some runs: what else the machine does only slows it.

    Args:
        model: called as model(xt, t).
        batch: how many digits at once.
        runs: how many, after one that does not count.
    """
    inputs, seconds = _inputs(batch), []
    with evaluating(model):
        for _ in range(runs + 1):
            started = time.perf_counter()
            model(*inputs)
            seconds.append(time.perf_counter() - started)
    return batch / min(seconds[1:])


def cost_table(
    models: Mapping[str, nn.Module], batch: int = 64
) -> dict[str, dict[str, float]]:
    """Return rows for `pandas.DataFrame.from_dict(..., orient="index")`.

    Args:
        models: by the name of their row.
        batch: how many digits at once, for images a second.
    """
    rows = {}
    for name, model in models.items():
        cost = cost_of(model)
        rows[name] = {
            "parameters": cost.parameters,
            "multiply-adds": cost.multiply_adds,
            "images a second": images_a_second(model, batch),
        }
    return rows


def _inputs(batch: int) -> tuple[Tensor, Tensor]:
    return initial_noise(batch), torch.full((batch,), 500)

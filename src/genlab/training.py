"""One training loop for every network of the course, as a generator.

Each step is yielded, so that the caller chooses what to print, draw or stop; `save_to` makes a long
run resumable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.team import team

Batch = tuple[Tensor, ...]
# The model is `Any` because each loss calls other methods of its own kind of model.
LossFn = Callable[[Any, Batch, torch.Generator], Tensor]
LrSchedule = Literal["one_cycle", "constant"]
WARM_UP = 100  # steps that a constant rate begins with


class TrainingError(RuntimeError):
    """Training met a loss that is not a number; the model holds its last good weights."""


@dataclass(frozen=True)
class TrainConfig:
    """How long and how fast to train.

    Attributes:
        steps: optimizer steps.
        batch_size: images a step.
        lr: the highest learning rate.
        weight_decay: AdamW's.
        ema: decay of the averaged weights that the model ends with; 0 means no averaging.
        seed: of the order of the images and of all noise in the loss.
        lr_schedule: "one_cycle" rises for a fifth of the steps and falls to nothing; "constant"
            keeps the rate after a warm-up, so that a run is part of every longer one.
        shards: into how many equal parts each batch is cut, each with random numbers of its own;
            a team of processes shares them, so that two processes compute what one would.
    """

    steps: int = 2000
    batch_size: int = 64
    lr: float = 2e-3
    weight_decay: float = 0.01
    ema: float = 0.0
    seed: int = 0
    lr_schedule: LrSchedule = "one_cycle"
    shards: int = 1

    def __post_init__(self) -> None:
        """Refuse values that cannot train anything."""
        if self.steps < 1 or self.batch_size < 1:
            raise ValueError(
                f"steps is {self.steps} and batch_size {self.batch_size}; expected 1 or more"
            )
        if not self.lr > 0:
            raise ValueError(f"lr is {self.lr}; expected more than 0")
        if not 0 <= self.ema < 1:
            raise ValueError(f"ema is {self.ema}; expected a decay in [0, 1)")
        if self.lr_schedule not in get_args(LrSchedule):
            known = ", ".join(get_args(LrSchedule))
            raise ValueError(f"lr_schedule is {self.lr_schedule!r}; expected one of {known}")
        if self.shards < 1 or self.batch_size % self.shards:
            raise ValueError(
                f"shards is {self.shards}; expected a number that divides the batch size, "
                f"{self.batch_size}"
            )


@dataclass(frozen=True)
class Step:
    """One step of training.

    Attributes:
        step: its number, from 1.
        loss: of its batch.
        model: what training would end with now, the averaged weights where the run has them; to
            be looked at, not changed.
    """

    step: int
    loss: float
    model: nn.Module = field(repr=False, compare=False)


def classification_loss(model: nn.Module, batch: Batch, rng: torch.Generator) -> Tensor:
    """Cross-entropy of the logits (N, 10) of a batch (images, labels)."""
    images, labels = batch
    return F.cross_entropy(model(images), labels)


def train(
    model: nn.Module,
    loss_fn: LossFn,
    data: Batch,
    config: TrainConfig,
    save_to: Path | None = None,
) -> Iterator[Step]:
    """Train `model` in place, one step at a time.

    Args:
        model: on the device that the batches shall be moved to.
        loss_fn: takes the model, a batch and a random generator; returns a scalar.
        data: tensors of equal length, for example (images, labels).
        config: how long and how fast.
        save_to: a file that holds the state every 200 steps; if it exists, training goes on
            from there, so that an interrupted run loses little.

    Yields:
        Each step with its loss.

    Raises:
        TrainingError: if a loss is not finite; the weights are then those of the last good step.
    """
    run = _Run(model, config)
    if save_to is not None and save_to.exists():
        run.load(save_to)
    while run.step < config.steps:
        loss = run.compute_gradients(loss_fn, data)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss.item()} at step {run.step + 1}; "
                "the model keeps the weights of the step before. Try a smaller lr."
            )
        run.update()
        yield Step(run.step, loss.item(), run.averaged or model)
        if save_to is not None and run.step % 200 == 0:
            run.save(save_to)
    run.finish()


class _Run:
    """The state of one training run: optimizer, schedule, averaged weights, random numbers."""

    def __init__(self, model: nn.Module, config: TrainConfig) -> None:
        self.model, self.config, self.step, self.team = model, config, 0, team()
        if config.shards % self.team.size:
            raise ValueError(
                f"shards is {config.shards}, and {self.team.size} processes train; expected a "
                "multiple of their number"
            )
        device = next(model.parameters()).device
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=config.lr, weight_decay=config.weight_decay
        )
        self.schedule = _lr_schedule(self.optimizer, config)
        self.rng = torch.Generator(device).manual_seed(config.seed)
        self.averaged = deepcopy(model) if config.ema else None
        model.train()

    def next_batch(self, data: Batch) -> Batch:
        chosen = torch.randint(
            len(data[0]), (self.config.batch_size,), generator=self.rng, device=self.rng.device
        )
        return tuple(part[chosen.to(part.device)].to(self.rng.device) for part in data)

    def compute_gradients(self, loss_fn: LossFn, data: Batch) -> Tensor:
        """Set the gradients of one batch, over all of the team, and return its loss."""
        batch, shards = self.next_batch(data), self.config.shards
        self.optimizer.zero_grad(set_to_none=True)
        mine = range(self.team.index, shards, self.team.size)
        total = torch.zeros((), device=self.rng.device)
        for shard in mine:
            part = tuple(tensor.tensor_split(shards)[shard] for tensor in batch)
            loss = loss_fn(self.model, part, self._rng_of(shard))
            (loss / len(mine)).backward()
            total += loss.detach() / len(mine)
        self.team.average_gradients(self.model)
        return self.team.mean(total)

    def _rng_of(self, shard: int) -> torch.Generator:
        """Return a shard's source of random numbers, the same whoever computes the shard."""
        if self.config.shards == 1:
            return self.rng
        number = (self.config.seed << 40) + (self.step << 10) + shard + 1
        return torch.Generator(self.rng.device).manual_seed(number)

    def update(self) -> None:
        self.optimizer.step()
        self.schedule.step()
        self.step += 1
        if self.averaged is not None:
            self._average(self.averaged)

    @torch.no_grad()
    def _average(self, averaged: nn.Module) -> None:
        # A young average follows closely, else it would remember the random start.
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        for mean, now in zip(
            averaged.state_dict().values(), self.model.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(now, 1 - decay)
            else:
                mean.copy_(now)

    def finish(self) -> None:
        if self.averaged is not None:
            self.model.load_state_dict(self.averaged.state_dict())
        self.model.eval()

    def save(self, path: Path) -> None:
        if self.team.index == 0:
            self._write(path)
        self.team.wait()

    def _write(self, path: Path) -> None:
        state: dict[str, Any] = {
            "config": self.config,
            "step": self.step,
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict() if self.averaged is not None else None,
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "rng": self.rng.get_state(),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        torch.save(state, temporary)
        temporary.replace(path)  # whole or not at all

    def load(self, path: Path) -> None:
        # Our own file, written by `save`: it holds a TrainConfig beside tensors.
        state = torch.load(path, weights_only=False, map_location=self.rng.device)
        if state["config"] != self.config:
            raise ValueError(
                f"{path} was saved by a run with {state['config']}; this one has {self.config}. "
                "Remove the file to start anew."
            )
        self.step = state["step"]
        self.model.load_state_dict(state["model"])
        if self.averaged is not None:
            self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.rng.set_state(state["rng"].cpu())


def _lr_schedule(
    optimizer: torch.optim.Optimizer, config: TrainConfig
) -> torch.optim.lr_scheduler.LRScheduler:
    if config.lr_schedule == "constant":
        return torch.optim.lr_scheduler.LinearLR(optimizer, 1 / WARM_UP, total_iters=WARM_UP)
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.lr, total_steps=config.steps + 1, pct_start=0.2
    )

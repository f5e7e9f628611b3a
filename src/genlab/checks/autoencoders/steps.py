"""What the steps of a training loop must be like: batches, gradients, and the optimizer."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim import AdamW

from genlab.checks import Hint, say
from genlab.checks.autoencoders.spy import Call, Update

BATCH, PIXELS = 64, 784
RATE = 3e-3
FEW = 10  # steps: what most mistakes show in
NEAR = 1e-3  # relative: room for a rounded number


def expect_new(batches: list[tuple[int, ...]]) -> None:
    """Raise a hint if two steps see the same batch."""
    steps: dict[tuple[int, ...], int] = {}
    for step, batch in enumerate(batches, 1):
        if batch in steps:
            raise Hint(
                "The steps {first} and {step} see the same batch: draw a new one at each step.",
                first=steps[batch],
                step=step,
            )
        steps[batch] = step


def expect_all_drawn(batches: list[tuple[int, ...]], rows: tuple[int, ...]) -> None:
    """Raise a hint if one of `rows`, a number an image, is in no batch."""
    seen = {row for batch in batches for row in batch}
    never = [place for place, row in enumerate(rows) if row not in seen]
    if never:
        raise Hint(
            "{count} of {images} images are not drawn once in {steps} steps, "
            "images[{first}] for one: draw from all of them.",
            count=len(never),
            images=len(rows),
            steps=len(batches),
            first=never[0],
        )


def expect_gradient(call: Call, step: int) -> None:
    """Raise a hint if the gradient is not that of the mean squared error."""
    if call.misfit > NEAR:
        raise Hint(
            "The gradient of step {step} is not that of the mean squared error between "
            "what the model gives and the images that went in.",
            step=step,
        )
    if abs(call.scale - 1) > NEAR:
        about = about_sum(call.scale, BATCH)
        raise Hint(
            "The loss is {scale:.3g} times the mean squared error{about}.",
            scale=call.scale,
            about=about,
        )


def about_sum(ratio: float, images: int) -> str:
    """Say over what a loss was summed that is `ratio` times the mean; nothing if over neither."""
    sums = {
        images * PIXELS: say("pixels and images"),
        PIXELS: say("the pixels"),
        images: say("the images"),
    }
    for times, what in sums.items():
        if abs(ratio / times - 1) < 0.01:
            return say(", a sum over {what}: take the mean", what=what)
    return ""


def expect_moves(updates: list[Update], states: list[Tensor]) -> None:
    """Raise a hint if a step leaves all parameters as they were."""
    still = [step for step in range(1, len(states)) if torch.equal(states[step], states[step - 1])]
    if len(still) == len(states) - 1:
        if any(update.without_gradient for update in updates):
            raise Hint(
                "The gradients are gone when `optimizer.step()` is called: clear them before "
                "`loss.backward()`, not between the two."
            )
        raise Hint("The parameters of the model never change. Is `optimizer.step()` called?")
    if still:
        raise Hint(
            "Step {step} changes no parameter: call `optimizer.step()` at each step.", step=still[0]
        )


def expect_adamw(updates: list[Update]) -> None:
    """Raise a hint if the steps are not those of one AdamW at the rate that is asked."""
    for optimizer in (update.optimizer for update in updates):
        if not isinstance(optimizer, AdamW) and not optimizer.defaults.get(
            "decoupled_weight_decay"
        ):
            raise Hint(
                "The optimizer is {kind}; AdamW is asked for.", kind=type(optimizer).__name__
            )
    first = [update.optimizer for update in updates if update.holds_first]
    if len(set(map(id, first))) > 1:
        raise Hint(
            "A new optimizer is built at each step, and forgets what AdamW keeps from step to "
            "step: build one before the loop."
        )
    if len(first) > FEW:
        raise Hint(
            "The optimizer takes {count} steps on {steps} batches; one each is asked.",
            count=len(first),
            steps=FEW,
        )
    rates = [rate for update in updates for rate in update.rates]
    built_with = [update.optimizer.defaults["lr"] for update in updates]
    # A schedule, as the page's, may lower the rate that AdamW was built with.
    if not _is_rate(max(rates)) and not (max(rates) < RATE and all(map(_is_rate, built_with))):
        raise Hint(
            "The learning rate is {rate:g}; {wanted:g} is asked for.", rate=max(rates), wanted=RATE
        )


def _is_rate(rate: float) -> bool:
    return abs(float(rate) - RATE) < 0.001 * RATE

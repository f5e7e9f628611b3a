"""The check of the exercise *Sixteen latent dimensions*: a training loop of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from genlab.checks import Case, Hint, Result, exercise, expect_number, run_check, say
from genlab.checks.autoencoders.spy import Call, Log, Spy, rows_of, watch_optimizers
from genlab.checks.autoencoders.steps import (
    BATCH,
    FEW,
    NEAR,
    RATE,
    about_sum,
    expect_adamw,
    expect_all_drawn,
    expect_gradient,
    expect_moves,
    expect_new,
)

Fit = Callable[[nn.Module, Tensor, Tensor, int, torch.Generator], Any]

EVERY = 50
MANY = 102  # no multiple of EVERY: no validation follows the last steps


@exercise("ex-own-loop", points=4, may_change=(nn.Module,))
def fit(answer: Fit) -> Result:
    """Check (model, images, validation_images, steps, rng) -> (losses, validation errors).

    A batch has 64 images; the validation error is measured after every 50 steps.
    """
    run = _Training(answer)
    return run_check(
        "fit",
        [
            Case("it returns a loss a step and an error every 50 steps", run.returns_two_lists),
            Case("each step sees 64 images, drawn anew", run.draws_batches),
            Case("gradients are computed, and cleared between steps", run.clears_gradients),
            Case("the loss of a step is the mean squared error", run.takes_the_mean),
            Case("AdamW moves all parameters, at a rate of 3e-3", run.uses_adamw),
            Case("rng decides which images are drawn", run.draws_with_rng),
            Case("the network learns from all images", run.learns),
            Case("the validation error is that after 50 steps, after 100 ...", run.validates),
        ],
    )


def _pictures(count: int, dimmest: float) -> Tensor:
    """Different pictures (count, 1, 28, 28) that a few numbers can describe: one bright column."""
    column = torch.randint(28, (count,), generator=torch.Generator().manual_seed(0))
    brightness = torch.linspace(dimmest, 1, count)
    return (torch.eye(28)[column] * brightness[:, None])[:, None, None, :].repeat(1, 1, 28, 1)


class _Training:
    """The reader's loop, run on a spy; the cases look at what it did."""

    def __init__(self, answer: Fit) -> None:
        self.answer, self.spy = answer, Spy()
        self.images, self.validation_images = _pictures(200, 0.7), _pictures(30, 0.6)
        self.rows, self.unseen = rows_of(self.images), set(rows_of(self.validation_images))
        self.losses: list[float] = []
        self.errors: list[float] = []

    @property
    def log(self) -> Log:
        return self.spy.log

    @property
    def states(self) -> list[Tensor]:
        """The weights before the first step, after it, and so on to the last."""
        return [*(call.weights for call in self.log.trained), self.spy.weights()]

    @property
    def batches(self) -> list[tuple[int, ...]]:
        """The images of each step."""
        return [call.rows for call in self.log.trained]

    def train(self, seed: int, steps: int) -> None:
        """Run the loop on a new spy, and keep its two lists."""
        self.spy, rng = Spy(), torch.Generator().manual_seed(seed)
        with watch_optimizers(self.spy):
            given = self.answer(self.spy, self.images, self.validation_images, steps, rng)
        self.losses, self.errors = _two_lists(given, steps)

    def returns_two_lists(self) -> None:
        self.train(1, FEW)

    def draws_batches(self) -> None:
        if not self.log.calls:
            raise Hint("The model that fit is given is never called; this one is to be trained.")
        if any(self.unseen & set(batch) for batch in self.batches):
            raise Hint("The loop trains on validation images; they are only to be looked at.")
        wrong = [len(batch) for batch in self.batches if len(batch) != BATCH]
        if wrong:
            raise Hint(
                "A batch has {count} images; {wanted} are expected.", count=wrong[0], wanted=BATCH
            )
        expect_new(self.batches)
        if {row for batch in self.batches for row in batch} - set(self.rows):
            raise Hint("The network is trained on pictures that are not among `images`.")

    def clears_gradients(self) -> None:
        trained = self.log.trained
        if not trained:
            raise Hint("No gradient was computed: call `loss.backward()` at each step.")
        if any(call.left_over for call in trained):
            if not torch.equal(self.states[0], self.states[-1]):
                self._expect_all_move()  # what the optimizer does not hold it does not clear
            raise Hint(
                "Gradients of the step before are still there and add up: call "
                "`optimizer.zero_grad()` before `loss.backward()`."
            )
        if len(trained) != FEW:
            raise Hint(
                "{steps} steps should train on {steps} batches; yours on {count}.",
                steps=FEW,
                count=len(trained),
            )

    def takes_the_mean(self) -> None:
        for step, (call, loss) in enumerate(zip(self.log.trained, self.losses, strict=True), 1):
            expect_gradient(call, step)
            if abs(loss - call.loss) > NEAR * call.loss:
                about = about_sum(loss / call.loss, BATCH)
                raise Hint(
                    "The loss of step {step} is {wanted:.4f}; you give {loss:.4g}{about}.",
                    step=step,
                    wanted=call.loss,
                    loss=loss,
                    about=about,
                )

    def uses_adamw(self) -> None:
        updates, states = self.log.updates, self.states
        expect_moves(updates, states)
        if updates:
            expect_adamw(updates)
        else:  # an optimizer that the reader wrote
            first = float((states[1] - states[0]).abs().max())
            if abs(first - RATE) > 0.1 * RATE:
                raise Hint(
                    "The first step moves a parameter by {first:.2g}; that of AdamW with a "
                    "learning rate of {wanted:g} moves it by {wanted:g}.",
                    first=first,
                    wanted=RATE,
                )
        self._expect_all_move()

    def _expect_all_move(self) -> None:
        pairs = zip(self.spy.named_parameters(), Spy().parameters(), strict=True)
        fixed = [name for (name, now), old in pairs if torch.equal(now, old)]
        if len(fixed) == len(list(self.spy.parameters())):
            raise Hint("The model that was given is as before: train this one, not a copy.")
        if fixed:
            raise Hint(
                "Some parameters never move: {fixed}. Give AdamW `model.parameters()`.", fixed=fixed
            )

    def draws_with_rng(self) -> None:
        first = self.batches
        self.train(1, FEW)
        if self.batches != first:
            raise Hint(
                "Two equal rngs draw different images: pass `generator=rng` to torch.randint."
            )
        self.train(2, FEW)
        if self.batches == first:
            raise Hint("Another rng draws the same images: pass `generator=rng` to torch.randint.")

    def learns(self) -> None:
        """Train for longer; the cases after this one look at the same run."""
        self.train(1, MANY)
        expect_new(self.batches)
        expect_all_drawn(self.batches, self.rows)
        first, last = self.losses[0], sum(self.losses[-10:]) / 10
        if not last < 0.9 * first:
            raise Hint(
                "The loss went from {first:.3f} to {last:.3f}; it should fall.",
                first=first,
                last=last,
            )

    def validates(self) -> None:
        """Hold the validation errors against those of the weights after 50 and after 100 steps."""
        looks = [call for call in self.log.calls if self.unseen & set(call.rows)]
        if any(call.with_gradients for call in looks):
            raise Hint("The validation images run with gradients: use `with torch.no_grad():`.")
        if not looks:
            raise Hint("The network never sees `validation_images`: measure the error on them.")
        states = self.states
        asked = range(EVERY, MANY + 1, EVERY)
        when = [step for step, state in enumerate(states) if _seen_with(looks, state)]
        if not set(asked) <= set(when):
            raise Hint(
                "The validation images are looked at after {when} steps; they should be "
                "after {asked}.",
                when=_listed(when),
                asked=_listed(asked),
            )
        for step, got in zip(asked, self.errors, strict=True):
            self._expect_error(step, states[step], got)

    def _expect_error(self, step: int, state: Tensor, got: float) -> None:
        def is_near(value: float) -> bool:
            return abs(got - value) <= NEAR * value

        wanted = self.spy.error_with(state, self.validation_images)
        if is_near(wanted):
            return
        start = say(
            "After {step} steps the MSE of all {count} validation images is",
            step=step,
            count=len(self.unseen),
        )
        about = about_sum(got / wanted, len(self.unseen))
        if is_near(self.spy.error_with(state, self.images)):
            about = say(", which is that of the training images")
        elif is_near(self.losses[step - 1]):
            about = say(", which is the loss of a training batch")
        for other, weights in enumerate(self.states):
            if is_near(self.spy.error_with(weights, self.validation_images)):
                about = say(", which is that after {other}", other=other)
        raise Hint(
            "{start} {wanted:.4f}; you give {got:.4g}{about}.",
            start=start,
            wanted=wanted,
            got=got,
            about=about,
        )


def _listed(steps: Sequence[int]) -> str:
    *firsts, last = map(str, steps) if steps else [say("no")]
    if len(firsts) > 5:
        firsts = [*firsts[:5], "..."]
    return say("{firsts} and {last}", firsts=", ".join(firsts), last=last) if firsts else last


def _seen_with(looks: list[Call], state: Tensor) -> bool:
    return any(torch.equal(call.weights, state) for call in looks)


def _two_lists(given: Any, steps: int) -> tuple[list[float], list[float]]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise Hint(
            "Return two lists, losses and validation; got {kind}.", kind=type(given).__name__
        )
    for values in given:
        if not hasattr(values, "__len__") or isinstance(values, str | dict):
            raise Hint(
                "Return two lists, losses and validation; one of yours is a {kind}.",
                kind=type(values).__name__,
            )
    counts = {say("losses"): steps, say("validation errors"): steps // EVERY}
    if [len(values) for values in given] == [*counts.values()][::-1]:
        raise Hint("The validation errors came first: return the losses, then those.")
    for (name, count), values in zip(counts.items(), given, strict=True):
        if len(values) != count:
            raise Hint(
                "{steps} steps should give {count} {name}; yours gave {got}.",
                steps=steps,
                count=count,
                name=name,
                got=len(values),
            )
    losses, errors = (
        [expect_number(value, say("one of the {name}", name=name)) for value in values]
        for name, values in zip(counts, given, strict=True)
    )
    return losses, errors

"""Planted training loops, of the page on autoencoders."""

import copy
import functools
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

from genlab.checks import autoencoders as check

from .planted import judged, solution, stub, unusual, wrong


def fit(
    model,
    images,
    validation_images,
    steps,
    rng,
    batch=64,
    clear=True,
    step=True,
    grad=False,
    first=1,
    every=50,
    lr=3e-3,
    optimizer=torch.optim.AdamW,
    loss_of=F.mse_loss,
    parameters=lambda model: model.parameters(),
    draw=lambda n, batch, rng: torch.randint(n, (batch,), generator=rng),
    after=lambda optimizer: None,
    error_of=F.mse_loss,
):
    optimizer = optimizer(parameters(model), lr=lr)
    losses, validation = [], []
    for number in range(first, steps + first):
        x = images[draw(len(images), batch, rng)]
        loss = loss_of(model(x), x)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        after(optimizer)
        if step:
            optimizer.step()
        losses.append(loss.item())
        if number % every == 0:
            with torch.set_grad_enabled(grad):
                validation.append(error_of(model(validation_images), validation_images).item())
    return losses, validation


def fitting(**changes):
    return functools.partial(fit, **changes)


def summed(x_hat, x):
    return ((x_hat - x) ** 2).sum()


def summed_over_pixels(x_hat, x):
    return ((x_hat - x) ** 2).flatten(1).sum(dim=1).mean()


def fit_on_one_batch(model, images, validation_images, steps, rng):
    return fit(model, images[:1].repeat(64, 1, 1, 1), validation_images, steps, rng)


def fit_like_the_page(model, images, validation_images, steps, rng):
    lr = 3e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=steps + 1, pct_start=0.2
    )
    losses, validation = [], []
    for step in range(steps):
        x = images[torch.randint(len(images), (64,), generator=rng)]
        loss = F.mse_loss(model(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            model.eval()
            with torch.inference_mode():
                validation.append(F.mse_loss(model(validation_images), validation_images).item())
            model.train()
    return losses, validation


def fit_with_a_loader(model, images, validation_images, steps, rng):
    sampler = RandomSampler(images, replacement=True, num_samples=64 * steps, generator=rng)
    loader = DataLoader(TensorDataset(images), batch_size=64, sampler=sampler)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0)
    losses, validation = torch.zeros(steps), np.zeros(steps // 50)
    for i, (x,) in enumerate(loader):
        loss = ((model(x) - x) ** 2).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        losses[i] = loss.detach()
        if i % 50 == 49:
            validation[i // 50] = loss_in_parts(model, validation_images)
    return [losses, validation]


@torch.no_grad()
def loss_in_parts(model, images):
    return (
        sum(((model(part) - part) ** 2).sum().item() for part in images.split(7)) / images.numel()
    )


def fit_in_epochs(model, images, validation_images, steps, rng):
    """Shuffled anew each time all images were seen; the rest that fills no batch is left out."""
    order = iter(())

    def draw(n, batch, rng):
        nonlocal order
        found = next(order, None)
        if found is None or len(found) < batch:
            order = iter(torch.randperm(n, generator=rng).split(batch))
            found = next(order)
        return found

    return fit(model, images, validation_images, steps, rng, draw=draw)


def fit_by_hand(model, images, validation_images, steps, rng, lr=3e-3, plain=False):
    """AdamW without torch.optim, and gradients without `backward`."""
    parameters = list(model.parameters())
    first, second = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
    losses, errors = [], []
    for t in range(1, steps + 1):
        x = images[torch.randint(len(images), (64,), generator=rng)]
        loss = F.mse_loss(model(x), x)
        with torch.no_grad():
            gradients = torch.autograd.grad(loss, parameters)
            for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                m.lerp_(g, 0.1)
                v.lerp_(g**2, 0.001)
                p *= 1 - lr * 0.01
                p -= lr * (g if plain else m / (1 - 0.9**t) / ((v / (1 - 0.999**t)).sqrt() + 1e-8))
            losses.append(loss)
            if t % 50 == 0:
                errors.append(F.mse_loss(model(validation_images), validation_images))
    return losses, errors


def fit_keeps_the_best(model, images, validation_images, steps, rng):
    """A copy is evaluated, every ten steps, though every fifty are asked for and returned."""
    errors = []

    def look(optimizer):
        errors.append(None)

    def clone_error(x_hat, x):
        return F.mse_loss(copy.deepcopy(model)(x), x)

    losses, found = fit(
        model, images, validation_images, steps, rng, every=10, after=look, error_of=clone_error
    )
    return losses, found[4::5]


def fit_without_validation(model, images, validation_images, steps, rng):
    losses, _ = fit(model, images, images[:30], steps, rng)
    return losses, losses[49::50]


def fit_looks_at_training_images(model, images, validation_images, steps, rng):
    fit_error = fit(model, images, images, steps, rng)
    with torch.no_grad():
        model(validation_images)
    return fit_error


def fit_on_both(model, images, unseen, steps, rng):
    return fit(model, torch.cat([images, unseen]), unseen, steps, rng)


def fit_swapped(model, images, unseen, steps, rng):
    return fit(model, unseen, images, steps, rng)


def fit_a_copy(model, *rest):
    return fit(copy.deepcopy(model), *rest)


def fit_another(model, images, *rest):
    other = nn.Sequential(nn.Flatten(), nn.Linear(784, 784), nn.Unflatten(1, (1, 28, 28)))
    return fit(other, images, *rest)


class NewAtEachStep:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def zero_grad(self):
        torch.optim.AdamW(self.parameters).zero_grad()

    def step(self):
        torch.optim.AdamW(self.parameters, self.lr).step()


def fit_before_the_step(model, images, validation_images, steps, rng):
    """Measures when 50 steps were begun, not done."""
    validation = []

    def look(_):
        with torch.no_grad():
            validation.append(F.mse_loss(model(validation_images), validation_images).item())

    losses, _ = fit(model, images, validation_images[:0], steps, rng, every=10**6, after=look)
    return losses, validation[49::50]


def fit_validates_on_the_first(model, images, validation_images, steps, rng):
    return fit(model, images, validation_images[:10], steps, rng)


def fit_loss_after_the_step(model, images, validation_images, steps, rng):
    losses, batches = [], []

    def draw(n, batch, rng):
        batches.append(torch.randint(n, (batch,), generator=rng))
        return batches[-1]

    def look(optimizer):
        optimizer.step()
        with torch.no_grad():
            x = images[batches[-1]]
            losses.append(F.mse_loss(model(x), x).item())

    _, validation = fit(
        model, images, validation_images, steps, rng, draw=draw, after=look, step=False
    )
    return losses, validation


def fit_augmented(model, images, *rest):
    return fit(model, images + 0.01, *rest)


def fit_normalising(model, images, *rest):
    images -= 0.5
    return fit(model, images, *rest)


def draw_seeded_anew(n, batch, rng):
    return torch.randint(n, (batch,), generator=torch.Generator().manual_seed(0))


def drawn_from(share):
    return lambda n, batch, rng: torch.randint(int(share * n), (batch,), generator=rng)


def fit_with_a_seed_of_its_own(model, images, validation_images, steps, rng):
    return fit(model, images, validation_images, steps, torch.Generator().manual_seed(3))


FIT = [
    stub(check.fit),
    solution(check.fit, fit),
    unusual(check.fit, fit_like_the_page),
    unusual(check.fit, fit_with_a_loader),
    unusual(check.fit, fit_in_epochs),
    unusual(check.fit, fit_by_hand),
    unusual(check.fit, fit_keeps_the_best),
    unusual(
        check.fit, fitting(parameters=lambda model: [{"params": p} for p in model.parameters()])
    ),
    wrong(check.fit, lambda *args: fit(*args)[0], "got list"),
    wrong(check.fit, lambda *args: fit(*args)[::-1], "return the losses, then those"),
    wrong(check.fit, lambda *args: (fit(*args)[0], 0.5), "one of yours is a float"),
    wrong(check.fit, lambda *args: (fit(*args)[0], []), "should give 2 validation"),
    wrong(check.fit, lambda *args: (fit(*args)[0][1:], [1, 2]), "should give 10 losses; yours gav"),
    wrong(check.fit, lambda *args: [["much"] * 10, []], "one of the losses gave 'much'"),
    wrong(check.fit, fitting(batch=32), "A batch has 32 images"),
    wrong(check.fit, fitting(grad=True), "with torch.no_grad()"),
    wrong(check.fit, fit_on_one_batch, "draw a new one"),
    wrong(check.fit, fitting(draw=draw_seeded_anew), "The steps 1 and 2 see the same batch"),
    wrong(check.fit, fitting(clear=False), "optimizer.zero_grad()"),
    wrong(check.fit, fitting(step=False), "Is `optimizer.step()` called?"),
    wrong(check.fit, fitting(after=lambda o: o.zero_grad()), "The gradients are gone when"),
    wrong(check.fit, fitting(after=lambda o: o.step()), "takes 20 steps on 10 batches"),
    wrong(check.fit, lambda m, x, v, n, rng: fit(m, x, v, n, None), "generator=rng"),
    wrong(check.fit, fit_with_a_seed_of_its_own, "Another rng draws the same images"),
    wrong(
        check.fit,
        fitting(draw=lambda n, b, _: random.choices(range(n), k=b)),
        "Two equal rngs draw",
    ),
    wrong(
        check.fit, fitting(draw=lambda n, b, _: np.random.randint(n, size=b)), "Two equal rngs draw"
    ),
    wrong(check.fit, fitting(draw=drawn_from(0.995)), "1 of 200 images are not drawn once"),
    wrong(check.fit, fitting(draw=drawn_from(0.5)), "images[100] for one"),
    wrong(check.fit, fit_without_validation, "never sees `validation_images`"),
    wrong(check.fit, fit_looks_at_training_images, "are looked at after 102 steps; they should be"),
    wrong(check.fit, fit_on_both, "trains on validation images"),
    wrong(check.fit, fit_swapped, "trains on validation images"),
    wrong(check.fit, fitting(first=0), "10 steps should give 0 validation errors; yours gave 1"),
    wrong(check.fit, fit_before_the_step, "which is that after 49."),
    wrong(check.fit, fitting(first=11), "are looked at after 40 and 90 steps"),
    wrong(check.fit, fit_validates_on_the_first, "the MSE of all 30 validation images is"),
    wrong(check.fit, fitting(error_of=summed), "a sum over pixels and images: take the mean"),
    wrong(check.fit, fitting(error_of=F.l1_loss), "After 50 steps the MSE of all 30 validation"),
    wrong(check.fit, fitting(lr=1e-3), "The learning rate is 0.001; 0.003 is asked for."),
    wrong(check.fit, fitting(lr=3e-2), "The learning rate is 0.03; 0.003 is asked for."),
    wrong(check.fit, fitting(optimizer=torch.optim.Adam), "The optimizer is Adam; AdamW is asked"),
    wrong(
        check.fit, fitting(optimizer=torch.optim.SGD), "The optimizer is SGD; AdamW is asked for"
    ),
    wrong(
        check.fit, functools.partial(fit_by_hand, plain=True), "The first step moves a parameter"
    ),
    wrong(
        check.fit, functools.partial(fit_by_hand, lr=1e-3), "The first step moves a parameter by"
    ),
    wrong(check.fit, fitting(optimizer=NewAtEachStep), "A new optimizer is built at each step"),
    wrong(
        check.fit, fitting(parameters=lambda m: m.layers[1].parameters()), "never move: ['layers.2"
    ),
    wrong(check.fit, fitting(loss_of=summed), "a sum over pixels and images: take the mean"),
    wrong(check.fit, fitting(loss_of=summed_over_pixels), "a sum over the pixels: take the mean"),
    wrong(check.fit, fitting(loss_of=F.l1_loss), "not that of the mean squared error"),
    wrong(check.fit, fitting(loss_of=F.binary_cross_entropy), "not that of the mean squared error"),
    wrong(
        check.fit, fitting(loss_of=lambda a, b: F.mse_loss(a, b) / 2), "is 0.5 times the mean sq"
    ),
    wrong(check.fit, fit_loss_after_the_step, "The loss of step 1 is"),
    wrong(check.fit, fit_augmented, "pictures that are not among `images`"),
    wrong(check.fit, fit_normalising, "Your code changes images, which the caller still needs"),
    wrong(check.fit, fit_a_copy, "is as before: train this one, not a copy"),
    wrong(check.fit, fit_another, "is never called; this one is to be trained"),
]

PLANTED = [*FIT]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

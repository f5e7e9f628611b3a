"""Planted answers to the exercises of the page on autoencoders."""

import copy
import functools
import math
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

from genlab.checks import autoencoders as check
from genlab.models.autoencoder import Encoder

from .planted import judged, solution, still_a_stub, stub, unusual, wrong

# -- encoder_shapes --------------------------------------------------------------------------------


def encoder_shapes(side, kernels=(4, 4, 3), channels=(16, 32, 64), extra=1, fit=math.floor):
    shapes = []
    for channel, kernel in zip(channels, kernels, strict=True):
        side = fit((side + 2 - kernel) / 2) + extra
        shapes.append((channel, side, side))
    return [*shapes, (channels[-1] * side * side,)]


def shapes_by_running(side):
    x, shapes = torch.zeros(1, 1, side, side), []
    for layer in Encoder(2).layers[:7]:
        x = layer(x)
        if not isinstance(layer, nn.SiLU):
            shapes.append(tuple(x.shape[1:]))
    return shapes


def shapes_by_meta(side):
    with torch.device("meta"):
        return shapes_by_running(side)


def shapes_by_conv2d(side):
    x, shapes = torch.zeros(1, 1, side, side), []
    for channels, kernel in ((16, 4), (32, 4), (64, 3)):
        x = F.conv2d(x, torch.zeros(channels, x.shape[1], kernel, kernel), stride=2, padding=1)
        shapes.append(tuple(x.shape[1:]))
    return [*shapes, (x.numel(),)]


def shapes_recursive(n, layers=((16, 4), (32, 4), (64, 3))):
    if not layers:
        return ()
    (channels, kernel), *rest = layers
    side = 1 + (n + 2 - kernel) // 2
    flat = () if rest else (torch.Size([channels * side**2]),)
    return (torch.Size([channels, side, side]), *flat, *shapes_recursive(side, rest))


def shapes_in_numpy(side):
    kernels, found = np.array([4, 4, 3]), []
    for channels, kernel in zip([16, 32, 64], kernels, strict=True):
        side = np.floor((side + 2 - kernel) / 2 + 1)
        found.append(np.array([channels, side, side]))
    return [*found, np.array([64 * side * side])]


def shapes_by_halving(side):
    half, quarter = side // 2, side // 4
    eighth = -(-quarter // 2)  # rounded up
    return [(16, half, half), (32, quarter, quarter), (64, eighth, eighth), (64 * eighth**2,)]


def shapes_with_activations(side):
    *three, flat = encoder_shapes(side)
    return [shape for shape in three for _ in range(2)] + [flat]


SHAPES = [
    stub(check.encoder_shapes),
    solution(check.encoder_shapes, encoder_shapes),
    unusual(check.encoder_shapes, shapes_recursive),
    unusual(check.encoder_shapes, shapes_in_numpy),
    unusual(check.encoder_shapes, lambda n: list(map(list, encoder_shapes(n))), name="lists"),
    unusual(
        check.encoder_shapes,
        lambda n: [tuple(map(torch.tensor, shape)) for shape in encoder_shapes(n)],
        name="tensors as sizes",
    ),
    unusual(check.encoder_shapes, shapes_by_halving),
    wrong(check.encoder_shapes, lambda side: None, "yours is a NoneType"),
    wrong(check.encoder_shapes, lambda side: [14, 7, 4], "one is 14"),
    wrong(check.encoder_shapes, lambda side: [*encoder_shapes(side)[:3], 1024], "one is 1024"),
    wrong(check.encoder_shapes, lambda side: encoder_shapes(side)[:3], "there are 3 shapes"),
    wrong(check.encoder_shapes, lambda s: [*encoder_shapes(s), (2,)], "there are 5 shapes"),
    wrong(check.encoder_shapes, shapes_with_activations, "there are 7 shapes; 4 are expected: one"),
    wrong(check.encoder_shapes, lambda side: [(14, 14)], "three sizes are expected"),
    wrong(
        check.encoder_shapes,
        lambda s: [(1, *shape) for shape in encoder_shapes(s)],
        "the batch is not part",
        name="with the batch",
    ),
    wrong(
        check.encoder_shapes,
        lambda s: [(*shape[1:], shape[0]) for shape in encoder_shapes(s)],
        "the channels come first",
        name="channels last",
    ),
    wrong(
        check.encoder_shapes,
        lambda s: encoder_shapes(s, channels=(1, 16, 32)),
        "channels are the second number",
    ),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, extra=0), "the first place too"),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, fit=math.ceil), "Round down, then"),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, fit=round), "Round down, then"),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, fit=float), "a size is a whole number"),
    wrong(check.encoder_shapes, lambda s: encoder_shapes(s, kernels=(4, 4, 4)), "Conv2d(32, 64"),
    wrong(check.encoder_shapes, lambda s: [*encoder_shapes(s)[:3], (64,)], "multiply the sizes"),
    wrong(check.encoder_shapes, lambda side: encoder_shapes(28), "For side 32"),
    wrong(
        check.encoder_shapes,
        lambda s: [(True, True, True), *encoder_shapes(s)[1:]],
        "one holds True",
    ),
    wrong(check.encoder_shapes, lambda s: [("16", "14", "14")], "one holds '16'"),
    wrong(check.encoder_shapes, lambda s: iter(encoder_shapes(s)), "yours is a list_iterator"),
    wrong(check.encoder_shapes, shapes_by_running, "runs a convolution: predict the shapes"),
    wrong(check.encoder_shapes, shapes_by_meta, "runs a convolution: predict the shapes"),
    wrong(check.encoder_shapes, shapes_by_conv2d, "runs a convolution: predict the shapes"),
]

# -- compression -----------------------------------------------------------------------------------


def ratio(latent_size, bits):
    return 784 * 8 / (latent_size * bits)


def quantise(z, bits, dim=0, floor=1e-12, fit=torch.round, less=1):
    low, high = z.amin(dim), z.amax(dim)
    step = ((high - low) / (2**bits - less)).clamp(min=floor)
    return low + fit((z - low) / step) * step


def quantise_by_search(z, bits):
    columns = []
    for column in z.T:
        values = torch.linspace(0, 1, 2**bits) * (column.max() - column.min()) + column.min()
        columns.append(values[(column[:, None] - values).abs().argmin(dim=1)])
    return torch.stack(columns, dim=1)


def quantise_in_numpy(z, bits):
    z = z.double().numpy()
    low, width = z.min(0), np.ptp(z, axis=0)
    levels = 2**bits - 1
    place = np.divide(z - low, width, out=np.zeros_like(z), where=width > 0)
    return torch.from_numpy(low + np.floor(place * levels + 0.5) / levels * width)


def quantise_in_place(z, bits):
    z = z.clone()
    low, high = z.min(0).values, z.max(0).values
    step = (high - low) / (2**bits - 1)
    return z.sub_(low).div_(step).round_().nan_to_num_().mul_(step).add_(low)


def quantise_over_its_input(z, bits):
    low, high = z.min(0).values, z.max(0).values
    step = (high - low).clamp(min=1e-12) / (2**bits - 1)
    z -= low
    return low + (z / step).round() * step


def quantise_to_middles(z, bits):
    low, high = z.min(0).values, z.max(0).values
    width = (high - low).clamp(min=1e-12) / 2**bits
    return low + (((z - low) / width).floor().clamp(max=2**bits - 1) + 0.5) * width


def quantise_to_codes(z, bits):
    low, high = z.min(0).values, z.max(0).values
    return ((z - low) / (high - low).clamp(min=1e-12) * (2**bits - 1)).round()


def quantise_as_bytes(z, bits):
    low, high = z.min(0).values, z.max(0).values
    step = (high - low).clamp(min=1e-12) / (2**bits - 1)
    return low + ((z - low) / step).round().to(torch.uint8) * step


def quantise_around_zero(z, bits):
    step = 2 * z.abs().amax(0) / (2**bits - 1)
    return (z / step).round() * step


def quantise_equally_often(z, bits):
    values = z.quantile(torch.linspace(0, 1, 2**bits), dim=0)
    return torch.stack(
        [v[(c[:, None] - v).abs().argmin(1)] for c, v in zip(z.T, values.T, strict=True)], dim=1
    )


def quantise_by_rows(z, bits):
    return quantise(z.T, bits).T


COMPRESSION = [
    stub(check.compression, still_a_stub, still_a_stub),
    solution(check.compression, ratio, quantise),
    unusual(check.compression, lambda n, b: torch.tensor(6272.0) / n / b, quantise_by_search),
    unusual(check.compression, lambda n, b: np.float32(784 / n) * 8 / b, quantise_in_numpy),
    unusual(check.compression, ratio, quantise_in_place),
    unusual(check.compression, functools.partial(ratio), lambda *given: quantise(*given)),
    unusual(check.compression, ratio, lambda z, b: quantise(z, b).requires_grad_(), name="grad"),
    unusual(check.compression, ratio, lambda z, b: quantise(z, b, fit=lambda x: (x + 0.5).floor())),
    wrong(check.compression, ratio, still_a_stub, "This is still the stub"),
    wrong(check.compression, lambda size, bits: 784 / size, quantise, "49 counts numbers"),
    wrong(check.compression, lambda size, bits: 3, quantise, "is 12.25; yours gives 3"),
    wrong(check.compression, lambda n, b: n * b / 6272, quantise, "upside down: divide the bits"),
    wrong(check.compression, lambda n, b: 6272 // (n * b), quantise, "is 12.25; yours gives 12"),
    wrong(check.compression, lambda n, b: 6272 / (n * 32), quantise, "(16, 4) is 98; yours gives"),
    wrong(check.compression, lambda n, b: round(ratio(n, b), 2), quantise, "(10, 3) is 209.067"),
    wrong(check.compression, lambda n, b: f"{ratio(n, b)}", quantise, "one number is expected"),
    wrong(check.compression, ratio, lambda z, bits: z[:, :2], "(300, 3) is expected"),
    wrong(check.compression, ratio, lambda z, bits: z, "can hold 4 values; one of yours holds"),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b, less=0), "one of yours holds 5"),
    wrong(
        check.compression, ratio, lambda z, b: quantise(z, b, dim=(0, 1)), "a lowest and a highes"
    ),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b, floor=0), "0 / 0?"),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b, floor=0).nan_to_num(), "0 / 0?"),
    wrong(
        check.compression, ratio, lambda z, b: quantise(z, b, fit=torch.floor), "by up to 1.0 st"
    ),
    wrong(
        check.compression, ratio, lambda z, b: quantise(z, b, fit=torch.ceil), "by up to 1.0 step"
    ),
    wrong(check.compression, ratio, quantise_to_middles, "beside the evenly spaced ones"),
    wrong(check.compression, ratio, quantise_to_codes, "These are the numbers of the values"),
    wrong(check.compression, ratio, quantise_as_bytes, "With 10 bits column 2 is off by"),
    wrong(check.compression, ratio, quantise_around_zero, "is off by up to 3.6 steps"),
    wrong(check.compression, ratio, quantise_equally_often, "is off by"),
    wrong(check.compression, ratio, quantise_by_rows, "With 2 bits a column can hold 4 values"),
    wrong(
        check.compression, ratio, quantise_over_its_input, "Your code changes z, which the caller"
    ),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b).numpy(), "gave a ndarray"),
    wrong(check.compression, ratio, lambda z, b: quantise(z, b) > 0, "real numbers are expected"),
]

# -- fit -------------------------------------------------------------------------------------------


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


def fit_on_both(model, images, validation_images, steps, rng):
    return fit(model, torch.cat([images, validation_images]), validation_images, steps, rng)


def fit_swapped(model, images, validation_images, steps, rng):
    return fit(model, validation_images, images, steps, rng)


def fit_a_copy(model, *rest):
    return fit(copy.deepcopy(model), *rest)


def fit_another(model, images, *rest):
    other = nn.Sequential(nn.Flatten(), nn.Linear(784, 784), nn.Unflatten(1, (1, 28, 28)))
    return fit(other, images, *rest)


def fit_with_new_optimizers(model, images, validation_images, steps, rng):
    losses, validation = [], []
    for step in range(1, steps + 1):
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
        x = images[torch.randint(len(images), (64,), generator=rng)]
        loss = F.mse_loss(model(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 50 == 0:
            with torch.no_grad():
                validation.append(F.mse_loss(model(validation_images), validation_images).item())
    return losses, validation


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


def fit_augmented(model, images, validation_images, steps, rng):
    return fit(model, images + 0.01, validation_images, steps, rng)


def fit_normalising(model, images, validation_images, steps, rng):
    images -= 0.5
    return fit(model, images, validation_images, steps, rng)


def draw_seeded_anew(n, batch, rng):
    return torch.randint(n, (batch,), generator=torch.Generator().manual_seed(0))


def draw_in_python(n, batch, rng):
    return random.choices(range(n), k=batch)


def draw_in_numpy(n, batch, rng):
    return np.random.randint(n, size=batch)


def draw_all_but_the_last(n, batch, rng):
    return torch.randint(n - 1, (batch,), generator=rng)


def draw_from_the_first_half(n, batch, rng):
    return torch.randint(n // 2, (batch,), generator=rng)


def fit_in_order(model, images, validation_images, steps, rng):
    place = iter(range(0, 64 * steps, 64))

    def draw(n, batch, rng):
        return (next(place) + torch.arange(batch)) % (n - 1)

    return fit(model, images, validation_images, steps, rng, draw=draw)


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
    wrong(check.fit, fitting(draw=draw_in_python), "Two equal rngs draw different images"),
    wrong(check.fit, fitting(draw=draw_in_numpy), "Two equal rngs draw different images"),
    wrong(check.fit, fit_in_order, "Another rng draws the same images"),
    wrong(check.fit, fitting(draw=draw_all_but_the_last), "1 of 200 images are not drawn once"),
    wrong(check.fit, fitting(draw=draw_from_the_first_half), "images[100] for one"),
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
    wrong(check.fit, fit_with_new_optimizers, "A new optimizer is built at each step"),
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

PLANTED = [*SHAPES, *COMPRESSION, *FIT]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

"""The exercise checks of the page on autoencoders: stub, solution, typical wrong answers."""

import pytest
import torch
import torch.nn.functional as F

from genlab.checks import autoencoders as check


def stub(*_args):
    raise NotImplementedError


def encoder_shapes(side, kernels=(4, 4, 3), channels=(16, 32, 64), extra=1):
    shapes = []
    for channel, kernel in zip(channels, kernels, strict=True):
        side = (side + 2 - kernel) // 2 + extra
        shapes.append((channel, side, side))
    return [*shapes, (channels[-1] * side * side,)]


def ratio(latent_size, bits):
    return 784 * 8 / (latent_size * bits)


def quantise(z, bits, dim=0, floor=1e-12):
    low, high = z.amin(dim), z.amax(dim)
    step = ((high - low) / (2**bits - 1)).clamp(min=floor)
    return low + ((z - low) / step).round() * step


def fit(model, images, validation_images, steps, rng, batch=64, clear=True, step=True, grad=False):
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses, validation = [], []
    for number in range(1, steps + 1):
        x = images[torch.randint(len(images), (batch,), generator=rng)]
        loss = F.mse_loss(model(x), x)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        if step:
            optimizer.step()
        losses.append(loss.item())
        if number % 50 == 0:
            with torch.set_grad_enabled(grad):
                validation.append(F.mse_loss(model(validation_images), validation_images).item())
    return losses, validation


def fit_on_one_batch(model, images, validation_images, steps, rng):
    return fit(model, images[:1].repeat(64, 1, 1, 1), validation_images, steps, rng)


def compression(ratio_of, quantise_of):
    return lambda answers=(ratio_of, quantise_of): check.compression(*answers)


CASES = [
    (lambda: check.encoder_shapes(encoder_shapes), None),
    (lambda: check.encoder_shapes(stub), "still the stub"),
    (lambda: check.encoder_shapes(lambda side: None), "yours is a NoneType"),
    (lambda: check.encoder_shapes(lambda side: [14, 7, 4]), "one is 14"),
    (lambda: check.encoder_shapes(lambda side: encoder_shapes(side)[:3]), "there are 3 shapes"),
    (lambda: check.encoder_shapes(lambda s: [*encoder_shapes(s), (2,)]), "there are 5 shapes"),
    (lambda: check.encoder_shapes(lambda side: [(14, 14)]), "three sizes are expected"),
    (
        lambda: check.encoder_shapes(lambda s: encoder_shapes(s, channels=(1, 16, 32))),
        "channels are the second number",
    ),
    (lambda: check.encoder_shapes(lambda s: encoder_shapes(s, extra=0)), "the first place too"),
    (
        lambda: check.encoder_shapes(lambda s: [*encoder_shapes(s)[:3], (64,)]),
        "multiply the sizes",
    ),
    (lambda: check.encoder_shapes(lambda side: encoder_shapes(28)), "For side 32"),
    (compression(ratio, quantise), None),
    (compression(stub, stub), "still the stub"),
    (compression(lambda size, bits: 784 / size, quantise), "49 counts numbers"),
    (compression(lambda size, bits: 3, quantise), "is 12.25; yours gives 3"),
    (compression(ratio, lambda z, bits: z[:, :2]), "(300, 3) is expected"),
    (compression(ratio, lambda z, bits: z), "can hold 4 values; one of yours holds"),
    (compression(ratio, lambda z, bits: quantise(z, bits, dim=(0, 1))), "a lowest and a highest"),
    (compression(ratio, lambda z, bits: quantise(z, bits, floor=0)), "0 / 0?"),
    (lambda: check.fit(fit), None),
    (lambda: check.fit(stub), "still the stub"),
    (lambda: check.fit(lambda *args: fit(*args)[0]), "got list"),
    (lambda: check.fit(lambda *args: (fit(*args)[0], [])), "should give 2 validation"),
    (lambda: check.fit(lambda *args: fit(*args, batch=32)), "A batch has 32 images"),
    (lambda: check.fit(lambda *args: fit(*args, grad=True)), "with torch.no_grad()"),
    (lambda: check.fit(fit_on_one_batch), "draw a new one"),
    (lambda: check.fit(lambda *args: fit(*args, clear=False)), "optimizer.zero_grad()"),
    (lambda: check.fit(lambda *args: fit(*args, step=False)), "Is `optimizer.step()` called?"),
    (lambda: check.fit(lambda m, x, v, n, rng: fit(m, x, v, n, None)), "generator=rng"),
]


@pytest.mark.parametrize(("run", "hint"), CASES)
def test_each_answer_gets_its_diagnosis(run, hint, capsys):
    result = run()
    printed = capsys.readouterr().out
    assert printed == "\n".join(result.lines) + "\n"
    assert result.passed == (hint is None), printed
    assert printed.rstrip().endswith("passed" if hint is None else "not yet")
    if hint:
        assert hint in printed

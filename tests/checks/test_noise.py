"""Planted answers for the page on noise, the images: the jump, and the best possible guess."""

import functools
import math

import numpy as np
import pytest
import torch

from genlab.checks import noise as check
from genlab.diffusion.schedules import NoiseSchedule

from .planted import judged, stub, unusual, wrong

# -- the jump --------------------------------------------------------------------------------------


def add_noise(x0, eps, t, alphas_cumprod):
    level = alphas_cumprod[t].view(-1, 1, 1, 1)
    return level.sqrt() * x0 + (1 - level).sqrt() * eps


def mixed(signal, noise, name):
    def answer(x0, eps, t, alphas_cumprod):
        level = alphas_cumprod[t].view(-1, 1, 1, 1)
        return signal(level) * x0 + noise(level) * eps

    answer.__name__ = name
    return answer


def by_column(x0, eps, t, alphas_cumprod):
    level = alphas_cumprod[t]
    if len(level) != 28:
        return add_noise(x0, eps, t, alphas_cumprod)
    return level.sqrt() * x0 + (1 - level).sqrt() * eps


def by_row(x0, eps, t, alphas_cumprod):
    level = alphas_cumprod[t][:, None]
    if len(level) != 28:
        return add_noise(x0, eps, t, alphas_cumprod)
    return level.sqrt() * x0 + (1 - level).sqrt() * eps


def never_shaped(x0, eps, t, alphas_cumprod):
    return alphas_cumprod[t].sqrt() * x0 + (1 - alphas_cumprod[t]).sqrt() * eps


def image_by_image(x0, eps, t, alphas_cumprod):
    images = []
    for image, noise, step in zip(x0, eps, t.tolist(), strict=True):
        level = alphas_cumprod[step].item()
        images.append(math.sqrt(level) * image + math.sqrt(1 - level) * noise)
    return torch.stack(images)


def with_einsum(x0, eps, t, alphas_cumprod):
    level = alphas_cumprod.gather(0, t)
    images = torch.einsum("n,nchw->nchw", level.sqrt(), x0)
    return images + torch.einsum("n,nchw->nchw", (1 - level).sqrt(), eps)


def in_place_on_its_own(*inputs):
    x0, eps, t, alphas_cumprod = inputs
    level = alphas_cumprod[t][:, None, None, None]
    xt = x0 * level.sqrt()
    xt += eps.mul((1 - level).sqrt_())
    return xt


def with_numpy(a, b, c, d):
    level = d.numpy()[c.numpy()].reshape(-1, 1, 1, 1)
    return torch.from_numpy(np.sqrt(level) * a.numpy() + np.sqrt(1 - level) * b.numpy())


class Jump:
    def __call__(self, x0, eps, t, alphas_cumprod):
        return torch.nn.Parameter(add_noise(x0, eps, t, alphas_cumprod))


def shifted(by):
    def answer(x0, eps, t, alphas_cumprod):
        return add_noise(x0, eps, (t + by) % len(alphas_cumprod), alphas_cumprod)

    return answer


def one_later(x0, eps, t, alphas_cumprod):
    return add_noise(x0, eps, (t + 1).clamp(max=len(alphas_cumprod) - 1), alphas_cumprod)


def of_its_own_schedule(x0, eps, t, alphas_cumprod):
    if t.max() < 50:
        return add_noise(x0, eps, t, NoiseSchedule().alphas_cumprod)
    return add_noise(x0, eps, t, alphas_cumprod)


def overwrites_x0(x0, eps, t, alphas_cumprod):
    level = alphas_cumprod[t].view(-1, 1, 1, 1)
    x0 *= level.sqrt()
    return x0 + (1 - level).sqrt() * eps


def overwrites_eps(x0, eps, t, alphas_cumprod):
    level = alphas_cumprod[t].view(-1, 1, 1, 1)
    return eps.mul_((1 - level).sqrt()).add_(level.sqrt() * x0)


def overwrites_the_schedule(x0, eps, t, alphas_cumprod):
    level = alphas_cumprod.sqrt_()[t].view(-1, 1, 1, 1)
    return level * x0 + (1 - level**2).sqrt() * eps


def with_noise_of_its_own(x0, eps, t, alphas_cumprod):
    return add_noise(x0, torch.randn_like(eps), t, alphas_cumprod)


def cut_off(x0, eps, t, alphas_cumprod):
    return add_noise(x0, eps, t, alphas_cumprod).clamp(-1, 1)


root, rest = torch.sqrt, lambda level: (1 - level).sqrt()


def jump(answer, hint, name=""):
    return wrong(check.add_noise, answer, hint, name=name)


JUMP = [
    stub(check.add_noise),
    unusual(check.add_noise, image_by_image),
    unusual(check.add_noise, with_einsum),
    unusual(check.add_noise, in_place_on_its_own),
    unusual(check.add_noise, with_numpy),
    unusual(check.add_noise, Jump()),
    unusual(check.add_noise, functools.partial(add_noise), name="partial"),
    unusual(check.add_noise, lambda *args: add_noise(*args).double(), name="float64"),
    unusual(check.add_noise, lambda *args: add_noise(*args).half(), name="float16"),
    unusual(check.add_noise, lambda *args: -(-add_noise(*args)).flip(0).flip(0), name="a view"),
    jump(lambda *_: None, "gave None"),
    jump(lambda x0, eps, t, a: a[t] * x0, "alpha-bar the one at this image's t"),
    jump(mixed(lambda a: a, lambda a: 1 - a, "no roots"), "take the square roots"),
    jump(mixed(root, lambda a: 1 - a, "one root"), "noise lacks its square root"),
    jump(mixed(lambda a: a, rest, "other root"), "image lacks its square root"),
    jump(mixed(root, lambda a: 1 - a.sqrt(), "1 - root"), "factor sqrt(1 - alpha-bar)"),
    jump(mixed(rest, root, "exchanged"), "exchanged"),
    jump(mixed(root, lambda a: -rest(a), "minus"), "The noise is subtracted"),
    jump(mixed(root, lambda a: 1, "all noise"), "The noise has a factor too"),
    jump(mixed(lambda a: 1, rest, "all image"), "The image has a factor too"),
    jump(lambda x0, eps, t, a: add_noise(x0, eps, t * 0 + t[0], a), "in image", "first t for all"),
    jump(by_column, "took t for the columns of each image"),
    jump(by_column, "the shape (N, 1, 1, 1)", "by column, shape"),
    jump(by_row, "took t for the rows of each image"),
    jump(never_shaped, "RuntimeError at `return alphas_cumprod[t].sqrt() * x0 + "),
    jump(lambda *args: add_noise(*args)[0], "(1, 1, 28, 28) is expected", "one image"),
    jump(lambda *args: add_noise(*args).flatten(1), "(1, 1, 28, 28) is expected", "flat"),
    jump(shifted(-1), "Your alpha-bar is that of t - 1."),
    jump(shifted(1), "Your alpha-bar is that of t + 1.", "t + 1"),
    jump(one_later, "Your alpha-bar is that of t + 1."),
    jump(lambda x0, eps, t, a: add_noise(x0, eps, t, a.cumprod(0)), "the products already"),
    jump(of_its_own_schedule, "Is it the alphas_cumprod that came, here of 50?"),
    jump(overwrites_x0, "Your code changes x0, which the caller still needs"),
    jump(overwrites_eps, "Your code changes eps, which the caller still needs"),
    jump(overwrites_the_schedule, "Your code changes alphas_cumprod, which the caller"),
    jump(with_noise_of_its_own, "Is the noise the eps that came"),
    jump(cut_off, "xt is cut off at -1 and 1"),
    jump(lambda *args: add_noise(*args).numpy(), "gave a ndarray; a torch tensor is expected"),
    jump(lambda *args: add_noise(*args) * math.nan, "not finite", "NaN"),
    jump(lambda *args: add_noise(*args).to(torch.complex64), "real numbers are expected"),
    jump(lambda x0, eps, t: x0, "stopped with TypeError: "),
    jump(lambda x0, eps, t, a: add_noise(x0, eps, t.float(), a), "stopped with IndexError at `"),
    jump(None, "A function is expected, None came"),
    jump(torch.ones(2), "A function is expected, a Tensor came"),
    jump(Jump, "A function is expected, the class Jump came"),
]

# -- the best possible guess -----------------------------------------------------------------------


def squares(xt, images):
    return (xt[:, None] - images).flatten(2).square().sum(dim=2)


def weighed(weights, images):
    return torch.einsum("nm,mchw->nchw", weights, images)


def ideal_guess(xt, alpha_bar, images, scale=torch.sqrt, factor=2.0, mean=1, power=2, dim=1):
    distances = squares(xt, scale(alpha_bar) * images) / mean
    return weighed(
        (-(distances ** (power / 2)) / (factor * (1 - alpha_bar))).softmax(dim=dim), images
    )


def guess_with(**changed):
    return functools.partial(ideal_guess, **changed)


def overflowing(xt, alpha_bar, images):
    weights = (-squares(xt, alpha_bar.sqrt() * images) / (2 * (1 - alpha_bar))).exp()
    return weighed(weights / weights.sum(dim=1, keepdim=True), images)


def guess_by_guess(xt, alpha_bar, images):
    guesses = []
    for one in xt:
        exponents = torch.stack(
            [-((one - alpha_bar**0.5 * x) ** 2).sum() / (2 - 2 * alpha_bar) for x in images]
        )
        weights = torch.exp(exponents - exponents.max())
        guesses.append(sum(w * x for w, x in zip(weights, images, strict=True)) / weights.sum())
    return torch.stack(guesses)


def in_double_precision(xt, alpha_bar, images):
    return ideal_guess(xt.double(), alpha_bar.double(), images.double())


def from_products(xt, level, images):
    x, m = xt.flatten(1), level.sqrt() * images.flatten(1)
    distances = x.square().sum(1, keepdim=True) - 2 * x @ m.T + m.square().sum(1)
    return ((-distances / (2 * (1 - level))).softmax(1) @ images.flatten(1)).view_as(xt)


def from_snr(xt, level, images):
    # xt / a is x0 plus noise of the variance 1 / SNR.
    distances = torch.cdist((xt / level.sqrt()).flatten(1), images.flatten(1)) ** 2
    weights = torch.softmax(-distances * level / (1 - level) / 2, dim=-1)
    return torch.tensordot(weights, images, 1)


def likeliest(xt, alpha_bar, images):
    return images[squares(xt, alpha_bar.sqrt() * images).argmin(dim=1)]


def by_the_root_of_the_variance(xt, level, images):
    distances = squares(xt, level.sqrt() * images)
    return weighed((-distances / (2 * (1 - level).sqrt())).softmax(dim=1), images)


def without_variance(xt, level, images):
    return weighed((-squares(xt, level.sqrt() * images) / 2).softmax(dim=1), images)


def without_minus(xt, level, images):
    return guess_with(factor=-2.0)(xt, level, images)


def overwrites_images(xt, alpha_bar, images):
    originals = images.clone()
    images *= alpha_bar.sqrt()
    return weighed((-squares(xt, images) / (2 * (1 - alpha_bar))).softmax(dim=1), originals)


def scaled_mean(xt, alpha_bar, images):
    return ideal_guess(xt, alpha_bar, images) * alpha_bar.sqrt()


def guess(answer, hint, name=""):
    return wrong(check.ideal_guess, answer, hint, name=name)


GUESS = [
    stub(check.ideal_guess),
    unusual(check.ideal_guess, ideal_guess),
    unusual(check.ideal_guess, guess_by_guess),
    unusual(check.ideal_guess, in_double_precision),
    unusual(check.ideal_guess, from_products),
    unusual(check.ideal_guess, from_snr),
    unusual(check.ideal_guess, lambda *args: ideal_guess(*args).half(), name="float16"),
    guess(lambda xt, a, images: xt * 0 + images[:1], "the mean is expected", "the first image"),
    guess(lambda xt, a, images: images[:2], "the mean is expected", "first images"),
    guess(
        lambda xt, a, images: images.mean(0).expand_as(xt),
        "With hardly any noise only one image is possible",
        "always the mean",
    ),
    guess(overflowing, "not finite"),
    guess(guess_with(factor=1.0), "2 variance", "no 2"),
    guess(guess_with(mean=784), "averaged over the pixels", "mean over pixels"),
    guess(guess_with(factor=8.0), "the weights differ", "another factor"),
    guess(guess_with(scale=lambda a: 1), "compared with each image times sqrt(alpha", "unscaled"),
    guess(guess_with(scale=lambda a: a), "its root is missing", "alpha-bar for its root"),
    guess(guess_with(power=1), "The distance is not squared", "distance not squared"),
    guess(guess_with(dim=0), "The softmax runs over the batch", "other softmax"),
    guess(without_variance, "The exponent lacks its variance"),
    guess(by_the_root_of_the_variance, "divided by the variance, not by its root"),
    guess(without_minus, "the farthest image weighs most"),
    guess(likeliest, "That is the one likeliest image; the mean over all is asked"),
    guess(scaled_mean, "the mean is expected"),
    guess(overwrites_images, "Your code changes images, which the caller still needs"),
    guess(lambda xt, a, images: ideal_guess(xt, a, images)[0], "(2, 1, 28, 28) is expected"),
    guess(
        lambda xt, a, images: ideal_guess(xt, a, images).flatten(1),
        "(2, 1, 28, 28) is expected",
        "flat",
    ),
    guess(lambda xt, a, images: ideal_guess(xt, a, images[:5].expand(5, 1, 28, 28)), "stopped"),
    guess(lambda xt, a, images: None, "gave None", "nothing"),
]

PLANTED = JUMP + GUESS


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

"""The exercise checks of the page on noise: stub, solution, typical wrong answers."""

import math

import pytest
import torch

from genlab.checks import noise as check


def stub(*_args):
    raise NotImplementedError


def factors(alphas_cumprod, t):
    return alphas_cumprod[t].view(-1, 1, 1, 1)


def add_noise(x0, eps, t, alphas_cumprod):
    level = factors(alphas_cumprod, t)
    return level.sqrt() * x0 + (1 - level).sqrt() * eps


def mixed(signal, noise):
    def answer(x0, eps, t, alphas_cumprod):
        level = factors(alphas_cumprod, t)
        return signal(level) * x0 + noise(level) * eps

    return answer


def by_column(x0, eps, t, alphas_cumprod):
    level = alphas_cumprod[t]
    if len(level) != 28:
        return add_noise(x0, eps, t, alphas_cumprod)
    return level.sqrt() * x0 + (1 - level).sqrt() * eps


def cosine_betas(steps, power=2, offset=0.008, cap=0.999, end=math.pi / 2, dtype=torch.float64):
    time = torch.arange(steps + 1, dtype=dtype) / steps
    alpha_bar = torch.cos((time + offset) / (1 + offset) * end) ** power
    return (1 - alpha_bar[1:] / alpha_bar[:-1]).clamp(max=cap).float()


def timestep_of_snr(snr, alphas_cumprod):
    ratios = alphas_cumprod / (1 - alphas_cumprod) / snr
    return int(ratios.log().abs().argmin())


def by_difference(snr, alphas_cumprod):
    return (alphas_cumprod / (1 - alphas_cumprod) - snr).abs().argmin()


def ideal_guess(xt, alpha_bar, images, scale=True, factor=2.0, mean=False):
    near = alpha_bar.sqrt() * images if scale else images
    squares = (xt[:, None] - near).flatten(2).square()
    distances = squares.mean(dim=2) if mean else squares.sum(dim=2)
    weights = (-distances / (factor * (1 - alpha_bar))).softmax(dim=1)
    return torch.einsum("nm,mchw->nchw", weights, images)


def overflowing(xt, alpha_bar, images):
    squares = (xt[:, None] - alpha_bar.sqrt() * images).flatten(2).square().sum(dim=2)
    weights = (-squares / (2 * (1 - alpha_bar))).exp()
    return torch.einsum("nm,mchw->nchw", weights / weights.sum(dim=1, keepdim=True), images)


root, rest = torch.sqrt, lambda level: (1 - level).sqrt()
CASES = [
    (check.add_noise, add_noise, None),
    (check.add_noise, stub, "still the stub"),
    (check.add_noise, lambda *_: None, "gave None"),
    (check.add_noise, lambda x0, eps, t, a: a[t] * x0, "alpha-bar"),
    (check.add_noise, mixed(lambda a: a, lambda a: 1 - a), "take the square roots"),
    (check.add_noise, mixed(root, lambda a: 1 - a), "noise lacks its square root"),
    (check.add_noise, mixed(root, lambda a: 1 - a.sqrt()), "factor sqrt(1 - alpha-bar)"),
    (check.add_noise, mixed(rest, root), "exchanged"),
    (check.add_noise, lambda x0, eps, t, a: add_noise(x0, eps, t * 0 + t[0], a), "in image"),
    (check.add_noise, by_column, "the shape (N, 1, 1, 1)"),
    (check.add_noise, lambda x0, eps, t, a: add_noise(x0, eps, t, a)[0], "is expected"),
    (check.cosine_betas, cosine_betas, None),
    (check.cosine_betas, lambda steps: cosine_betas(steps, dtype=torch.float32), None),
    (check.cosine_betas, stub, "still the stub"),
    (check.cosine_betas, lambda steps: cosine_betas(steps + 1), "(10) is expected"),
    (check.cosine_betas, lambda steps: cosine_betas(steps, power=1), "not squared"),
    (check.cosine_betas, lambda steps: cosine_betas(steps, offset=0), "offset s = 0.008"),
    (check.cosine_betas, lambda steps: cosine_betas(steps, end=math.pi), "ends at pi"),
    (check.cosine_betas, lambda steps: cosine_betas(steps, cap=1.0), "cut the betas off"),
    (check.cosine_betas, lambda steps: cosine_betas(steps, cap=0.9), "0.999 is expected, the cap"),
    (
        check.cosine_betas,
        lambda steps: 1 - torch.cumprod(1 - cosine_betas(steps), 0),
        "1 minus the ratio",
    ),
    (check.cosine_betas, lambda steps: cosine_betas(1000)[:steps], "Of 50 betas"),
    (check.timestep_of_snr, timestep_of_snr, None),
    (check.timestep_of_snr, lambda *args: torch.tensor(timestep_of_snr(*args)), None),
    (check.timestep_of_snr, stub, "still the stub"),
    (check.timestep_of_snr, by_difference, "compare the logarithms"),
    (check.timestep_of_snr, lambda snr, a: (a - snr).abs().argmin(), "first make alpha-bar /"),
    (check.timestep_of_snr, lambda snr, a: 7, "yours is 7"),
    (check.timestep_of_snr, lambda snr, a: "x", "one number is expected"),
    (check.ideal_guess, ideal_guess, None),
    (check.ideal_guess, stub, "still the stub"),
    (check.ideal_guess, lambda xt, a, images: images[:2], "the mean is expected"),
    (check.ideal_guess, lambda xt, a, images: images.mean(0).expand(2, 1, 28, 28), "hardly any"),
    (check.ideal_guess, overflowing, "not finite"),
    (check.ideal_guess, lambda *args: ideal_guess(*args, factor=1.0), "2 variance"),
    (check.ideal_guess, lambda *args: ideal_guess(*args, mean=True), "hardly any noise"),
    (check.ideal_guess, lambda *args: ideal_guess(*args, factor=8.0), "the weights differ"),
]


@pytest.mark.parametrize(("run", "answer", "hint"), CASES)
def test_each_answer_gets_its_diagnosis(run, answer, hint, capsys):
    result = run(answer)
    printed = capsys.readouterr().out
    assert printed == "\n".join(result.lines) + "\n"
    assert result.passed == (hint is None), printed
    assert printed.rstrip().endswith("passed" if hint is None else "not yet")
    if hint:
        assert hint in printed

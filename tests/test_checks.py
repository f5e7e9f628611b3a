"""The exercise checks: the stub, the solution, and typical wrong answers, each with its hint."""

import pytest
import torch
from torch import nn

from genlab.checks import latent_space as check


def stub(*_args):
    raise NotImplementedError


def sample_box(z, n, rng):
    low, high = z.min(dim=0).values, z.max(dim=0).values
    return low + (high - low) * torch.rand(n, z.shape[1], generator=rng)


def sample_one_box_for_all_dimensions(z, n, rng):
    return z.min() + (z.max() - z.min()) * torch.rand(n, z.shape[1], generator=rng)


def sample_gaussian(z, n, rng):
    middle, width = (z.min(0).values + z.max(0).values) / 2, z.max(0).values - z.min(0).values
    return middle + width * 0.05 * torch.randn(n, z.shape[1], generator=rng).clamp(-3, 3)


def agreement(z_a, z_b, k, skip=1):
    def near(z):
        return torch.cdist(z, z).topk(k + skip, largest=False).indices[:, skip:]

    return (near(z_a)[:, :, None] == near(z_b)[:, None]).any(2).float().mean().item()


def frozen_head(encoder, latent_size, bend=nn.ReLU, out=10, freeze=True):
    encoder.requires_grad_(not freeze)
    return encoder, nn.Sequential(nn.Linear(latent_size, 64), bend(), nn.Linear(64, out))


CASES = [
    (check.sample_box, sample_box, None),
    (check.sample_box, stub, "still the stub"),
    (check.sample_box, lambda z, n, rng: None, "gave None"),
    (check.sample_box, lambda z, n, rng: torch.rand(n, 2), r"shape (7, 2); (7, 16) is expected"),
    (check.sample_box, lambda z, n, rng: z + 1 / 0, "stopped with ZeroDivisionError at `"),
    (check.sample_box, sample_one_box_for_all_dimensions, "a smallest and a largest value of its"),
    (check.sample_box, sample_gaussian, "do not fill it evenly"),
    (
        check.sample_box,
        lambda z, n, rng: sample_box(z, n, None),
        "pass `generator=rng`",
    ),
    (check.neighbour_agreement, agreement, None),
    (check.neighbour_agreement, stub, "still the stub"),
    (check.neighbour_agreement, lambda a, b, k: agreement(a, b, k, skip=0), "its own neighbour"),
    (check.neighbour_agreement, lambda a, b, k: (a - b).abs().mean(), "should give 1.00"),
    (check.neighbour_agreement, lambda a, b, k: "0.5", "gave '0.5'; one number is expected"),
    (check.neighbour_agreement, lambda a, b, k: "much", "one number is expected"),
    (check.frozen_head, frozen_head, None),
    (check.frozen_head, stub, "still the stub"),
    (check.frozen_head, lambda e, n: frozen_head(e, n)[1], "two modules; got Sequential"),
    (check.frozen_head, lambda e, n: frozen_head(e, n, freeze=False), "would still be trained"),
    (check.frozen_head, lambda e, n: frozen_head(e, n, out=9), "(4, 10) is expected"),
    (check.frozen_head, lambda e, n: frozen_head(e, n, bend=nn.Identity), "head is linear"),
]


@pytest.mark.parametrize(("checker", "answer", "hint"), CASES)
def test_each_answer_gets_its_diagnosis(checker, answer, hint, capsys):
    result = checker(answer)
    printed = capsys.readouterr().out
    assert printed == "\n".join(result.lines) + "\n"
    assert result.passed == (hint is None)
    assert printed.rstrip().endswith("passed" if hint is None else "not yet")
    if hint:
        assert hint in printed

"""Planted heads on a frozen encoder, of the page on the latent space."""

import copy

import pytest
import torch
from torch import nn

from genlab.checks import latent_space as check
from genlab.models.autoencoder import Encoder

from .planted import judged, solution, stub, unusual, wrong

# -- frozen_head -----------------------------------------------------------------------------------


def frozen_head(encoder, latent_size, bend=nn.ReLU, out=10, freeze=True, width=64):
    encoder.requires_grad_(not freeze)
    return encoder, nn.Sequential(nn.Linear(latent_size, width), bend(), nn.Linear(width, out))


def with_head(*layers):
    """An answer whose head has these layers; each is a function of the latent size."""

    def answer(encoder, latent_size):
        encoder.requires_grad_(False)
        return encoder, nn.Sequential(*(layer(latent_size) for layer in layers))

    return answer


def linear(out, size=None):
    return lambda latent_size: nn.Linear(size or latent_size, out)


def plain(layer, *args):
    return lambda _: layer(*args)


class HandwrittenHead(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.first = nn.Parameter(torch.randn(32, size))
        self.second = nn.Parameter(torch.randn(32, 10))
        self.skip = nn.Linear(size, 10)

    def forward(self, z):
        return torch.einsum("hn,hc->nc", torch.sin(self.first @ z.T), self.second) + self.skip(z)


def handwritten(encoder, latent_size):
    for parameter in encoder.parameters():
        parameter.requires_grad = False
    return [encoder.eval(), HandwrittenHead(latent_size)]


def frozen_copy(encoder, latent_size):
    _, head = frozen_head(nn.Identity(), latent_size, bend=nn.Tanh)
    return copy.deepcopy(encoder).requires_grad_(False), head


class Frozen(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)

    @torch.no_grad()
    def forward(self, x):
        return self.encoder(x)


def wrapped(encoder, latent_size):
    head = nn.Sequential(
        nn.Linear(latent_size, 16),
        nn.BatchNorm1d(16),
        nn.GELU(),
        nn.Dropout(0.3),
        nn.Linear(16, 16),
        nn.ReLU(),
        nn.Linear(16, 10),
        nn.LogSoftmax(dim=1),
    )
    return Frozen(encoder), head


def narrow(seed, width, bend=nn.ReLU):
    def answer(encoder, latent_size):
        torch.manual_seed(seed)
        return frozen_head(encoder, latent_size, width=width, bend=bend)

    return answer


def fresh_encoder(encoder, latent_size):
    return frozen_head(Encoder(latent_size), latent_size)


def erased_encoder(encoder, latent_size):
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.zero_()
    return frozen_head(encoder, latent_size)


def half_frozen_head(encoder, latent_size):
    encoder, head = frozen_head(encoder, latent_size)
    head[0].requires_grad_(False)
    return encoder, head


def frozen_by_mistake(encoder, latent_size):
    encoder, head = frozen_head(encoder, latent_size)
    return encoder, head.requires_grad_(False)


def only_weights(encoder, latent_size):
    encoder, head = frozen_head(encoder, latent_size, freeze=False)
    encoder[1].weight.requires_grad = False
    return encoder, head


def whole_network(encoder, latent_size):
    encoder, head = frozen_head(encoder, latent_size)
    return encoder, nn.Sequential(encoder, head)


def by_first_parameter(encoder, latent_size):
    assert next(encoder.parameters()).requires_grad
    return frozen_head(encoder, latent_size)


def eval_is_no_freezing(encoder, latent_size):
    return frozen_head(encoder.eval(), latent_size, freeze=False)


HEAD = [
    stub(check.frozen_head),
    solution(check.frozen_head, frozen_head),
    unusual(check.frozen_head, handwritten),
    unusual(check.frozen_head, frozen_copy),
    unusual(check.frozen_head, wrapped),
    unusual(
        check.frozen_head, with_head(linear(10), plain(nn.SiLU), linear(10, 10)), name="ten wide"
    ),
    unusual(
        check.frozen_head, with_head(linear(700), plain(nn.ReLU), linear(10, 700)), name="wide"
    ),
    unusual(
        check.frozen_head,
        with_head(plain(nn.LazyLinear, 32), plain(nn.LeakyReLU, 0.1), plain(nn.LazyLinear, 10)),
        name="lazy",
    ),
    *(unusual(check.frozen_head, narrow(seed, 8), name=f"8 wide {seed}") for seed in range(40)),
    *(unusual(check.frozen_head, narrow(seed, 1), name=f"1 wide {seed}") for seed in range(10)),
    unusual(check.frozen_head, narrow(0, 2, nn.Sigmoid), name="narrow sigmoid"),
    unusual(check.frozen_head, narrow(0, 2, nn.Softplus), name="narrow softplus"),
    wrong(check.frozen_head, lambda e, n: frozen_head(e, n)[1], "two modules; got Sequential"),
    wrong(check.frozen_head, lambda e, n: frozen_head(e, n)[::-1], "the head came first"),
    wrong(check.frozen_head, lambda e, n: (e, lambda z: z), "the head is a function"),
    wrong(check.frozen_head, lambda e, n: (e, None), "the head is a NoneType"),
    wrong(
        check.frozen_head, lambda e, n: frozen_head(e, n, freeze=False), "would still be trained"
    ),
    wrong(check.frozen_head, eval_is_no_freezing, "would still be trained: ['1.weight', '1.bias']"),
    wrong(check.frozen_head, only_weights, "would still be trained: ['1.bias']"),
    wrong(check.frozen_head, frozen_by_mistake, "The head has nothing to train"),
    wrong(
        check.frozen_head, half_frozen_head, "parameters of the head are frozen too: ['0.weight'"
    ),
    wrong(check.frozen_head, fresh_encoder, "The encoder that comes back is another one"),
    wrong(check.frozen_head, erased_encoder, "The network that was given has changed"),
    wrong(check.frozen_head, lambda e, n: frozen_head(e, n, out=9), "(4, 10) is expected"),
    wrong(check.frozen_head, lambda e, n: frozen_head(e, 2), "does not take z of shape (4, 3)"),
    wrong(check.frozen_head, lambda e, n: frozen_head(e, 3), "does not take z of shape (4, 784)"),
    wrong(check.frozen_head, whole_network, "does not take z of shape (4, 3)"),
    wrong(check.frozen_head, lambda e, n: frozen_head(e, n, bend=nn.Identity), "head is linear"),
    wrong(check.frozen_head, lambda e, n: frozen_head(e, n, bend=nn.Dropout), "head is linear"),
    wrong(check.frozen_head, with_head(linear(10)), "single linear layer", name="one layer"),
    wrong(check.frozen_head, with_head(linear(10), plain(nn.Softmax, 1)), "single linear layer"),
    wrong(check.frozen_head, with_head(linear(10), plain(nn.ReLU)), "single linear layer"),
    wrong(check.frozen_head, with_head(plain(nn.ReLU), linear(10)), "single linear layer"),
    wrong(
        check.frozen_head,
        with_head(linear(64), linear(10, 64), plain(nn.ReLU)),
        "The head is linear: put an activation between two nn.Linear layers.",
        name="ReLU last",
    ),
    wrong(
        check.frozen_head,
        with_head(plain(nn.ReLU), linear(64), linear(10, 64)),
        "The head is linear: put an activation between two nn.Linear layers.",
        name="ReLU first",
    ),
    wrong(
        check.frozen_head,
        with_head(linear(64), plain(nn.ReLU), linear(10, 64), plain(nn.Softmax, 1)),
        "The head ends with a softmax",
        name="softmax at the end",
    ),
    wrong(
        check.frozen_head,
        with_head(linear(64), plain(nn.ReLU), linear(10, 64), plain(nn.ReLU)),
        "Something follows the last linear layer",
        name="ReLU at the end",
    ),
    wrong(
        check.frozen_head,
        with_head(linear(64), plain(nn.Tanh), linear(10, 64), plain(nn.Sigmoid)),
        "Something follows the last linear layer",
        name="sigmoid at the end",
    ),
    wrong(check.frozen_head, by_first_parameter, "stopped with StopIteration at `assert next(enco"),
]

PLANTED = [*HEAD]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)

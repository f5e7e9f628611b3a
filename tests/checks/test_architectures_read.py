"""RIN's read: what students write, and what they must be told."""

import math

import pytest
import torch
import torch.nn.functional as F

from genlab.checks import architectures as check

from .planted import judged, solution, stub, unusual, wrong


def read(latents, tokens, wq, wk, wv):
    q, k, v = latents @ wq, tokens @ wk, tokens @ wv
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    return latents + scores.softmax(dim=-1) @ v


def by_einsum(latents, tokens, wq, wk, wv):
    q = torch.einsum("nlw,ws->nls", latents, wq)
    k = torch.einsum("ntw,ws->nts", tokens, wk)
    v = torch.einsum("ntw,wv->ntv", tokens, wv)
    scores = torch.einsum("nls,nts->nlt", q, k) / math.sqrt(wq.shape[1])
    weights = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    return torch.einsum("nlt,ntv->nlv", weights / weights.sum(-1, keepdim=True), v) + latents


def one_by_one(latents, tokens, wq, wk, wv):
    out = latents.clone()
    for n in range(latents.shape[0]):
        for i in range(latents.shape[1]):
            scores = (tokens[n] @ wk) @ (latents[n, i] @ wq) / wq.shape[1] ** 0.5
            out[n, i] += scores.softmax(dim=0) @ (tokens[n] @ wv)
    return out


def values_last(latents, tokens, wq, wk, wv):
    # The mean of the tokens first, their values then: it is the same.
    scores = (latents @ wq) @ (tokens @ wk).mT * wq.shape[1] ** -0.5
    return latents + (F.softmax(scores, dim=2) @ tokens) @ wv


def with_scores(scores_of, dim=-1, add=True):
    def answer(latents, tokens, wq, wk, wv):
        scores = scores_of(latents @ wq, tokens @ wk, latents, tokens)
        read = scores.softmax(dim=dim) @ (tokens @ wv)
        return latents + read if add else read

    return answer


def write(latents, tokens, wq, wk, wv):
    return torch.zeros(*tokens.shape[:2], latents.shape[2])


def masked(latents, tokens, wq, wk, wv):
    scores = (latents @ wq) @ (tokens @ wk).mT / wq.shape[1] ** 0.5
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    return latents + scores.masked_fill(later, float("-inf")).softmax(dim=-1) @ (tokens @ wv)


def naive_exp(latents, tokens, wq, wk, wv):
    weights = ((latents @ wq) @ (tokens @ wk).mT / wq.shape[1] ** 0.5).float().exp()
    return latents + weights / weights.sum(dim=-1, keepdim=True) @ (tokens @ wv).float()


def unnormalised(latents, tokens, wq, wk, wv):
    return latents + torch.ones(latents.shape[1], tokens.shape[1]).to(tokens) @ (tokens @ wv)


def first_only(latents, tokens, wq, wk, wv):
    full = read(latents, tokens, wq, wk, wv)
    return torch.cat([full[:1], latents[1:]])


def ready_made(latents, tokens, wq, wk, wv):
    return latents + F.scaled_dot_product_attention(latents @ wq, tokens @ wk, tokens @ wv)


PLANTED = [
    stub(check.read),
    solution(check.read, read),
    unusual(check.read, by_einsum),
    unusual(check.read, one_by_one),
    unusual(check.read, values_last),
    wrong(check.read, lambda *parts: None, "gave None"),
    wrong(check.read, lambda latents, *rest: latents, "add what they read", name="nothing read"),
    wrong(check.read, write, "There are 7 rows, one for each token"),
    wrong(check.read, with_scores(lambda q, k, x, y: q @ k.mT, add=False), "the latents are gone"),
    wrong(check.read, unnormalised, "the weights must sum to 1"),
    wrong(check.read, with_scores(lambda q, k, x, y: q @ k.mT, dim=-2), "softmax over T"),
    wrong(check.read, with_scores(lambda q, k, x, y: q @ k.mT), "are not divided", name="no root"),
    wrong(
        check.read,
        with_scores(lambda q, k, x, y: q @ k.mT / q.shape[-1]),
        "are divided by the size;",
        name="no square root",
    ),
    wrong(
        check.read,
        with_scores(lambda q, k, x, y: q @ k.mT / x.shape[-1] ** 0.5),
        "root of the latents' width",
        name="width of the latents",
    ),
    wrong(
        check.read,
        with_scores(lambda q, k, x, y: q @ k.mT / y.shape[-1] ** 0.5),
        "root of the tokens' width",
        name="width of the tokens",
    ),
    wrong(check.read, with_scores(lambda q, k, x, y: -q @ k.mT), "are they latents + softmax"),
    wrong(check.read, masked, "The latents are others"),
    wrong(check.read, naive_exp, "not finite"),
    wrong(check.read, first_only, "The first image of a batch is right"),
    wrong(check.read, ready_made, "`scaled_dot_product_attention` is called"),
]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)
